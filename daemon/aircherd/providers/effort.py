"""Levels of thinking: the nearest one a model accepts."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from aircherd.core.catalog import Effort

ORDER = tuple(Effort)


def nearest(wanted: Effort, allowed: AbstractSet[Effort] | None) -> Effort | None:
    """The level to send: the wanted one, else the next lower one, else the lowest above it.

    None when the model accepts no levels at all. An unknown set is taken to accept every level.
    """
    if allowed is None or wanted in allowed:
        return wanted
    place = ORDER.index(wanted)
    below = [level for level in reversed(ORDER[:place]) if level in allowed]
    # Not thinking is never a substitute for thinking a little, nor the other way round by default.
    thinking = [level for level in below if level is not Effort.OFF]
    above = [level for level in ORDER[place + 1 :] if level in allowed]
    for choice in (thinking, above, below):
        if choice:
            return choice[0]
    return None
