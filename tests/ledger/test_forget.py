"""Forgetting takes usage out of the books; it never makes room under a limit."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from aircherd.ledger.store import Ledger
from conftest import FakeClock
from ledger.making import limit, request, settled

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FLOOR = date(2026, 2, 28)


async def filled(path: Path, clock: FakeClock) -> Ledger:
    """Old and new rows of two repositories, and one that is still held."""
    ledger = await Ledger.open(path, clock=clock)
    for number, (month, workspace) in enumerate(
        [(1, "/secret"), (1, "/open"), (2, "/secret"), (3, "/secret"), (3, "/open")]
    ):
        clock.jump(datetime(2026, month, 10, 12, tzinfo=UTC))
        asked = request(f"op{number}", 100, workspace=workspace, branch="b", now=clock.now())
        await ledger.settle(await ledger.reserve(asked), settled(40))
    clock.jump(NOW)
    await ledger.reserve(request("held", 100, workspace="/secret", now=NOW))
    return ledger


def rows(path: Path) -> list[tuple[str, str | None, int | None]]:
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT operation, workspace, cost FROM entries ORDER BY id").fetchall()
    db.close()
    return found


async def test_a_workspace_is_forgotten(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await filled(path, clock)
    month = limit(1_000, kind="month", now=NOW)
    (before,) = await ledger.spending([month])
    done = await ledger.forget(workspace="/secret", before=None, floor=FLOOR)
    assert done == (2, 1)
    assert rows(path) == [
        ("op1", "/open", 40),
        ("op3", None, 40),
        ("op4", "/open", 40),
        ("held", "/secret", None),
    ]
    (after,) = await ledger.spending([month])
    assert (after.spent, after.held) == (before.spent, before.held) == (80, 100)
    assert await ledger.audit() == ()
    await ledger.aclose()


async def test_the_name_is_in_no_file_afterwards(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=clock)
    clock.jump(NOW)
    asked = request("op", 100, workspace="/very/secret/place", branch="hidden", now=NOW)
    await ledger.settle(await ledger.reserve(asked), settled(40))
    await ledger.forget(workspace="/very/secret/place", before=None, floor=FLOOR)
    await ledger.aclose()
    for file in tmp_path.glob("usage.sqlite3*"):
        assert b"/very/secret/place" not in file.read_bytes(), file
        assert b"hidden" not in file.read_bytes(), file


async def test_an_age_is_forgotten_but_nothing_a_limit_may_look_at(
    tmp_path: Path, clock: FakeClock
) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await filled(path, clock)
    assert await ledger.forget(workspace=None, before=date(2026, 2, 1), floor=FLOOR) == (2, 0)
    assert await ledger.forget(workspace=None, before=date(2026, 4, 1), floor=FLOOR) == (1, 2)
    assert [row[0] for row in rows(path)] == ["op3", "op4", "held"]
    assert await ledger.audit() == ()
    await ledger.aclose()


async def test_afterwards_the_books_are_closed_again(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "usage.sqlite3"
    ledger = await filled(path, clock)
    await ledger.forget(workspace="/secret", before=None, floor=FLOOR)
    await ledger.aclose()
    with sqlite3.connect(path) as db:
        for change in ("DELETE FROM entries", "UPDATE entries SET cost = 0"):
            with pytest.raises(sqlite3.IntegrityError, match="never rewritten"):
                db.execute(change)
    db.close()


async def test_what_was_forgotten_is_refunded_to_nobody(tmp_path: Path, clock: FakeClock) -> None:
    ledger = await filled(tmp_path / "usage.sqlite3", clock)
    await ledger.forget(workspace="/open", before=None, floor=FLOOR)
    tight = limit(200, kind="month", now=NOW)
    with pytest.raises(Exception, match="limit"):
        await ledger.reserve(request("more", 100, limits=(tight,), now=NOW))
    await ledger.aclose()
