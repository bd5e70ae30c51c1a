"""A settings file in a folder inside a workspace: it narrows what is beneath, once it is accepted,
whichever command is asked and however the place is named; and it leads out of nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aircherd.config.load import user_settings
from features.conftest import Model, at, editor, model
from safety.test_every_command import sent
from sessions.conftest import Shop, configure, provider, settings_file
from sessions.editor import Editor, Failed

__all__ = ["editor", "model"]

CODE = "def total(prices):\n    return sum(prices)\n"


@pytest.fixture(params=["repository", "plain folder"])
def top(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A workspace with a folder `inner/deep` in it."""
    root = tmp_path / "shop"
    if request.param == "repository":
        Shop(root)
    else:
        root.mkdir()
        (root / ".aircher.toml").write_text("", "utf-8")
    (root / "inner" / "deep").mkdir(parents=True)
    (root / "inner" / "deep" / "sums.py").write_text(CODE, "utf-8")
    (root / "sums.py").write_text(CODE, "utf-8")
    return root


async def accept(editor: Editor, folder: Path) -> str:
    """Accepts what stands in the way of a folder; the folder it was."""
    shown = await editor.ask("aircher/trust", action="show", workspace=str(folder))
    said = {"workspace": str(folder), "digest": shown["digest"]}
    state = await editor.ask("aircher/trust", action="accept", **said)
    assert state["trusted"]
    return str(shown["root"])


def asking(command: str, top: Path, folder: Path) -> tuple[str, dict[str, Any]]:
    """One command about a folder or the file in it."""
    document = {"document": {"uri": f"file://{folder}/sums.py"}, "workspace": str(top)}
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "chat": (
            "aircher/chat",
            {"messages": [{"role": "user", "content": "why?"}], "workspace": str(folder)},
        ),
        "ask": ("aircher/ask", {"prompt": "why?", "workspace": str(folder)}),
        "ask about it": ("aircher/ask", {"prompt": "why?", **document}),
        "explain": ("aircher/explain", {**document, "range": at(0, 2)}),
        "document": ("aircher/document", {**document, "range": at(0, 2)}),
        "summarize": ("aircher/summarize", {**document, "scope": "file"}),
    }
    return ways[command]


COMMANDS = ["chat", "ask", "ask about it", "explain", "document", "summarize"]


@pytest.mark.parametrize("command", COMMANDS)
async def test_it_is_asked_about_and_then_narrows(
    editor: Editor, model: Model, top: Path, command: str
) -> None:
    inner = top / "inner"
    if (top / ".aircher.toml").exists():
        assert await accept(editor, top) == str(top)
    (inner / ".aircher.toml").write_text("[commit]\nsubject_max = 60\n", "utf-8")
    method, params = asking(command, top, inner / "deep")
    with pytest.raises(Failed, match=f"{inner} has settings of its own") as failed:
        await editor.ask(method, **params)
    assert failed.value.kind == "untrusted"
    assert sent(model) == ""
    assert await accept(editor, inner / "deep") == str(inner)
    await editor.ask(method, **params)
    assert model.far is not None
    seen = len(model.far.seen)
    assert seen > 0
    (inner / ".aircher.toml").write_text('egress = "local"\n', "utf-8")
    await accept(editor, inner)
    with pytest.raises(Failed) as failed:
        await editor.ask(method, **params)
    assert failed.value.kind in ("noModel", "withheld")
    # Gone is not the same as never there: it kept something on this machine.
    (inner / ".aircher.toml").unlink()
    with pytest.raises(Failed, match="not what you accepted"):
        await editor.ask(method, **params)
    assert len(model.far.seen) == seen
    # What lies beside it goes by the workspace's own word.
    method, params = asking(command, top, top)
    await editor.ask(method, **params)


@pytest.mark.parametrize("command", COMMANDS)
async def test_it_leads_out_of_nothing(
    editor: Editor, model: Model, top: Path, command: str
) -> None:
    """An inner file that says nothing hides neither what the outer one says nor its limit."""
    (top / ".aircher.toml").write_text('egress = "local"\n', "utf-8")
    (top / "inner" / ".aircher.toml").write_text("", "utf-8")
    assert await accept(editor, top / "inner") == str(top)
    assert await accept(editor, top / "inner") == str(top / "inner")
    method, params = asking(command, top, top / "inner" / "deep")
    with pytest.raises(Failed) as failed:
        await editor.ask(method, **params)
    assert failed.value.kind in ("noModel", "withheld")
    assert sent(model) == ""


