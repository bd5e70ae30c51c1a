"""The books balance to the last unit: every report derived again, from the raw rows, in Python.

`rederived` knows nothing of the ledger's own SQL: it reads the rows and adds them up.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from aircherd.core.books import Hold
from aircherd.core.chat import Usage
from aircherd.core.clock import SystemClock
from aircherd.core.money import NanoUsd
from aircherd.ledger import holds
from aircherd.ledger.store import Ledger
from aircherd.routing.periods import day
from figures import Figure

from .making import limit, request, settled

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = timedelta(days=59)
TASKS = ("commit_messages", "code_review", "quick_questions")
MODELS = ("openai/a", "openai/b", "anthropic/c", "ollama/d")
GROUPS = ("task", "provider", "model", "workspace", "branch", "day")


def rederived(path: Path, by: str, first: str, after: str, column: str) -> dict[str, list[int]]:
    """(requests, attempts, cost, input, output, cached) by group, added up row by row."""
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    counted: dict[str, int] = {}
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    for row in db.execute("SELECT * FROM entries ORDER BY settled_at, id"):
        if row["state"] != "settled":
            continue
        fresh = counted.setdefault(row["operation"], row["id"]) == row["id"]
        if not first <= row[column] < after:
            continue
        name = row["provider"] + "/" + row["model"] if by == "model" else row[by] or ""
        line = sums[name]
        line[0] += fresh
        line[1] += 1
        line[2] += row["cost"]
        caches = ("cache_read", "cache_write", "cache_write_long")
        line[3] += sum(row[c] or 0 for c in ("input", *caches))
        line[4] += (row["output"] or 0) + (row["reasoning"] or 0)
        line[5] += row["cache_read"] or 0
    db.close()
    return dict(sums)


OPERATIONS = int(os.environ.get("AIRCHER_LEDGER_OPERATIONS", "65000"))
"""How many the slow test books; read here, for every test begins without such variables."""


async def fill(path: Path, count: int, seed: int) -> tuple[Ledger, dict[str, int]]:
    """Random operations, up to three attempts each, some held still and some released."""
    ledger, chance = await Ledger.open(path, clock=SystemClock()), random.Random(seed)
    truth = {"spent": 0, "held": 0}
    tokens = chance.randrange
    page = ledger._books.page

    def some(first: int, last: int) -> Any:
        def write(_: sqlite3.Connection) -> None:
            for number in range(first, last):
                now = FIRST + SPAN * chance.random()
                page.now = now
                for attempt in range(1, chance.choice((1, 1, 1, 2, 3)) + 1):
                    amount = chance.randrange(10_000_000)
                    wish = request(
                        f"o{number}",
                        amount,
                        attempt=attempt,
                        task=chance.choice(TASKS),
                        model=chance.choice(MODELS),
                        workspace=chance.choice((None, "/w/one", "/w/two")),
                        branch=chance.choice((None, "main", "topic")),
                        now=now,
                    )
                    hold: Hold = holds.reserve(page, wish)
                    end = chance.random()
                    if end < 0.02:
                        truth["held"] += amount
                    elif end < 0.06:
                        holds.release(page, hold, "networkError")
                    else:
                        cost = chance.randrange(amount + 1)
                        truth["spent"] += cost
                        usage = Usage(
                            input=tokens(9999),
                            output=tokens(999),
                            cache_read=tokens(99),
                            cache_write=tokens(99),
                            cache_write_long=tokens(9),
                            reasoning=tokens(99),
                            estimated=end > 0.9,
                        )
                        how = "done" if end < 0.9 else "cancelled"
                        holds.settle(page, hold, settled(cost, how, usage))

        return write

    for first in range(0, count, 5_000):
        await ledger._writer.run(some(first, min(count, first + 5_000)))
    return ledger, truth


def plain(lines: Any) -> dict[str, list[int]]:
    return {
        line.name: [
            line.totals.operations,
            line.totals.attempts,
            line.totals.cost,
            line.totals.input,
            line.totals.output,
            line.totals.cached,
        ]
        for line in lines
    }


def added(parts: list[dict[str, list[int]]]) -> dict[str, list[int]]:
    whole: dict[str, list[int]] = {}
    for part in parts:
        for name, values in part.items():
            before = whole.get(name, [0] * len(values))
            whole[name] = [a + b for a, b in zip(before, values, strict=True)]
    return whole


async def balanced(path: Path, count: int, seed: int, groups: tuple[str, ...] = GROUPS) -> float:
    """Fills and checks; milliseconds of the slowest report over a month by key."""
    ledger, truth = await fill(path, count, seed)
    try:
        assert await ledger.audit() == ()
        chance, slowest = random.Random(seed), 0.0
        for by in groups:
            for month, first, after in (
                ("month:2026-01", "2026-01-01", "2026-02-01"),
                ("month:2026-02", "2026-02-01", "2026-03-01"),
            ):
                began = time.perf_counter()
                lines = await ledger.days(month, by=by)
                slowest = max(slowest, (time.perf_counter() - began) * 1000)
                assert plain(lines) == rederived(path, by, first, after, "day"), by
        cuts = sorted(FIRST + SPAN * chance.random() for _ in range(6))
        edges = [FIRST, *cuts, FIRST + SPAN]
        for by in groups:
            whole = plain(await ledger.totals(start=edges[0], end=edges[-1], by=by))
            parts = [
                plain(await ledger.totals(start=one, end=two, by=by))
                for one, two in pairwise(edges)
            ]
            assert added(parts) == whole, by
            last = edges[-1].isoformat()
            assert whole == rederived(path, by, edges[0].isoformat(), last, "created_at"), by
            (everything,) = await ledger.totals(start=edges[0], end=edges[-1])
            assert (
                added([{"all": values} for values in whole.values()])["all"]
                == plain([everything])["all"]
            )
        assert everything.totals.cost == truth["spent"]
        standing = await ledger.spending(
            [
                limit(1, "all", "month", FIRST),
                limit(1, "all", "month", FIRST + SPAN / 2 + timedelta(days=9)),
            ]
        )
        assert sum(s.spent for s in standing) == truth["spent"]
        assert sum(s.held for s in standing) == truth["held"]
    finally:
        await ledger.aclose()
    return slowest


async def test_reports_balance(tmp_path: Path) -> None:
    await balanced(tmp_path / "usage.sqlite3", 400, seed=7)


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_reports_balance_over_many_rows(tmp_path: Path, figure: Figure) -> None:
    """A hundred thousand rows; AIRCHER_LEDGER_OPERATIONS=650000 makes a million of them."""
    slowest = await balanced(tmp_path / "usage.sqlite3", OPERATIONS, 8, ("model",))
    db = sqlite3.connect(tmp_path / "usage.sqlite3")
    rows = db.execute("SELECT count(*) FROM entries").fetchone()[0]
    db.close()
    print(f"{rows} rows balance; slowest monthly report {slowest:.1f} ms")
    assert rows > OPERATIONS
    figure(f"{rows:,} rows, every report the same to the nano-dollar")


async def test_the_rows_cannot_be_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    hold = await ledger.reserve(request("one", 10))
    await ledger.settle(hold, settled(7))
    await ledger.aclose()
    db = sqlite3.connect(path)
    for change in (
        "UPDATE entries SET cost = 0",
        "UPDATE entries SET state = 'held'",
        "DELETE FROM entries",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="never rewritten"):
            db.execute(change)
    db.close()


async def test_an_audit_finds_what_does_not_balance(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    await ledger.settle(await ledger.reserve(request("one", 10)), settled(7))
    assert await ledger.audit() == ()
    for change in ("UPDATE daily SET cost = cost + 1", "UPDATE operations SET counted = NULL"):
        db = sqlite3.connect(path)
        db.execute(change)
        db.commit()
        db.close()
        assert await ledger.audit() != ()
    await ledger.aclose()


async def test_a_price_of_another_day_rewrites_nothing(tmp_path: Path) -> None:
    path, now = tmp_path / "usage.sqlite3", SystemClock().now()
    ledger = await Ledger.open(path, clock=SystemClock())
    for version, cost in (("table 1", 7), ("table 2", 9)):
        wish = replace(request(version, 10, now=now), price_version=version)
        await ledger.settle(await ledger.reserve(wish), settled(cost))
    (line,) = await ledger.days(day(now, "UTC").key)
    assert line.totals.cost == NanoUsd(16)
    await ledger.aclose()
    db = sqlite3.connect(path)
    rows = db.execute("SELECT price_version, cost FROM entries ORDER BY id").fetchall()
    db.close()
    assert rows == [("table 1", 7), ("table 2", 9)]
