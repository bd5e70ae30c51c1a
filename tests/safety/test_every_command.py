"""One gate below every command: what is withheld from one is withheld from all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aircherd.server.lsp.editor import Editor as Kept
from aircherd.server.lsp.opening import read_initialize
from features.conftest import Model, at, editor, made, model, shop
from sessions.conftest import Shop, configure, provider
from sessions.editor import Editor, Failed

__all__ = ["editor", "model", "shop"]

PAT = "ghp_x9Kf83jd7Hs62kLmQpWvRtYuZnBcAe41TgUi"
CODE = f'''def call(prices):
    token = "{PAT}"
    return send(prices, token)
'''
READS = {
    "aircher/explain": {"range": at(0, 3)},
    "aircher/summarize": {"scope": "file"},
    "aircher/review": {"scope": "file"},
    "aircher/fix": {"range": at(1, 2), "error": "it fails"},
    "aircher/document": {"range": at(0, 3)},
    "aircher/refactor": {"range": at(0, 3), "instruction": "shorter"},
    "aircher/generate": {
        "instruction": "the same again",
        "kind": "code",
        "position": {"line": 3, "character": 0},
    },
    "aircher/ask": {"prompt": "What does it do?", "range": at(0, 3)},
}
"""Commands on a document, with what they want besides."""
DIFFS: list[tuple[str, dict[str, Any]]] = [
    ("aircher/commitMessage", {}),
    ("aircher/review", {"scope": "staged"}),
    ("aircher/summarize", {"scope": "diff"}),
]


def sent(model: Model) -> str:
    """Everything a model was shown."""
    assert model.far is not None
    return "\n".join(one.body.decode() for one in model.far.seen)


def uri(shop: Shop, name: str) -> str:
    return f"file://{shop.root}/{name}"


@pytest.mark.parametrize("method", READS)
async def test_a_secret_in_a_document_is_masked(
    editor: Editor, model: Model, shop: Shop, method: str
) -> None:
    shop.write("shop.py", CODE)
    more = (
        {"workspace": str(shop.root)} if method in ("aircher/review", "aircher/summarize") else {}
    )
    await editor.ask(method, document={"uri": uri(shop, "shop.py")}, **READS[method], **more)
    assert PAT not in sent(model)
    assert "secret:github-pat:" in sent(model)


@pytest.mark.parametrize("text", [None, "A=1\n"], ids=["on disk", "sent along"])
@pytest.mark.parametrize("method", READS)
async def test_a_secret_file_is_shown_to_no_model(
    editor: Editor, model: Model, shop: Shop, method: str, text: str | None
) -> None:
    shop.write(".env", "HARMLESS=looking\n")
    shop.write(".aircherignore", "!.env\n!*\n")
    more = (
        {"workspace": str(shop.root)} if method in ("aircher/review", "aircher/summarize") else {}
    )
    document = {"uri": uri(shop, ".env")} | ({} if text is None else {"text": text, "version": 1})
    with pytest.raises(Failed) as failed:
        await editor.ask(method, document=document, **READS[method], **more)
    assert failed.value.kind == "withheld"
    assert sent(model) == ""


@pytest.mark.parametrize(("method", "params"), DIFFS)
async def test_a_secret_file_in_a_diff_is_named_and_not_shown(
    editor: Editor, model: Model, shop: Shop, method: str, params: dict[str, Any]
) -> None:
    model.says("Add a call")
    shop.stage(".env", "HARMLESS=looking\n")
    shop.stage("shop.py", CODE)
    found = await editor.ask(method, workspace=str(shop.root), **params)
    assert "HARMLESS" not in sent(model)
    assert PAT not in sent(model)
    assert ".env" in sent(model)
    assert ".env" in json.dumps(found["leftOut"])


async def test_an_edit_of_a_masked_line_fits_and_has_its_secret_back(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    await editor.ask("aircher/explain", document={"uri": uri(shop, "shop.py")}, range=at(0, 3))
    (messages,) = model.asked
    at_begin = messages[1]["content"].index("<secret:")
    placeholder = messages[1]["content"][at_begin:].split(">")[0] + ">"
    model.says(
        f'It is a constant now: {placeholder}.\n\n<<<<<<< SEARCH\n    token = "{placeholder}"\n'
        f'=======\n    secret_token = "{placeholder}"\n>>>>>>> REPLACE\n'
    )
    found = await editor.ask(
        "aircher/refactor",
        document={"uri": uri(shop, "shop.py")},
        range=at(0, 3),
        instruction="rename",
    )
    assert f'    secret_token = "{PAT}"\n' in made(CODE, found["edit"], uri(shop, "shop.py"))
    assert PAT not in found["answer"]["text"]


async def test_a_conversation_stays_masked(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.says(f"The token is {PAT}, is it not?", "Yes.")
    first = await editor.ask(
        "aircher/ask", prompt=f"Is {PAT} it?", document={"uri": uri(shop, "shop.py")}
    )
    await editor.ask("aircher/ask", prompt="Why?", conversation=first["conversation"])
    assert PAT not in sent(model)
    placeholders = {part.split(">")[0] for part in sent(model).split("<secret:")[1:]}
    assert len(placeholders) == 1


async def test_local_only_holds_for_documents_and_diffs(
    editor: Editor, model: Model, shop: Shop
) -> None:
    assert model.far is not None
    configure('outbound.local_only = ["customers/"]\n' + provider("acme", model.far.base))
    await editor.ask("aircher/reload")
    (shop.root / "customers").mkdir()
    shop.stage("customers/list.py", CODE)
    with pytest.raises(Failed) as failed:
        await editor.ask(
            "aircher/explain", document={"uri": uri(shop, "customers/list.py")}, range=at(0, 3)
        )
    assert failed.value.kind in ("noModel", "withheld")
    found = await editor.ask("aircher/commitMessage", workspace=str(shop.root))
    assert found["answer"]["model"] == "rules"
    with pytest.raises(Failed):
        await editor.ask("aircher/review", workspace=str(shop.root), scope="staged")
    assert sent(model) == ""


@pytest.mark.parametrize("method", ["aircher/ask", "aircher/chat", "aircher/commitMessage"])
async def test_a_restricted_window_asks_nobody(
    editor: Editor, model: Model, shop: Shop, method: str
) -> None:
    await editor.ask("aircher/trust", action="window", trusted=False)
    shop.stage("shop.py", CODE)
    params: dict[str, Any] = {
        "aircher/ask": {"prompt": "why?"},
        "aircher/chat": {"messages": [{"role": "user", "content": "why?"}]},
        "aircher/commitMessage": {"workspace": str(shop.root)},
    }[method]
    if method == "aircher/commitMessage":
        found = await editor.ask(method, **params)
        assert found["answer"]["model"] == "rules"
        assert "restricted" in found["answer"]["notices"][0]
    else:
        with pytest.raises(Failed) as failed:
            await editor.ask(method, **params)
        assert failed.value.kind == "untrusted"
    assert sent(model) == ""
    await editor.ask("aircher/trust", action="window", trusted=True)
    await editor.ask(method, **params)
    assert sent(model) != ""


@pytest.mark.parametrize(("said", "restricted"), [(False, True), (True, False), (None, False)])
def test_an_editor_says_at_once_that_it_does_not_trust_its_folder(
    said: bool | None, restricted: bool
) -> None:
    options = {} if said is None else {"trusted": said}
    params = {"processId": None, "rootUri": None, "capabilities": {}}
    client = read_initialize({**params, "initializationOptions": options}, Kept())
    assert client.restricted is restricted


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("key", ["withhold", "local_only"])
@pytest.mark.parametrize("by", ["user", "folder"])
async def test_a_folder_that_is_no_repository_has_its_rules(
    editor: Editor, model: Model, tmp_path: Path, by: str, key: str, named: bool
) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "diary.py").write_text(CODE, "utf-8")
    assert model.far is not None
    if by == "user":
        place = str(folder / "diary.py")
        configure(f'outbound.{key} = ["{place}"]\n' + provider("acme", model.far.base))
        await editor.ask("aircher/reload")
    else:
        (folder / ".aircher.toml").write_text(f'outbound.{key} = ["diary.py"]\n', "utf-8")
        trusted = await editor.ask("aircher/trust", action="show", workspace=str(folder))
        await editor.ask(
            "aircher/trust", action="accept", workspace=str(folder), digest=trusted["digest"]
        )
    document = {"uri": f"file://{folder}/diary.py", "text": CODE}
    where = {"workspace": str(folder)} if named else {}
    with pytest.raises(Failed) as failed:
        await editor.ask("aircher/explain", document=document, range=at(0, 3), **where)
    assert failed.value.kind in ("noModel", "withheld")
    assert sent(model) == ""


async def test_a_document_of_an_unaccepted_folder_is_not_sent_though_none_is_named(
    editor: Editor, model: Model, tmp_path: Path
) -> None:
    (tmp_path / ".aircher.toml").write_text('egress = "local"\n', "utf-8")
    document = {"uri": f"file://{tmp_path}/shop.py", "text": CODE}
    with pytest.raises(Failed) as failed:
        await editor.ask("aircher/explain", document=document, range=at(0, 3))
    assert failed.value.kind in ("noModel", "untrusted")
    assert sent(model) == ""


@pytest.mark.parametrize("target", [".env", "../.env", "../private/plain.txt"])
async def test_a_withheld_file_is_withheld_by_another_name(
    editor: Editor, model: Model, shop: Shop, target: str
) -> None:
    assert model.far is not None
    private = shop.root.parent / "private"
    configure(f'outbound.withhold = ["{private}"]\n' + provider("acme", model.far.base))
    await editor.ask("aircher/reload")
    (shop.root / "notes.txt").symlink_to(target)
    document = {"uri": uri(shop, "notes.txt"), "text": "plain words\n"}
    with pytest.raises(Failed) as failed:
        await editor.ask("aircher/explain", document=document, range=at(0, 1))
    assert failed.value.kind == "withheld"
    assert sent(model) == ""
