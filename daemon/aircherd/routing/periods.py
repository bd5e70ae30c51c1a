"""Days, weeks and months as half-open stretches of UTC, in the user's own zone.

A period is computed from an instant, never from "24 hours later": days have 23 and 25 hours, some
midnights do not exist or come twice, and Apia had no 30 December 2011 at all.

A date begins once, at the first instant a clock on the wall shows it or a later one. Where clocks
go back over midnight (St John's until 2011: 00:01 back to 23:01) the hour that is shown again
belongs to the new date: a date that has begun stays, so that no budget is opened twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from aircherd.core.books import Period

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def local_date(now: datetime, zone: str) -> date:
    """The date an instant counts in: the latest one that has begun."""
    found = now.astimezone(ZoneInfo(zone)).date()
    while begin(found + _DAY, zone) <= now:
        found += _DAY
    return found


def present(now: datetime, zone: str) -> tuple[Period, Period, Period]:
    """The local day, week and month an instant counts in; remembered while the day lasts."""
    known = _present.get(zone)
    if known is None or not known[0].start <= now < known[0].end:
        known = _present[zone] = (day(now, zone), week(now, zone), month(now, zone))
    return known


_present: dict[str, tuple[Period, Period, Period]] = {}


def day(now: datetime, zone: str) -> Period:
    """The local day an instant counts in."""
    today = local_date(now, zone)
    return _period(f"day:{today.isoformat()}", today, today + _DAY, zone)


def week(now: datetime, zone: str) -> Period:
    """The local week an instant counts in, Monday to Sunday, as ISO 8601 numbers it."""
    today = local_date(now, zone)
    monday = today - timedelta(days=today.weekday())
    return _period(_week_key(today), monday, monday + timedelta(days=7), zone)


def month(now: datetime, zone: str) -> Period:
    """The local calendar month an instant counts in."""
    first = local_date(now, zone).replace(day=1)
    return _period(f"month:{first:%Y-%m}", first, _after_month(first), zone)


def dates(key: str) -> tuple[date, date]:
    """The first date of a period and the first after it, from its key.

    `span:2026-10-23/2026-11-22` is any stretch of days, for reports; the last date is not in it.
    Raises ValueError for a key of another form.
    """
    kind, _, text = key.partition(":")
    if kind == "day":
        first = date.fromisoformat(text)
        return first, first + _DAY
    if kind == "week":
        year, _, number = text.partition("-W")
        first = date.fromisocalendar(int(year), int(number), 1)
        return first, first + timedelta(days=7)
    if kind == "month":
        first = date.fromisoformat(f"{text}-01")
        return first, _after_month(first)
    if kind == "span":
        one, _, other = text.partition("/")
        return date.fromisoformat(one), date.fromisoformat(other)
    raise ValueError(f"{key!r} is no period; day:, week: and month: are")


def keys(day_key: str) -> tuple[str, str, str]:
    """The keys of the day, the week and the month a day's key lies in."""
    today, _ = dates(day_key)
    return day_key, _week_key(today), f"month:{today:%Y-%m}"


@lru_cache(512)
def begin(local: date, zone: str) -> datetime:
    """The first instant, in UTC, at which a date or a later one is shown.

    Where midnight falls into a gap, zoneinfo reads it with the offset before the gap (fold 0) and
    after it (fold 1); the jump lies between the two and shows the new date at once.
    """
    where = ZoneInfo(zone)
    midnight = datetime.combine(local, time(), where)
    late = midnight.astimezone(UTC)
    early = midnight.replace(fold=1).astimezone(UTC)
    if early >= late:
        return late  # midnight comes once, or twice and the first counts
    while late - early > _SECOND:
        middle = early + timedelta(seconds=(late - early) // _SECOND // 2)
        if middle.astimezone(where).date() >= local:
            late = middle
        else:
            early = middle
    return early if early.astimezone(where).date() >= local else late


@lru_cache(512)
def _period(key: str, first: date, after: date, zone: str) -> Period:
    return Period(key=key, start=begin(first, zone), end=begin(after, zone), zone=zone)


def _week_key(today: date) -> str:
    year, number, _ = today.isocalendar()
    return f"week:{year:04d}-W{number:02d}"


def _after_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
