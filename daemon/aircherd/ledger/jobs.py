"""What waits for the writer: a queue, and beside it what lingers because nobody waits for it.

What lingers has no commit of its own unless none follows within milliseconds: it goes ahead of
whatever was handed over after it, into the same transaction. So a settlement and the reservation of
the next call are one commit, and the answer in between waits for neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any

from aircherd.ledger.results import Told

MOST_AT_ONCE = 256
LINGER = 0.005
"""Seconds what nobody waits for goes without a commit."""

Job = Callable[[sqlite3.Connection], Any]
Entry = tuple[Job, Told | None, asyncio.AbstractEventLoop | None]
_LOOK: Entry = (lambda _: None, None, None)  # wakes the thread


class Jobs:
    """Handed over from any loop, taken by one thread."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Entry | None] = queue.SimpleQueue()
        self._linger: deque[Entry] = deque()
        self._waking: asyncio.AbstractEventLoop | None = None
        """The loop that will wake the thread for what lingers."""

    def put(self, job: Job, told: Told | None, loop: asyncio.AbstractEventLoop | None) -> None:
        """To be done as soon as can be."""
        self._queue.put((job, told, loop))

    def put_later(self, job: Job, told: Told) -> None:
        """To be done with what comes next, or a moment later by itself. Call it in a loop."""
        loop = asyncio.get_running_loop()
        self._linger.append((job, told, loop))
        if self._waking is not loop:
            # Not reckoned by the clock: uvloop counts whole milliseconds and may call before time.
            loop.call_later(LINGER, self._wake)
            self._waking = loop

    def _wake(self) -> None:
        self._waking = None
        if self._linger:
            self.look()

    def look(self) -> None:
        """Wakes the thread for what it finds then."""
        self._queue.put(_LOOK)

    def end(self) -> None:
        """Nothing comes after this."""
        self._queue.put(None)

    def none_waits(self) -> bool:
        """Whether nobody waits for anything just now."""
        return self._queue.empty()

    def taken(self, seconds: float | None) -> tuple[list[Entry], bool]:
        """What there is to do, and whether it was the last; waits so long for it, or for good.

        Raises `queue.Empty` when there was nothing but what lingers.
        """
        batch = [self._queue.get(timeout=seconds)]
        with contextlib.suppress(queue.Empty):
            while len(batch) < MOST_AT_ONCE and batch[-1] is not None:
                batch.append(self._queue.get_nowait())
        # Whatever could depend on what lingers was handed over after it.
        return [
            *self.lingering(),
            *(entry for entry in batch if entry is not None and entry is not _LOOK),
        ], batch[-1] is None

    def lingering(self) -> list[Entry]:
        """Takes what lingers alone."""
        return [self._linger.popleft() for _ in range(len(self._linger))]
