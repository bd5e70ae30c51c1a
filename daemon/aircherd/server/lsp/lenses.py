"""textDocument/codeLens: what a commit buffer offers above its first line."""

from __future__ import annotations

import asyncio
from typing import Any

from aircherd.server.dispatch import Call
from aircherd.server.lsp import commit_buffer
from aircherd.server.lsp.documents import local_path
from aircherd.server.rpc import lsp


async def lenses(call: Call[lsp.CodeLensParams]) -> list[lsp.CodeLens] | None:
    """Nothing for any other document."""
    editor, uri = call.connection.editor, call.params.text_document.uri
    document = editor.documents.kept(uri)
    if document is None or not commit_buffer.is_commit_buffer(uri):
        return None
    if not editor.switches.code_lens:
        return None
    root = await asyncio.to_thread(commit_buffer.work_tree, local_path(uri) or "")
    if root is None:
        folders = call.connection.client.folders
        root = folders[0] if folders else None
    if root is None:
        return None
    given: dict[str, Any] = {"workspace": root, "document": {"uri": uri}}
    there = commit_buffer.message(document, editor.documents.encoding)
    if not there.text:
        return [_lens("Write message", given)]
    return [
        _lens("Write another message", {**given, "previous": there.text}),
        _lens("Write message for --amend", {**given, "amend": True}),
    ]


def _lens(title: str, argument: dict[str, Any]) -> lsp.CodeLens:
    top = lsp.Position(line=0, character=0)
    command = lsp.Command(title=title, command="aircher.commit", arguments=(argument,))
    return lsp.CodeLens(range=lsp.Range(start=top, end=top), command=command)
