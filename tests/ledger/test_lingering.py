"""Settlements nobody waits for: answered first, written with the next commit, never lost."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aircherd.core.clock import SystemClock
from aircherd.ledger import jobs, writer
from aircherd.ledger.store import Ledger
from fakes.scripted import Exchange, far_side
from ledger.making import limit, request, settled
from sessions.conftest import configure, provider
from sessions.editor import in_process

CENTS = 10_000_000
PROGRAM = Path(__file__).parent / "programs" / "answered.py"


def entry(path: Path) -> tuple[Any, ...]:
    """The only one: state, outcome, amount, cost, overrun."""
    db = sqlite3.connect(path)
    rows = db.execute("SELECT state, outcome, amount, cost, overrun FROM entries").fetchall()
    db.close()
    (row,) = rows
    return tuple(row)


def killed_after_its_answer(folder: Path, what: str) -> int:
    """What the answer said it cost."""
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), what], capture_output=True, timeout=60
    )
    assert done.returncode == -9, done.stderr.decode()
    return int(done.stdout)


async def test_killed_between_answer_and_booking_the_hold_is_booked_in_full(tmp_path: Path) -> None:
    """The next start books at least the bill, and no more than what the limits had room for."""
    path = tmp_path / "usage.sqlite3"
    cost = killed_after_its_answer(tmp_path, "covered")
    assert entry(path)[:2] == ("held", None), "the answer waited for its booking"
    ledger = await Ledger.open(path, clock=SystemClock())
    try:
        state, outcome, amount, booked, _ = entry(path)
        assert (state, outcome, booked) == ("settled", "abandoned", amount)
        assert 0 < cost <= amount
        assert await ledger.audit() == ()
    finally:
        await ledger.aclose()


def test_a_bill_above_its_hold_is_on_the_disk_before_the_answer(tmp_path: Path) -> None:
    """No hold covers it, so a kill right after the answer must find it booked."""
    cost = killed_after_its_answer(tmp_path, "dear")
    state, outcome, amount, booked, overrun = entry(tmp_path / "usage.sqlite3")
    assert (state, outcome, booked, overrun) == ("settled", "done", cost, 1)
    assert cost > amount


def test_an_answer_under_a_key_stands_with_what_it_cost(tmp_path: Path) -> None:
    cost = killed_after_its_answer(tmp_path, "keyed")
    assert entry(tmp_path / "usage.sqlite3")[:4:3] == ("settled", cost)
    db = sqlite3.connect(tmp_path / "usage.sqlite3")
    assert db.execute("SELECT answer FROM keys").fetchall() == [("{}",)]
    db.close()


async def test_who_asks_after_an_answer_finds_it_in_every_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LINGER", 3600.0)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    cap = limit(10 * CENTS)
    try:
        for number in range(1, 5):
            hold = await ledger.reserve(request(f"op{number}", 10 * CENTS))
            ledger.settling(hold, settled(CENTS), lambda _: None, waits=False)
            # A machine that stood still for a second has forgotten it, and reads the books instead.
            assert ledger.spent(cap.period.key) in (number * CENTS, None)
            if number == 2:
                (spending,) = await ledger.spending((cap,))
                assert (spending.spent, spending.held) == (2 * CENTS, 0)
            if number == 3:
                (line,) = await ledger.days(cap.period.key)
                assert line.totals.cost == 3 * CENTS
        assert await ledger.audit() == ()
        assert ledger.spent(cap.period.key) in (4 * CENTS, None)
    finally:
        await ledger.aclose()
    assert entry_count(tmp_path / "usage.sqlite3") == 4


def entry_count(path: Path) -> int:
    db = sqlite3.connect(path)
    ((count,),) = db.execute("SELECT count(*) FROM entries WHERE state = 'settled'").fetchall()
    db.close()
    return int(count)


async def test_one_commit_does_for_a_settlement_and_the_next_reservation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LINGER", 3600.0)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    commits: list[int] = []
    done = ledger._books.committed

    def committed(db: sqlite3.Connection) -> None:
        commits.append(db.total_changes)
        done(db)

    monkeypatch.setattr(ledger._books, "committed", committed)
    told: list[BaseException | None] = []
    room = limit(16 * CENTS)
    try:
        hold = await ledger.reserve(request("op1", 10 * CENTS))
        for number in range(2, 6):
            ledger.settling(hold, settled(CENTS), told.append, waits=False)
            # The limit has room for one call at a time: the settlement is written first.
            hold = await ledger.reserve(request(f"op{number}", 10 * CENTS, limits=(room,)))
            assert len(told) == number - 1
        assert len(commits) == 5
    finally:
        await ledger.aclose()
    assert told == [None] * 4


async def test_what_nobody_follows_is_written_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_CHORES_EVERY", 3600.0)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    try:
        for number in range(3):
            hold = await ledger.reserve(request(f"op{number}", 10 * CENTS))
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            ledger.settling(
                hold, settled(CENTS), lambda _, f=future: f.set_result(None), waits=False
            )
            async with asyncio.timeout(20):
                await future
    finally:
        await ledger.aclose()


async def test_a_timer_that_comes_before_its_time_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_CHORES_EVERY", 3600.0)
    monkeypatch.setattr(jobs, "LINGER", 1200.0)
    loop = asyncio.get_running_loop()
    plain = loop.call_later

    def early(delay: float, *of: Any) -> asyncio.TimerHandle:
        return plain(0.0 if delay == jobs.LINGER else delay, *of)

    monkeypatch.setattr(loop, "call_later", early)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    try:
        for number in range(3):
            hold = await ledger.reserve(request(f"op{number}", 10 * CENTS))
            booked = asyncio.Event()
            ledger.settling(hold, settled(CENTS), lambda _, b=booked: b.set(), waits=False)
            async with asyncio.timeout(20):
                await booked.wait()
    finally:
        await ledger.aclose()


async def test_an_end_no_column_holds_is_nobody_elses_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hold stands in full; what lingers beside it, and what comes late, is booked."""
    monkeypatch.setattr(jobs, "LINGER", 3600.0)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    told: list[BaseException | None] = []
    cap = limit(100 * CENTS)
    try:
        wild, *plain = [await ledger.reserve(request(f"op{n}", 10 * CENTS)) for n in range(3)]
        ledger.settling(plain[0], settled(CENTS), told.append, waits=False)
        ledger.settling(wild, settled(1 << 70), told.append, waits=False)
        await ledger.reserve(request("op4", 10 * CENTS))
        assert ledger.state == "ok"
        assert [type(error) for error in told] == [type(None), OverflowError]
        ledger._books.late += [(wild, settled(1 << 70)), (plain[1], settled(CENTS))]
        await ledger._writer.run(ledger._books.chores)
        (spending,) = await ledger.spending((cap,))
        assert ledger.state == "ok"
        assert (spending.spent, spending.held) == (2 * CENTS, 20 * CENTS)
        assert await ledger.audit() == ()
    finally:
        await ledger.aclose()


async def test_the_log_is_emptied_while_nobody_waits(tmp_path: Path) -> None:
    """It never grows to where a commit, and with it a request, would have to do that."""
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    try:
        for number in range(150):
            hold = await ledger.reserve(request(f"op{number}", 10 * CENTS))
            await ledger.settle(hold, settled(1))
        grown = (tmp_path / "usage.sqlite3-wal").stat().st_size
    finally:
        await ledger.aclose()
    assert grown < 4120 * 400


async def said(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("It is a test.")
    await exchange.finish()


async def test_an_answer_can_be_spoken_of_before_it_is_booked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "LINGER", 3600.0)
    async with far_side(said) as far:
        configure(provider("acme", far.base))
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            chat = [{"role": "user", "content": "What is this?"}]
            answer = await editor.ask("aircher/chat", messages=chat, model="acme/m")
            told = {"operation": answer["requestId"], "outcome": "accepted"}
            assert (await editor.ask("aircher/feedback", **told))["kept"]
            cost = answer["cost"]["nanoUsd"]
            assert answer["today"]["nanoUsd"] == cost > 0
            status = await editor.ask("aircher/status")
            assert status["today"]["nanoUsd"] == cost
            await editor.leave()
