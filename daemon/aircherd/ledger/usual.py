"""What whole answers took lately that their provider counted, by task and model, from the rows."""

from __future__ import annotations

import sqlite3

from aircherd.core.books import Spent
from aircherd.ledger.report import median_and_p90

LATEST = 2_000
"""Calls looked back; older ones were other models and other prompts."""

_BY_MODEL = """
    SELECT task, provider || '/' || model, count(*),
           avg(coalesce(output, 0) + coalesce(reasoning, 0)),
           coalesce(sum(cache_read) * 1.0 / nullif(sum(
               coalesce(input, 0) + coalesce(cache_read, 0) + coalesce(cache_write, 0)
               + coalesce(cache_write_long, 0)), 0), 0.0)
    FROM (SELECT task, provider, model, outcome, estimated, input, output, reasoning, cache_read,
                 cache_write, cache_write_long
          FROM entries ORDER BY id DESC LIMIT ?)
    WHERE outcome = 'done' AND NOT estimated AND output IS NOT NULL
    GROUP BY task, provider, model
"""
_TIMES = """
    SELECT task, provider || '/' || model, duration_ms
    FROM (SELECT * FROM entries ORDER BY id DESC LIMIT ?)
    WHERE outcome = 'done' AND duration_ms IS NOT NULL
"""


def usual(db: sqlite3.Connection) -> tuple[Spent, ...]:
    """One line a task and model, over the latest calls."""
    times: dict[tuple[str, str], list[int]] = {}
    for task, model, took in db.execute(_TIMES, (LATEST,)):
        times.setdefault((task, model), []).append(took)
    return tuple(
        Spent(
            task=task,
            model=model,
            answers=answers,
            output=output,
            cached=min(1.0, max(0.0, cached)),
            duration_ms=median_and_p90(times.get((task, model), []))[1],
        )
        for task, model, answers, output, cached in db.execute(_BY_MODEL, (LATEST,))
    )
