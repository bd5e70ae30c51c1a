"""What a user does with a finding: make its fix, or wave it away. Both are told to the books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.core.errors import InvalidRequest
from aircherd.server.dispatch import Call, Connection, Handler
from aircherd.server.lsp import deliver, diagnostics, edits, pages
from aircherd.server.lsp.findings import Finding, remedy

Given = dict[str, Any]


async def apply_fix(asked: Mapping[str, Handler], call: Call[Any], given: Given) -> Given:
    """aircher.applyFix: makes a finding's fix, or, with `made`, hears that the editor did."""
    finding = _finding(call.connection, given)
    if given.get("made") is not True:
        edit, why = fix(call.connection, finding)
        if edit is not None:
            why = await edits.apply(call.connection, edit, finding.title)
        if why is not None:
            pages.message(call.connection, pages.WARNING, why)
            return {"delivered": "nothing", "why": why}
    await _gone(asked, call, finding, "applied")
    return {"delivered": "edit", "why": None}


async def dismiss(asked: Mapping[str, Handler], call: Call[Any], given: Given) -> Given:
    """aircher.dismiss: takes a finding off the screen."""
    await _gone(asked, call, _finding(call.connection, given), "dismissed")
    return {"delivered": "diagnostics", "why": None}


def fix(connection: Connection, finding: Finding) -> tuple[Given | None, str | None]:
    """A finding's fix for the document as it is now; or None and why there is none."""
    document = connection.editor.documents.kept(finding.uri)
    now = connection.editor.findings.at(finding.uri, document)
    current = next((one for one in now if one.id == finding.id), None)
    if current is None:
        return None, "The lines this is about have changed; review again for a fix that fits."
    edit = remedy(current, None if document is None else document.version)
    return edit, None if edit is not None else "There is no fix for this finding."


def _finding(connection: Connection, given: Given) -> Finding:
    number = given.get("finding")
    finding = connection.editor.findings.find(number) if isinstance(number, str) else None
    if finding is None:
        raise InvalidRequest("That finding is not shown any more; review again.")
    return finding


async def _gone(
    asked: Mapping[str, Handler], call: Call[Any], finding: Finding, outcome: str
) -> None:
    call.connection.editor.findings.drop(finding.id)
    diagnostics.show(call.connection, {finding.uri})
    await deliver.feedback(asked, call, finding.operation, outcome, finding.id)
