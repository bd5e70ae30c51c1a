"""What was worked out lately, in a bounded table that is asked at the speed of a dictionary."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")

LONGEST_KEPT = 32
"""Characters of the longest piece of a message that is remembered; a key or a token is longer."""


class Memo(dict[str, V]):
    """Values made from strings. `memo[key]` makes what it does not hold.

    At most `most` are held: all are forgotten when one more comes, for the few that are said all
    the time are back at once. What `make` raises is raised, and nothing is kept of it.
    """

    __slots__ = ("_make", "_most")

    def __init__(self, make: Callable[[str], V], most: int) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, key: str) -> V:
        value = self._make(key)
        if len(key) <= LONGEST_KEPT:
            if len(self) >= self._most:
                self.clear()
            self[key] = value
        return value
