"""One work tree under watch: what its notices call for, and fresh looks through git.

A notice is a hint, a look is the truth. Synchronous, for one thread at a time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from aircherd.core.errors import AircherError, GitRefused
from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.workspace.coverage import parents
from aircherd.workspace.guard import Guard, Set, for_this_system
from aircherd.workspace.layout import Layout
from aircherd.workspace.recent import Recent
from aircherd.workspace.repositories import KnownRepository, Repositories, own
from aircherd.workspace.status import merged
from aircherd.workspace.upstream import upstream
from aircherd.workspace.watches import Told

_MANY = 2_000
"""Paths told at once beyond which nobody asks whether all of them are ignored."""
_FEW = 200
"""Paths up to which git is asked about them alone."""
_QUICK = 0.05
"""Seconds beyond which a look at the work tree is not waited for by what git's state tells."""
_OVERRUN = "More changed at once than could be told; everything is being looked at again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look found. Either a snapshot or a problem."""

    snapshot: WorkspaceSnapshot | None = None
    problem: AircherError | None = None
    owed: bool = False
    """The work tree was told to have changed and was not looked at yet."""
    fd: int | None = None
    """Descriptor that becomes readable with the next notice; None when there is none."""
    seconds: float = 0.0
    """What the look at the work tree took; 0 when there was none."""


class Lookout:
    """A root, its watches, and what was seen last."""

    def __init__(
        self,
        root: str,
        repositories: Repositories,
        *,
        most: int | None = None,
        watching: Set | None = None,
    ) -> None:
        """`most`: how many directories may be watched, None for half of the user's limit.

        `watching` sets the watches; by default this system's own.
        """
        self.root = root
        self._repositories = repositories
        self.guard = Guard(root, self._layout, watching or partial(for_this_system, most=most))
        self._touched: set[bytes] = set()
        self._recent = Recent(root)
        self._last: WorkspaceSnapshot | None = None
        self._said = False
        self._collapsed = False
        self._took = 0.0

    @property
    def watched(self) -> int:
        """How many directories of the work tree are watched."""
        return 0 if self.guard.watches is None else self.guard.watches.directories

    def close(self) -> None:
        """Gives the watches back."""
        self.guard.close()

    def look(self, *, fresh: bool, tree: bool) -> Seen:
        """Follows up the notices. `fresh` looks whatever they say; else only if they call for it,
        and at the work tree only if `tree`. Never raises AircherError: it is the problem then.
        """
        try:
            self.guard.listen()
            if self.guard.told.lost and not fresh and self._last is not None and not self._said:
                # Said before it is mended, since mending a large tree takes a while.
                self._said = True
                said = replace(self._last, degraded=_OVERRUN)
                return Seen(snapshot=said, owed=True, fd=self.guard.fd)
            self.guard.follow()
            self._said = False
            self._touched |= self.guard.told.paths
            self.guard.told.paths = set()
            return self._answer(fresh=fresh, tree=tree)
        except AircherError as problem:
            self._all_over()
            return Seen(problem=problem, fd=self.guard.fd)
        except Exception:
            self._all_over()
            raise

    def _all_over(self) -> None:
        """Has the next look take nothing for known."""
        self._last = None
        self.guard.told.lost = True

    def _answer(self, *, fresh: bool, tree: bool) -> Seen:
        told = self.guard.told
        known = own(self._repositories.at(self.root), self.root)
        if not fresh and not told.lost and not told.git and not told.rules and self._last:
            if not self._touched:
                return self._seen()
            if not tree:
                return self._seen(owed=True)
            if not self._matter():
                self._last = self._composed(self._last)
                return self._seen()
            if (seen := self._part_look(known, self._last)) is not None:
                return seen
        first = told.git and self._took > _QUICK
        if (first or not tree) and not fresh and self._last is not None and not told.lost:
            told.git = False
            told.rules = True
            quick = known.snapshot()
            self._keep_refs_watched(known, quick)
            self._last = self._composed(replace(quick, local=self._last.local))
            return self._seen(owed=True)
        return self._whole_look(known)

    def _whole_look(self, known: KnownRepository) -> Seen:
        began = time.monotonic()
        self.guard.told = Told()
        touched, self._touched = self._touched, set()
        for _ in range(4):
            snapshot, work_tree = known.look()
            new = self._keep_refs_watched(known, snapshot)
            if self.guard.watches is not None:
                folders = parents(c.path for c in work_tree.changes)
                new |= self.guard.watches.cover(
                    sorted(f for f in folders if f not in self.guard.watches)
                )
            if not new:
                break
        self._collapsed = any(c.path.endswith(b"/") for c in work_tree.changes)
        self._recent.saw(touched, self.guard.coverage.ignored)
        self._recent.uncommitted(work_tree.times, (c.path for c in snapshot.staged))
        self._last = self._composed(snapshot)
        self._took = time.monotonic() - began
        return self._seen(seconds=self._took)

    def _part_look(self, known: KnownRepository, last: WorkspaceSnapshot) -> Seen | None:
        """Looks only where something was told to have changed; None when that will not do."""
        touched = self._touched
        if len(touched) > _FEW or last.local is None or self._collapsed:
            return None
        began = time.monotonic()
        try:
            found = known.part(touched)
        except GitRefused:
            return None
        if any(change.path.endswith(b"/") for change in found.changes):
            return None
        self._touched = set()
        local = merged(last.local, touched, found.changes)
        self._recent.saw(touched, self.guard.coverage.ignored)
        self._recent.uncommitted(found.times, ())
        self._last = self._composed(replace(last, local=local, taken_at=datetime.now(UTC)))
        return self._seen(seconds=time.monotonic() - began)

    def _matter(self) -> bool:
        """Whether any of what was told can change git's answer."""
        touched, self._touched = self._touched, set()
        if len(touched) > _MANY:
            return True
        ignored = self.guard.coverage.ignored(touched)
        self._recent.logs(ignored)
        if touched <= ignored:
            return False
        self._touched = touched - ignored
        return True

    def _keep_refs_watched(self, known: KnownRepository, snapshot: WorkspaceSnapshot) -> bool:
        if self.guard.watches is None:
            return False
        layout = known.plain.layout
        follows = upstream(layout, snapshot.branch)
        refs: Iterable[str] = (
            *((f"refs/heads/{snapshot.branch}",) if snapshot.branch else ()),
            *((follows.ref,) if follows else ()),
        )
        return self.guard.coverage.git(self.guard.watches, layout, refs)

    def _composed(self, snapshot: WorkspaceSnapshot) -> WorkspaceSnapshot:
        return replace(
            snapshot,
            recent=self._recent.files(),
            failing_logs=self._recent.failing(),
            degraded=self.guard.degraded(),
        )

    def _seen(self, *, owed: bool = False, seconds: float = 0.0) -> Seen:
        return Seen(snapshot=self._last, owed=owed, fd=self.guard.fd, seconds=seconds)

    def _layout(self) -> Layout:
        return own(self._repositories.at(self.root), self.root).plain.layout
