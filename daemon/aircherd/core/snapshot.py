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
