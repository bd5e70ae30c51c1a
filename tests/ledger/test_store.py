"""The books under races, cancels, deaths and broken files. Real SQLite throughout."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd.core.books import Hold, HoldRequest, Limit, Settlement
from aircherd.core.chat import Usage
from aircherd.core.clock import SystemClock
from aircherd.core.errors import BudgetExceeded, LedgerUnavailable
from aircherd.core.money import NanoUsd, usd
from aircherd.ledger import holds, writer
from aircherd.ledger.store import Ledger
from aircherd.routing.periods import day, month
from figures import Figure

CENTS = usd("0.10")


def request(number: int, limits: tuple[Limit, ...], amount: NanoUsd = CENTS) -> HoldRequest:
    now = SystemClock().now()
    return HoldRequest(
        operation=f"op{number}",
        attempt=1,
        task="commit_messages",
        provider="openai",
        model="gpt-6-luna",
        client="test",
        workspace=None,
        amount=amount,
        price_version="test 1",
        limits=limits,
        periods=(day(now, "UTC"), month(now, "UTC")),
        reason="{}",
    )


def limit(amount: NanoUsd, scope: str = "all", label: str = "daily") -> Limit:
    return Limit(scope=scope, period=day(SystemClock().now(), "UTC"), amount=amount, label=label)


def settled(cost: NanoUsd) -> Settlement:
    return Settlement(outcome="done", usage=Usage(input=10, output=5), cost=cost, duration_ms=1)


async def test_a_thousand_callers_and_room_for_137(tmp_path: Path, figure: Figure) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    limits = (limit(NanoUsd(CENTS * 137)),)

    async def one(number: int) -> Hold | BudgetExceeded:
        try:
            return await ledger.reserve(request(number, limits))
        except BudgetExceeded as error:
            return error

    got = await asyncio.gather(*(one(n) for n in range(1000)))
    holds = [hold for hold in got if isinstance(hold, Hold)]
    assert len(holds) == 137
    refused = next(error for error in got if isinstance(error, BudgetExceeded))
    assert (refused.scope, refused.limit, refused.spent) == ("daily", CENTS * 137, 0)
    assert "resets" in str(refused)
    for hold in holds:
        await ledger.settle(hold, settled(NanoUsd(CENTS // 2)))
    (spending,) = await ledger.spending(limits)
    assert (spending.spent, spending.held) == (137 * (CENTS // 2), 0)
    figure(f"1,000 callers at once, room for 137: {len(holds)} let in")
    await ledger.aclose()


async def test_three_limits_all_bind(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    limits = (
        limit(NanoUsd(CENTS * 50)),
        limit(NanoUsd(CENTS * 20), "task:commit_messages", "task"),
        limit(NanoUsd(CENTS * 30), "provider:openai", "provider"),
    )

    async def one(number: int) -> bool:
        try:
            await ledger.reserve(request(number, limits))
        except BudgetExceeded as error:
            refusals.add(error.scope)
            return False
        return True

    refusals: set[str] = set()
    assert sum(await asyncio.gather(*(one(n) for n in range(200)))) == 20
    assert refusals == {"task"}
    await ledger.aclose()


async def test_a_hold_ends_once(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    hold = await ledger.reserve(request(1, ()))
    await ledger.settle(hold, settled(NanoUsd(7)))
    with pytest.raises(ValueError, match="exactly once"):
        await ledger.settle(hold, settled(NanoUsd(7)))
    with pytest.raises(ValueError, match="exactly once"):
        await ledger.release(hold, "networkError")
    (spending,) = await ledger.spending((limit(CENTS),))
    assert (spending.spent, spending.held) == (7, 0)
    await ledger.aclose()


async def test_a_cancelled_reservation_does_not_leak(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    limits = (limit(NanoUsd(CENTS * 100)),)
    for number in range(60):
        task = asyncio.create_task(ledger.reserve(request(number, limits)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    for _ in range(100):
        (spending,) = await ledger.spending(limits)
        if spending.held == 0:
            break
        await asyncio.sleep(0.02)
    assert (spending.spent, spending.held) == (0, 0)
    await ledger.aclose()


async def test_a_broken_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    path.write_bytes(b"this is no database, " * 500)
    ledger = await Ledger.open(path, clock=SystemClock())
    assert "set aside" in ledger.state
    await ledger.reserve(request(1, ()))
    (aside,) = tmp_path.glob("usage.sqlite3.broken-*")
    assert aside.read_bytes().startswith(b"this is no database")
    await ledger.aclose()


async def test_a_newer_schema_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    ledger = await Ledger.open(path, clock=SystemClock())
    assert "newer" in ledger.state
    with pytest.raises(LedgerUnavailable):
        await ledger.reserve(request(1, ()))
    await ledger.aclose()


async def test_reports_equal_the_raw_rows(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    for number in range(200):
        hold = await ledger.reserve(request(number, ()))
        if number % 5 == 0:
            await ledger.release(hold, "networkError")
        elif number % 7:
            await ledger.settle(hold, settled(NanoUsd(number * 13)))
    period = day(SystemClock().now(), "UTC")
    (line,) = await ledger.totals(start=period.start, end=period.end)
    (by_model,) = await ledger.totals(start=period.start, end=period.end, by="model")
    (spending,) = await ledger.spending((limit(CENTS),))
    await ledger.aclose()
    db = sqlite3.connect(path)
    costs = [row[0] for row in db.execute("SELECT cost FROM entries WHERE state = 'settled'")]
    held = [row[0] for row in db.execute("SELECT amount FROM entries WHERE state = 'held'")]
    db.close()
    assert line.totals.cost == by_model.totals.cost == spending.spent == sum(costs)
    assert spending.held == sum(held)
    assert by_model.name == "openai/gpt-6-luna"


async def test_one_bad_job_of_a_batch_undoes_only_itself(tmp_path: Path) -> None:
    """Also what is remembered of sums: a job that wrote and then failed leaves no trace there."""
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    limits = (limit(NanoUsd(CENTS * 2)),)
    await ledger.reserve(request(0, limits))

    def bad(db: sqlite3.Connection) -> None:
        holds.reserve(ledger._books.page, request(99, limits))
        raise ValueError("after it had written")

    failed, hold = await asyncio.gather(
        ledger._writer.run(bad), ledger.reserve(request(1, limits)), return_exceptions=True
    )
    assert isinstance(failed, ValueError)
    assert isinstance(hold, Hold)
    (spending,) = await ledger.spending(limits)
    assert spending.held == CENTS * 2
    with pytest.raises(BudgetExceeded):
        await ledger.reserve(request(2, limits))
    assert await ledger.audit() == ()
    await ledger.aclose()


async def test_a_failed_batch_is_not_remembered(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    limits = (limit(NanoUsd(CENTS * 2)),)
    await ledger.reserve(request(0, limits))

    def bad(db: sqlite3.Connection) -> None:
        holds.reserve(ledger._books.page, request(99, limits))
        raise ValueError("after it had written")

    for _ in range(3):
        with pytest.raises(ValueError, match="after it had"):
            await ledger._writer.run(bad)
    await ledger.reserve(request(1, limits))  # fits: the three left nothing behind
    await ledger.aclose()


_WORKER = """
import asyncio, os, sys
from pathlib import Path
from aircherd.core.books import HoldRequest, Limit, Settlement
from aircherd.core.chat import Usage
from aircherd.core.clock import SystemClock
from aircherd.ledger.store import Ledger
from aircherd.routing.periods import day, month

