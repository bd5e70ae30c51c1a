"""How a client's reports follow one another: as many as it likes, and never all of the loop.

A report (what is there, what was spent) waits for hardly anything but the processor. Two hundred
at once would each take their step in every round of the loop, and everybody else would wait for
all of them. So a few of a client go at a time, and after each the next one waits in proportion to
what that one took: time that belongs to everybody else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Generator
from typing import Any

REPORTS = frozenset(
    f"aircher/{name}"
    for name in ("status", "usage", "models", "providers", "metrics", "dump", "outbox", "trust")
)
"""Methods that only tell how things are."""
MOST_REPORTS = 2
"""Reports of one client at a time."""
REST = 7.0
"""How many times as long as a report took the loop, the next one of a crowd has to wait: the two
of a client take a quarter of the loop together."""
LONGEST_REST = 0.25
"""Seconds nobody waits longer for, whatever the last one took."""


class Crowd:
    """The clients of one daemon that have reports waiting: each of them slows them all down, so
    that many who flood take no more of the loop than one, in turn."""

    def __init__(self) -> None:
        self.clients = 0
        """How many there are now."""


class Turns:
    """The reports of one client."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._free = asyncio.Semaphore(MOST_REPORTS)
        self._waiting = 0

    async def take(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What comes of `work`, which begins when it is its turn."""
        timed = Timed(work)
        try:
            await self._wait()
        except BaseException:
            work.close()  # it was never begun
            raise
        try:
            return await timed
        finally:
            rest = min(timed.seconds * REST * max(1, self._crowd.clients), LONGEST_REST)
            if self._waiting and rest > 0:
                asyncio.get_running_loop().call_later(rest, self._free.release)
            else:
                self._free.release()

    async def _wait(self) -> None:
        self._waiting += 1
        self._crowd.clients += self._waiting == 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
            self._crowd.clients -= self._waiting == 0


class Timed:
    """Work that knows how long it had the loop to itself, its waits left out."""

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self._work = work
        self.seconds = 0.0

    def __await__(self) -> Generator[Any, Any, Any]:
        """As the work itself would be awaited."""
        problem: BaseException | None = None
        while True:
            began = time.perf_counter()
            try:
                waits_for = self._work.throw(problem) if problem else self._work.send(None)
            except StopIteration as done:
                return done.value
            finally:
                self.seconds += time.perf_counter() - began
            try:
                problem = None
                yield waits_for
            except GeneratorExit:
                self._work.close()
                raise
            except BaseException as thrown:
                # A cancel, as a rule: the work decides what becomes of it.
                problem = thrown
