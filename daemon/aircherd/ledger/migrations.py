"""From nothing, or from any older version, to this version's schema.

What the steps come to stands in `schema.sql`, which `python daemon/generate/schema.py` makes: new
books begin with it, and the library that takes the steps is loaded for older ones alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from aircherd.core.errors import LedgerUnavailable
from aircherd.ledger.steps import STEPS

SCHEMA = Path(__file__).with_name("schema.sql")
"""What all steps come to."""


def migrate(connection: sqlite3.Connection) -> None:
    """Brings a database to this version's schema.

    Raises LedgerUnavailable for a database a newer version has written: it is not touched.
    """
    found = _version(connection)
    if found > len(STEPS):
        raise LedgerUnavailable(
            f"The ledger was written by a newer aircher (schema {found}, this one knows "
            f"{len(STEPS)}); upgrade, or run the newer version."
        )
    while (found := _version(connection)) < len(STEPS):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may just have done the same.
            if _version(connection) == found:
                reached = _next(connection, found)
                # A PRAGMA takes no parameters; the number is ours.
                connection.execute(f"PRAGMA user_version = {reached:d}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _next(connection: sqlite3.Connection, found: int) -> int:
    """Takes new books to the end and older ones a step on; the version they are of then."""
    if found == 0 and not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        for statement in _statements(SCHEMA.read_text("utf-8")):
            connection.execute(statement)
        connection.execute("INSERT INTO book VALUES (lower(hex(randomblob(8))), 0)")
        return len(STEPS)
    from sqlite_utils import Database  # 3 MB and 60 ms

    STEPS[found](Database(connection))
    return found + 1


def _statements(text: str) -> Iterator[str]:
    """Statements one by one: `executescript` would commit what was begun before it."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
