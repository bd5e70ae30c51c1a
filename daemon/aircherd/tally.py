"""What models were asked since the daemon started, by provider and model, for a monitor.

A monitor keeps a series for every set of labels it was ever told, so there are only so many here:
whoever comes after them is counted together as `other`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aircherd.core.books import Settlement
from aircherd.core.catalog import ModelRef

MOST = 64
"""Models with figures of their own. Those that came first keep them."""
OTHER = ModelRef("other", "other")
_LONGEST = 200
"""Characters of a name that are told; a name comes from a provider's list, and may be anything."""
_GIVEN = frozenset(("cached", "joined"))
"""Outcomes of which nobody was asked; see `sharing`."""


class Sums:
    """What came of the calls to one model."""

    __slots__ = ("cost", "input", "output", "requests", "uncounted")

    def __init__(self) -> None:
        self.requests = 0
        """Calls that were booked, failed ones included."""
        self.input = 0
        """Tokens of prompts, cached ones included."""
        self.output = 0
        """Tokens of answers, thinking included."""
        self.uncounted = 0
        """Calls whose tokens nobody knows, in part or at all."""
        self.cost = 0
        """Nano-dollars, as booked."""


class Tally(Mapping[ModelRef, Sums]):
    """The sums of each model, and of all others under OTHER."""

    def __init__(self) -> None:
        self._sums: dict[ModelRef, Sums] = {}

    def note(self, ref: ModelRef, settlement: Settlement) -> None:
        """Counts a call that was booked."""
        if settlement.outcome in _GIVEN:
            return
        sums = self._sums.get(ref) or self._new(ref)
        sums.requests += 1
        sums.cost += settlement.cost
        usage = settlement.usage
        given = None if usage is None else usage.prompt_total
        made = None if usage is None else usage.output_total
        sums.input += given or 0
        sums.output += made or 0
        sums.uncounted += given is None or made is None

    def _new(self, ref: ModelRef) -> Sums:
        shown = ModelRef(ref.provider[:_LONGEST], ref.model[:_LONGEST])
        if shown not in self._sums and len(self._sums) >= MOST:
            shown = OTHER
        return self._sums.setdefault(shown, Sums())

    def __getitem__(self, ref: ModelRef) -> Sums:
        return self._sums[ref]

    def __iter__(self) -> Iterator[ModelRef]:
        return iter(self._sums)

    def __len__(self) -> int:
        return len(self._sums)
