"""Time cannot mint money: days, weeks and months against a reference that only looks at clocks."""

from __future__ import annotations

import zoneinfo
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircherd.core.errors import BudgetExceeded
from aircherd.core.money import NanoUsd
from aircherd.core.settings import CostSettings
from aircherd.ledger.store import Ledger
from aircherd.routing.budget import every_limit, periods_for
from aircherd.routing.periods import begin, dates, day, keys, local_date, month, week
from figures import Figure

ZONES = sorted(zoneinfo.available_timezones())
ODD = [
    *("America/St_Johns", "America/Sao_Paulo", "Pacific/Apia", "America/Asuncion", "Africa/Cairo"),
    *("Asia/Beirut", "America/Havana", "Australia/Lord_Howe", "Antarctica/Troll", "Asia/Tehran"),
    *("Pacific/Kwajalein", "Asia/Pyongyang", "Asia/Kathmandu", "America/Caracas", "Asia/Tokyo"),
    *("Africa/Casablanca", "Europe/Dublin", "America/Toronto", "Atlantic/Azores", "Asia/Gaza"),
    *("America/Scoresbysund", "Pacific/Kiritimati", "Europe/Oslo", "UTC"),
]
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def in_force(at: datetime, zone: str) -> date:
    """The reference: the latest date any clock in the zone has shown up to this instant."""
    where = ZoneInfo(zone)
    later, shown = at, at.astimezone(where)
    latest = shown.date()
    for _ in range(30):  # no clock was ever put back by more than a day
        earlier = later - HOUR
        there = earlier.astimezone(where)
        latest = max(latest, there.date())
        if there.utcoffset() != shown.utcoffset():
            low, high = earlier, later
            while high - low > SECOND:
                middle = low + (high - low) // 2
                middle = middle.replace(microsecond=0)
                same = middle.astimezone(where).utcoffset() == low.astimezone(where).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            latest = max(latest, low.astimezone(where).date(), high.astimezone(where).date())
        later, shown = earlier, there
    return latest


def check(at: datetime, zone: str) -> None:
    today = in_force(at, zone)
    found = day(at, zone)
    assert found.key == f"day:{today}", (zone, at)
    assert found.start <= at < found.end, (zone, at)
    for edge in (found.start, found.end - SECOND):
        assert in_force(edge, zone) == today, (zone, at, edge)
    assert in_force(found.start - SECOND, zone) < today, (zone, at)
    assert in_force(found.end, zone) > today, (zone, at)
    for period in (week(at, zone), month(at, zone)):
        first, after = dates(period.key)
        assert first <= today < after
        assert (period.start, period.end) == (begin(first, zone), begin(after, zone))
        assert period.start <= found.start
        assert found.end <= period.end
    assert keys(found.key) == (found.key, week(at, zone).key, month(at, zone).key)


INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)).map(
    lambda at: at.replace(tzinfo=UTC, microsecond=0)
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(INSTANTS, st.one_of(st.sampled_from(ODD), st.sampled_from(ZONES)))
def test_any_instant_in_any_zone(at: datetime, zone: str) -> None:
    check(at, zone)


@pytest.mark.parametrize(
    ("around", "zone"),
    [
        ("2018-11-04T03:00", "America/Sao_Paulo"),  # midnight does not exist
        ("2018-02-18T02:00", "America/Sao_Paulo"),  # the clock goes back at midnight
        ("2006-10-29T02:31", "America/St_Johns"),  # back at 00:01, into the day before
        ("2006-04-02T03:31", "America/St_Johns"),  # on at 00:01
        ("2011-12-30T10:00", "Pacific/Apia"),  # a day that does not exist
        ("1993-08-21T12:00", "Pacific/Kwajalein"),
        ("1867-10-19T00:31", "America/Juneau"),  # a day that came twice
        ("1919-03-31T04:30", "America/Toronto"),  # 23:30 to 00:30: midnight inside the gap
        ("2026-03-29T01:00", "Europe/Oslo"),
        ("2026-10-25T01:00", "Europe/Oslo"),
        ("2024-02-29T00:00", "Asia/Kathmandu"),
        ("2010-03-31T22:00", "Africa/Cairo"),
    ],
)
def test_around_a_jump(around: str, zone: str) -> None:
    at = datetime.fromisoformat(around).replace(tzinfo=UTC)
    for minutes in range(-150, 151, 10):
        check(at + timedelta(minutes=minutes), zone)
    for seconds in (-61, -60, -59, -1, 0, 1, 59, 60, 61):
        check(at + timedelta(seconds=seconds), zone)


def test_dates_follow_one_another_and_none_comes_twice() -> None:
    for zone in ("America/St_Johns", "Pacific/Apia", "America/Asuncion"):
        at, seen = datetime(2006, 9, 1, tzinfo=UTC), []
        for _ in range(24 * 90):
            seen.append(local_date(at, zone))
            at += HOUR
        assert seen == sorted(seen)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), st.integers(1, 40)),
        st.tuples(st.just("wait"), st.integers(1, 40 * 3600)),
        st.tuples(st.just("jump"), st.sampled_from([-3600, -40 * 86400, 366 * 86400, 86400])),
        st.tuples(st.just("zone"), st.one_of(st.sampled_from(ODD), st.sampled_from(ZONES))),
    ),
    min_size=5,
    max_size=40,
)
DAILY, WEEKLY, MONTHLY = 100, 250, 500
COSTS = CostSettings(
    daily_limit=NanoUsd(DAILY), weekly_limit=NanoUsd(WEEKLY), monthly_budget=NanoUsd(MONTHLY)
)


