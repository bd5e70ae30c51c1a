"""Days and months as half-open stretches of UTC, in the user's own zone.

A period is computed from an instant, never from "24 hours later": days have 23 and 25 hours, some
midnights do not exist, and Apia had no 30 December 2011 at all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aircherd.core.books import Period


def day(now: datetime, zone: str) -> Period:
    """The local day an instant lies in."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return Period(
        key=f"day:{today.isoformat()}",
        start=_begin(today, zone),
        end=_begin(today + timedelta(days=1), zone),
    )


def month(now: datetime, zone: str) -> Period:
    """The local calendar month an instant lies in."""
    first = now.astimezone(ZoneInfo(zone)).date().replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return Period(key=f"month:{first:%Y-%m}", start=_begin(first, zone), end=_begin(after, zone))


def _begin(local: date, zone: str) -> datetime:
    """The first instant of a local date.

    Where midnight falls into a gap, zoneinfo reads it with the offset before the gap, which gives
    the instant of the jump: the first of the new date. Where it happens twice, the first counts.
    """
    return datetime.combine(local, time(), ZoneInfo(zone)).astimezone(UTC)
