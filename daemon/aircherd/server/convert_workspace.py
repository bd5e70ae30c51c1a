"""A workspace as the wire has it: paths as text, long lists cut with their length told."""

from __future__ import annotations

import os
from datetime import datetime

from aircher_protocol import types as t
from aircherd.core.snapshot import (
    Diagnostics,
    LastCommand,
    OpenDocument,
    Selection,
    WorkspaceSnapshot,
)
from aircherd.server.convert import path_of
from aircherd.workspace.told import EditorState

_MOST = 500


def workspace(seen: WorkspaceSnapshot, *, watched: bool) -> t.Workspace:
    """A snapshot."""
    local = seen.local
    return t.Workspace(
        root=_text(os.fsencode(seen.root)),
        branch=seen.branch,
        head=seen.head,
        upstream=seen.upstream,
        ahead=seen.ahead,
        behind=seen.behind,
        operation=seen.operation.value,
        conflicted=tuple(_text(path) for path in seen.conflicted[:_MOST]),
        staged=tuple(
            t.StagedFile(
                path=_text(c.path),
                old_path=None if c.old_path is None else _text(c.old_path),
                kind=c.kind.value,
                size=c.size,
            )
            for c in seen.staged[:_MOST]
        ),
        staged_count=len(seen.staged),
        local=None
        if local is None
        else tuple(
            t.LocalFile(path=_text(c.path), kind=c.kind.value, size=c.size) for c in local[:_MOST]
        ),
        local_count=None if local is None else len(local),
        recent=tuple(
            t.ChangedFile(
                path=_text(f.path), language=f.language, changed_at=_time(f.changed_at) or ""
            )
            for f in seen.recent
        ),
        failing_logs=tuple(
            t.FailedLog(path=_text(f.path), line=f.line, changed_at=_time(f.changed_at) or "")
            for f in seen.failing_logs
        ),
        documents=tuple(
            t.DocumentState(path=d.path, language=d.language, unsaved=d.unsaved)
            for d in seen.documents
        ),
        selection=_selection(seen.selection),
        diagnostics=_diagnostics(seen.diagnostics),
        commands=tuple(_command(c) for c in seen.commands),
        watched=watched,
        degraded=seen.degraded,
        taken_at=_time(seen.taken_at),
    )


def told(params: t.NoteParams) -> EditorState:
    """What an editor said."""
    documents, selection, shown = params.documents, params.selection, params.diagnostics
    return EditorState(
        documents=None
        if documents is None
        else tuple(
            OpenDocument(path=path_of(d.path), language=d.language, unsaved=d.unsaved)
            for d in documents
        ),
        selection=None
        if selection is None
        else Selection(
            path=path_of(selection.path),
            first_line=selection.first_line,
            last_line=selection.last_line,
        ),
        diagnostics=None
        if shown is None
        else Diagnostics(
            errors=shown.errors,
            warnings=shown.warnings,
            information=shown.information,
            hints=shown.hints,
        ),
    )


def _selection(found: Selection | None) -> t.SelectionState | None:
    if found is None:
        return None
    return t.SelectionState(path=found.path, first_line=found.first_line, last_line=found.last_line)


def _diagnostics(found: Diagnostics | None) -> t.DiagnosticCounts | None:
    if found is None:
        return None
    return t.DiagnosticCounts(
        errors=found.errors,
        warnings=found.warnings,
        information=found.information,
        hints=found.hints,
    )


def _command(found: LastCommand) -> t.RanCommand:
    return t.RanCommand(text=found.text, exit_code=found.exit_code, at=_time(found.at))


def _text(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat(timespec="milliseconds")
