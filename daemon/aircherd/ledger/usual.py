"""What whole answers took lately that their provider counted, by task and model, from the rows."""

from __future__ import annotations

import sqlite3

from aircherd.core.books import Spent

LATEST = 2_000
"""Calls looked back; older ones were other models and other prompts."""

_BY_MODEL = """
    SELECT task, provider || '/' || model, count(*),
           avg(coalesce(output, 0) + coalesce(reasoning, 0)),
           coalesce(sum(cache_read) * 1.0 / nullif(sum(
               coalesce(input, 0) + coalesce(cache_read, 0) + coalesce(cache_write, 0)
               + coalesce(cache_write_long, 0)), 0), 0.0),
           avg(duration_ms)
    FROM (SELECT task, provider, model, outcome, estimated, input, output, reasoning, cache_read,
                 cache_write, cache_write_long, duration_ms
          FROM entries ORDER BY id DESC LIMIT ?)
    WHERE outcome = 'done' AND NOT estimated AND output IS NOT NULL
    GROUP BY task, provider, model
"""


def usual(db: sqlite3.Connection) -> tuple[Spent, ...]:
    """One line a task and model, over the latest calls."""
    return tuple(
        Spent(
            task=task,
            model=model,
            answers=answers,
            output=output,
            cached=min(1.0, max(0.0, cached)),
            duration_ms=took,
        )
        for task, model, answers, output, cached, took in db.execute(_BY_MODEL, (LATEST,))
    )
