"""Sums over the books.

Whole periods come from the sums by day, whose number does not grow with the number of calls;
anything else from the rows. The two agree to the last unit (`audit.differences`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median as median_of
from statistics import quantiles
from typing import Any

from aircherd.core.books import NOTHING, Latency, Limit, Spending, UsageLine, UsageTotals
from aircherd.core.money import NanoUsd
from aircherd.ledger.balances import summed
from aircherd.routing.periods import dates

_GROUPS = {
    None: "'all'",
    "task": "task",
    "provider": "provider",
    "model": "provider || '/' || model",
    "workspace": "coalesce(workspace, '')",
    "branch": "coalesce(branch, '')",
    "day": "day",
    "day and task": "day || ' ' || task",
    "day and model": "day || ' ' || provider || '/' || model",
}
"""What a report can be grouped by, and the expression that does it."""

_FROM_ROWS = """
    SELECT {group} AS name,
           coalesce(sum(counted = entries.id), 0), count(*), coalesce(sum(cost), 0),
           coalesce(sum(input), 0), coalesce(sum(output), 0) + coalesce(sum(reasoning), 0),
           coalesce(sum(cache_read), 0), coalesce(sum(cache_write), 0),
           coalesce(sum(cache_write_long), 0), coalesce(sum(price_version IS NULL), 0),
           coalesce(sum(estimated), 0), coalesce(sum(outcome = 'done'), 0)
    FROM (SELECT e.*, o.counted FROM entries AS e JOIN operations AS o ON o.id = e.operation
          WHERE e.state = 'settled' AND e.created_at >= ? AND e.created_at < ?) AS entries
    WHERE ? IS NULL OR workspace = ?
    GROUP BY name ORDER BY 4 DESC, name
"""
_FROM_DAYS = """
    SELECT {group} AS name,
           sum(operations), sum(attempts), sum(cost), sum(input), sum(output), sum(cache_read),
           sum(cache_write), sum(cache_write_long), sum(unpriced), sum(estimated), sum(done)
    FROM {table}
    WHERE day >= ? AND day < ? {and_where}
    GROUP BY name ORDER BY 4 DESC, name
"""
_ROWS = {by: _FROM_ROWS.format(group=group) for by, group in _GROUPS.items()}
_PLACES = {
    by: _FROM_DAYS.format(group=group, table="daily", and_where="AND (? IS NULL OR workspace = ?)")
    for by, group in _GROUPS.items()
}
_MODELS = {
    by: _FROM_DAYS.format(group=group, table="daily_models", and_where="")
    for by, group in _GROUPS.items()
    if by not in ("workspace", "branch")
}

_LATEST = """
    SELECT provider || '/' || model, first_token_ms, duration_ms,
           coalesce(output, 0) + coalesce(reasoning, 0)
    FROM (SELECT * FROM entries ORDER BY id DESC LIMIT 2000)
    WHERE outcome = 'done' AND duration_ms IS NOT NULL
"""


def totals(
    db: sqlite3.Connection,
    start: datetime,
    end: datetime,
    *,
    by: str | None,
    workspace: str | None,
) -> tuple[UsageLine, ...]:
    """Sums between two instants, dearest group first; one line `all` without groups."""
    first, after = (at.astimezone(UTC).isoformat() for at in (start, end))
    rows = db.execute(_ROWS[by], (first, after, workspace, workspace))
    return _lines(rows.fetchall(), by)


def days(
    db: sqlite3.Connection, period: str, by: str | None, workspace: str | None
) -> tuple[UsageLine, ...]:
    """Sums over the days of a period, dearest group first; one line `all` without groups."""
    first, after = (date.isoformat() for date in dates(period))
    if workspace is None and by in _MODELS:
        rows = db.execute(_MODELS[by], (first, after))
    else:
        rows = db.execute(_PLACES[by], (first, after, workspace, workspace))
    return _lines(rows.fetchall(), by)


def spending(db: sqlite3.Connection, limits: Sequence[Limit]) -> tuple[Spending, ...]:
    """Where limits stand."""
    found = []
    for limit in limits:
        spent, held = summed(db, limit.scope, limit.period.key)
        found.append(Spending(limit=limit, spent=NanoUsd(spent), held=NanoUsd(held)))
    return tuple(found)


def latencies(db: sqlite3.Connection) -> tuple[Latency, ...]:
    """Medians and ninth deciles by model, over the latest 2,000 calls; most used first."""
    firsts: dict[str, list[int]] = {}
    wholes: dict[str, list[int]] = {}
    each: dict[str, list[tuple[int, float]]] = {}
    for name, first, whole, tokens in db.execute(_LATEST):
        wholes.setdefault(name, []).append(whole)
        if first is not None:
            firsts.setdefault(name, []).append(first)
            if tokens:
                each.setdefault(name, []).append((tokens, max(0, whole - first) / tokens))
    lines = []
    for name, values in wholes.items():
        first_median, first_p90 = median_and_p90(firsts.get(name, []))
        median, p90 = median_and_p90(values)
        token_ms, tokens = _rate(each.get(name, []))
        lines.append(
            Latency(
                name=name,
                answers=len(values),
                first_median=first_median,
                first_p90=first_p90,
                median=median or 0,
                p90=p90 or 0,
                token_ms=token_ms,
                tokens=tokens,
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.answers, line.name)))


def _rate(told: Sequence[tuple[int, float]]) -> tuple[float | None, float | None]:
    """Milliseconds a token and the tokens that was seen over. In a short answer most of the time is
    no token's, but goes to how every answer begins and ends: so the longer half is looked at."""
    if not told:
        return None, None
    middle = median_of(tokens for tokens, _ in told)
    longer = [one for one in told if one[0] >= middle]
    return median_of(each for _, each in longer), median_of(tokens for tokens, _ in longer)


def median_and_p90(values: Sequence[int]) -> tuple[int | None, int | None]:
    """The middle one, and the one nine of ten are within; None of nothing."""
    if not values:
        return None, None
    if len(values) == 1:
        return values[0], values[0]
    cuts = quantiles(values, n=10, method="inclusive")
    return round(cuts[4]), round(cuts[8])


def _lines(rows: list[Any], by: str | None) -> tuple[UsageLine, ...]:
    lines = tuple(UsageLine(name=name, totals=_totals(*sums)) for name, *sums in rows)
    return lines or ((UsageLine(name="all", totals=NOTHING),) if by is None else ())


def _totals(
    operations: int,
    attempts: int,
    cost: int,
    plain: int,
    output: int,
    read: int,
    write: int,
    write_long: int,
    unpriced: int,
    estimated: int,
    done: int,
) -> UsageTotals:
    return UsageTotals(
        operations=operations,
        attempts=attempts,
        cost=NanoUsd(cost),
        input=plain + read + write + write_long,
        output=output,
        cached=read,
        unpriced=unpriced,
        estimated=estimated,
        cache_write=write,
        cache_write_long=write_long,
        done=done,
    )
