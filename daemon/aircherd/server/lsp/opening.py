"""`initialize`: who a client is, and what it is offered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.methods import METHODS, Direction
from aircherd.core.document import Encoding
from aircherd.server import rpc
from aircherd.server.dispatch import Client
from aircherd.server.lsp.actions import KINDS
from aircherd.server.lsp.commands import COMMANDS
from aircherd.server.lsp.configuration import switched
from aircherd.server.lsp.documents import local_path
from aircherd.server.lsp.editor import Editor, Switches
from aircherd.server.rpc import lsp
from aircherd.version import __version__

_MOST_FOLDERS = 50
_SWITCHED = {
    "textDocument/codeAction": "code_actions",
    "textDocument/codeLens": "code_lens",
    "textDocument/completion": "completion",
    "textDocument/diagnostic": "diagnostics",
}
"""Methods that are not offered when their switch is off from the beginning."""


def read_initialize(params: Any, editor: Editor) -> Client:
    """Who a client says it is; `editor` is set up for it.

    `initializationOptions` may name `keyVariables`, and switch off what a plug-in offers by itself:
    `{"codeActions": false, "codeLens": false, "completion": false, "diagnostics": false}`. Raises
    ParamsError for parameters LSP does not allow.
    """
    found = rpc.structure(lsp.InitializeParams, params)
    options = params.get("initializationOptions") or {}
    names = options.get("keyVariables") if isinstance(options, dict) else None
    info, capabilities = found.client_info, params.get("capabilities")
    client = Client(
        client_name=(info.name if info is not None else "unknown")[:80],
        process_id=found.process_id,
        key_variables=tuple(n for n in names or () if isinstance(n, str))[:200],
        restricted=isinstance(options, dict) and options.get("trusted") is False,
        capabilities=capabilities if isinstance(capabilities, dict) else {},
    )
    roots = [folder.uri for folder in found.workspace_folders or ()] or [found.root_uri]
    folders = (local_path(uri) for uri in roots[:_MOST_FOLDERS] if uri)
    client.folders = tuple(path for path in folders if path is not None)
    # They stand in the client's order of preference; UTF-16 is what every client must know.
    offered = client.can("general.positionEncodings")
    known = [Encoding(kind) for kind in offered or () if kind in set(Encoding)]
    client.encoding = editor.documents.encoding = known[0] if known else Encoding.UTF16
    client.documents = editor.documents
    editor.initially = switched(Switches(), options)
    editor.switches = switched(editor.initially, None)
    return client


def initialize_result(client: Client, editor: Editor, handled: Collection[str]) -> Any:
    """What this server can do, for one client; `handled` names the methods it answers."""
    off = {name for name, switch in _SWITCHED.items() if not getattr(editor.initially, switch)}
    handled = set(handled) - off
    asked = [m.name for m in METHODS.values() if m.direction is Direction.CLIENT_TO_SERVER]
    found = _capabilities(client, handled)
    found.experimental = {"aircher": {"protocol": PROTOCOL_VERSION, "methods": asked}}
    info = lsp.ServerInfo(name="aircherd", version=__version__)
    return rpc.write(lsp.InitializeResult(capabilities=found, server_info=info))


def _capabilities(client: Client, handled: Collection[str]) -> lsp.ServerCapabilities:
    found = lsp.ServerCapabilities(
        position_encoding=lsp.PositionEncodingKind(client.encoding.value)
    )
    found.text_document_sync = lsp.TextDocumentSyncOptions(
        open_close="textDocument/didOpen" in handled,
        change=lsp.TextDocumentSyncKind.None_,
    )
    if "textDocument/didChange" in handled:
        found.text_document_sync.change = lsp.TextDocumentSyncKind.Incremental
        found.text_document_sync.save = lsp.SaveOptions(include_text=False)
    if "textDocument/codeAction" in handled:
        found.code_action_provider = lsp.CodeActionOptions(
            code_action_kinds=KINDS, resolve_provider="codeAction/resolve" in handled
        )
    if "textDocument/codeLens" in handled:
        found.code_lens_provider = lsp.CodeLensOptions(resolve_provider=False)
    if "textDocument/completion" in handled:
        found.completion_provider = lsp.CompletionOptions(trigger_characters=("(",))
    if "textDocument/diagnostic" in handled and client.pulls:
        found.diagnostic_provider = lsp.DiagnosticOptions(
            identifier="aircher", inter_file_dependencies=False, workspace_diagnostics=False
        )
    if "workspace/executeCommand" in handled:
        found.execute_command_provider = lsp.ExecuteCommandOptions(
            commands=COMMANDS, work_done_progress=True
        )
    folders = "workspace/didChangeWorkspaceFolders" in handled
    found.workspace = lsp.WorkspaceOptions(
        workspace_folders=lsp.WorkspaceFoldersServerCapabilities(
            supported=True, change_notifications=folders
        )
    )
    return found
