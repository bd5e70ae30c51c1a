"""How what a client asks follows one another: as much as it likes, and never all of the loop.

A report (what is there, what was spent) waits for hardly anything but the processor. Two hundred
at once would each take their step in every round of the loop, and everybody else would wait for
all of them. So a few of a client go at a time, and one that has asked for a lot of late rests
before each step, in proportion to what its steps have taken: time that belongs to everybody else.
Messages as such are taken in the same way, from one that sends nothing else all the time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

REPORTS = frozenset(
    f"aircher/{name}"
    for name in ("status", "usage", "models", "providers", "metrics", "dump", "outbox", "trust")
)
"""Methods that only tell how things are."""
MOST_REPORTS = 2
"""Reports of one client at a time."""
REST = 7.0
"""How many times as long as its steps took the loop a client that asks for a lot has to rest: it
takes an eighth of the loop."""
TAKING = 3.0
"""The same for taking its messages, whatever they ask: a quarter of the loop."""
AT_ONCE = 0.01
"""Seconds of work a client may ask for before it rests at all."""
LONGEST_REST = 0.25
"""Seconds nobody rests longer for, whatever the last step took."""


async def _at_once() -> None:
    """Nobody is waited for."""


class Crowd:
    """The clients of one daemon that rest: each of them slows them all down, so that many who
    flood take no more of the loop than one."""

    def __init__(self) -> None:
        self._resting: set[Pace] = set()

    def count(self, now: float) -> int:
        """How many there are at this instant of `time.perf_counter`; at least one."""
        if not self._resting:
            return 1
        self._resting = {one for one in self._resting if one.owes(now) > 0}
        return max(1, len(self._resting))

    def add(self, one: Pace) -> None:
        """`one` rests from now on."""
        self._resting.add(one)


class Pace:
    """How much of the loop one client has had, and what it owes the others for that."""

    def __init__(self, crowd: Crowd, times: float) -> None:
        """It rests `times` as long as it had the loop."""
        self._crowd = crowd
        self._times = times
        self._at_once = AT_ONCE * times
        self._even = 0.0
        """When it will have rested for all it took, by `time.perf_counter`."""

    def took(self, seconds: float) -> None:
        """It had the loop to itself for so long, by the processor's time: that the loop itself was
        kept waiting is no client's doing."""
        now = time.perf_counter()
        even = max(self._even, now) + seconds * self._times * self._crowd.count(now)
        self._even = min(even, now + self._at_once + LONGEST_REST)
        if self.owes(now) > 0:
            self._crowd.add(self)

    def owes(self, now: float) -> float:
        """Seconds it has to rest before its next step; none or less while it asks for little."""
        return self._even - now - self._at_once

    def rest(self) -> float:
        """Seconds to rest now; 0.0 when its next step may follow at once."""
        return min(max(self.owes(time.perf_counter()), 0.0), LONGEST_REST)


class Turns:
    """The reports of one client."""

    def __init__(self, crowd: Crowd, room: Callable[[], Awaitable[None]] = _at_once) -> None:
        """`room` waits until the client has read most of what it was sent."""
        self.pace = Pace(crowd, REST)
        self._room = room
        self._free = asyncio.Semaphore(MOST_REPORTS)

    async def take(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What comes of `work`, which begins when it is its turn."""
        begun = False
        try:
            async with self._free:
                await self._room()
                begun = True
                return await _Paced(work, self.pace)
        finally:
            if not begun:
                work.close()


class _Paced:
    """Work that tells how long it had the loop to itself, its waits left out, and rests."""

    def __init__(self, work: Coroutine[Any, Any, Any], pace: Pace) -> None:
        self._work = work
        self._pace = pace

    def __await__(self) -> Generator[Any, Any, Any]:
        """As the work itself would be awaited."""
        problem: BaseException | None = None
        while True:
            try:
                # Again, when the other report took its step first: never both in one round.
                while problem is None and (seconds := self._pace.rest()):
                    yield from asyncio.sleep(seconds).__await__()
            except GeneratorExit:
                self._work.close()
                raise
            except BaseException as thrown:
                problem = thrown
            began = time.thread_time()
            try:
                waits_for = self._work.throw(problem) if problem else self._work.send(None)
            except StopIteration as done:
                return done.value
            finally:
                self._pace.took(time.thread_time() - began)
            try:
                problem = None
                yield waits_for
            except GeneratorExit:
                self._work.close()
                raise
            except BaseException as thrown:
                # A cancel, as a rule: the work decides what becomes of it.
                problem = thrown
