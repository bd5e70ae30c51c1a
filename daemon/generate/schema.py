"""Makes daemon/aircherd/ledger/schema.sql: what the steps of the ledger's schema come to.

    python daemon/generate/schema.py [--check]

New books are made from it at once; books of an older version go through the steps they lack.
"""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from sqlite_utils import Database

from aircherd.ledger.migrations import SCHEMA
from aircherd.ledger.steps import STEPS

_FIRST_LINE = "-- Made by `python daemon/generate/schema.py` from what steps.py does.\n"


def by_steps() -> str:
    """Every table, index and trigger, in the order they were made."""
    connection = sqlite3.connect(":memory:")
    for step in STEPS:
        step(Database(connection))
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL ORDER BY rowid")
    text = "".join(f"{sql.strip()};\n" for (sql,) in rows)
    connection.close()
    return _FIRST_LINE + text


def main() -> int:
    """Writes it, or says whether it is fresh."""
    if sys.argv[1:] == ["--check"]:
        return 0 if SCHEMA.read_text("utf-8") == by_steps() else 1
    Path(SCHEMA).write_text(by_steps(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
