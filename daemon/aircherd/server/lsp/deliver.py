"""What a command brought, shown by the means LSP has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.core.errors import InvalidRequest
from aircherd.server import wire
from aircherd.server.dispatch import Call, Connection, Handler
from aircherd.server.lsp import commit_buffer, diagnostics, edits, pages
from aircherd.server.lsp.findings import of_wire
from aircherd.server.rpc import lsp

_LISTED = 20


async def result(
    asked: Mapping[str, Handler],
    call: Call[lsp.ExecuteCommandParams],
    name: str,
    params: dict[str, Any],
    found: dict[str, Any],
) -> dict[str, Any]:
    """Shows a method's result; gives it back with `delivered`, and `why` when it was not."""
    connection, short = call.connection, name.removeprefix("aircher.")
    answer = found.get("answer", found)
    why: str | None = None
    if name == "aircher.commit" and _buffer(params) is not None:
        how, edit = "edit", _message_edit(connection, params, str(answer["text"]))
        why = await edits.apply(connection, edit, "Commit message")
    elif found.get("edit") is not None:
        how, label = "edit", str(found.get("label") or short)
        why = await edits.apply(connection, found["edit"], label)
    elif "findings" in found:
        how = "diagnostics"
        _show_findings(connection, params, found, answer["requestId"])
    else:
        how = await pages.show(connection, short, str(answer["text"]))
    for notice in answer.get("notices") or ():
        pages.message(connection, pages.INFO, notice)
    if how == "edit":
        if why is None:
            await feedback(asked, call, answer["requestId"], "accepted")
        else:
            pages.message(connection, pages.WARNING, why)
    return {**found, "delivered": how if why is None else "nothing", "why": why}


async def feedback(
    asked: Mapping[str, Handler],
    call: Call[Any],
    operation: str,
    outcome: str,
    finding: str | None = None,
) -> None:
    """Tells what became of an answer, as an editor with a plug-in would."""
    method = "aircher/feedback"
    if method not in asked:
        return
    given = {"operation": operation, "outcome": outcome, "finding": finding}
    inner = Call(
        method=method,
        params=wire.read(method, given),
        session=call.session,
        sink=call.sink,
        connection=call.connection,
    )
    await asked[method](inner)


def _buffer(params: dict[str, Any]) -> str | None:
    """The URI of the commit buffer a message is for, when it is for one."""
    document = params.get("document")
    uri = document.get("uri") if isinstance(document, dict) else None
    return uri if isinstance(uri, str) else None


def _message_edit(connection: Connection, params: dict[str, Any], text: str) -> dict[str, Any]:
    uri = _buffer(params) or ""
    document = connection.editor.documents.get(uri)
    if document is None:
        raise InvalidRequest(f"{uri} is not open here; open it and run this again.")
    seen = params["document"].get("version")
    message = commit_buffer.message(document, connection.editor.documents.encoding)
    after = "\n\n" if message.commented else "\n"
    edit = {
        "range": {
            "start": {"line": 0, "character": 0},
            "end": {"line": message.end.line, "character": message.end.character},
        },
        "newText": text.rstrip() + after,
        "annotationId": "message",
    }
    version = document.version if seen is None else seen
    return {
        "documentChanges": [
            {"textDocument": {"uri": uri, "version": version}, "edits": [edit]},
        ],
        # A message somebody wrote by hand is shown before it is replaced.
        "changeAnnotations": {
            "message": {"label": "Commit message", "needsConfirmation": bool(message.text)}
        },
    }


def _show_findings(
    connection: Connection, params: dict[str, Any], found: dict[str, Any], operation: str
) -> None:
    document = params.get("document")
    part = params.get("scope") in ("file", "selection") and isinstance(document, dict)
    only = document["uri"] if part and isinstance(document, dict) else None
    listed = [of_wire(each, operation) for each in found["findings"]]
    diagnostics.show(connection, connection.editor.findings.replace(listed, only))
    count = len(listed)
    text = f"{count} finding{'s' * (count != 1)}."
    if not count:
        text = "Nothing was found." if found.get("complete", True) else str(found["answer"]["text"])
    left = [item["path"] for item in found.get("leftOut") or ()]
    if left:
        text += f" Not read: {', '.join(left[:_LISTED])}."
    pages.message(connection, pages.INFO, text)
