"""What was spent on a day, as calls here found it, with what was answered and not yet booked.

Answers show the day's sum and do not wait for their booking, so it is known before it is read. All
of it is kept in the event loop: what came of jobs is told there in the order they were done.
"""

from __future__ import annotations

import time

from aircherd.core.books import Hold
from aircherd.core.money import NanoUsd

FRESH = 1.0
"""Seconds a sum may be told from memory: another process may spend too."""


class Lately:
    """One day's sum, and settlements on their way into it."""

    def __init__(self) -> None:
        self._day = ""
        self._spent = 0
        self._at = float("-inf")
        self._coming: dict[Hold, tuple[str, int]] = {}
        """The day a hold counts in and what it cost, until that is on the disk."""

    @property
    def coming(self) -> bool:
        """Whether anything is answered that is not booked yet."""
        return bool(self._coming)

    def begins(self, hold: Hold, day: str, cost: int) -> None:
        """A call has ended and is being booked."""
        self._coming[hold] = day, cost

    def ends(self, hold: Hold) -> None:
        """It is booked, or will be later."""
        self._coming.pop(hold, None)

    def found(self, day: str, spent: int) -> None:
        """What a transaction has just found spent on a day, by its key."""
        self._day, self._spent, self._at = day, spent, time.monotonic()

    def spent(self, day: str) -> NanoUsd | None:
        """The day's sum; None when none was found in the last second."""
        if self._day != day or time.monotonic() - self._at > FRESH:
            return None
        coming = sum(cost for its, cost in self._coming.values() if its == day)
        return NanoUsd(self._spent + coming)
