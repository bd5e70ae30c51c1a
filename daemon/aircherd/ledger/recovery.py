"""What a start does with the traces of an end: dead holds, and a database that is broken."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from datetime import datetime
from pathlib import Path


def owner() -> str:
    """What tells this process from any other, also from a later one with the same pid."""
    return f"{_boot()}:{os.getpid()}:{_started(os.getpid())}"


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return "-"


def _started(pid: int) -> str:
    """The process's start time in clock ticks since boot; field 22 of proc(5)'s stat.

    One that has ended and only waits for its parent (state Z or X) is gone all the same.
    """
    with contextlib.suppress(OSError):
        text = Path(f"/proc/{pid}/stat").read_bytes().decode("utf-8", "replace")
        fields = text.rpartition(")")[2].split()
        return "-" if fields[0] in ("Z", "X") else fields[19]
    return "-"


def _alive(found: str) -> bool:
    boot, pid, started = found.split(":")
    if boot != _boot():
        return False
    return _started(int(pid)) == started != "-"


def settle_abandoned(db: sqlite3.Connection, now: datetime) -> int:
    """Settles the holds of processes that are gone, at their full amount. How many there were.

    Whether their calls were billed is unknown, so the books err to the safe side.
    """
    owners = [row[0] for row in db.execute("SELECT DISTINCT owner FROM entries WHERE state='held'")]
    gone = [name for name in owners if not _alive(name)]
    if not gone:
        return 0
    count = 0
    db.execute("BEGIN IMMEDIATE")
    try:
        for name in gone:
            held = db.execute(
                "SELECT id, amount FROM entries WHERE owner = ? AND state = 'held'", (name,)
            ).fetchall()
            for entry, amount in held:
                db.execute(
                    "UPDATE entries SET state = 'settled', outcome = 'abandoned', cost = amount,"
                    " estimated = 1, settled_at = ? WHERE id = ?",
                    (now.isoformat(), entry),
                )
                move(db, entry, held=-amount, settled=amount)
                count += 1
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    return count


def move(db: sqlite3.Connection, entry: int, *, held: int, settled: int) -> None:
    """Changes every balance an entry counts in: all, its task, provider and model, each period."""
    db.execute(
        """
        INSERT INTO balances (scope, period, held, settled)
        SELECT scope.name, p.period, max(0, :held), :settled
        FROM entries AS e
        JOIN entry_periods AS p ON p.entry = e.id
        JOIN (
            SELECT 'all' AS name
            UNION ALL SELECT 'task:' || task FROM entries WHERE id = :entry
            UNION ALL SELECT 'provider:' || provider FROM entries WHERE id = :entry
            UNION ALL
            SELECT 'model:' || provider || '/' || model FROM entries WHERE id = :entry
        ) AS scope
        WHERE e.id = :entry
        ON CONFLICT (scope, period) DO UPDATE
        SET held = held + :held, settled = settled + :settled
        """,
        {"entry": entry, "held": held, "settled": settled},
    )


def set_aside_if_corrupt(path: Path, now: datetime) -> str | None:
    """Renames a database that cannot be read, and says so. It is never overwritten."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=10)) as db:
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found == "ok":
            return None
    except sqlite3.OperationalError:
        return None  # locked or unreadable is not corrupt; the writer will say what it is
    except sqlite3.DatabaseError:
        found = "not a database"
    aside = path.with_name(f"{path.name}.broken-{now:%Y%m%dT%H%M%S}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return f"the ledger was broken ({found}) and set aside as {aside}; spending starts from zero"
