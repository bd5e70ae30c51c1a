"""A workspace as it is now: what git and the file system show, and what editors tell.

One task per view follows the notices: it sleeps until the kernel's queue is readable, somebody asks
for a synced answer, or a timer is due. Looks are made in threads. Between two looks at the work
tree there is a pause that grows with what a look costs, so that a build which never stops writing
takes a tenth of one processor at most; changes of git's own state do not wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, fields
from typing import Protocol

from aircherd.core.errors import AircherError, NotNow
from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.workspace.lookout import Seen
from aircherd.workspace.told import EditorState, ToldByEditors

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.003
"""What is waited for a burst of notices to end."""
PAUSE, LONGEST_PAUSE = 10.0, 1.0
"""Between looks at the work tree: times what the last one took, and seconds at most."""
POLL_SECONDS = 1.2
"""Between looks while changes are not told."""
RECONCILE_SECONDS = 300.0
"""Between looks nobody asked for: some changes are never told, such as those through a mapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What subscribers get."""

    serial: int
    """1, 2, 3, ... for one view."""
    parts: frozenset[str]
    """Names of the snapshot's fields that differ from the one before."""
    snapshot: WorkspaceSnapshot | None
    problem: AircherError | None = None
    """Why there is no snapshot."""


class Looking(Protocol):
    """What a view looks with; a `Lookout`."""

    def look(self, *, fresh: bool, tree: bool) -> Seen:
        """See `Lookout.look`."""
        ...

    def close(self) -> None:
        """Gives the watches back."""
        ...


