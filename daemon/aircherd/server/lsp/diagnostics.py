"""Review findings as diagnostics: sent to editors that wait for them, given to those that ask.

An editor that asks does so for what it has open; what a review found elsewhere is sent to it too,
and taken back when the file is opened, so that nothing is shown twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from aircherd.server.dispatch import Call, Connection
from aircherd.server.lsp.findings import Finding
from aircherd.server.outgoing import NoAnswer
from aircherd.server.rpc import lsp

SOURCE = "aircher"
SETTLE_SECONDS = 0.3
"""Between a change of a document and its diagnostics."""
_REFRESH_SECONDS = 10.0
_SEVERITIES = {"error": 1, "warning": 2, "information": 3, "hint": 4}


def show(connection: Connection, uris: Iterable[str]) -> None:
    """Brings these documents' diagnostics on the screen up to date."""
    editor, ask = connection.editor, False
    for uri in sorted(uris):
        if connection.client.pulls and editor.documents.standing(uri) is not None:
            ask = True
            _take_back(connection, uri)
        else:
            _send(connection, uri)
    if ask:
        connection.background(_refresh(connection))


def opened(connection: Connection, uri: str) -> None:
    """A document stands open now: what was sent for it is asked for from here on."""
    if connection.client.pulls:
        _take_back(connection, uri)


def edited(connection: Connection, uri: str) -> None:
    """A document changed: findings whose lines are gone go with them, once the typing pauses."""
    findings = connection.editor.findings
    if uri in findings.told and uri not in findings.moving:
        findings.moving.add(uri)
        connection.background(_settle(connection, uri))


async def _settle(connection: Connection, uri: str) -> None:
    await asyncio.sleep(SETTLE_SECONDS)
    connection.editor.findings.moving.discard(uri)
    if uri in connection.editor.findings.told:
        _send(connection, uri)


async def pull(
    call: Call[lsp.DocumentDiagnosticParams],
) -> lsp.RelatedFullDocumentDiagnosticReport | lsp.RelatedUnchangedDocumentDiagnosticReport:
    """textDocument/diagnostic"""
    items = _items(call.connection, call.params.text_document.uri)
    mark = json.dumps(items, sort_keys=True).encode("utf-8", "replace")
    number = hashlib.sha256(mark).hexdigest()[:16]
    if call.params.previous_result_id == number:
        return lsp.RelatedUnchangedDocumentDiagnosticReport(result_id=number)
    return lsp.RelatedFullDocumentDiagnosticReport(
        result_id=number, items=tuple(_typed(item) for item in items)
    )


def _items(connection: Connection, uri: str) -> list[dict[str, Any]]:
    editor = connection.editor
    if not editor.switches.diagnostics:
        return []
    found = editor.findings.at(uri, editor.documents.kept(uri))
    return [_diagnostic(finding) for finding in found]


def _diagnostic(finding: Finding) -> dict[str, Any]:
    return {
        "range": finding.range,
        "severity": _SEVERITIES.get(finding.severity, 3),
        "source": SOURCE,
        "message": f"{finding.title}\n{finding.why}".strip(),
        "data": {"finding": finding.id},
    }


def _typed(item: dict[str, Any]) -> lsp.Diagnostic:
    start, end = item["range"]["start"], item["range"]["end"]
    return lsp.Diagnostic(
        range=lsp.Range(
            start=lsp.Position(line=start["line"], character=start["character"]),
            end=lsp.Position(line=end["line"], character=end["character"]),
        ),
        severity=lsp.DiagnosticSeverity(item["severity"]),
        source=item["source"],
        message=item["message"],
        data=item["data"],
    )


def _send(connection: Connection, uri: str) -> None:
    editor = connection.editor
    items = _items(connection, uri)
    params: dict[str, Any] = {"uri": uri, "diagnostics": items}
    document = editor.documents.standing(uri)
    if document is not None:
        params["version"] = document.version
    if items:
        editor.findings.told.add(uri)
    else:
        editor.findings.told.discard(uri)
    connection.notify("textDocument/publishDiagnostics", params)


def _take_back(connection: Connection, uri: str) -> None:
    if uri in connection.editor.findings.told:
        connection.editor.findings.told.discard(uri)
        empty: dict[str, Any] = {"uri": uri, "diagnostics": []}
        connection.notify("textDocument/publishDiagnostics", empty)


async def _refresh(connection: Connection) -> None:
    try:
        await connection.request("workspace/diagnostic/refresh", None, seconds=_REFRESH_SECONDS)
    except NoAnswer:
        # It asks again by itself with the next edit.
        return
