"""What the working copy looks like at one moment, as far as it has been looked at."""

from __future__ import annotations

from dataclasses import dataclass
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

    @property
    def is_submodule(self) -> bool:
        """Whether the entry is a link to a commit of another repository."""
        return 0o160000 in (self.old_mode, self.new_mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSnapshot:
    """A repository at one moment."""

    root: str
    """Absolute path of the work tree."""
    branch: str | None
    """None when HEAD is detached."""
    head: str | None
    """Commit id; None on an unborn branch."""
    operation: Operation
    staged: tuple[StagedChange, ...]
    conflicted: tuple[bytes, ...] = ()


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
