"""Tells those who wait in a line where they stand: as they get in, and as the line moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from aircherd.routing.queue import Ticket

TELL_EVERY = 1.0
"""Seconds between two looks at who has moved on."""

InLine = Callable[[int, float | None], None]
"""Takes a place in line, 1 for the next one and 0 for whose turn came, and seconds or None."""


class Announcer:
    """Remembers what each was told, so that only what changed is said."""

    def __init__(
        self,
        order: Callable[[], Iterable[Ticket]],
        expected: Callable[[Ticket, int], float | None],
    ) -> None:
        """`order` gives those in line, next one first; `expected` the seconds at a place."""
        self._order = order
        self._expected = expected
        self._told: dict[Ticket, tuple[int, InLine]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, ticket: Ticket, in_line: InLine) -> None:
        """One got in line, and is told where."""
        self._told[ticket] = 0, in_line
        self._look()

    def leave(self, ticket: Ticket) -> None:
        """One is out of the line, served or not."""
        self._told.pop(ticket, None)

    def _look(self) -> None:
        for place, ticket in enumerate(self._order(), start=1):
            before, in_line = self._told.get(ticket, (place, None))
            # Who got in is told at once; the others once a second at most.
            if before != place and in_line and (not before or self._timer is None):
                self._told[ticket] = place, in_line
                in_line(place, self._expected(ticket, place))
        if self._told and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TELL_EVERY, self._again)

    def _again(self) -> None:
        self._timer = None
        self._look()
