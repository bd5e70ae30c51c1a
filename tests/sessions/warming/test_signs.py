"""What counts as a sign that a message is asked for next, and whose signs count at all."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

import pytest

from aircherd.server.lsp import intent
from aircherd.workspace import staging
from aircherd.workspace.staging import Staging
from sessions.conftest import Shop
from sessions.warming.parts import (
    Far,
    Hints,
    ahead,
    asked_before,
    listening,
    opens,
    told_later,
    until,
    window,
)


async def test_an_editor_that_does_not_trust_its_folder_is_not_listened_to(
    far: Far, shop: Shop, hints: Hints, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_before(far)
    written: list[str] = []

    async def writing(_: object, __: object, path: str) -> None:
        written.append(path)

    monkeypatch.setattr(intent, "_writing", writing)
    async with window(shop.root, trusted=False) as editor:
        await editor.ask("aircher/workspace", workspace=str(shop.root), subscribe=True)
        shop.stage("shop.py", "a = 1\n")
        opens(editor, shop)
        await until(lambda: any("staged" in news for news in told_later(editor)))
        dump = json.loads((await editor.ask("aircher/dump"))["text"])
        assert not dump["process"]["listening"]
        assert (hints, written, far.connected) == ([], [], 0)


async def test_an_editor_that_takes_its_trust_back_is_listened_to_no_more(
    far: Far, shop: Shop, hints: Hints, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_before(far)
    read: list[int] = []
    original = Staging._readable

    def readable(self: Staging) -> None:
        original(self)
        read.append(1)

    monkeypatch.setattr(Staging, "_readable", readable)
    async with window(shop.root) as editor:
        await listening(editor)
        await editor.ask("aircher/trust", action="window", trusted=False)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: read)
        assert await ahead(editor) == []
        assert (hints, far.connected) == ([], 0)
        await editor.ask("aircher/trust", action="window", trusted=True)
        shop.stage("shop.py", "a = 2\n")
        await until(lambda: far.connected == 1)


async def test_a_folder_that_was_closed_while_it_was_looked_for_counts_no_more(
    shop: Shop, hints: Hints, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, go_on = threading.Event(), threading.Event()
    plain = staging._root

    def slow(path: str) -> str | None:
        found.set()
        go_on.wait(30)
        return plain(path)

    monkeypatch.setattr(staging, "_root", slow)
    other = shop.root.parent / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    async with window(shop.root) as editor:
        await until(found.is_set)
        old, new = ({"uri": one.as_uri(), "name": "x"} for one in (shop.root, other))
        change = {"event": {"added": [new], "removed": [old]}}
        editor.notify("workspace/didChangeWorkspaceFolders", change)
        await editor.ask("aircher/status")
        go_on.set()
        await listening(editor)
        for _ in range(3):
            await editor.ask("aircher/status")
        shop.stage("shop.py", "a = 1\n")
        (other / "a.py").write_text("a = 1\n", "utf-8")
        subprocess.run(["git", "add", "a.py"], cwd=other, check=True)
        await until(lambda: hints)
        assert {path for path, _ in hints} == {str(other)}


async def test_only_something_new_that_is_staged_counts(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    async with window(shop.root) as editor:
        await listening(editor)
        shop.git("update-index", "--force-write-index")
        await until(lambda: len(looks) == 1)
        shop.stage("shop.py", "a = 1\n")
        await until(lambda: len(looks) == 2)
        # From here on it may be opened; but nothing new is staged any more.
        asked_before(far)
        shop.git("update-index", "--force-write-index")
        await until(lambda: len(looks) == 3)
        shop.git("reset", "-q")
        await until(lambda: len(looks) == 4)
        assert await ahead(editor) == []
        assert far.connected == 0
        shop.git("add", "shop.py")
        await until(lambda: far.connected == 1)


async def test_a_commit_buffer_that_opens_counts_too(
    far: Far, shop: Shop, looks: list[str]
) -> None:
    asked_before(far)
    shop.stage("shop.py", "a = 1\n")
    async with window(shop.root) as editor:
        opens(editor, shop)
        await until(lambda: far.connected == 1)
        assert far.heard == 0


async def test_a_watched_workspace_counts_without_a_folder(
    far: Far, shop: Shop, hints: Hints, tmp_path: Path
) -> None:
    asked_before(far)
    shop.stage("shop.py", "a = 1\n")
    aside = tmp_path / "aside"
    aside.mkdir()
    async with window(aside) as editor:
        await editor.ask("aircher/workspace", workspace=str(shop.root), subscribe=True)
        assert hints == [], "what was staged before is no news"
        shop.stage("shop.py", "a = 2\n")
        await editor.is_told("aircher/workspaceChanged")
        await until(lambda: far.connected == 1)
        assert far.heard == 0