@pytest.mark.parametrize("command", ["chat", "explain"])
async def test_a_limit_of_the_workspace_holds_in_it(
    editor: Editor, model: Model, top: Path, command: str
) -> None:
    (top / ".aircher.toml").write_text("", "utf-8")
    (top / "inner" / ".aircher.toml").write_text("", "utf-8")
    await accept(editor, top)
    await accept(editor, top / "inner")
    assert model.far is not None
    limit = f'costs.workspace_limits = {{ "{top}" = 0.000001 }}\n'
    configure(limit + provider("acme", model.far.base))
    await editor.ask("aircher/reload")
    method, params = asking(command, top, top / "inner" / "deep")
    with pytest.raises(Failed) as failed:
        await editor.ask(method, **params)
    assert failed.value.kind == "budgetExceeded"
    configure(limit.replace(str(top), f"{top}/inner"))
    (cap,) = user_settings(settings_file())[0].costs.caps
    assert cap.scope == f"workspace:{top.resolve()}"


@pytest.mark.parametrize("key", ["withhold", "local_only"])
async def test_its_patterns_are_about_what_is_beneath_it(
    editor: Editor, model: Model, top: Path, key: str
) -> None:
    (top / ".aircher.toml").write_text("", "utf-8")
    (top / "inner" / ".aircher.toml").write_text(f'outbound.{key} = ["deep/sums.py"]\n', "utf-8")
    (top / "deep").mkdir()
    (top / "deep" / "sums.py").write_text(CODE, "utf-8")
    await accept(editor, top)
    await accept(editor, top / "inner")
    (top / "link.py").symlink_to(top / "inner" / "deep" / "sums.py")
    where = {"workspace": str(top)}
    for hidden in ("inner/deep/sums.py", "link.py"):
        document = {"uri": f"file://{top}/{hidden}", "text": CODE}
        with pytest.raises(Failed) as failed:
            await editor.ask("aircher/explain", document=document, range=at(0, 2), **where)
        assert failed.value.kind in ("noModel", "withheld")
    assert sent(model) == ""
    document = {"uri": f"file://{top}/deep/sums.py"}
    await editor.ask("aircher/explain", document=document, range=at(0, 2), **where)
    assert "def total" in sent(model)


@pytest.mark.parametrize("says", ['egress = "local"\n', "", "commit.subject_max = 60\n"])
async def test_a_change_goes_by_the_words_of_every_folder_it_is_in(
    editor: Editor, model: Model, tmp_path: Path, says: str
) -> None:
    shop = Shop(tmp_path / "shop")
    (shop.root / "inner").mkdir()
    shop.stage("inner/sums.py", CODE)
    shop.write("inner/.aircher.toml", says)
    where = {"workspace": str(shop.root)}
    for command, more in (("review", {"scope": "staged"}), ("summarize", {"scope": "diff"})):
        with pytest.raises(Failed) as failed:
            await editor.ask(f"aircher/{command}", **where, **more)
        assert failed.value.kind == ("noModel" if "egress" in says else "untrusted"), command
    drafted = await editor.ask("aircher/commitMessage", **where)
    assert drafted["answer"]["provider"] == "aircher", drafted
    assert sent(model) == ""


async def test_a_conversation_goes_on_by_the_words_of_the_folder_it_was_about(
    editor: Editor, model: Model, tmp_path: Path
) -> None:
    shop = Shop(tmp_path / "shop")
    (shop.root / "inner").mkdir()
    shop.write("inner/sums.py", CODE)
    shop.write("inner/.aircher.toml", "")
    await accept(editor, shop.root / "inner")
    document = {"uri": f"file://{shop.root}/inner/sums.py"}
    first = await editor.ask("aircher/ask", prompt="why?", document=document)
    shop.write("inner/.aircher.toml", 'providers.allow = ["near"]\n')
    on = {"conversation": first["conversation"], "workspace": str(shop.root)}
    with pytest.raises(Failed, match="not what you accepted"):
        await editor.ask("aircher/ask", prompt="and?", **on)
    await accept(editor, shop.root / "inner")
    with pytest.raises(Failed) as failed:
        await editor.ask("aircher/ask", prompt="and?", **on)
    assert failed.value.kind == "withheld"
    await editor.ask("aircher/ask", prompt="and?", workspace=str(shop.root))