async def main():
    folder, run = Path(sys.argv[1]), sys.argv[2]
    now = SystemClock().now()
    periods = (day(now, "UTC"), month(now, "UTC"))
    limits = (Limit(scope="all", period=periods[0], amount=int(sys.argv[3]), label="daily"),)
    ledger = await Ledger.open(folder / "usage.sqlite3", clock=SystemClock())
    bill = os.open(folder / "bill", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    print("ready", flush=True)
    async def one(n):
        hold = await ledger.reserve(HoldRequest(
            operation=f"{run}-{n}", attempt=1, task="t", provider="p", model="m", client="c",
            workspace=None, amount=1000, price_version="1", limits=limits, periods=periods,
            reason="{}"))
        os.write(bill, b"700\\n")            # the provider bills as soon as it is asked
        await asyncio.sleep(0)
        await ledger.settle(hold, Settlement(
            outcome="done", usage=Usage(input=1, output=1), cost=700, duration_ms=1))
        print(f"ack {run}-{n}", flush=True)
    async def many(k):
        n = k
        while True:
            await one(n)
            n += 16
    await asyncio.gather(*(many(k) for k in range(16)))

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_kills_and_three_books(tmp_path: Path, figure: Figure) -> None:
    """Killed at any instant under load: no acknowledged call is lost, no billed one is free."""
    total = 10**12
    acknowledged: set[str] = set()
    kills = 100
    for run in range(kills):
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(tmp_path), str(run), str(total)],
            stdout=subprocess.PIPE,
        )
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
        for _ in range(3 + run % 11):
            worker.stdout.readline()
        os.kill(worker.pid, signal.SIGKILL)
        rest, _ = worker.communicate()
        acknowledged |= {line[4:].decode() for line in rest.split(b"\n") if line[:4] == b"ack "}
        worker.wait()

    async def final() -> tuple[int, int]:
        ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
        (spending,) = await ledger.spending((limit(NanoUsd(total)),))
        await ledger.aclose()
        return spending.spent, spending.held

    spent, held = asyncio.run(final())
    db = sqlite3.connect(tmp_path / "usage.sqlite3")
    settled_ids = {
        row[0] for row in db.execute("SELECT operation FROM entries WHERE state='settled'")
    }
    db.close()
    billed = sum(int(line) for line in (tmp_path / "bill").read_bytes().split())
    print(f"{kills} kills, {len(acknowledged)} acknowledged, billed {billed}, ledger {spent}")
    assert acknowledged
    assert acknowledged <= settled_ids
    assert spent >= billed
    assert held == 0
    figure(f"{kills} kills, {len(acknowledged):,} calls acknowledged, 0 lost, 0 below the bill")


