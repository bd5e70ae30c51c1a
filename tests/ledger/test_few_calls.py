"""What booking a call costs, in functions of Python's begun and statements run, not in time."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from aircherd.core.books import Hold, HoldRequest, Limit, Settlement
from aircherd.core.chat import Usage
from aircherd.core.money import NanoUsd
from aircherd.ledger import holds
from aircherd.ledger.holds import Page
from aircherd.ledger.migrations import migrate
from aircherd.routing.periods import day, month, week

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DONE = Settlement(outcome="done", usage=Usage(input=1, output=1), cost=NanoUsd(5), duration_ms=1)


def wish(number: int) -> HoldRequest:
    periods = (day(NOW, "UTC"), week(NOW, "UTC"), month(NOW, "UTC"))
    return HoldRequest(
        operation=f"o{number}",
        attempt=1,
        task="commit_messages",
        provider="p1",
        model="m1",
        client="x",
        workspace="/w",
        amount=NanoUsd(10),
        price_version="1",
        limits=tuple(
            Limit(scope=scope, period=period, amount=NanoUsd(10**12), label="x")
            for period in periods
            for scope in ("all", "provider:p1", "task:commit_messages")
        ),
        periods=periods,
        reason="{}",
    )


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """How many functions of Python's have begun inside."""
    calls = 0

    def seen(_: FrameType, event: str, __: Any) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        yield lambda: calls
    finally:
        sys.setprofile(before)


def booked(page: Page, wishes: list[HoldRequest]) -> None:
    page.db.execute("BEGIN IMMEDIATE")
    page.balances.begin(page.db)
    kept: list[Hold] = [holds.reserve(page, one) for one in wishes]
    for hold in kept:
        holds.settle(page, hold, DONE)
    page.db.execute("COMMIT")


def opened(path: Path) -> Page:
    db = sqlite3.connect(path, isolation_level=None)
    migrate(db)
    return Page(db=db, now=NOW, owner="x", book="b")


def test_a_call_is_booked_with_few_calls_and_six_statements(tmp_path: Path) -> None:
    page = opened(tmp_path / "books")
    booked(page, [wish(number) for number in range(3)])
    wishes = [wish(number) for number in range(100, 120)]
    run: list[str] = []
    page.db.set_trace_callback(run.append)
    with counted() as calls:
        booked(page, wishes)
    page.db.set_trace_callback(None)
    # 39.6 when this was written, most of them for its nine limits; 79.6 before
    # what a place counts in was remembered.
    assert calls() / len(wishes) <= 43
    # Triggers are told as "--", and the one that gives back what it changed is told twice.
    plain = [one for one in run if not one.startswith(("--", "BEGIN", "COMMIT", "PRAGMA"))]
    assert {" ".join(one.split()[:3]).removesuffix(" SET") for one in plain} == {
        *("INSERT INTO operations", "INSERT INTO entries"),
        *("UPDATE entries", "UPDATE operations", "INSERT INTO daily", "INSERT INTO daily_models"),
    }
    assert len(plain) == 7 * len(wishes)
    page.db.close()


def test_a_limit_costs_as_little_over_many_rows_as_over_few(tmp_path: Path) -> None:
    """Once remembered, what is spent is asked of no table, however many rows there are."""
    page = opened(tmp_path / "books")
    booked(page, [wish(number) for number in range(2)])
    run: list[str] = []
    for rows in (10, 2_000):
        booked(page, [wish(10_000 * rows + number) for number in range(rows)])
        page.db.set_trace_callback(run.append)
        booked(page, [wish(10_000_000 * rows)])
        page.db.set_trace_callback(None)
    assert not [one for one in run if "sum(" in one]
    page.db.close()