def walk(at: datetime, zone: str, steps: list[tuple[str, object]]) -> None:
    """Ours keeps sums by the keys of periods; the reference by dates off the wall."""
    ours: Counter[str] = Counter()
    theirs: Counter[date] = Counter()
    for what, value in steps:
        if what == "zone":
            zone = str(value)
        elif what != "spend":
            at += timedelta(seconds=int(str(value)))
        else:
            amount = int(str(value))
            costs = CostSettings(
                daily_limit=NanoUsd(DAILY),
                weekly_limit=NanoUsd(WEEKLY),
                monthly_budget=NanoUsd(MONTHLY),
                zone=zone,
            )
            limits = every_limit(costs, now=at)
            fits = all(ours[one.period.key] + amount <= one.amount for one in limits)
            today = in_force(at, zone)
            of_week = sum(
                n for d, n in theirs.items() if d.isocalendar()[:2] == today.isocalendar()[:2]
            )
            of_month = sum(
                n for d, n in theirs.items() if (d.year, d.month) == (today.year, today.month)
            )
            expected = (
                theirs[today] + amount <= DAILY
                and of_week + amount <= WEEKLY
                and of_month + amount <= MONTHLY
            )
            assert fits == expected, (at, zone)
            if fits:
                theirs[today] += amount
                for period in periods_for(costs, now=at):
                    ours[period.key] += amount
    assert all(spent <= DAILY for spent in theirs.values())
    assert sum(theirs.values()) <= DAILY * len(theirs)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(INSTANTS, st.sampled_from(ZONES), STEPS)
def test_walks_through_time_and_zones(at: datetime, zone: str, steps: list) -> None:
    walk(at, zone, steps)


STRIDE = timedelta(days=20)
"""A jump and back again within it goes unseen; that is rare, and the walks see some of them."""


def jumps(zone: str) -> tuple[tuple[datetime, timedelta | None, timedelta | None], ...]:
    """The last second before each of a zone's jumps in a century, and the offsets about it."""
    where, at = ZoneInfo(zone), datetime(1968, 1, 1, tzinfo=UTC)
    before = at.astimezone(where).utcoffset()
    found = []
    while at.year < 2039:
        at += STRIDE
        now = at.astimezone(where).utcoffset()
        if now != before:
            low, high = at - STRIDE, at
            while high - low > SECOND:
                middle = (low + (high - low) // 2).replace(microsecond=0)
                same = middle.astimezone(where).utcoffset() == before
                low, high = (middle, high) if same else (low, middle)
            found.append((low, before, now))
        before = now
    return tuple(found)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_zone_at_every_jump_of_a_century(figure: Figure) -> None:
    # Many zones are names of one clock: what jumps alike is looked at once.
    clocks: dict[object, str] = {}
    for zone in ZONES:
        clocks.setdefault(jumps(zone), zone)
    checked = 0
    for zone in clocks.values():
        for low, _, _ in jumps(zone):
            for hours in (-1, 0, 1):
                check(low + SECOND + timedelta(hours=hours), zone)
                checked += 1
            check(low, zone)
    said = f"{len(ZONES)} zones, {len(clocks)} clocks, {checked:,} instants around their jumps"
    print(said)
    assert checked > 10_000
    figure(said)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_walks(figure: Figure) -> None:
    @settings(max_examples=5_000, deadline=None, derandomize=True, database=None)
    @given(INSTANTS, st.sampled_from(ZONES), STEPS)
    def walks(at: datetime, zone: str, steps: list) -> None:
        walk(at, zone, steps)

    walks()
    figure("5,000 random walks through time and zones")


async def test_the_books_keep_a_date_whatever_the_clock_says(tmp_path: Path, clock) -> None:
    """The clock is put back and on again, and the zone is changed: no second budget for a date."""
    from .making import request, settled

    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    number, spent = 0, Counter[str]()
    resets: list[tuple[datetime, datetime | None]] = []

    async def spend(at: datetime, zone: str) -> bool:
        nonlocal number
        number += 1
        clock.jump(at)
        costs = CostSettings(daily_limit=NanoUsd(100), zone=zone)
        wish = request(f"o{number}", 40, limits=every_limit(costs, now=at), now=at, zone=zone)
        try:
            hold = await ledger.reserve(wish)
        except BudgetExceeded as error:
            resets.append((at, error.resets_at))
            return False
        await ledger.settle(hold, settled(40))
        spent[str(in_force(at, zone))] += 40
        return True

    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    tries = [(noon, "Europe/Oslo"), (noon, "Asia/Tokyo"), (noon - HOUR, "Europe/Oslo")]
    assert [await spend(*one) for one in tries] == [True, True, False]
    assert await spend(noon, "Pacific/Kiritimati")  # there it is tomorrow already
    assert not await spend(noon + timedelta(minutes=1), "Europe/Oslo")
    assert await spend(noon + timedelta(days=366), "Europe/Oslo")
    assert not await spend(noon, "Europe/Oslo")
    assert await spend(noon + timedelta(days=1), "Europe/Oslo")
    assert not await spend(noon + timedelta(days=1), "Asia/Tokyo")
    assert all(sum_ <= 100 for sum_ in spent.values())
    assert all(reset is not None and reset > at for at, reset in resets)
    assert await ledger.audit() == ()
    await ledger.aclose()
