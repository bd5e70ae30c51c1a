"""Edits on their way into an editor: in the form it understands, and only where nothing moved."""

from __future__ import annotations

from typing import Any

from aircherd.commits.inert import one_line
from aircherd.server.dispatch import Client, Connection
from aircherd.server.lsp.documents import name_of
from aircherd.server.outgoing import NoAnswer

APPLY_SECONDS = 600.0
"""What a user may take to look at an edit that asks for confirmation."""


async def apply(connection: Connection, edit: dict[str, Any], label: str) -> str | None:
    """Has the editor make an edit with `documentChanges`; why it was not made, else None."""
    if connection.client.can("workspace.applyEdit") is not True:
        return "This editor takes no edits from a language server; copy the text instead."
    problem = stale(connection, edit)
    if problem is not None:
        return problem
    params = {"label": one_line(label), "edit": fitted(connection.client, edit)}
    try:
        answer = await connection.request("workspace/applyEdit", params, seconds=APPLY_SECONDS)
    except NoAnswer as error:
        return f"The edit was not made: {error}. Run the command again."
    if isinstance(answer, dict) and answer.get("applied") is True:
        return None
    said = answer.get("failureReason") if isinstance(answer, dict) else None
    return f"The edit was not made: {said or 'it was declined'}. Run the command again to have it."


def stale(connection: Connection, edit: dict[str, Any]) -> str | None:
    """Why an edit does not fit what stands open now; None when it does."""
    for change in edit["documentChanges"]:
        if "textDocument" not in change:
            continue
        uri, version = change["textDocument"]["uri"], change["textDocument"].get("version")
        document = connection.editor.documents.standing(uri)
        name = name_of(uri)
        if document is None and version is not None:
            return f"{name} was closed while the edit was written; open it and run this again."
        if document is not None and version is None and document.unsaved:
            return f"{name} has changes that are not saved; save it and run this again."
        if document is not None and version not in (None, document.version):
            return f"{name} changed while the edit was written, so it was not made; run it again."
    return None


def fitted(client: Client, edit: dict[str, Any]) -> dict[str, Any]:
    """The same edit in the form a client can take: versions and annotations where it knows them."""
    able = client.can("workspace.workspaceEdit.documentChanges") is True
    creates = "create" in (client.can("workspace.workspaceEdit.resourceOperations") or ())
    if not able or not (creates or all("textDocument" in c for c in edit["documentChanges"])):
        return {"changes": _plain(edit)}
    annotated = client.can("workspace.workspaceEdit.changeAnnotationSupport") is not None
    changes = []
    for change in edit["documentChanges"]:
        if "textDocument" not in change:
            changes.append(change if annotated else _without(change, "annotationId"))
            continue
        edits = change["edits"]
        if not annotated:
            edits = [_without(one, "annotationId") for one in edits]
        changes.append({**change, "edits": edits})
    made: dict[str, Any] = {"documentChanges": changes}
    if annotated and edit.get("changeAnnotations"):
        made["changeAnnotations"] = edit["changeAnnotations"]
    return made


def _plain(edit: dict[str, Any]) -> dict[str, list[Any]]:
    """By URI, for clients that know nothing else. Files to be made come about by their edits."""
    changes: dict[str, list[Any]] = {}
    for change in edit["documentChanges"]:
        if "textDocument" in change:
            plain = (_without(one, "annotationId") for one in change["edits"])
            changes.setdefault(change["textDocument"]["uri"], []).extend(plain)
    return changes


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != name}
