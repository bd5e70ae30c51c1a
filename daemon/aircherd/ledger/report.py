"""Sums over the books. Every figure is derived from the raw rows."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from aircherd.core.books import UsageLine, UsageTotals
from aircherd.core.money import NanoUsd

_GROUPS = {
    None: "'all'",
    "task": "task",
    "provider": "provider",
    "model": "provider || '/' || model",
}
"""What a report can be grouped by, and the expression that does it."""

_QUERY = """
    SELECT {group} AS name,
           count(DISTINCT operation),
           count(*),
           coalesce(sum(cost), 0),
           coalesce(sum(input), 0) + coalesce(sum(cache_read), 0)
             + coalesce(sum(cache_write), 0) + coalesce(sum(cache_write_long), 0),
           coalesce(sum(output), 0) + coalesce(sum(reasoning), 0),
           coalesce(sum(cache_read), 0),
           coalesce(sum(price_version IS NULL), 0),
           coalesce(sum(estimated), 0)
    FROM entries
    WHERE state = 'settled' AND created_at >= ? AND created_at < ?
      AND (? IS NULL OR workspace = ?)
    GROUP BY name ORDER BY sum(cost) DESC, name
"""
_QUERIES = {by: _QUERY.format(group=group) for by, group in _GROUPS.items()}


def totals(
    db: sqlite3.Connection,
    start: datetime,
    end: datetime,
    *,
    by: str | None,
    workspace: str | None,
) -> tuple[UsageLine, ...]:
    """Sums between two instants, dearest group first; one line `all` without groups."""
    rows = db.execute(
        _QUERIES[by],
        (
            start.astimezone(UTC).isoformat(),
            end.astimezone(UTC).isoformat(),
            workspace,
            workspace,
        ),
    ).fetchall()
    lines = tuple(
        UsageLine(
            name=name,
            totals=UsageTotals(
                operations=operations,
                attempts=attempts,
                cost=NanoUsd(cost),
                input=prompt,
                output=output,
                cached=cached,
                unpriced=unpriced,
                estimated=estimated,
            ),
        )
        for name, operations, attempts, cost, prompt, output, cached, unpriced, estimated in rows
    )
    if not lines and by is None:
        nothing = UsageTotals(
            operations=0,
            attempts=0,
            cost=NanoUsd(0),
            input=0,
            output=0,
            cached=0,
            unpriced=0,
            estimated=0,
        )
        return (UsageLine(name="all", totals=nothing),)
    return lines