async def test_what_was_just_settled_is_told_from_memory_and_is_what_stands(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    try:
        cap = limit(NanoUsd(10 * CENTS))
        today = cap.period.key
        assert ledger.spent(today) is None, "nothing was booked here yet"
        hold = await ledger.reserve(request(1, ()))
        await ledger.settle(hold, settled(NanoUsd(7 * CENTS)))
        (line,) = await ledger.days(today)
        assert line.totals.cost == 7 * CENTS
        # A machine that stood still for a second has forgotten it, and reads the books instead.
        assert ledger.spent(today) in (line.totals.cost, None)
        assert ledger.spent("day:2020-01-01") is None
        ((crossed, part),) = await ledger.crossings((cap,), (0.5, 0.9))
        assert (crossed.spent, part) == (7 * CENTS, 0.5)
        assert await ledger.crossings((cap,), (0.5, 0.9)) == ()
        assert await ledger.crossings((limit(NanoUsd(1000 * CENTS)),), (0.5,)) == ()
    finally:
        await ledger.aclose()


async def test_a_hold_heard_of_late_wakes_the_writer_that_sleeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lifetime ends it, though the loop stood still until the thread slept soundly."""
    monkeypatch.setattr(writer, "_CHORES_EVERY", 0.02)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    watch = ledger._books.watch

    def late(hold: Hold, asked: HoldRequest) -> None:
        while not ledger._writer.asleep:
            time.sleep(0.01)
        watch(hold, replace(asked, lifetime=0.0))

    monkeypatch.setattr(ledger._books, "watch", late)
    try:
        await ledger.reserve(request(1, ()))
        async with asyncio.timeout(20):
            while (await ledger.spending((limit(CENTS),)))[0].held:
                await asyncio.sleep(0.02)
        assert (await ledger.spending((limit(CENTS),)))[0].spent == CENTS
    finally:
        await ledger.aclose()
