"""Document sync: what stands open in an editor, kept for its session and told to its workspace."""

from __future__ import annotations

import logging

from aircherd.core.document import Place, Span
from aircherd.core.snapshot import OpenDocument
from aircherd.server.dispatch import Connection
from aircherd.server.house import House
from aircherd.server.lsp import diagnostics
from aircherd.server.lsp.documents import local_path
from aircherd.server.lsp.incremental import Change
from aircherd.server.rpc import lsp
from aircherd.workspace.told import EditorState

log = logging.getLogger(__name__)

_MOST_FOLDERS = 50


def opened(house: House, connection: Connection, params: lsp.DidOpenTextDocumentParams) -> None:
    """textDocument/didOpen"""
    found = params.text_document
    language = str(getattr(found.language_id, "value", found.language_id))[:80]
    if connection.editor.documents.open(found.uri, language, found.version, found.text):
        diagnostics.opened(connection, found.uri)
        _tell(house, connection, found.uri)


def changed(house: House, connection: Connection, params: lsp.DidChangeTextDocumentParams) -> None:
    """textDocument/didChange"""
    uri, documents = params.text_document.uri, connection.editor.documents
    before = documents.standing(uri)
    changes = [_change(change) for change in params.content_changes]
    documents.change(uri, params.text_document.version, changes)
    diagnostics.edited(connection, uri)
    if before is not None and not before.unsaved:
        _tell(house, connection, uri)


def saved(house: House, connection: Connection, params: lsp.DidSaveTextDocumentParams) -> None:
    """textDocument/didSave"""
    connection.editor.documents.saved(params.text_document.uri, params.text)
    _tell(house, connection, params.text_document.uri)


def closed(house: House, connection: Connection, params: lsp.DidCloseTextDocumentParams) -> None:
    """textDocument/didClose"""
    connection.editor.documents.close(params.text_document.uri)
    _tell(house, connection, params.text_document.uri)


def folders_changed(connection: Connection, params: lsp.DidChangeWorkspaceFoldersParams) -> None:
    """workspace/didChangeWorkspaceFolders"""
    gone = {local_path(folder.uri) for folder in params.event.removed}
    new = [local_path(folder.uri) for folder in params.event.added]
    kept = (path for path in (*connection.client.folders, *new) if path and path not in gone)
    connection.client.folders = tuple(dict.fromkeys(kept))[:_MOST_FOLDERS]


def _change(event: lsp.TextDocumentContentChangeEvent) -> Change:
    span = getattr(event, "range", None)
    if span is None:
        return None, event.text
    start = Place(span.start.line, span.start.character)
    return Span(start, Place(span.end.line, span.end.character)), event.text


def _tell(house: House, connection: Connection, uri: str) -> None:
    """Tells the view a document lies in what this editor has open there.

    Only a view somebody asked for: opening a file starts no watching.
    """
    path = local_path(uri)
    if path is None or not house.views.roots:
        return
    view = house.views.at(path)
    if view is None:
        return
    documents = tuple(
        OpenDocument(path=path, language=found.document.language, unsaved=found.unsaved)
        for found in connection.editor.documents.every
        if (path := found.path) is not None and house.views.at(path) is view
    )
    if view.tell(connection, EditorState(documents=documents)):
        connection.at_end(lambda: view.forget(connection))
