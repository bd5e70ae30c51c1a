"""The steps of the schema, by number. A step that was released is never changed again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


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


def _second(db: Database) -> None:
    """Days stand on the rows themselves; sums by day replace balances; what is booked stays."""
    db.execute("ALTER TABLE entries ADD COLUMN day TEXT")
    db.execute("ALTER TABLE entries ADD COLUMN branch TEXT")
    db.execute("ALTER TABLE operations ADD COLUMN counted INTEGER")
    db.execute(
        """
        UPDATE entries SET day = coalesce(
            (SELECT substr(period, 5) FROM entry_periods AS p
             WHERE p.entry = entries.id AND p.period LIKE 'day:%'),
            substr(created_at, 1, 10))
        """
    )
    # The entry under which an operation is counted: its first that was settled.
    db.execute(
        """
        UPDATE operations SET counted = (
            SELECT min(id) FROM entries WHERE operation = operations.id AND state = 'settled')
        """
    )
    db.execute("DROP TABLE entry_periods")
    db.execute("DROP TABLE balances")
    db.execute(
        """
        CREATE TABLE daily (
            day TEXT NOT NULL,
            task TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            workspace TEXT NOT NULL,
            branch TEXT NOT NULL,
            operations INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            done INTEGER NOT NULL,
            cost INTEGER NOT NULL CHECK (cost >= 0),
            input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cache_read INTEGER NOT NULL,
            cache_write INTEGER NOT NULL,
            cache_write_long INTEGER NOT NULL,
            unpriced INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            PRIMARY KEY (day, task, provider, model, workspace, branch)
        ) WITHOUT ROWID
        """
    )
    db.execute(f"INSERT INTO daily {DAILY_FROM_ENTRIES}")
    # The same without repository and branch: few rows, so that what is asked most is quickest.
    db.execute(
        """
        CREATE TABLE daily_models (
            day TEXT NOT NULL,
            task TEXT NOT NULL,
            provider TEXT NOT NULL,
            model TEXT NOT NULL,
            operations INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            done INTEGER NOT NULL,
            cost INTEGER NOT NULL CHECK (cost >= 0),
            input INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cache_read INTEGER NOT NULL,
            cache_write INTEGER NOT NULL,
            cache_write_long INTEGER NOT NULL,
            unpriced INTEGER NOT NULL,
            estimated INTEGER NOT NULL,
            PRIMARY KEY (day, task, provider, model)
        ) WITHOUT ROWID
        """
    )
    db.execute(f"INSERT INTO daily_models {MODELS_FROM_DAILY}")
    db.execute(
        """
        CREATE TRIGGER entries_end_once BEFORE UPDATE ON entries WHEN OLD.state <> 'held'
        BEGIN SELECT RAISE(ABORT, 'this entry has ended; the books are never rewritten'); END
        """
    )
    db.execute(
        """
        CREATE TRIGGER entries_stay BEFORE DELETE ON entries
        BEGIN SELECT RAISE(ABORT, 'the books are never rewritten'); END
        """
    )
    # `carried`: whether sums of a database before this one have been taken over, or need not be.
    db.execute("CREATE TABLE book (id TEXT NOT NULL, carried INTEGER NOT NULL)")
    db.execute(
        "INSERT INTO book SELECT lower(hex(randomblob(8))), count(*) > 0"
        " FROM (SELECT 1 FROM entries LIMIT 1)"
    )
    db.execute(
        """
        CREATE TABLE alerts (
            scope TEXT NOT NULL,
            period TEXT NOT NULL,
            amount INTEGER NOT NULL,
            threshold REAL NOT NULL,
            said_at TEXT NOT NULL,
            PRIMARY KEY (scope, period, amount, threshold)
        ) WITHOUT ROWID
        """
    )
    db.execute(
        """
        CREATE TABLE keys (
            key TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL,
            operation TEXT NOT NULL,
            owner TEXT NOT NULL,
            claimed_at TEXT NOT NULL,
            answer TEXT
        ) WITHOUT ROWID
        """
    )


DAILY_FROM_ENTRIES = """
    SELECT e.day, e.task, e.provider, e.model,
           coalesce(e.workspace, '') AS in_workspace, coalesce(e.branch, '') AS on_branch,
           coalesce(sum(o.counted = e.id), 0), count(*), sum(e.outcome = 'done'),
           coalesce(sum(e.cost), 0), coalesce(sum(e.input), 0),
           coalesce(sum(e.output), 0) + coalesce(sum(e.reasoning), 0),
           coalesce(sum(e.cache_read), 0), coalesce(sum(e.cache_write), 0),
           coalesce(sum(e.cache_write_long), 0), sum(e.price_version IS NULL), sum(e.estimated)
    FROM entries AS e JOIN operations AS o ON o.id = e.operation
    WHERE e.state = 'settled'
    GROUP BY e.day, e.task, e.provider, e.model, in_workspace, on_branch
"""
"""The sums by day as they follow from the rows."""

MODELS_FROM_DAILY = """
    SELECT day, task, provider, model, sum(operations), sum(attempts), sum(done), sum(cost),
           sum(input), sum(output), sum(cache_read), sum(cache_write), sum(cache_write_long),
           sum(unpriced), sum(estimated)
    FROM daily GROUP BY day, task, provider, model
"""
"""The sums without repository and branch as they follow from those with both."""

STEPS: tuple[Callable[[Database], None], ...] = (_first, _second)
"""Step N brings the schema to `user_version` N."""
