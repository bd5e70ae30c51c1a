"""A disk that is full, read-only or broken: paid calls stop, free ones go on, and it heals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import resource
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aircherd.core.clock import SystemClock
from aircherd.core.errors import BudgetExceeded, LedgerUnavailable
from aircherd.ledger import bookkeeping, holds, writer
from aircherd.ledger.store import Ledger
from aircherd.routing.periods import day
from figures import Figure

from .making import limit, request, settled

NOW = SystemClock().now()


@pytest.fixture
def full_disk() -> Iterator[object]:
    """`fill()` lets no file of this process grow, `free()` does again; EFBIG, without a signal."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    class Disk:
        def fill(self) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))

        def free(self) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    yield Disk()
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, handler)


async def test_a_full_disk(tmp_path: Path, full_disk) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    bound = (limit(1000, now=NOW),)
    hold = await ledger.reserve(request("before", 400, limits=bound, now=NOW))
    full_disk.fill()
    with pytest.raises(LedgerUnavailable, match="nothing is spent"):
        await ledger.reserve(request("during", 100, limits=bound, now=NOW))
    assert ledger.state != "ok"
    free = await ledger.reserve(request("local", 0, model="ollama/m", now=NOW))
    await ledger.settle(free, settled(0))
    await ledger.settle(hold, settled(300))  # cannot be written; must not be lost
    full_disk.free()
    with pytest.raises(BudgetExceeded):  # until it is written, the hold counts in full
        await ledger.reserve(request("too much", 601, limits=bound, now=NOW))
    assert ledger.state == "ok"
    await ledger.aclose()
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    (standing,) = await ledger.spending(bound)
    assert (standing.spent, standing.held) == (300, 0)
    assert await ledger.audit() == ()
    await ledger.aclose()


async def test_a_small_disk_is_not_filled_by_the_log(tmp_path: Path) -> None:
    """What is booked takes half a megabyte; the log it goes through must not take three."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 2**20, before[1]))
    try:
        for number in range(250):
            wish = replace(request(f"o{number}", 10, now=NOW), reason="x" * 1_500)
            await ledger.settle(await ledger.reserve(wish), settled(7))
        assert ledger.state == "ok"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
        await ledger.aclose()


async def test_every_write_can_be_the_one_that_fails(tmp_path: Path, figure: Figure) -> None:
    """SQLite itself runs out of pages after N of them, for many N: nothing is half booked."""
    seen_full = 0
    for pages in range(20, 48, 9):
        path = tmp_path / f"{pages}.sqlite3"
        ledger = await Ledger.open(path, clock=SystemClock())
        await ledger._writer.run(
            lambda db, pages=pages: db.execute(f"PRAGMA max_page_count = {pages:d}").fetchall()
        )
        booked = 0
        for number in range(60):
            wish = request(f"o{number}" + "x" * 500, 10, now=NOW)
            try:
                hold = await ledger.reserve(wish)
            except LedgerUnavailable:
                seen_full += 1
                break
            await ledger.settle(hold, settled(7))
            booked += 1
        assert await ledger.audit() == ()
        (line,) = await ledger.days(day(NOW, "UTC").key)
        assert 7 * (booked - 1) <= line.totals.cost <= 7 * booked
        hold = await ledger.reserve(request("after", 10, now=NOW))  # a new connection: room again
        await ledger.settle(hold, settled(7))
        assert ledger.state == "ok"
        await ledger.aclose()
        db = sqlite3.connect(path)
        assert db.execute("SELECT count(*) FROM entries WHERE state = 'held'").fetchone() == (0,)
        db.close()
    assert seen_full == 4
    figure(f"the disk full at {seen_full} different writes, nothing half booked")


class _Deceiving(sqlite3.Connection):
    """Its next commit is on the disk and says that it is not."""

    deceive = False

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:  # type: ignore[override]
        done = super().execute(sql, *more)
        if sql == "COMMIT" and _Deceiving.deceive:
            _Deceiving.deceive = False
            raise sqlite3.OperationalError("disk I/O error")
        return done


@pytest.mark.parametrize("amount", [10, 0])
async def test_a_commit_that_fails_and_is_durable_leaves_no_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, amount: int
) -> None:
    """Nobody was given that hold, so it is freed at once and not when its lifetime is over."""
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", partial(connect, factory=_Deceiving))
    monkeypatch.setattr("aircherd.ledger.writer._CHORES_EVERY", 0.01)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    bound = (limit(10, now=NOW),)
    _Deceiving.deceive = True
    wish = request("one", amount, limits=bound, now=NOW)
    if amount:
        with pytest.raises(LedgerUnavailable):
            await ledger.reserve(wish)
    else:
        assert (await ledger.reserve(wish)).book == "", "free, so it goes on unbooked"
    async with asyncio.timeout(30):
        while await _states(tmp_path / "usage.sqlite3") != ["released"]:
            await asyncio.sleep(0.01)
    (standing,) = await ledger.spending(bound)
    assert (standing.spent, standing.held) == (0, 0)
    await ledger.settle(await ledger.reserve(request("two", 10, limits=bound, now=NOW)), settled(9))
    assert await ledger.audit() == ()
    await ledger.aclose()


async def test_nor_does_one_whose_caller_left_before_it_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", partial(connect, factory=_Deceiving))
    monkeypatch.setattr("aircherd.ledger.writer._CHORES_EVERY", 0.01)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    bound = (limit(10, now=NOW),)
    _Deceiving.deceive = True
    asked = asyncio.create_task(ledger.reserve(request("one", 10, limits=bound, now=NOW)))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    async with asyncio.timeout(30):
        while await _states(tmp_path / "usage.sqlite3") != ["released"]:
            await asyncio.sleep(0.01)
    (standing,) = await ledger.spending(bound)
    assert (standing.spent, standing.held) == (0, 0)
    await ledger.aclose()


async def test_what_is_kept_of_refused_reservations_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Books that are down for long, and a script that goes on asking."""
    monkeypatch.setattr(bookkeeping, "MOST_DOUBTFUL", 50)
    (tmp_path / "books").write_text("in the way", "utf-8")
    ledger = await Ledger.open(tmp_path / "books" / "usage.sqlite3", clock=SystemClock())
    for number in range(80):
        with pytest.raises(LedgerUnavailable):
            await ledger.reserve(request(f"o{number}", 1, now=NOW))
    assert list(ledger._books.doubtful) == [(f"o{number}", 1) for number in range(30, 80)]
    (tmp_path / "books").unlink()
    await ledger._writer.run(ledger._books.chores)
    assert not ledger._books.doubtful
    await ledger.aclose()


