"""Figures of the books: `python tests/bench/ledger.py`, or as a part of `make bench`.

Reserve and settle against bare commits of the same durability, reports and limits on a million
rows (ten million with `--ten`), a start over the same books, and the time a refusal takes.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from aircherd.core.books import HoldRequest, Limit, Settlement
from aircherd.core.chat import Usage
from aircherd.core.clock import SystemClock
from aircherd.core.errors import BudgetExceeded
from aircherd.core.money import NanoUsd
from aircherd.ledger.steps import DAILY_FROM_ENTRIES, MODELS_FROM_DAILY
from aircherd.ledger.store import Ledger
from aircherd.routing.periods import day, month, week

TASKS = 5
MODELS = 8
WORKSPACES = 12


def floor(folder: Path) -> float:
    """Bare inserts a second, one durable commit each."""
    db = sqlite3.connect(folder / "floor", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE t (a INTEGER)")
    began = time.perf_counter()
    for number in range(1000):
        db.execute("INSERT INTO t VALUES (?)", (number,))
    rate = 1000 / (time.perf_counter() - began)
    db.close()
    return rate


def wish(name: str, limits: tuple[Limit, ...], now: datetime) -> HoldRequest:
    """A call that counts in all three periods."""
    return HoldRequest(
        operation=name,
        attempt=1,
        task="commit_messages",
        provider="p1",
        model="m1",
        client="bench",
        workspace="/w/1",
        amount=NanoUsd(10),
        price_version="1",
        limits=limits,
        periods=(day(now, "UTC"), week(now, "UTC"), month(now, "UTC")),
        reason='{"task":"commit_messages","candidates":[{"model":"p1/m1"}]}',
    )


def bounds(now: datetime, amount: int = 10**15) -> tuple[Limit, ...]:
    """Five limits, as a careful user has them."""
    today, this_month = day(now, "UTC"), month(now, "UTC")
    return tuple(
        Limit(scope=scope, period=period, amount=NanoUsd(amount), label="x")
        for scope, period in (
            ("all", today),
            ("all", week(now, "UTC")),
            ("all", this_month),
            ("provider:p1", today),
            ("task:commit_messages", this_month),
        )
    )


async def rate(path: Path, callers: int, count: int) -> float:
    """Calls reserved and settled a second, both durable, under five limits."""
    now = SystemClock().now()
    limits = bounds(now)
    ledger = await Ledger.open(path, clock=SystemClock())
    done = Settlement(
        outcome="done", usage=Usage(input=1, output=1), cost=NanoUsd(5), duration_ms=1
    )

    async def caller(first: int) -> None:
        for number in range(first, count, callers):
            hold = await ledger.reserve(wish(f"b{callers}-{number}", limits, now))
            await ledger.settle(hold, done)

    began = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    took = time.perf_counter() - began
    await ledger.aclose()
    return count / took


_ROWS = """
    WITH RECURSIVE counted(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counted WHERE i + 1 < :rows),
    drawn AS (
        SELECT i, i * 48271 % 2147483647 AS dice, i * 69621 % 2147483647 AS other,
               strftime('%Y-%m-%dT%H:%M:%f+00:00', :first + i * :step, 'unixepoch') AS at
        FROM counted
    )
"""
_OPERATIONS = (
    "INSERT INTO operations (id, started_at, task, client, reason, counted)"
    f"{_ROWS} SELECT printf('f%09d', i), at, 't', 'bench', '{{}}', i + 1 FROM drawn"
)
_ENTRIES = f"""
    INSERT INTO entries (operation, attempt, provider, model, task, workspace, branch, day, state,
                         outcome, amount, cost, price_version, input, output, created_at,
                         duration_ms, first_token_ms, owner)
    {_ROWS}
    SELECT printf('f%09d', i), 1, 'p' || (dice % :models % 3), 'm' || (dice % :models),
           't' || (other % :tasks), '/w/' || (dice / 8 % :workspaces), 'b' || (other / 8 % 3),
           substr(at, 1, 10), 'settled', 'done', dice % 10000000 + 10, dice % 10000000, '1',
           other % 9000, other % 900, at, 300 + dice % 8700, 100 + other % 800, 'bench'
    FROM drawn
