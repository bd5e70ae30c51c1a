"""Signs that a commit message is probably asked for soon: something staged, a buffer opened.

Heard for folders an editor has open, and from no editor that does not trust its folder. What
follows from them is `warming`'s to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Any

from aircherd.server.dispatch import Connection
from aircherd.server.house import House
from aircherd.server.lsp import configuration, sync
from aircherd.server.lsp.commit_buffer import is_commit_buffer, work_tree
from aircherd.server.lsp.documents import local_path
from aircherd.server.rpc import lsp
from aircherd.workspace.view import Change


def initialized(house: House, connection: Connection, params: Any) -> None:
    """initialized"""
    configuration.initialized(connection, params)
    _listen(house, connection, connection.client.folders)


def folders_changed(
    house: House, connection: Connection, params: lsp.DidChangeWorkspaceFoldersParams
) -> None:
    """workspace/didChangeWorkspaceFolders"""
    sync.folders_changed(connection, params)
    if not connection.client.restricted:
        house.views.staging.release(connection)
    _listen(house, connection, connection.client.folders)


def opened(house: House, connection: Connection, params: lsp.DidOpenTextDocumentParams) -> None:
    """textDocument/didOpen"""
    sync.opened(house, connection, params)
    uri = params.text_document.uri
    if is_commit_buffer(uri) and not connection.client.restricted:
        path = local_path(uri)
        assert path is not None
        connection.background(_writing(house, connection, path))


def changed(house: House, connection: Connection, root: str, change: Change) -> None:
    """A workspace somebody subscribed to has changed."""
    seen = change.snapshot
    # Every field differs from nothing: then it was only seen for the first time.
    news = "staged" in change.parts and "root" not in change.parts
    if news and seen is not None and seen.staged and not connection.client.restricted:
        house.desk.expect(root, False)


def _listen(house: House, connection: Connection, folders: Iterable[str]) -> None:
    if connection.client.restricted or not folders:
        return
    connection.background(_hold(house, connection, tuple(folders)))


async def _hold(house: House, connection: Connection, folders: tuple[str, ...]) -> None:
    staging = house.views.staging
    connection.at_end(lambda: staging.release(connection))

    def staged(root: str) -> None:
        # The editor may have taken its trust back since.
        if not connection.client.restricted:
            house.desk.expect(root, False)

    for folder in folders:
        wanted = partial(_is_open, connection, folder)
        await staging.hold(folder, connection, staged, wanted=wanted)


def _is_open(connection: Connection, folder: str) -> bool:
    return folder in connection.client.folders


async def _writing(house: House, connection: Connection, path: str) -> None:
    root = await asyncio.to_thread(work_tree, path)
    if root is not None and not connection.client.restricted:
        house.desk.expect(root, True)
