"""Open documents reach the workspace's picture while somebody looks at it, and leave with it."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aircherd.server import rpc
from aircherd.server.house import House
from aircherd.server.lsp import sync
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.view import Change
from aircherd.workspace.views import Views
from lsp.making import Told


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / "a.py").write_text("a\n", "utf-8")
    return root


@pytest.fixture
async def views() -> AsyncIterator[Views]:
    made = Views(Repositories())
    yield made
    await made.aclose()


def house(views: Views) -> House:
    return cast(House, SimpleNamespace(views=views))


def told(method: str, **params: Any) -> Any:
    return rpc.read(f"textDocument/{method}", params)


def opening(uri: str) -> Any:
    item = {"uri": uri, "languageId": "python", "version": 1, "text": "a\n"}
    return told("didOpen", textDocument=item)


async def test_a_watched_workspace_knows_what_is_open(repo: Path, views: Views) -> None:
    def nothing(root: str, change: Change) -> None:
        """The picture is asked for below."""

    me = Told()
    await views.subscribe(str(repo), me, nothing)
    inside, outside = (repo / "a.py").as_uri(), "file:///elsewhere/b.py"
    for uri in (inside, outside, "untitled:1"):
        sync.opened(house(views), me, opening(uri))
    seen = await views.snapshot(str(repo))
    assert [(d.path, d.language, d.unsaved) for d in seen.documents] == [
        (str(repo / "a.py"), "python", False)
    ]
    about = {"uri": inside, "version": 2}
    change = told("didChange", textDocument=about, contentChanges=[{"text": "b\n"}])
    sync.changed(house(views), me, change)
    assert (await views.snapshot(str(repo))).documents[0].unsaved
    sync.saved(house(views), me, told("didSave", textDocument={"uri": inside}))
    assert not (await views.snapshot(str(repo))).documents[0].unsaved
    sync.closed(house(views), me, told("didClose", textDocument={"uri": inside}))
    assert (await views.snapshot(str(repo))).documents == ()
    sync.opened(house(views), me, opening(inside))
    me.end()
    assert (await views.snapshot(str(repo))).documents == (), "gone with its editor"


async def test_opening_a_file_starts_no_watching(repo: Path, views: Views) -> None:
    me = Told()
    sync.opened(house(views), me, opening((repo / "a.py").as_uri()))
    assert views.roots == ()
    assert len(me.editor.documents) == 1


def test_folders_come_and_go() -> None:
    me = Told()
    me.client.folders = ("/a", "/b")

    def event(added: list[str], removed: list[str]) -> Any:
        named = [[{"uri": uri, "name": "x"} for uri in uris] for uris in (added, removed)]
        params = {"event": {"added": named[0], "removed": named[1]}}
        return rpc.read("workspace/didChangeWorkspaceFolders", params)

    sync.folders_changed(me, event(["file:///c", "ssh://far/d"], ["file:///a"]))
    assert me.client.folders == ("/b", "/c")
