"""textDocument/codeLens: what a commit buffer offers above its first line."""

from __future__ import annotations

import asyncio
from typing import Any

from aircherd.server.dispatch import Call, Connection
from aircherd.server.lsp import commit_buffer
from aircherd.server.lsp.documents import local_path
from aircherd.server.rpc import lsp


async def lenses(call: Call[lsp.CodeLensParams]) -> list[lsp.CodeLens] | None:
    """Nothing for any other document."""
    if not call.connection.editor.switches.code_lens:
        return None
    top = lsp.Position(line=0, character=0)
    span = lsp.Range(start=top, end=top)
    found = await offers(call.connection, call.params.text_document.uri)
    return [lsp.CodeLens(range=span, command=command) for command in found] or None


async def offers(connection: Connection, uri: str) -> list[lsp.Command]:
    """What can be done in a commit buffer; the actions offer it too, for editors without lenses."""
    editor = connection.editor
    document = editor.documents.kept(uri)
    if document is None or not commit_buffer.is_commit_buffer(uri):
        return []
    root = await asyncio.to_thread(commit_buffer.work_tree, local_path(uri) or "")
    if root is None:
        folders = connection.client.folders
        root = folders[0] if folders else None
    if root is None:
        return []
    given: dict[str, Any] = {"workspace": root, "document": {"uri": uri}}
    there = commit_buffer.message(document, editor.documents.encoding)
    if not there.text:
        return [_command("Write message", given)]
    return [
        _command("Write another message", {**given, "previous": there.text}),
        _command("Write message for --amend", {**given, "amend": True}),
    ]


def _command(title: str, argument: dict[str, Any]) -> lsp.Command:
    return lsp.Command(title=title, command="aircher.commit", arguments=(argument,))