"""


def fill(path: Path, rows: int) -> None:
    """Settled rows over 120 days, made by SQLite alone; the sums by day follow from them."""
    asyncio.run(_made(path))
    seconds = 120 * 86_400
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -300000"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("BEGIN")
    drawn = {"rows": rows, "first": time.time() - seconds, "step": seconds / rows}
    db.execute(_OPERATIONS, drawn)
    db.execute(_ENTRIES, drawn | {"models": MODELS, "tasks": TASKS, "workspaces": WORKSPACES})
    db.execute(f"INSERT INTO daily {DAILY_FROM_ENTRIES}")
    db.execute(f"INSERT INTO daily_models {MODELS_FROM_DAILY}")
    db.execute("COMMIT")
    db.close()


async def _made(path: Path) -> None:
    ledger = await Ledger.open(path, clock=SystemClock())
    await ledger.aclose()


async def median(work: Callable[[], Awaitable[object]], times: int = 21) -> tuple[float, float]:
    """(median, slowest) wall time in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), max(took)


async def reports(path: Path, rows: int) -> None:
    """Every question `aircher usage` and an admission ask, over so many rows."""
    now = SystemClock().now()
    began = time.perf_counter()
    ledger = await Ledger.open(path, clock=SystemClock())
    await ledger.reserve(wish(f"first{rows}", bounds(now), now))
    started = (time.perf_counter() - began) * 1000
    print(f"{rows:>10,} rows: opened, first call admitted {started:8.1f} ms")
    this_month, today = month(now, "UTC").key, day(now, "UTC").key
    limits = bounds(now, 1)

    async def refused() -> None:
        try:
            await ledger.reserve(wish("refused", limits, now))
        except BudgetExceeded:
            return
        raise AssertionError("the limit must bind")

    for name, work in (
        ("month to date", lambda: ledger.days(this_month)),
        ("month by task", lambda: ledger.days(this_month, by="task")),
        ("month by model", lambda: ledger.days(this_month, by="model")),
        ("month by branch", lambda: ledger.days(this_month, by="branch")),
        ("month of one repository", lambda: ledger.days(this_month, workspace="/w/1")),
        ("today", lambda: ledger.days(today)),
        ("30 days by day and task", lambda: ledger.days(_span(now), by="day and task")),
        ("five limits", lambda: ledger.spending(limits)),
        ("latency by model", ledger.latencies),
        ("what answers took, by task and model", ledger.usual),
        ("a refusal", refused),
    ):
        middle, slowest = await median(work)
        print(f"{'':>10}       {name:<36} {middle:8.2f} ms  slowest {slowest:8.2f}")
    await ledger.aclose()


def _span(now: datetime) -> str:
    return f"span:{(now - timedelta(days=29)).date()}/{(now + timedelta(days=1)).date()}"


def main(*, rows: tuple[int, ...] = (1_000_000,)) -> None:
    """Prints everything."""
    with tempfile.TemporaryDirectory() as folder:
        bare = floor(Path(folder))
        print(f"bare insert and commit             {bare:8.0f} /s")
        for callers, count in ((1, 500), (16, 4000), (64, 4000)):
            got = asyncio.run(rate(Path(folder) / f"rate{callers}", callers, count))
            print(
                f"reserve and settle, {callers:3d} callers    {got:8.0f} /s   {got / bare:5.2f} x"
            )
        for number in rows:
            path = Path(folder) / f"rows{number}"
            fill(path, number)
            asyncio.run(reports(path, number))
            path.unlink()


if __name__ == "__main__":
    many = (1_000_000, 10_000_000) if "--ten" in sys.argv[1:] else (100_000, 1_000_000)
    main(rows=many)
