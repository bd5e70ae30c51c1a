"""Days as people live them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aircherd.routing.periods import day, month


@pytest.mark.parametrize(
    ("instant", "zone", "key", "hours"),
    [
        ("2026-03-29T12:00", "Europe/Oslo", "day:2026-03-29", 23),
        ("2026-10-25T12:00", "Europe/Oslo", "day:2026-10-25", 25),
        ("2018-11-04T12:00", "America/Sao_Paulo", "day:2018-11-04", 23),
        ("2011-12-30T09:00", "Pacific/Apia", "day:2011-12-29", 24),
        ("2011-12-30T11:00", "Pacific/Apia", "day:2011-12-31", 24),
        ("2026-11-20T23:30", "Asia/Tokyo", "day:2026-11-21", 24),
    ],
)
def test_odd_days(instant: str, zone: str, key: str, hours: int) -> None:
    now = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    period = day(now, zone)
    assert period.key == key
    assert period.end - period.start == timedelta(hours=hours)
    assert period.start <= now < period.end


@pytest.mark.parametrize("zone", ["UTC", "Europe/Oslo", "Pacific/Apia", "America/Sao_Paulo"])
def test_days_follow_one_another_without_gap(zone: str) -> None:
    now = datetime(2011, 12, 1, tzinfo=UTC)
    period = day(now, zone)
    for _ in range(400):
        following = day(period.end, zone)
        assert following.start == period.end
        assert following.key > period.key
        period = following


def test_months_hold_their_days() -> None:
    found = month(datetime(2026, 2, 28, 23, 30, tzinfo=UTC), "Europe/Oslo")
    assert found.key == "month:2026-03"
    assert found.end == month(found.end - timedelta(seconds=1), "Europe/Oslo").end
