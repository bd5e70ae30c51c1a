"""textDocument/codeAction and codeAction/resolve: the commands where the cursor is.

Looking at the menu is free. Some editors resolve every action for a preview, so what asks a model
is a command, which runs when the user picks it; resolving only fits in the fixes that are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aircherd.server import rpc
from aircherd.server.dispatch import Call, Connection
from aircherd.server.lsp import diagnostics, edits, lenses, reviewed
from aircherd.server.lsp.findings import Finding
from aircherd.server.rpc import lsp

QUICK, COMMIT = "quickfix", "source.aircher.commit"
KINDS = (
    QUICK,
    COMMIT,
    "refactor.rewrite",
    "refactor.extract",
    "source.aircher.explain",
    "source.aircher.document",
    "source.aircher.tests",
    "source.aircher.review",
)
_REWRITES = (
    ("refactor.rewrite", "Simplify", "Simplify this without changing what it does."),
    ("refactor.extract", "Extract a function", "Extract a well-named function from this."),
)
_MOST_FIXES = 5
_SHOWN = 60


async def actions(call: Call[lsp.CodeActionParams]) -> list[lsp.CodeAction]:
    """textDocument/codeAction"""
    if not call.connection.editor.switches.code_actions:
        return []
    only = call.params.context.only
    found = [
        lsp.CodeAction(title=f"Aircher: {command.title}", kind=COMMIT, command=command)
        for command in await lenses.offers(call.connection, call.params.text_document.uri)
    ]
    return [
        action
        for action in found or _all(call.connection, call.params)
        if not only or any(_within(str(action.kind), str(kind)) for kind in only)
    ]


async def resolve(call: Call[lsp.CodeAction]) -> lsp.CodeAction:
    """codeAction/resolve: the edit of a finding's fix, for the document as it is now."""
    action, connection = call.params, call.connection
    data = action.data if isinstance(action.data, dict) else {}
    finding = connection.editor.findings.find(str(data.get("fix")))
    if finding is None:
        return action
    edit, why = reviewed.fix(connection, finding)
    if edit is None:
        action.disabled = lsp.CodeActionDisabled(reason=why or "")
    else:
        fitted = edits.fitted(connection.client, edit)
        action.edit = rpc.structure(lsp.WorkspaceEdit, fitted)
    return action


def _all(connection: Connection, params: lsp.CodeActionParams) -> Iterator[lsp.CodeAction]:
    uri, span = params.text_document.uri, params.range
    document = connection.editor.documents.kept(uri)
    for finding in connection.editor.findings.at(uri, document):
        if finding.overlaps(span.start.line, span.end.line):
            yield from _about(connection, finding)
    place: dict[str, Any] = {"document": {"uri": uri}}
    if document is not None:
        place["document"]["version"] = document.version
    shown = [d for d in params.context.diagnostics if d.source != diagnostics.SOURCE]
    for diagnostic in shown[:_MOST_FIXES]:
        plain = rpc.write(diagnostic)
        problem = {
            key: plain[key] for key in ("message", "range", "source", "code") if key in plain
        }
        yield _asking(
            QUICK,
            f"Fix: {_short(diagnostic.message)}",
            "aircher.fix",
            {**place, "range": plain["range"], "diagnostic": problem},
            diagnostic,
        )
    # Asked for at every movement of the cursor, a menu that is never empty is a lamp never out.
    if (
        params.context.trigger_kind is lsp.CodeActionTriggerKind.Automatic
        and span.start == span.end
    ):
        return
    place["range"] = rpc.write(span)
    yield _asking("source.aircher.explain", "Explain this", "aircher.explain", place)
    yield _asking("source.aircher.document", "Document this", "aircher.document", place)
    tests = {**place, "kind": "tests", "instruction": ""}
    yield _asking("source.aircher.tests", "Write tests for this", "aircher.generate", tests)
    if span.start == span.end:
        return
    part = {**place, "scope": "selection"}
    yield _asking("source.aircher.review", "Review the selection", "aircher.review", part)
    for kind, title, instruction in _REWRITES:
        wish = {**place, "instruction": instruction}
        yield _asking(kind, title, "aircher.refactor", wish)


def _about(connection: Connection, finding: Finding) -> Iterator[lsp.CodeAction]:
    number, title = {"finding": finding.id}, _short(finding.title)
    if finding.fix is not None:
        resolves = connection.client.can("textDocument.codeAction.resolveSupport.properties") or ()
        if "edit" in resolves:
            made = {**number, "made": True}
            yield lsp.CodeAction(
                title=f"Apply the fix: {title}",
                kind=QUICK,
                is_preferred=True,
                data={"fix": finding.id},
                command=_command("Made the fix", "aircher.applyFix", made),
            )
        else:
            yield _asking(QUICK, f"Apply the fix: {title}", "aircher.applyFix", number)
    yield _asking(QUICK, f"Dismiss: {title}", "aircher.dismiss", number)


def _asking(
    kind: str,
    title: str,
    command: str,
    argument: dict[str, Any],
    diagnostic: lsp.Diagnostic | None = None,
) -> lsp.CodeAction:
    return lsp.CodeAction(
        title=f"Aircher: {title}",
        kind=kind,
        diagnostics=None if diagnostic is None else (diagnostic,),
        command=_command(title, command, argument),
    )


def _command(title: str, command: str, argument: dict[str, Any]) -> lsp.Command:
    return lsp.Command(title=title, command=command, arguments=(argument,))


def _within(kind: str, wanted: str) -> bool:
    return not wanted or kind == wanted or kind.startswith(f"{wanted}.")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
