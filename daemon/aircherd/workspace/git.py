"""A repository, looked at: what is staged, how it differs, how messages are written here.

All methods are synchronous and may run in any thread. An error is never an empty answer.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from aircherd.core.snapshot import (
    Operation,
    PastCommit,
    RepositoryHints,
    StagedChange,
    StagedDiff,
    WorkspaceSnapshot,
)
from aircherd.workspace import staged
from aircherd.workspace.hints import hints, read_beneath
from aircherd.workspace.history import history
from aircherd.workspace.layout import Layout, find
from aircherd.workspace.shadow import Shadow, opened

_MARKERS = (
    ("rebase-merge", Operation.REBASE),
    ("rebase-apply", Operation.REBASE),
    ("MERGE_HEAD", Operation.MERGE),
    ("CHERRY_PICK_HEAD", Operation.CHERRY_PICK),
    ("REVERT_HEAD", Operation.REVERT),
    ("BISECT_LOG", Operation.BISECT),
)


@dataclass(frozen=True, slots=True)
class Repository:
    """One work tree."""

    layout: Layout

    @classmethod
    def locate(cls, path: str) -> Repository:
        """The repository around a path. Raises NotARepository, GitRefused."""
        return cls(find(path))

    @property
    def root(self) -> str:
        """Absolute path of the work tree."""
        return self.layout.root

    def snapshot(self) -> WorkspaceSnapshot:
        """Branch, HEAD, what is staged and what git is in the middle of. Raises GitRefused."""
        with opened(self.layout) as shadow:
            return self.staged(shadow)

    def staged(self, shadow: Shadow) -> WorkspaceSnapshot:
        """The same through a shadow that is open already."""
        changes = staged.listed(shadow, self._base(shadow))
        return self._seen(shadow, staged.sized(shadow, changes))

    def staged_diff(self, cap: int, *, amend: bool = False) -> StagedDiff:
        """The staged change as a patch of at most `cap` bytes, cut at a whole file."""
        with opened(self.layout) as shadow:
            return self.change(shadow, cap, amend=amend)[1]

    def change(
        self, shadow: Shadow, cap: int, *, amend: bool = False
    ) -> tuple[WorkspaceSnapshot, StagedDiff]:
        """What is staged, without sizes, and its patch as in `staged_diff`, in one run of git."""
        base = self._base(shadow, amend=amend)
        changes, diff = staged.listed_with_patch(shadow, base, cap)
        return self._seen(shadow, changes), diff

    def _seen(self, shadow: Shadow, changes: tuple[StagedChange, ...]) -> WorkspaceSnapshot:
        return WorkspaceSnapshot(
            root=self.root,
            branch=shadow.branch,
            head=shadow.commit,
            operation=self.operation(),
            staged=changes,
            conflicted=staged.conflicts(shadow, changes),
        )

    def history(
        self, count: int, before: tuple[PastCommit, ...] = (), tip: str | None = None
    ) -> tuple[PastCommit, ...]:
        """The last commits, newest first; see `history.history`."""
        with opened(self.layout) as shadow:
            return history(shadow, count, before, tip)

    def hints(self) -> RepositoryHints:
        """What the repository itself says about its messages."""
        return hints(self.layout)

    def incoming(self) -> str | None:
        """The subject git has prepared for what it is in the middle of (MERGE_MSG).

        Of a revert, the subject of the commit that is taken back. None when nothing is prepared.
        """
        text = read_beneath(self.layout.git_dir, "MERGE_MSG", 4096)
        subject = (text or "").partition("\n")[0].strip()
        if subject.startswith('Revert "') and subject.endswith('"'):
            subject = subject[len('Revert "') : -1]
        return subject or None

    def _base(self, shadow: Shadow, *, amend: bool = False) -> str:
        if shadow.commit is None:
            return shadow.empty_tree
        if not amend:
            return shadow.commit
        found = shadow.git("cat-file", "commit", shadow.commit, cap=1 << 20)
        for line in found.data.split(b"\n"):
            if line.startswith(b"parent "):
                return line.removeprefix(b"parent ").decode("ascii")
            if not line:
                break
        return shadow.empty_tree

    def operation(self) -> Operation:
        """What git is in the middle of."""
        for name, operation in _MARKERS:
            if os.path.exists(os.path.join(self.layout.git_dir, name)):
                return operation
        return Operation.NONE
