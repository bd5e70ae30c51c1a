"""Thresholds of limits that were crossed, each told once for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aircherd.core.books import Limit, Spending
from aircherd.core.money import NanoUsd
from aircherd.ledger.holds import Page


def below(
    limits: Sequence[Limit],
    thresholds: Sequence[float],
    spent: Callable[[str, str], NanoUsd | None],
) -> bool:
    """Whether every limit is known to stand below its least threshold."""
    least = min(thresholds, default=1.0)
    for one in limits:
        found = spent(one.scope, one.period.key)
        if found is None or found >= one.amount * least:
            return False
    return True


def first_crossings(
    page: Page, standing: Sequence[Spending], thresholds: Sequence[float]
) -> tuple[tuple[Spending, float], ...]:
    """The highest threshold newly crossed of each limit; the lower ones count as told with it.

    A limit of another amount is another limit: raising one lets it warn again.
    """
    found = []
    for spending in standing:
        limit, news = spending.limit, None
        for threshold in sorted(set(thresholds)):
            if spending.spent < limit.amount * threshold:
                break
            said = page.db.execute(
                "INSERT INTO alerts VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (limit.scope, limit.period.key, limit.amount, threshold, page.now.isoformat()),
            ).rowcount
            news = threshold if said else news
        if news is not None:
            found.append((spending, news))
    return tuple(found)