class View:
    """One workspace, looked at for as long as somebody holds it."""

    def __init__(self, lookout: Looking) -> None:
        self._lookout = lookout
        self._editors = ToldByEditors()
        self._subscribers: list[Callable[[Change], None]] = []
        self._wake = asyncio.Event()
        self._asked = 0
        self._answered = 0
        self._progress = asyncio.Condition()
        self._closing = False
        self._seen = Seen(owed=True)
        self._published: WorkspaceSnapshot | None = None
        self._serial = 0
        self._tree_at = 0.0
        self._fd: int | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look; the first look is under way when this returns."""
        self._task = asyncio.get_running_loop().create_task(self._work())

    async def aclose(self) -> None:
        """Ends with the look that is under way, and gives the watches back."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def synced(self) -> WorkspaceSnapshot:
        """The workspace with every change in it that ended before this was called.

        By a look that begins after the call. Raises NotARepository, GitRefused.
        """
        self._asked += 1
        goal = self._asked
        self._wake.set()
        async with self._progress:
            await self._progress.wait_for(lambda: self._answered >= goal or self._closing)
        return self.current()

    async def ready(self) -> WorkspaceSnapshot:
        """What is known now; waits only for the very first look."""
        if self._seen.snapshot is None and self._seen.problem is None:
            return await self.synced()
        return self.current()

    def current(self) -> WorkspaceSnapshot:
        """What is known now, at most two seconds old. Raises what the last look raised."""
        if self._seen.problem is not None:
            raise self._seen.problem
        if self._seen.snapshot is None:
            raise NotNow("This workspace was not looked at yet; ask again in a moment.")
        return self._editors.applied(self._seen.snapshot)

    def known(self) -> WorkspaceSnapshot | None:
        """What is known now; None when that is nothing."""
        try:
            return self.current()
        except AircherError:
            return None

    def subscribe(self, told: Callable[[Change], None]) -> Callable[[], None]:
        """Has `told` called on the loop after each change, until the result is called."""
        self._subscribers.append(told)
        return lambda: self._subscribers.remove(told) if told in self._subscribers else None

    def tell(self, holder: Hashable, state: EditorState) -> bool:
        """What an editor shows; what it left out stays as it was. Whether it is new here."""
        new = self._editors.tell(holder, state)
        self._publish()
        return new

    def ran(self, text: str, exit_code: int | None) -> None:
        """A command that was run here."""
        self._editors.ran(text, exit_code)
        self._publish()

    def forget(self, holder: Hashable) -> None:
        """An editor is gone, with all it told."""
        if self._editors.forget(holder):
            self._publish()

    async def _work(self) -> None:
        try:
            while await self._rest():
                await self._look()
        finally:
            self._listen(None)
            with contextlib.suppress(RuntimeError):  # no thread to be had: the end of this process
                await asyncio.to_thread(self._lookout.close)
            self._closing = True
            async with self._progress:
                self._progress.notify_all()

    async def _look(self) -> None:
        # Neither two readers of the queue nor a descriptor that closes while it is listened to.
        self._listen(None)
        goal, now = self._asked, time.monotonic()
        polling = self._polls() and now >= self._tree_at
        fresh = goal > self._answered or polling or self._seen.snapshot is None
        allowed = fresh or now >= self._tree_at
        try:
            seen = await asyncio.to_thread(self._lookout.look, fresh=fresh, tree=allowed)
        except Exception as error:
            # A machine without a thread or a descriptor to spare costs this look, not the view.
            log.warning("a look failed: %s: %s", type(error).__name__, error)
            what = f"This workspace cannot be looked at now ({error}); ask again in a moment."
            seen = Seen(problem=NotNow(what))
        ended = time.monotonic()
        self._seen = seen
        if seen.seconds:
            self._tree_at = ended + min(LONGEST_PAUSE, PAUSE * seen.seconds)
        if self._polls() and (fresh or seen.seconds):
            self._tree_at = ended + POLL_SECONDS
        self._publish()
        if goal > self._answered:
            self._answered = goal
            async with self._progress:
                self._progress.notify_all()
        self._listen(None if seen.problem is not None else seen.fd)

    async def _rest(self) -> bool:
        """Until there is something to look for; False when this is the end."""
        first = self._seen.snapshot is None and self._seen.problem is None
        if not first and self._asked == self._answered and not self._closing:
            limit = RECONCILE_SECONDS
            if self._seen.owed or self._polls():
                limit = max(0.0, self._tree_at - time.monotonic())
            try:
                async with asyncio.timeout(limit):
                    await self._wake.wait()
            except TimeoutError:
                if limit == RECONCILE_SECONDS:
                    self._asked += 1
            self._wake.clear()
            if self._asked == self._answered and not self._closing:
                await asyncio.sleep(GATHER_SECONDS)
        return not self._closing

    def _polls(self) -> bool:
        """Whether changes have to be looked for, since they are not told."""
        seen = self._seen
        return seen.problem is not None or bool(seen.snapshot and seen.snapshot.degraded)

    def _listen(self, fd: int | None) -> None:
        loop = asyncio.get_running_loop()
        if self._fd is not None:
            loop.remove_reader(self._fd)
        self._fd = fd
        if fd is not None:
            loop.add_reader(fd, self._noticed)

    def _noticed(self) -> None:
        """The queue is readable: once is enough, the look takes all there is."""
        self._listen(None)
        self._wake.set()

    def _publish(self) -> None:
        snapshot = self.known()
        if self._seen.problem is None and snapshot is None:
            return
        before, self._published = self._published, snapshot
        parts = _differing(before, snapshot)
        if not parts and self._serial:
            return
        self._serial += 1
        change = Change(
            serial=self._serial, parts=parts, snapshot=snapshot, problem=self._seen.problem
        )
        for told in tuple(self._subscribers):
            try:
                told(change)
            except Exception:
                log.exception("a subscriber of workspace changes failed")


def _differing(before: WorkspaceSnapshot | None, after: WorkspaceSnapshot | None) -> frozenset[str]:
    if before is None or after is None:
        return frozenset() if before is after else frozenset(_NAMES)
    return frozenset(name for name in _NAMES if getattr(before, name) != getattr(after, name))


_NAMES = tuple(field.name for field in fields(WorkspaceSnapshot) if field.compare)
