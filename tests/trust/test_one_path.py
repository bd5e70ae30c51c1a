"""A workspace is one, however it is named: its limits hold by every path, and it is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aircherd.config.load import user_settings
from features.conftest import Model, editor, model
from sessions.conftest import Shop, configure, provider, settings_file
from sessions.editor import Editor, Failed

__all__ = ["editor", "model"]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path / "shop")
    (made.root / "src").mkdir()
    (tmp_path / "link").symlink_to(made.root)
    return made


def named(shop: Shop, way: str) -> str:
    """One path of a repository."""
    ways = {
        "itself": shop.root,
        "link": shop.root.parent / "link",
        "inside": shop.root / "src",
        "inside the link": shop.root.parent / "link" / "src",
        "dots": shop.root / "src" / "..",
    }
    return str(ways[way])


WAYS = ("itself", "link", "inside", "inside the link", "dots")
ASKS: dict[str, dict[str, Any]] = {
    "aircher/chat": {"messages": [{"role": "user", "content": "why?"}]},
    "aircher/ask": {"prompt": "why?"},
}


@pytest.mark.parametrize("method", ASKS)
@pytest.mark.parametrize("way", WAYS)
async def test_usage_is_kept_by_the_true_path(
    editor: Editor, model: Model, shop: Shop, method: str, way: str
) -> None:
    await editor.ask(method, workspace=named(shop, way), **ASKS[method])
    for root in ("itself", "link", "inside"):
        found = await editor.ask("aircher/usage", workspace=named(shop, root))
        assert found["month"]["requests"] == 1
    gone = await editor.ask("aircher/forget", workspace=str(shop.root))
    assert (gone["nameless"] + gone["deleted"], gone["sent"]) == (1, 1)


@pytest.mark.parametrize("written", ["shop", "link", "shop/src"])
@pytest.mark.parametrize("way", WAYS)
async def test_its_limit_holds_by_every_path(
    editor: Editor, model: Model, shop: Shop, way: str, written: str
) -> None:
    assert model.far is not None
    path = shop.root.parent / written
    configure(
        f'costs.workspace_limits = {{ "{path}" = 0.000001 }}\n' + provider("acme", model.far.base)
    )
    await editor.ask("aircher/reload")
    with pytest.raises(Failed) as failed:
        await editor.ask("aircher/chat", workspace=named(shop, way), **ASKS["aircher/chat"])
    assert failed.value.kind == "budgetExceeded"
    assert model.far.seen == []


def test_a_limit_of_a_link_is_one_of_what_it_leads_to(shop: Shop) -> None:
    link = shop.root.parent / "link"
    configure(f'costs.workspace_limits = {{ "{link}_weekly" = 2 }}\n')
    (cap,) = user_settings(settings_file())[0].costs.caps
    assert cap.scope == f"workspace:{shop.root.resolve()}"


@pytest.mark.parametrize("said", ["link", "folder"])
async def test_a_conversation_about_a_plain_folder_is_forgotten_by_either_path(
    editor: Editor, model: Model, tmp_path: Path, said: str
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    first = await editor.ask("aircher/ask", prompt="one", workspace=str(tmp_path / "link"))
    on = {"conversation": first["conversation"]}
    await editor.ask("aircher/ask", prompt="two", workspace=str(folder), **on)
    await editor.ask("aircher/forget", workspace=str(tmp_path / said))
    with pytest.raises(Failed, match="not known here any more"):
        await editor.ask("aircher/ask", prompt="three", **on)


async def test_a_folder_inside_a_repository_is_not_said_to_be_forgotten(
    editor: Editor, shop: Shop
) -> None:
    with pytest.raises(Failed, match=f"forget {shop.root}"):
        await editor.ask("aircher/forget", workspace=named(shop, "inside"))
    assert (await editor.ask("aircher/forget", workspace="/gone/for/good"))["deleted"] == 0
