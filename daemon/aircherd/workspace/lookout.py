"""One work tree under watch: what its notices call for, and fresh looks through git.

A notice is a hint, a look is the truth. Synchronous, for one thread at a time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aircherd.core.errors import AircherError, GitRefused
from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.workspace import mounts
from aircherd.workspace.coverage import Coverage, parents
from aircherd.workspace.identity import folder
from aircherd.workspace.layout import Layout
from aircherd.workspace.recent import Recent
from aircherd.workspace.repositories import KnownRepository, Repositories, own
from aircherd.workspace.status import merged
from aircherd.workspace.upstream import upstream
from aircherd.workspace.watches import Told, Watches

_MANY = 2_000
"""Paths told at once beyond which nobody asks whether all of them are ignored."""
_FEW = 200
"""Paths up to which git is asked about them alone."""
_QUICK = 0.05
"""Seconds beyond which a look at the work tree is not waited for by what git's state tells."""
_RETRY_SECONDS = 15.0
_READS = 256
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

    def __init__(self, root: str, repositories: Repositories, *, most: int | None = None) -> None:
        """`most`: how many directories may be watched; None for half of the user's limit."""
        self.root = root
        self._repositories = repositories
        self._most = most
        self._watches: Watches | None = None
        self._coverage = Coverage(root, self._layout)
        self._told = Told(lost=True)
        self._touched: set[bytes] = set()
        self._recent = Recent(root)
        self._place: tuple[int, int] | None = None
        self._far: str | None = None
        self._reason: str | None = None
        self._retry_at = 0.0
        self._last: WorkspaceSnapshot | None = None
        self._said = False
        self._collapsed = False
        self._took = 0.0

    @property
    def watched(self) -> int:
        """How many directories of the work tree are watched."""
        return 0 if self._watches is None else self._watches.directories

    def close(self) -> None:
        """Gives the watches back."""
        watches, self._watches = self._watches, None
        if watches is not None:
            watches.close()

    def look(self, *, fresh: bool, tree: bool) -> Seen:
        """Follows up the notices. `fresh` looks whatever they say; else only if they call for it,
        and at the work tree only if `tree`. Never raises AircherError: it is the problem then.
        """
        try:
            self._drain(self._told)
            if self._told.lost and not fresh and self._last is not None and not self._said:
                # Said before it is mended, since mending a large tree takes a while.
                self._said = True
                said = replace(self._last, degraded=_OVERRUN)
                return Seen(snapshot=said, owed=True, fd=self._fd())
            self._follow()
            self._said = False
            return self._answer(fresh=fresh, tree=tree)
        except AircherError as problem:
            self._last = None
            self._told.lost = True
            return Seen(problem=problem, owed=False, fd=self._fd())

    def _follow(self) -> None:
        """Notices to meanings, and watches to where they are needed. Raises AircherError."""
        told = self._told
        place = folder(self.root)
        if place != self._place:
            told.gone = True
        lacking = self._watches is None or self._watches.lacking is not None
        retry = lacking and time.monotonic() >= self._retry_at
        if told.gone or told.lost or retry:
            self._watch_anew(place)
        if told.rules:
            self._coverage.forget()
        if self._watches is not None and told.folders:
            folders, told.folders = told.folders, set()
            self._coverage.more(self._watches, folders)
        self._touched |= told.paths
        told.paths = set()

    def _drain(self, told: Told) -> None:
        watches = self._watches
        if watches is None:
            return
        for _ in range(_READS):
            data = watches.queue.read()
            if not data:
                return
            watches.resolve(data, told)

    def _watch_anew(self, place: tuple[int, int] | None) -> None:
        self.close()
        self._told = Told(lost=True)
        self._coverage.forget()
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        self._place = place
        own(self._repositories.at(self.root), self.root)
        self._far = mounts.far(self.root)
        try:
            watches = Watches(self.root, self._most)
        except OSError as error:
            self._reason = f"no watch could be set ({error.strerror})"
            return
        self._watches = watches
        self._coverage.whole(watches)
        self._reason = None

    def _answer(self, *, fresh: bool, tree: bool) -> Seen:
        told = self._told
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
        self._told = Told()
        touched, self._touched = self._touched, set()
        for _ in range(4):
            snapshot, work_tree = known.look()
            new = self._keep_refs_watched(known, snapshot)
            if self._watches is not None:
                folders = parents(c.path for c in work_tree.changes)
                new |= self._watches.cover(sorted(f for f in folders if f not in self._watches))
            if not new:
                break
        self._collapsed = any(c.path.endswith(b"/") for c in work_tree.changes)
        self._recent.saw(touched, self._coverage.ignored)
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
        self._recent.saw(touched, self._coverage.ignored)
        self._recent.uncommitted(found.times, ())
        self._last = self._composed(replace(last, local=local, taken_at=datetime.now(UTC)))
        return self._seen(seconds=time.monotonic() - began)

    def _matter(self) -> bool:
        """Whether any of what was told can change git's answer."""
        touched, self._touched = self._touched, set()
        if len(touched) > _MANY:
            return True
        ignored = self._coverage.ignored(touched)
        self._recent.logs(ignored)
        if touched <= ignored:
            return False
        self._touched = touched - ignored
        return True

    def _keep_refs_watched(self, known: KnownRepository, snapshot: WorkspaceSnapshot) -> bool:
        if self._watches is None:
            return False
        layout = known.plain.layout
        follows = upstream(layout, snapshot.branch)
        refs: Iterable[str] = (
            *((f"refs/heads/{snapshot.branch}",) if snapshot.branch else ()),
            *((follows.ref,) if follows else ()),
        )
        return self._coverage.git(self._watches, layout, refs)

    def _composed(self, snapshot: WorkspaceSnapshot) -> WorkspaceSnapshot:
        return replace(
            snapshot,
            recent=self._recent.files(),
            failing_logs=self._recent.failing(),
            degraded=self._why_degraded(),
        )

    def _why_degraded(self) -> str | None:
        if self._far is not None:
            why = f"it lies on {self._far}, where other machines' changes are not told"
        elif self._watches is None:
            why = self._reason or "nothing is watched yet"
        elif self._watches.lacking is not None:
            why = self._watches.lacking
        else:
            return None
        return f"Changes are looked for every second or two instead of being told: {why}."

    def _seen(self, *, owed: bool = False, seconds: float = 0.0) -> Seen:
        return Seen(snapshot=self._last, owed=owed, fd=self._fd(), seconds=seconds)

    def _layout(self) -> Layout:
        return self._repositories.at(self.root).plain.layout

    def _fd(self) -> int | None:
        return None if self._watches is None else self._watches.queue.fd
