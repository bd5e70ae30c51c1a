"""What editors and shells tell of a workspace: documents, selection, problems, commands.

Held in memory only, per editor, and gone with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aircherd.core.snapshot import (
    Diagnostics,
    LastCommand,
    OpenDocument,
    Selection,
    WorkspaceSnapshot,
)

_MOST_COMMANDS = 10
_MOST_DOCUMENTS = 200
_LONGEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorState:
    """What one editor shows. None: it does not say."""

    documents: tuple[OpenDocument, ...] | None = None
    selection: Selection | None = None
    diagnostics: Diagnostics | None = None


class ToldByEditors:
    """Everything that was told of one workspace."""

    def __init__(self) -> None:
        self._states: dict[Hashable, EditorState] = {}
        self._commands: deque[LastCommand] = deque(maxlen=_MOST_COMMANDS)

    def tell(self, holder: Hashable, state: EditorState) -> bool:
        """Takes what is said; what is left out stays as it was. Whether this is the first time."""
        if state == EditorState():
            return False
        new = holder not in self._states
        before = self._states.pop(holder, EditorState())
        documents = before.documents if state.documents is None else state.documents
        self._states[holder] = EditorState(
            documents=None if documents is None else documents[:_MOST_DOCUMENTS],
            selection=state.selection or before.selection,
            diagnostics=state.diagnostics or before.diagnostics,
        )
        return new

    def ran(self, text: str, exit_code: int | None) -> None:
        """A command that was run."""
        shown = " ".join(text.split())[:_LONGEST]
        if shown:
            self._commands.appendleft(
                LastCommand(text=shown, exit_code=exit_code, at=datetime.now(UTC))
            )

    def forget(self, holder: Hashable) -> bool:
        """Drops what an editor told; whether there was anything."""
        return self._states.pop(holder, None) is not None

    def applied(self, snapshot: WorkspaceSnapshot) -> WorkspaceSnapshot:
        """The snapshot with all this in it; of two editors the one that spoke last counts more."""
        if not self._states and not self._commands:
            return snapshot
        states = tuple(reversed(self._states.values()))
        documents = {d.path: d for s in reversed(states) for d in s.documents or ()}
        shown = [s.diagnostics for s in states if s.diagnostics is not None]
        return replace(
            snapshot,
            documents=tuple(documents.values()),
            selection=next((s.selection for s in states if s.selection is not None), None),
            diagnostics=shown[0] if shown else None,
            commands=tuple(self._commands),
        )
