"""Reads what is staged before it is asked for, so that the question finds it read.

Only in repositories a message was asked for in the last half hour. It is the very look a question
makes, through the same shadow, and kept under the same identities: the question checks them again
and reads anew where any is different. Watched is the git dir alone, by the kernel's own notices, so
that nothing is done while nothing is staged; where there are none, nothing is read ahead.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from aircherd.core.errors import AircherError
from aircherd.workspace import inotify
from aircherd.workspace.inotify import Inotify, notices
from aircherd.workspace.kept import SECONDS
from aircherd.workspace.repositories import Repositories, own

log = logging.getLogger(__name__)

QUIET_SECONDS = 0.1
"""Since the last change of the git dir: a rebase, or a script that stages file by file, goes on."""
REST = 10.0
"""Between two looks at one repository: times what the last one took."""
FOLLOWED_SECONDS = 1800.0
_MOST_FOLLOWED = 8
_NAMES = frozenset((b"index", b"HEAD", b"HEAD.lock"))
"""git holds the last one while it moves the branch HEAD is on, and lets go of it at the end."""
_MASK = inotify.MOVED_TO | inotify.DELETE | inotify.GONE


@dataclass(slots=True)
class _Followed:
    """A repository whose git dir is watched."""

    root: str
    number: int
    asked_at: float
    not_before: float = 0.0
    timer: asyncio.TimerHandle | None = None
    task: asyncio.Task[None] | None = None


class Ahead:
    """The repositories messages are written in, and their notices. To be used on one loop."""

    def __init__(self, repositories: Repositories) -> None:
        self.repositories = repositories
        """Where it is kept."""
        self._followed: OrderedDict[str, _Followed] = OrderedDict()
        self._queue: Inotify | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._letting_go: asyncio.TimerHandle | None = None
        self._usable = os.uname().sysname == "Linux"

    @property
    def followed(self) -> tuple[str, ...]:
        """Roots of the repositories that are watched."""
        return tuple(self._followed)

    @property
    def busy(self) -> bool:
        """Whether anything is being looked at."""
        return bool(self._tasks)

    def follow(self, root: str) -> None:
        """A message was asked for in a work tree; returns at once."""
        if self._letting_go is None:
            self._let_go_later()  # what the question kept
        known = self._followed.get(root)
        if known is not None:
            known.asked_at = time.monotonic()
            self._followed.move_to_end(root)
        elif self._usable:
            self._start(self._watch(root))

    async def aclose(self) -> None:
        """Ends with the looks that are under way, and gives the watches back."""
        self._usable = False
        for root in self.followed:
            self._leave(root)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._letting_go is not None:
            self._letting_go.cancel()
        self._close()

    async def _watch(self, root: str) -> None:
        try:
            git_dir = await asyncio.to_thread(self._git_dir, root)
            if not self._usable or root in self._followed:
                return
            if self._queue is None:
                self._queue = Inotify()
                asyncio.get_running_loop().add_reader(self._queue.fd, self._told)
            number = self._queue.add(os.fsencode(git_dir), _MASK)
        except (AircherError, OSError, RuntimeError) as error:
            log.debug("%s is not followed: %s", root, error)
            return
        self._followed[root] = _Followed(root=root, number=number, asked_at=time.monotonic())
        while len(self._followed) > _MOST_FOLLOWED:
            self._leave(next(iter(self._followed)))

    def _git_dir(self, root: str) -> str:
        return own(self.repositories.at(root), root).plain.layout.git_dir

    def _told(self) -> None:
        """The queue is readable."""
        if self._queue is None:
            return
        by_number = {one.number: one for one in self._followed.values()}
        for number, mask, name in notices(self._queue.read()):
            one = by_number.get(number)
            if one is None:
                continue
            if mask & (inotify.GONE | inotify.UNMOUNT | inotify.IGNORED):
                self._leave(one.root)
            elif name in _NAMES:
                self._put_off(one)

    def _put_off(self, one: _Followed) -> None:
        """Has it read once nothing has changed for a while."""
        if one.timer is not None:
            one.timer.cancel()
        wait = max(QUIET_SECONDS, one.not_before - time.monotonic())
        one.timer = asyncio.get_running_loop().call_later(wait, self._begin, one)

    def _begin(self, one: _Followed) -> None:
        one.timer = None
        if time.monotonic() - one.asked_at > FOLLOWED_SECONDS:
            self._leave(one.root)
        elif one.task is not None and not one.task.done():
            self._put_off(one)
        else:
            one.task = self._start(self._read(one))

    async def _read(self, one: _Followed) -> None:
        began = time.monotonic()
        try:
            await asyncio.to_thread(self._look, one.root)
        except (AircherError, OSError, RuntimeError) as error:
            # The question will meet the same, and say so.
            log.debug("what is staged in %s was not read ahead: %s", one.root, error)
        ended = time.monotonic()
        one.not_before = ended + REST * (ended - began)
        self._let_go_later()

    def _look(self, root: str) -> None:
        changes = self.repositories.changes
        cap, commits = changes.wanted(root), changes.most_commits(root)
        known = own(self.repositories.at(root), root)
        if commits:
            known.history(commits)
        if cap is not None:
            known.change(cap, ahead=True)

    def _let_go_later(self) -> None:
        if self._letting_go is not None:
            self._letting_go.cancel()
        later = SECONDS + 1
        self._letting_go = asyncio.get_running_loop().call_later(later, self._let_go)

    def _let_go(self) -> None:
        self._letting_go = None
        if self.repositories.changes.let_go():
            self._let_go_later()  # it was asked for meanwhile

    def _leave(self, root: str) -> None:
        one = self._followed.pop(root, None)
        if one is None:
            return
        if one.timer is not None:
            one.timer.cancel()
        if self._queue is not None:
            self._queue.remove(one.number)
        if not self._followed:
            self._close()

    def _close(self) -> None:
        queue, self._queue = self._queue, None
        if queue is not None:
            asyncio.get_running_loop().remove_reader(queue.fd)
            queue.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
