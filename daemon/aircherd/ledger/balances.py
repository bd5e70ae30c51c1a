"""What is spent and held in a scope and a period, derived from the rows and remembered.

The memory is only ever used inside a writing transaction, and only while no other connection has
written: `PRAGMA data_version` tells. It is forgotten with every transaction that is undone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from aircherd.core.books import Limit, Spending
from aircherd.core.money import NanoUsd
from aircherd.routing.periods import dates, keys

_MOST = 4096
"""Sums remembered; more are forgotten together."""

_WHERE = {
    "all": "? IS NOT NULL",
    "task": "task = ?",
    "provider": "provider = ?",
    "model": "provider || '/' || model = ?",
    "workspace": "workspace = ?",
}
_SUM_SPENT = "SELECT coalesce(sum(cost), 0) FROM {table} WHERE day >= ? AND day < ? AND {where}"
_SUM_HELD = """
    SELECT coalesce(sum(amount), 0) FROM entries
    WHERE state = 'held' AND day >= ? AND day < ? AND {where}
"""
_SPENT = {
    kind: _SUM_SPENT.format(table="daily" if kind == "workspace" else "daily_models", where=where)
    for kind, where in _WHERE.items()
}
_HELD = {kind: _SUM_HELD.format(where=where) for kind, where in _WHERE.items()}


class Place(NamedTuple):
    """Where one entry counts."""

    day: str
    """The date, such as `2026-11-21`."""
    task: str
    provider: str
    model: str
    workspace: str | None


def summed(db: sqlite3.Connection, scope: str, period: str) -> tuple[int, int]:
    """(spent, held) read from the rows. Raises ValueError for a scope of no known kind."""
    kind, _, name = scope.partition(":")
    if kind not in _WHERE:
        raise ValueError(f"{scope!r} is no scope; {', '.join(_WHERE)} are")
    first, after = dates(period)
    values = (first.isoformat(), after.isoformat(), name)
    spent = db.execute(_SPENT[kind], values).fetchone()[0]
    held = db.execute(_HELD[kind], values).fetchone()[0]
    return spent, held


class Balances:
    """Sums as they stand inside the running transaction."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[int]] = {}
        self._version: int | None = None

    def begin(self, db: sqlite3.Connection) -> None:
        """Called when a transaction has begun."""
        version = db.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._known) > _MOST:
            self._known.clear()
            self._version = version

    def forget(self) -> None:
        """Called when a transaction was undone or the connection closed."""
        self._known.clear()
        self._version = None

    def of(self, db: sqlite3.Connection, scope: str, period: str) -> tuple[int, int]:
        """(spent, held) in one scope and period."""
        known = self._known.get((scope, period))
        if known is None:
            known = self._known[scope, period] = list(summed(db, scope, period))
        return known[0], known[1]

    def known(self, scope: str, period: str) -> int | None:
        """What was spent there when this process wrote last; None when that is not remembered.

        For any thread: nothing is read but memory. Another process may have spent since.
        """
        found = self._known.get((scope, period))
        return None if found is None else found[0]

    def standing(self, limits: Sequence[Limit]) -> tuple[Spending, ...] | None:
        """Where limits stand, by the same memory; None when not all of them are remembered."""
        found = []
        for one in limits:
            sums = self._known.get((one.scope, one.period.key))
            if sums is None:
                return None
            found.append(Spending(limit=one, spent=NanoUsd(sums[0]), held=NanoUsd(sums[1])))
        return tuple(found)

    def move(self, place: Place, *, held: int, spent: int) -> None:
        """Says what an entry has just changed in the rows."""
        known = self._known
        if known:
            for name in _touched(place):
                sums = known.get(name)
                if sums is not None:
                    sums[0] += spent
                    sums[1] += held


@lru_cache(256)
def _touched(place: Place) -> tuple[tuple[str, str], ...]:
    """Every scope and period a place counts in."""
    scopes = (
        "all",
        f"task:{place.task}",
        f"provider:{place.provider}",
        f"model:{place.provider}/{place.model}",
        f"workspace:{place.workspace}",
    )
    return tuple((scope, period) for period in keys(f"day:{place.day}") for scope in scopes)