async def _states(path: Path) -> list[str]:
    def read() -> list[str]:
        with contextlib.closing(sqlite3.connect(path)) as db:
            return [row[0] for row in db.execute("SELECT state FROM entries ORDER BY id")]

    return await asyncio.to_thread(read)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write what is read-only")
async def test_a_read_only_folder(tmp_path: Path) -> None:
    await _read_only(tmp_path)


async def _read_only(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    ledger = await Ledger.open(folder / "usage.sqlite3", clock=SystemClock())
    await ledger.aclose()
    for path in folder.iterdir():
        path.chmod(0o400)
    folder.chmod(0o500)
    ledger = await Ledger.open(folder / "usage.sqlite3", clock=SystemClock())
    with pytest.raises(LedgerUnavailable):
        await ledger.reserve(request("one", 1, now=NOW))
    assert (await ledger.reserve(request("free", 0, now=NOW))).amount == 0
    folder.chmod(0o700)
    for path in folder.iterdir():
        path.chmod(0o600)
    await ledger.settle(await ledger.reserve(request("two", 1, now=NOW)), settled(1))
    assert ledger.state == "ok"
    await ledger.aclose()


async def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """For root too: where the folder should be there is a file."""
    (tmp_path / "books").write_text("in the way", "utf-8")
    ledger = await Ledger.open(tmp_path / "books" / "usage.sqlite3", clock=SystemClock())
    assert ledger.state != "ok"
    with pytest.raises(LedgerUnavailable):
        await ledger.reserve(request("one", 1, now=NOW))
    free = await ledger.reserve(request("free", 0, now=NOW))
    await ledger.settle(free, settled(0))
    with pytest.raises(LedgerUnavailable, match="cannot be read"):
        await ledger.days(day(NOW, "UTC").key)
    (tmp_path / "books").unlink()
    await ledger.settle(await ledger.reserve(request("two", 5, now=NOW)), settled(3))
    assert ledger.state == "ok"
    await ledger.aclose()


async def _some(path: Path) -> int:
    """Spent and held of a ledger that dies with a hold; the nano-dollars that must not be lost."""
    ledger = await Ledger.open(path, clock=SystemClock())
    for number in range(300):
        hold = await ledger.reserve(request(f"o{number}", 10, now=NOW))
        await ledger.settle(hold, settled(7))
    await ledger.reserve(request("pending", 90, now=NOW))
    await ledger._writer.run(ledger._books.remember)
    await ledger.aclose()
    return 300 * 7 + 90


async def _carried(path: Path, least: int) -> None:
    ledger = await Ledger.open(path, clock=SystemClock())
    try:
        hold = await ledger.reserve(request("after", 5, now=NOW))
        await ledger.settle(hold, settled(5))
        (standing,) = await ledger.spending((limit(1, now=NOW),))
        assert standing.spent >= least + 5, ledger.state
        assert await ledger.audit() == ()
        wish = request("over", 10, limits=(limit(least + 10, now=NOW),), now=NOW)
        with pytest.raises(BudgetExceeded):
            await ledger.reserve(wish)
    finally:
        await ledger.aclose()


async def test_garbage_is_set_aside_and_spending_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    least = await _some(path)
    path.write_bytes(b"this is no database, " * 500)
    await _carried(path, least)
    (aside,) = tmp_path.glob("usage.sqlite3.broken-*")
    assert aside.read_bytes() == b"this is no database, " * 500


async def test_what_can_still_be_read_is_carried_without_the_second_memory(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    least = await _some(path)
    (tmp_path / "usage.sqlite3.sums").unlink()
    content = bytearray(path.read_bytes())
    db = sqlite3.connect(path)
    page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'operations'").fetchone()[0]
    size = db.execute("PRAGMA page_size").fetchone()[0]
    db.close()
    content[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(content)
    await _carried(path, least)


@pytest.mark.parametrize("row", [["m", "", 10**30], ["\ud800", "", 5], ["m", "", -5]], ids=ascii)
async def test_a_second_memory_no_database_could_hold_keeps_no_books_shut(
    tmp_path: Path, row: list[Any]
) -> None:
    place = [NOW.date().isoformat(), "default", "p"]
    # The damaged ones stand first: they take none of the others along.
    spent = [[*place, *row], [*place, "m", "", 7]]
    whole = {"spent": spent, "held": [[1, *place, *row], [2, *place, "m", "", 5]]}
    (tmp_path / "usage.sqlite3.sums").write_text(json.dumps(whole), "utf-8")
    async with asyncio.timeout(30):
        await _carried(tmp_path / "usage.sqlite3", 12)


async def test_what_nobody_thought_of_leaves_somebody_to_write(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    async with asyncio.timeout(30):
        with pytest.raises(LedgerUnavailable, match="nobody thought of this"):
            await ledger._writer.run(_unthought)
        hold = await ledger.reserve(request("one", 10, now=NOW))
        await ledger.settle(hold, settled(3))
    assert ledger.state == "ok"
    await ledger.aclose()


def _unthought(_: sqlite3.Connection) -> None:
    raise RuntimeError("nobody thought of this")


async def test_a_database_that_is_gone_while_in_use(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    lost = await ledger.reserve(request("lost", 40, now=NOW))
    await ledger.settle(await ledger.reserve(request("one", 10, now=NOW)), settled(8))
    await ledger._writer.run(ledger._books.remember)
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    await ledger.settle(await ledger.reserve(request("two", 10, now=NOW)), settled(6))
    await ledger.settle(lost, settled(1))  # went with the old one; booked in full in the new one
    (standing,) = await ledger.spending((limit(1, now=NOW),))
    assert (standing.spent, standing.held) == (8 + 6 + 40, 0)
    await ledger.aclose()


async def test_what_was_settled_since_the_second_memory_was_written(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    await ledger.settle(await ledger.reserve(request("one", 10, now=NOW)), settled(8))
    await ledger._writer.run(ledger._books.remember)
    await ledger.settle(await ledger.reserve(request("two", 10, now=NOW)), settled(9))
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    await ledger.settle(await ledger.reserve(request("three", 10, now=NOW)), settled(4))
    (standing,) = await ledger.spending((limit(1, now=NOW),))
    assert (standing.spent, standing.held) == (8 + 9 + 4, 0)
    await ledger.aclose()


async def test_a_second_memory_that_cannot_be_written_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    path.with_name(f"{path.name}.sums.new").mkdir()
    for number in range(40):
        hold = await ledger.reserve(request(f"number {number}", 10, now=NOW))
        await ledger.settle(hold, settled(3))
        await ledger._writer.run(ledger._books.remember)
    assert len(ledger._books._since) == 1
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    await ledger.settle(await ledger.reserve(request("last", 10, now=NOW)), settled(1))
    (standing,) = await ledger.spending((limit(1, now=NOW),))
    assert (standing.spent, standing.held) == (40 * 3 + 1, 0)
    await ledger.aclose()


async def test_a_hold_never_ends_another_of_the_same_number(tmp_path: Path) -> None:
    """The database breaks between a reservation and its end, which then meets a new one."""
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=SystemClock())
    old = await ledger.reserve(request("old", 40, now=NOW, lifetime=-1))
    await ledger._writer.run(ledger._books.remember)
    for name in ("", "-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    for number in range(3):  # the new database gives the old number again
        await ledger.reserve(request(f"new{number}", 10, now=NOW))
    page = ledger._books.page
    assert await ledger._writer.run(lambda _: holds.settle(page, old, settled(1))) is False
    await ledger._writer.run(lambda _: holds.release(page, old, "networkError"))
    await ledger._writer.run(ledger._books.chores)
    (standing,) = await ledger.spending((limit(1, now=NOW),))
    assert (standing.spent, standing.held) == (40, 30)
    await ledger.aclose()


async def test_an_overdue_hold_ends_whatever_else_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_CHORES_EVERY", 0.05)
    for name, idle in (("idle", True), ("busy", False)):
        ledger = await Ledger.open(tmp_path / name, clock=SystemClock())
        await ledger.reserve(request("never ended", 40, now=NOW, lifetime=-1))
        for _ in range(40):
            await asyncio.sleep(0.01)
            if not idle:
                await ledger._writer.run(lambda _: None)
        (standing,) = await ledger.spending((limit(1, now=NOW),))
        assert (name, standing.spent, standing.held) == (name, 40, 0)
        await ledger.aclose()


async def test_a_hold_nobody_heard_of_is_freed_once_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, failures = holds.release, [1]

    def fails_once(*args: Any) -> None:
        if failures:
            failures.pop()
            raise sqlite3.OperationalError("disk I/O error")
        release(*args)

    monkeypatch.setattr(writer, "_CHORES_EVERY", 0.05)
    monkeypatch.setattr(holds, "release", fails_once)
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    leaving = asyncio.create_task(ledger.reserve(request("left", 40, now=NOW)))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    await asyncio.sleep(0.4)
    (standing,) = await ledger.spending((limit(1, now=NOW),))
    assert (standing.spent, standing.held, failures) == (0, 0, [])
    await ledger.aclose()


async def test_an_overdue_hold_whose_end_was_undone_ends_later(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    await ledger.reserve(request("never ended", 40, now=NOW, lifetime=-1))

    def fails(db: sqlite3.Connection) -> None:
        ledger._books.chores(db)
        raise ValueError("undone")

    with pytest.raises(ValueError, match="undone"):
        await ledger._writer.run(fails)
    await ledger._writer.run(ledger._books.chores)
    (standing,) = await ledger.spending((limit(1, now=NOW),))
    assert (standing.spent, standing.held) == (40, 0)
    await ledger.aclose()


async def _flip(tmp_path: Path, rounds: int, seed: int) -> tuple[int, int]:
    chance, source = random.Random(seed), tmp_path / "source"
    source.mkdir()
    least = await _some(source / "usage.sqlite3")
    aside = 0
    for number in range(rounds):
        folder = tmp_path / f"r{number}"
        shutil.copytree(source, folder)
        path = folder / "usage.sqlite3"
        content = bytearray(path.read_bytes())
        pages = len(content) // 4096
        for _ in range(chance.randint(1, 4)):
            page = chance.randrange(pages) * 4096
            content[page : page + 4096] = chance.choice(
                (bytes(4096), b"\xff" * 4096, chance.randbytes(4096))
            )
        path.write_bytes(content)
        ledger = await Ledger.open(path, clock=SystemClock())
        try:
            hold = await ledger.reserve(request("after", 5, now=NOW))
            await ledger.settle(hold, settled(5))
            broken = list(folder.glob("*.broken-*"))
            if broken:
                aside += 1
                (standing,) = await ledger.spending((limit(1, now=NOW),))
                assert standing.spent >= least + 5, (number, ledger.state)
                # Not one byte of it is a new database's; SQLite may have written its log back.
                assert max(part.stat().st_size for part in broken) >= len(content)
        except LedgerUnavailable:
            pass  # refusing to spend is always safe
        finally:
            await ledger.aclose()
        shutil.rmtree(folder)
    return aside, rounds


async def test_pages_overwritten(tmp_path: Path) -> None:
    aside, rounds = await _flip(tmp_path, 3, seed=1)
    assert aside >= 1, rounds


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_pages_overwritten_many_times(tmp_path: Path, figure: Figure) -> None:
    aside, rounds = await _flip(tmp_path, 200, seed=2)
    print(f"{rounds} broken databases, {aside} set aside and carried on")
    assert aside > rounds // 3
    figure(f"{rounds} broken databases, {aside} set aside, spending carried on")
