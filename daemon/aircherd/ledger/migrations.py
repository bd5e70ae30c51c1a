"""The schema, by numbered steps. A step that was released is never changed again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from sqlite_utils import Database

from aircherd.core.errors import LedgerUnavailable


def _first(db: Database) -> None:
    db.table("operations").create(
        {
            "id": str,
            "started_at": str,
            "task": str,
            "client": str,
            "workspace": str,
            "reason": str,
        },
        pk="id",
        not_null={"started_at", "task", "client"},
    )
    db.execute(
        """
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            operation TEXT NOT NULL REFERENCES operations(id),
            attempt INTEGER NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            task TEXT NOT NULL,
            workspace TEXT,
            state TEXT NOT NULL CHECK (state IN ('held', 'settled', 'released')),
            outcome TEXT,
            amount INTEGER NOT NULL CHECK (amount >= 0),
            cost INTEGER CHECK (cost >= 0),
            price_version TEXT,
            input INTEGER,
            output INTEGER,
            cache_read INTEGER,
            cache_write INTEGER,
            cache_write_long INTEGER,
            reasoning INTEGER,
            estimated INTEGER NOT NULL DEFAULT 0,
            overrun INTEGER NOT NULL DEFAULT 0,
            reported_cost INTEGER,
            created_at TEXT NOT NULL,
            settled_at TEXT,
            duration_ms INTEGER,
            first_token_ms INTEGER,
            owner TEXT NOT NULL,
            UNIQUE (operation, attempt)
        )
        """
    )
    db.execute("CREATE INDEX entries_by_time ON entries (created_at)")
    db.execute("CREATE INDEX entries_held ON entries (owner) WHERE state = 'held'")
    # What one entry counts in, so that settling finds its balances again.
    db.execute(
        """
        CREATE TABLE balances (
            scope TEXT NOT NULL,
            period TEXT NOT NULL,
            settled INTEGER NOT NULL DEFAULT 0 CHECK (settled >= 0),
            held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
            PRIMARY KEY (scope, period)
        ) WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE entry_periods (
            entry INTEGER NOT NULL REFERENCES entries(id),
            period TEXT NOT NULL,
            PRIMARY KEY (entry, period)
        ) WITHOUT ROWID
        """
    )


STEPS: tuple[Callable[[Database], None], ...] = (_first,)
"""Step N brings the schema to `user_version` N."""


def migrate(connection: sqlite3.Connection) -> None:
    """Brings a database to this version's schema.

    Raises LedgerUnavailable for a database a newer version has written: it is not touched.
    """
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > len(STEPS):
        raise LedgerUnavailable(
            f"The ledger was written by a newer aircher (schema {found}, this one knows "
            f"{len(STEPS)}); upgrade, or run the newer version."
        )
    for number in range(found, len(STEPS)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.execute("PRAGMA user_version").fetchone()[0] == number:
                STEPS[number](Database(connection))
                # A PRAGMA takes no parameters; the number is ours.
                connection.execute(f"PRAGMA user_version = {number + 1:d}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
