"""`initialize`: who a client is, and what it is offered."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.codec import ParamsError
from aircher_protocol.errors import FieldError
from aircher_protocol.methods import METHODS, Direction
from aircherd.core.document import Encoding
from aircherd.server.dispatch import Client
from aircherd.server.lsp.actions import KINDS
from aircherd.server.lsp.commands import COMMANDS
from aircherd.server.lsp.configuration import switched
from aircherd.server.lsp.documents import local_path
from aircherd.server.lsp.editor import Editor, Switches
from aircherd.version import __version__

_MOST_FOLDERS = 50
_NO_CHANGES, _INCREMENTAL = 0, 2
"""LSP's TextDocumentSyncKind."""
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
    _check(params)
    options = params.get("initializationOptions") or {}
    names = options.get("keyVariables") if isinstance(options, dict) else None
    client = Client(
        client_name=((params.get("clientInfo") or {}).get("name") or "unknown")[:80],
        process_id=params.get("processId"),
        key_variables=tuple(n for n in names or () if isinstance(n, str))[:200],
        restricted=isinstance(options, dict) and options.get("trusted") is False,
        capabilities=params.get("capabilities") or {},
    )
    folders = params.get("workspaceFolders") or ()
    roots = [folder["uri"] for folder in folders[:_MOST_FOLDERS]] or [params.get("rootUri")]
    paths = (local_path(uri) for uri in roots if uri)
    client.folders = tuple(path for path in paths if path is not None)
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
    found["experimental"] = {"aircher": {"protocol": PROTOCOL_VERSION, "methods": asked}}
    return {"capabilities": found, "serverInfo": {"name": "aircherd", "version": __version__}}


def _check(params: dict[str, Any]) -> None:
    """Raises ParamsError naming every field that is not what LSP says it is."""
    folders, info = params.get("workspaceFolders"), params.get("clientInfo")
    number = params.get("processId")
    wrong = [
        ("processId", number is None or (isinstance(number, int) and not isinstance(number, bool))),
        ("rootUri", isinstance(params.get("rootUri"), str | None)),
        ("capabilities", isinstance(params.get("capabilities"), dict | None)),
        ("clientInfo", info is None or (isinstance(info, dict) and _named(info))),
        ("workspaceFolders", folders is None or _are_folders(folders)),
    ]
    fields = tuple(
        FieldError(path=path, message="is not what LSP says it is")
        for path, fits in wrong
        if not fits
    )
    if fields:
        raise ParamsError(fields)


def _named(info: dict[str, Any]) -> bool:
    return isinstance(info.get("name"), str)


def _are_folders(folders: Any) -> bool:
    return isinstance(folders, list) and all(
        isinstance(folder, dict) and isinstance(folder.get("uri"), str) for folder in folders
    )


def _capabilities(client: Client, handled: Collection[str]) -> dict[str, Any]:
    # Written plainly, as it goes out; a test holds it against LSP's own types.
    changes = "textDocument/didChange" in handled
    sync: dict[str, Any] = {"openClose": "textDocument/didOpen" in handled, "change": _NO_CHANGES}
    if changes:
        sync |= {"change": _INCREMENTAL, "save": {"includeText": False}}
    found: dict[str, Any] = {"positionEncoding": client.encoding.value, "textDocumentSync": sync}
    if "textDocument/codeAction" in handled:
        resolves = "codeAction/resolve" in handled
        found["codeActionProvider"] = {"codeActionKinds": KINDS, "resolveProvider": resolves}
    if "textDocument/codeLens" in handled:
        found["codeLensProvider"] = {"resolveProvider": False}
    if "textDocument/completion" in handled:
        found["completionProvider"] = {"triggerCharacters": ["("]}
    if "textDocument/diagnostic" in handled and client.pulls:
        found["diagnosticProvider"] = {
            "identifier": "aircher",
            "interFileDependencies": False,
            "workspaceDiagnostics": False,
        }
    if "workspace/executeCommand" in handled:
        found["executeCommandProvider"] = {"commands": COMMANDS, "workDoneProgress": True}
    told = "workspace/didChangeWorkspaceFolders" in handled
    found["workspace"] = {"workspaceFolders": {"supported": True, "changeNotifications": told}}
    return found
