"""What a month will probably cost in the end, with a range. Pure, and the same every time.

Working days and weekends are two kinds of day. A day still to come costs the mean of its kind over
the last four weeks, and varies as they did; the range holds about four outcomes in five.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, pvariance

from aircherd.core.money import NanoUsd

_DAY = timedelta(days=1)
REACH = 28
"""Days looked back."""
_FEWEST = 3
"""Days without which nothing is said."""
_SPREAD = 1.28
"""Standard deviations to either side that hold four outcomes in five of a normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The whole of a month, once it is over."""

    low: NanoUsd
    likely: NanoUsd
    high: NanoUsd
    days: int
    """Whole days of history it is drawn from."""


def project(today: date, daily: Mapping[date, int], spent: int) -> Projection | None:
    """The month `today` lies in, of which `spent` nano-dollars are spent; None: too early to say.

    `daily` is what was spent on each date; dates it leaves out cost nothing.
    """
    known = [day for day in daily if today - _DAY * REACH <= day < today]
    if not known:
        return None
    history = [min(known) + _DAY * number for number in range((today - min(known)).days)]
    if len(history) < _FEWEST:
        return None
    after = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    coming = [today + _DAY * number for number in range(1, (after - today).days)]
    everything = [daily.get(day, 0) for day in history]
    expected = variance = 0.0
    for weekend in (False, True):
        mine = [daily.get(day, 0) for day in history if (day.weekday() >= 5) == weekend]
        sample = mine if len(mine) >= 2 else everything
        mean, spread = fmean(sample), pvariance(sample)
        count = sum((day.weekday() >= 5) == weekend for day in coming)
        if (today.weekday() >= 5) == weekend:
            expected += max(0.0, mean - daily.get(today, 0))
            variance += spread
        expected += mean * count
        variance += spread * count
    wide = _SPREAD * sqrt(variance)
    return Projection(
        low=NanoUsd(spent + max(0, round(expected - wide))),
        likely=NanoUsd(spent + round(expected)),
        high=NanoUsd(spent + round(expected + wide)),
        days=len(history),
    )
