"""`git commit` in any editor: a lens to write the message, and its first words completed."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.scripted import far_side
from sessions.bare import Bare
from sessions.conftest import configure, provider
from sessions.editor import in_process
from sessions.test_bare import answering

TEMPLATE = "\n# Please enter the commit message for your changes.\n# On branch main\n"
HISTORY = (
    ("feat(cart): add prices", "cart.py"),
    ("feat(cart): add totals", "cart.py"),
    ("fix(cart): round up", "cart.py"),
    ("fix(cart): round down", "cart.py"),
    ("feat(till): open it", "till.py"),
    ("docs: say how", "README.md"),
    ("feat(till): close it", "till.py"),
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Seven conventional commits, and something staged."""
    root = tmp_path / "shop"
    root.mkdir()

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    for number, (subject, name) in enumerate(HISTORY):
        (root / name).write_text(f"{number}\n", "utf-8")
        git("add", ".")
        git("commit", "-q", "-m", subject)
    (root / "cart.py").write_text("new\n", "utf-8")
    git("add", ".")
    (root / ".git" / "COMMIT_EDITMSG").write_text(TEMPLATE, "utf-8")
    return root


@pytest.fixture
async def window() -> AsyncIterator[Callable[..., Any]]:
    async with in_process(Bare) as opened:

        async def made(*folders: Path) -> Bare:
            editor = await opened()
            await editor.begin_session(*folders)
            return editor

        yield made


def buffer(root: Path) -> Path:
    return root / ".git" / "COMMIT_EDITMSG"


async def lenses(editor: Bare, uri: str) -> Any:
    return await editor.ask("textDocument/codeLens", textDocument={"uri": uri})


async def labels(editor: Bare, uri: str, line: int = 0) -> list[str] | None:
    text = editor.buffers[uri].text.split("\n")[line]
    position = {"line": line, "character": len(text)}
    found = await editor.ask(
        "textDocument/completion", textDocument={"uri": uri}, position=position
    )
    return None if found is None else [item["label"] for item in found]


async def test_the_lens_writes_the_message(window: Callable[..., Any], shop: Path) -> None:
    async with far_side(answering("fix(cart): price anew")) as far:
        configure(provider("acme", far.base))
        editor: Bare = await window()
        uri = editor.open(buffer(shop), "gitcommit")
        (lens,) = await lenses(editor, uri)
        assert lens["command"]["title"] == "Write message"
        assert lens["command"]["arguments"][0]["workspace"] == str(shop)
        command = {k: lens["command"][k] for k in ("command", "arguments")}
        done = await editor.ask("workspace/executeCommand", **command)
        assert (done["delivered"], done["why"]) == ("edit", None)
        assert editor.buffers[uri].text == f"fix(cart): price anew\n{TEMPLATE}"
        (edit,) = [p["edit"] for m, p in editor.asked_of_it if m == "workspace/applyEdit"]
        assert edit["changeAnnotations"]["message"]["needsConfirmation"] is False
        again, amend = await lenses(editor, uri)
        assert again["command"]["arguments"][0]["previous"] == "fix(cart): price anew"
        assert amend["command"]["arguments"][0]["amend"] is True
        far.answer = answering("fix(cart): set the price")
        command = {k: again["command"][k] for k in ("command", "arguments")}
        await editor.ask("workspace/executeCommand", **command)
        assert editor.buffers[uri].text == f"fix(cart): set the price\n{TEMPLATE}"
        edits = [p["edit"] for m, p in editor.asked_of_it if m == "workspace/applyEdit"]
        assert edits[-1]["changeAnnotations"]["message"]["needsConfirmation"] is True
        await editor.leave()


async def test_an_editor_without_lenses_has_it_in_the_menu_and_on_a_key(
    window: Callable[..., Any], shop: Path
) -> None:
    async with far_side(answering("fix(cart): price anew")) as far:
        configure(provider("acme", far.base))
        editor: Bare = await window(shop)
        uri = editor.open(buffer(shop), "gitcommit")
        top = {"line": 0, "character": 0}
        (action,) = await editor.ask(
            "textDocument/codeAction",
            textDocument={"uri": uri},
            range={"start": top, "end": top},
            context={"diagnostics": [], "triggerKind": 1},
        )
        assert action["title"] == "Aircher: Write message"
        assert action["command"]["arguments"][0]["document"] == {"uri": uri}
        done = await editor.ask("workspace/executeCommand", command="aircher.commit")
        assert done["delivered"] == "edit"
        assert editor.buffers[uri].text == f"fix(cart): price anew\n{TEMPLATE}"
        await editor.leave()


async def test_type_and_scope_are_completed_in_the_order_of_use(
    window: Callable[..., Any], shop: Path
) -> None:
    editor: Bare = await window(shop)
    uri = editor.open(buffer(shop), "gitcommit")
    assert await labels(editor, uri) == ["feat", "fix", "docs"]
    editor.type(uri, 0, "fe")
    assert await labels(editor, uri) == ["feat", "fix", "docs"], "the editor filters"
    editor.type(uri, 2, "at(")
    assert await labels(editor, uri) == ["cart", "till"]
    editor.type(uri, 5, "till): op")
    assert await labels(editor, uri) is None
    assert await labels(editor, uri, line=1) is None, "only the first line has a type"
    await editor.leave()


async def test_other_documents_are_left_in_peace(window: Callable[..., Any], shop: Path) -> None:
    editor: Bare = await window(shop)
    uri = editor.open(shop / "cart.py")
    assert await lenses(editor, uri) is None
    assert await labels(editor, uri) is None
    assert await lenses(editor, "file:///nowhere/COMMIT_EDITMSG") is None
    await editor.leave()


async def test_what_an_editor_switches_off_is_gone(window: Callable[..., Any], shop: Path) -> None:
    editor: Bare = await window(shop)
    editor.settings = {"codeLens": False, "completion": False}
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    uri = editor.open(buffer(shop), "gitcommit")
    await editor.until(lambda: _count(editor) == 2)
    await editor.ask("aircher/status")
    assert await lenses(editor, uri) is None
    assert await labels(editor, uri) is None
    await editor.leave()


def _count(editor: Bare) -> int:
    return [method for method, _ in editor.asked_of_it].count("workspace/configuration")


async def test_a_plain_history_has_no_types(window: Callable[..., Any], tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "new")], check=True)
    path = buffer(tmp_path / "new")
    path.write_text(TEMPLATE, "utf-8")
    editor: Bare = await window()
    uri = editor.open(path, "gitcommit")
    assert await labels(editor, uri) == []
    await editor.leave()
