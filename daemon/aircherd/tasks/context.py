"""What is known besides the message, as facts a model can weigh and a person can read."""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.core.snapshot import Operation, WorkspaceSnapshot
from aircherd.tasks.shapes import shapes_of
from aircherd.tasks.signs import command_kind, file_kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known besides the message. None: not known."""

    command: str | None = None
    """The editor command, such as `commit`."""
    snapshot: WorkspaceSnapshot | None = None
    diagnostics: int = 0
    """Errors and warnings the editor shows for the file at hand."""
    file: str | None = None
    """Path of the file at hand."""
    language: str | None = None
    """The editor's name of its language."""
    selection: str | None = None
    """The text selected."""
    git: str | None = None
    """`staged`, `unstaged`, `merge` or `clean`; goes before what the snapshot says."""
    last_command: str | None = None
    """What was last run in the terminal, with what it said if that is known."""
    last_exit: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known, for the model and for a person."""

    name: str
    text: str


def facts(situation: Situation) -> list[Fact]:
    """What is known besides the message, in a fixed order."""
    found: list[Fact] = []
    state = git_state(situation)
    if state is not None:
        found.append(Fact(f"git={state}", _GIT_TEXT.get(state, f"git: {state}")))
    if situation.diagnostics > 0:
        count = situation.diagnostics
        noun = "problem" if count == 1 else "problems"
        found.append(Fact("diag", f"the editor shows {count} {noun}"))
    kind = file_kind(situation.file, situation.language)
    if kind is not None:
        found.append(Fact(f"file={kind}", f"the file at hand is {_FILE_TEXT.get(kind, kind)}"))
    if situation.selection is not None and situation.selection.strip():
        found.extend(_selected(situation.selection))
    if situation.last_command:
        found.extend(_ran(situation.last_command, situation.last_exit))
    return found


def git_state(situation: Situation) -> str | None:
    """staged, unstaged, merge, clean, or None where nothing is known."""
    if situation.git is not None:
        return situation.git if situation.git in _GIT_TEXT else None
    snapshot = situation.snapshot
    if snapshot is None:
        return None
    if snapshot.operation is not Operation.NONE:
        return "merge"
    return "staged" if snapshot.staged else "clean"


_GIT_TEXT = {
    "staged": "changes are staged",
    "unstaged": "there are changes not staged",
    "merge": "a merge is in progress",
    "clean": "nothing has changed",
}
_FILE_TEXT = {
    "docs": "documentation",
    "markdown": "Markdown",
    "text": "text",
    "prose": "notes",
    "log": "a log",
    "patch": "a patch",
    "changes": "a changelog",
    "message": "a commit message",
    "test": "a test",
    "code": "code",
    "config": "configuration",
}


def _selected(selection: str) -> list[Fact]:
    shapes = shapes_of(selection)
    found = [Fact("sel", "text is selected")]
    for shape, text in _SHAPE_TEXT.items():
        if shape in shapes:
            found.append(Fact(f"sel={shape}", text))
    return found


_SHAPE_TEXT = {
    "trace": "the selection holds an error",
    "errortext": "the selection names an error",
    "diff": "the selection is a diff",
    "stub": "the selection is unfinished",
    "log": "the selection is a log",
    "speech": "the selection is a conversation",
    "code": "the selection is code",
    "prose": "the selection is prose",
}


def _ran(command: str, code: int | None) -> list[Fact]:
    kind, failed = command_kind(command, code)
    shown = command.strip().split("\n", 1)[0][:40]
    found = [Fact(f"cmd={kind}", f"last command: {shown}")]
    if failed:
        found.append(Fact("cmd-failed", "the last command failed"))
    elif code == 0:
        found.append(Fact("cmd-passed", "the last command succeeded"))
    return found
