"""What the working copy looks like at one moment, as far as it has been looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Operation(StrEnum):
    """What git is in the middle of."""

    NONE = "none"
    MERGE = "merge"
    REBASE = "rebase"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    BISECT = "bisect"


class ChangeKind(StrEnum):
    """How a path differs between HEAD and the index, after git's raw status letters."""

    ADDED = "A"
    COPIED = "C"
    DELETED = "D"
    MODIFIED = "M"
    RENAMED = "R"
    TYPE_CHANGED = "T"
    UNMERGED = "U"


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedChange:
    """One entry of the staged set, byte for byte as `git diff --cached --raw -z` gives it."""

    kind: ChangeKind
    path: bytes
    old_path: bytes | None = None
    """Where it was, for renames and copies."""
    old_mode: int
    new_mode: int
    old_oid: str
    new_oid: str
    score: int | None = None
    """Similarity in percent, for renames and copies."""
    size: int | None = field(default=None, compare=False)
    """Bytes of the new content; None when it was deleted, is a submodule or was not asked for."""

    @property
    def is_submodule(self) -> bool:
        """Whether the entry is a link to a commit of another repository."""
        return 0o160000 in (self.old_mode, self.new_mode)


class LocalKind(StrEnum):
    """How a path differs between the index and the work tree, after git's status letters."""

    ADDED = "A"
    """Announced with `git add -N`."""
    DELETED = "D"
    MODIFIED = "M"
    TYPE_CHANGED = "T"
    UNMERGED = "U"
    UNTRACKED = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChange:
    """One path of the work tree that is not as the index has it."""

    kind: LocalKind
    path: bytes
    """Ends with `/` for a folder told as a whole: another repository, or a very full one."""
    size: int | None = None
    """Bytes; None when it is gone, is a folder, or was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentFile:
    """A file that was changed in the last minutes."""

    path: bytes
    language: str | None
    """By its name, in the words editors use; None when the name does not tell."""
    changed_at: datetime
    """Its modification time, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailingLog:
    """A log, written in the last minutes, whose end tells of a failure."""

    path: bytes
    line: str
    """The last line that says so, capped."""
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDocument:
    """A file that stands open in an editor."""

    path: str
    language: str | None = None
    """The editor's own name for it."""
    unsaved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is selected in an editor."""

    path: str
    first_line: int
    """1-based."""
    last_line: int
    """1-based, the last line that is touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostics:
    """How many problems an editor shows, by severity."""

    errors: int = 0
    warnings: int = 0
    information: int = 0
    hints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LastCommand:
    """A command that was run in the workspace, as an editor or a shell told it."""

    text: str
    exit_code: int | None
    """None when it is not known."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSnapshot:
    """A repository at one moment. What was not looked at is None, never empty."""

    root: str
    """Absolute path of the work tree."""
    branch: str | None
    """None when HEAD is detached."""
    head: str | None
    """Commit id; None on an unborn branch."""
    operation: Operation
    staged: tuple[StagedChange, ...]
    conflicted: tuple[bytes, ...] = ()
    upstream: str | None = None
    """What the branch follows, such as `origin/main`; None when it follows nothing."""
    ahead: int | None = None
    """Commits the upstream lacks; None when there is no upstream or it could not be counted."""
    behind: int | None = None
    """Commits the branch lacks; None as above."""
    local: tuple[LocalChange, ...] | None = None
    """What is not staged, untracked files included; None when the work tree was not looked at."""
    recent: tuple[RecentFile, ...] = ()
    """Changed in the last minutes, newest first: all that is uncommitted, and what was seen of the
    rest."""
    failing_logs: tuple[FailingLog, ...] = ()
    documents: tuple[OpenDocument, ...] = ()
    selection: Selection | None = None
    diagnostics: Diagnostics | None = None
    """None when no editor told any."""
    commands: tuple[LastCommand, ...] = ()
    """The last ones, newest first."""
    degraded: str | None = None
    """Why changes may be noticed late, in words; None when they are watched."""
    taken_at: datetime | None = field(default=None, compare=False)
    """When git was last asked, in UTC. The picture is no older than this and may be newer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedDiff:
    """The staged change as a patch, in bytes, as far as it was read."""

    patch: bytes
    """`git diff --cached` output without colour, external programs or textconv."""
    complete: bool
    """False when the byte cap was reached; the patch then ends at a whole file."""
    unread: tuple[bytes, ...] = ()
    """Paths whose patch was not read because of the cap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCommit:
    """One commit of the history, for learning how messages are written here."""

    oid: str
    parents: int
    author: str
    """Name and address, `Name <address>`."""
    message: str
    """The whole message; bytes that are no text are replaced."""
    paths: tuple[bytes, ...] = ()
    """Paths it touched, where they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryHints:
    """What the repository itself says about its messages, as text. None: it says nothing."""

    commitlint: str | None = None
    """The commitlint configuration, as written."""
    commitlint_name: str | None = None
    """The name of the file it stands in, which tells its format."""
    template: str | None = None
    """Contents of `commit.template`, if it lies inside the work tree or the user's home."""
    contributing: str | None = None
    """CONTRIBUTING, capped."""
