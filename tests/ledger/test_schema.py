"""New books and books brought here step by step are the same books."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from aircherd.core.clock import SystemClock
from aircherd.core.errors import LedgerUnavailable
from aircherd.ledger import migrations
from aircherd.ledger.migrations import SCHEMA, migrate
from aircherd.ledger.steps import STEPS
from aircherd.ledger.store import Ledger

GENERATE = Path(__file__).parents[2] / "daemon" / "generate" / "schema.py"


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def shape(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """Every table, index and trigger, without the spaces it was written with."""
    rows = db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    return [(kind, name, re.sub(r"\s+", " ", sql or "").strip()) for kind, name, sql in rows]


def test_the_schema_is_what_the_steps_come_to(tmp_path: Path) -> None:
    """Run `python daemon/generate/schema.py` when this fails."""
    done = subprocess.run([sys.executable, GENERATE, "--check"], check=False)
    assert done.returncode == 0, "run `python daemon/generate/schema.py`"
    new, old = opened(tmp_path / "new"), opened(tmp_path / "old")
    migrate(new)
    STEPS[0](Database(old))
    old.execute("PRAGMA user_version = 1")
    migrate(old)
    assert shape(new) == shape(old) != []
    for db in (new, old):
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
        (book,) = db.execute("SELECT id, carried FROM book").fetchall()
        assert len(book[0]) == 16
        assert book[1] == 0
        db.close()


def test_every_book_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = set()
    for number in range(3):
        db = opened(tmp_path / str(number))
        migrate(db)
        names.add(db.execute("SELECT id FROM book").fetchone()[0])
        db.close()
    assert len(names) == 3


def test_new_books_are_made_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "schema.sql"
    broken.write_text(SCHEMA.read_text("utf-8") + "CREATE TABLE entries (id);\n", "utf-8")
    db = opened(tmp_path / "books")
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "SCHEMA", broken)
        with pytest.raises(sqlite3.OperationalError):
            migrate(db)
    assert shape(db) == []
    assert db.execute("PRAGMA user_version").fetchone()[0] == 0
    migrate(db)
    assert shape(db)
    db.close()


def test_a_database_of_somebody_else_is_not_taken_for_new_books(tmp_path: Path) -> None:
    db = opened(tmp_path / "other")
    db.execute("CREATE TABLE operations (name TEXT)")
    with pytest.raises(sqlite3.OperationalError):
        migrate(db)
    assert [name for _, name, _ in shape(db)] == ["operations"]
    db.close()


def test_books_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    db = opened(tmp_path / "newer")
    db.execute(f"PRAGMA user_version = {len(STEPS) + 1:d}")
    with pytest.raises(LedgerUnavailable):
        migrate(db)
    assert shape(db) == []
    db.close()


OPEN = """
import asyncio, pathlib, sys
from aircherd.core.clock import SystemClock
from aircherd.ledger.store import Ledger
async def main():
    ledger = await Ledger.open(pathlib.Path(sys.argv[1]), clock=SystemClock())
    assert ledger.state == "ok", ledger.state
    await ledger.aclose()
asyncio.run(main())
print("sqlite_utils" in sys.modules)
"""


def test_new_books_do_not_load_what_only_older_ones_need(tmp_path: Path) -> None:
    def loads(path: Path) -> str:
        words = [sys.executable, "-c", OPEN, str(path)]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()

    assert loads(tmp_path / "new") == "False"
    old = opened(tmp_path / "old")
    STEPS[0](Database(old))
    old.execute("PRAGMA user_version = 1")
    old.close()
    assert loads(tmp_path / "old") == "True"


async def test_what_was_booked_before_the_sums_by_day_is_in_them(tmp_path: Path) -> None:
    path = tmp_path / "old"
    await asyncio.to_thread(_booked_of_old, path)
    ledger = await Ledger.open(path, clock=SystemClock())
    (line,) = await ledger.days("month:2026-11")
    assert line.totals.cost == 7
    assert await ledger.audit() == ()
    await ledger.aclose()


def _booked_of_old(path: Path) -> None:
    db = opened(path)
    STEPS[0](Database(db))
    db.execute("PRAGMA user_version = 1")
    db.execute("INSERT INTO operations VALUES ('o', '2026-11-01', 't', 'c', NULL, NULL)")
    db.execute(
        "INSERT INTO entries (operation, attempt, provider, model, task, state, outcome, amount,"
        " cost, created_at, owner) VALUES ('o', 1, 'p', 'm', 't', 'settled', 'done', 9, 7,"
        " '2026-11-01T10:00:00+00:00', 'x')"
    )
    db.close()
