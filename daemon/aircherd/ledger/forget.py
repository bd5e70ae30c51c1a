"""Taking usage out of the books again, when the user wants it forgotten.

The one exception to "what was booked is never rewritten", and it cannot be used to spend more: what
falls in a period that may still be limited keeps its amounts and loses its repository, branch,
client and reason. Older rows go. The sums by day are then made anew from what is left.
"""

from __future__ import annotations

import logging
import os
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from aircherd.ledger.holds import Page
from aircherd.ledger.steps import DAILY_FROM_ENTRIES, MODELS_FROM_DAILY

log = logging.getLogger(__name__)
_GUARDS = ("entries_end_once", "entries_stay")
_WHICH = """
    state <> 'held' AND (? IS NULL OR workspace = ?) AND (? IS NULL OR day < ?)
"""
_DELETE = f"DELETE FROM entries WHERE {_WHICH} AND day < ?"  # noqa: S608 - our own words
_BLANK = f"""
    UPDATE entries SET workspace = NULL, branch = NULL WHERE {_WHICH} AND day >= ?
"""  # noqa: S608 - our own words
_BLANK_OPERATIONS = f"""
    UPDATE operations SET workspace = NULL, client = 'forgotten', reason = '{{}}'
    WHERE id IN (SELECT operation FROM entries WHERE {_WHICH} AND day >= ?)
"""  # noqa: S608 - our own words
_ANY = f"""
    SELECT 1 FROM entries WHERE {_WHICH}
    AND (day < ? OR workspace IS NOT NULL OR branch IS NOT NULL) LIMIT 1
"""  # noqa: S608 - our own words
_ANSWERS = f"""
    DELETE FROM keys WHERE operation IN (SELECT operation FROM entries WHERE {_WHICH})
"""  # noqa: S608 - our own words
_ORPHANS = """
    DELETE FROM operations WHERE id NOT IN (SELECT operation FROM entries)
    AND id NOT IN (SELECT operation FROM keys)
"""


class Forgotten(NamedTuple):
    """What became of the rows."""

    deleted: int
    nameless: int
    """Rows of a period that may still be limited: their amounts stay."""


def forget(page: Page, *, workspace: str | None, before: date | None, floor: date) -> Forgotten:
    """Forgets a repository, or what is older than a day, or what is both.

    `floor` is the first day of the oldest period a limit may still look at.
    """
    db = page.db
    which = (workspace, workspace, before and before.isoformat(), before and before.isoformat())
    first = floor.isoformat()
    if db.execute(_ANY, (*which, first)).fetchone() is None:
        return Forgotten(deleted=0, nameless=0)
    guards = [
        db.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        for name in _GUARDS
    ]
    # Freed pages are overwritten, so that what was forgotten is not in the file any more.
    db.execute("PRAGMA secure_delete = ON")
    db.execute("DROP TRIGGER entries_end_once")
    db.execute("DROP TRIGGER entries_stay")
    db.execute("PRAGMA defer_foreign_keys = ON")
    db.execute(_ANSWERS, which)
    db.execute(_BLANK_OPERATIONS, (*which, first))
    nameless = db.execute(_BLANK, (*which, first)).rowcount
    deleted = db.execute(_DELETE, (*which, first)).rowcount
    db.execute(_ORPHANS)
    db.execute(
        "UPDATE operations SET counted = (SELECT min(id) FROM entries"
        " WHERE operation = operations.id AND state = 'settled')"
        " WHERE counted IS NOT NULL AND counted NOT IN (SELECT id FROM entries)"
    )
    for table, rows in (("daily", DAILY_FROM_ENTRIES), ("daily_models", MODELS_FROM_DAILY)):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
        db.execute(f"INSERT INTO {table} {rows}")
    for guard in guards:
        db.execute(guard)
    page.balances.forget()
    page.balances.begin(db)
    return Forgotten(deleted=deleted, nameless=nameless)


def forget_broken(path: Path, workspace: str | None, before: date | None) -> None:
    """Removes databases that were broken and set aside, where they are part of what is forgotten.

    Of a broken file no row can be taken out, so it goes whole; its sums are carried on since it was
    set aside. Raises OSError.
    """
    for aside in sorted(path.parent.glob(f"{path.name}.broken-*")):
        if before is not None and datetime.fromtimestamp(aside.stat().st_mtime).date() >= before:
            continue
        if workspace is not None and not _holds(aside, os.fsencode(workspace)):
            continue
        aside.unlink(missing_ok=True)
        log.info("a broken ledger that was set aside is gone: %s", aside.name)


def _holds(path: Path, name: bytes) -> bool:
    kept = b""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            if name in kept + piece:
                return True
            kept = piece[-len(name) :]
    return False
