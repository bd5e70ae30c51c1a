"""How many requests a local engine answers at once without each becoming much slower. Pure.

Nobody says how many slots an engine has. The limit grows by one while first words come about as
quickly as they ever did, and shrinks by a quarter when they come three times as late: additive
increase, multiplicative decrease, as TCP does it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

LEAST = 1
MOST = 32
START = 4
_SLOWER = 3.0
_SAMPLES = 16
_FLOOR_MS = 50.0
"""Below this a difference is noise."""


@dataclass(slots=True)
class AdaptiveLimit:
    """One engine's limit."""

    limit: float = float(START)
    _quickest: float | None = None
    _recent: list[float] = field(default_factory=list)

    @property
    def most(self) -> int:
        """Requests at once."""
        return int(self.limit)

    def answered(self, first_ms: float, in_flight: int) -> None:
        """A first word came after so many milliseconds while so many were under way."""
        value = max(first_ms, _FLOOR_MS)
        self._quickest = value if self._quickest is None else min(self._quickest * 1.01, value)
        self._recent.append(value)
        del self._recent[:-_SAMPLES]
        if median(self._recent) > self._quickest * _SLOWER:
            self.limit = max(float(LEAST), self.limit * 0.75)
            self._recent.clear()
        elif in_flight >= self.most:
            # Grown only when it was reached: an idle engine proves nothing.
            self.limit = min(float(MOST), self.limit + 1.0 / self.most)

    def overloaded(self) -> None:
        """The engine refused for being busy."""
        self.limit = max(float(LEAST), self.limit * 0.75)
