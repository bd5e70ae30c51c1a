"""A second memory of what was spent lately, for the day the database is broken.

A small file beside the database, written anew every few seconds: the sums of the last weeks and
what was held. A broken database is set aside, never overwritten, and a new one goes on from the
higher of the two: this file, and whatever can still be read of the broken one. Holds count in full.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aircherd.core.books import Hold, Settlement
from aircherd.core.money import NanoUsd
from aircherd.ledger import holds
from aircherd.ledger.balances import Place
from aircherd.ledger.holds import Page

_REACH = timedelta(days=45)
"""How far back sums are carried: over the longest period that is limited, and a zone's change."""

_MOST = 1 << 53
"""Nano-dollars of one place, nine million dollars: whatever says more is damaged, and what does not
fit into a column of SQLite would keep the books from opening."""
_DAMAGE = (ValueError, TypeError, OverflowError)
"""What a row says that is none."""
_SPENT = (
    "SELECT day, task, provider, model, workspace, sum(cost) FROM daily"
    " WHERE day >= ? GROUP BY day, task, provider, model, workspace HAVING sum(cost) > 0"
)
_HELD = (
    "SELECT id, day, task, provider, model, coalesce(workspace, ''), amount"
    " FROM entries WHERE state = 'held' AND amount > 0"
)


class Sums(dict[Place, int]):
    """Nano-dollars by place, and the numbers of the holds that are among them."""

    def __init__(self) -> None:
        super().__init__()
        self.held: set[int] = set()

    def add(self, place: Place, amount: int) -> None:
        """Adds to one place; no repository is the empty name."""
        place = place._replace(workspace=place.workspace or "")
        self[place] = self.get(place, 0) + amount

    def hold(self, number: int, place: Place, amount: int) -> None:
        """Adds a hold, unless it is among them already."""
        if number not in self.held:
            self.held.add(number)
            self.add(place, amount)


def place_of(path: Path) -> Path:
    """Where the second memory of a database lies."""
    return path.with_name(f"{path.name}.sums")


def write(path: Path, db: sqlite3.Connection, now: datetime) -> None:
    """Writes the file anew; the one before stays until the new one is whole. Raises OSError."""
    since = (now - _REACH).date().isoformat()
    text = json.dumps(
        {
            "written": now.isoformat(),
            "spent": db.execute(_SPENT, (since,)).fetchall(),
            "held": db.execute(_HELD).fetchall(),
        },
        separators=(",", ":"),
    )
    fresh = path.with_name(f"{path.name}.sums.new")
    handle = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(handle)
    fresh.replace(place_of(path))


def remembered(path: Path) -> Sums:
    """Spent and held as the file says; nothing when there is none that can be read."""
    sums = Sums()
    with contextlib.suppress(OSError, KeyError, RecursionError, *_DAMAGE):
        found: dict[str, Any] = json.loads(place_of(path).read_text("utf-8"))
        _read(sums, found["spent"], ())
        _read(sums, (), found["held"])
    return sums


def salvaged(broken: Path, now: datetime) -> Sums:
    """Spent and held as far as a broken database can still be read. It is only read."""
    sums = Sums()
    since = (now - _REACH).date().isoformat()
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(
            sqlite3.connect(f"{broken.absolute().as_uri()}?mode=ro", uri=True, timeout=1)
        ) as db,
    ):
        with contextlib.suppress(sqlite3.Error, ValueError, TypeError):
            _read(sums, db.execute(_SPENT, (since,)), ())
        with contextlib.suppress(sqlite3.Error, ValueError, TypeError):
            _read(sums, (), db.execute(_HELD))
    return sums


def set_aside(path: Path, now: datetime) -> Path:
    """Renames a database and what belongs to it, and gives its new name. Raises OSError."""
    aside = path.with_name(f"{path.name}.broken-{now:%Y%m%dT%H%M%S}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.broken-{now:%Y%m%dT%H%M%S}-{number}")
    for ending in ("-wal", "-shm", ""):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def higher(one: Sums, other: Sums) -> dict[Place, int]:
    """For every place the higher of two sums: spending never goes down."""
    return {place: max(one.get(place, 0), other.get(place, 0)) for place in one.keys() | other}


def carry(page: Page, sums: Mapping[Place, int]) -> bool:
    """Books sums from before as one entry each, marked `carried`; once in a database's life.

    Whether this was that once.
    """
    if page.db.execute("UPDATE book SET carried = 1 WHERE carried = 0").rowcount != 1:
        return False
    now = page.now.isoformat()
    for number, (place, cost) in enumerate(sorted(sums.items())):
        day, task, provider, model, workspace = place
        operation = f"carried-{page.book}-{number}"
        page.db.execute(
            "INSERT INTO operations (id, started_at, task, client, workspace, reason)"
            " VALUES (?, ?, ?, 'aircherd', ?, '{}')",
            (operation, now, task, workspace or None),
        )
        entry = page.db.execute(
            "INSERT INTO entries (operation, attempt, provider, model, task, workspace,"
            " day, state, amount, price_version, created_at, owner)"
            " VALUES (?, 1, ?, ?, ?, ?, ?, 'held', ?, 'carried', ?, ?)",
            (
                operation,
                provider,
                model,
                task,
                workspace or None,
                day,
                cost,
                now,
                page.owner,
            ),
        ).lastrowid
        hold = Hold(id=entry or 0, amount=NanoUsd(cost), book=page.book)
        holds.settle(
            page,
            hold,
            Settlement(outcome="carried", usage=None, cost=NanoUsd(cost), duration_ms=None),
        )
    return True


def _read(sums: Sums, spent: Iterable[Any], held: Iterable[Any]) -> None:
    """Takes in all rows that can be read: one that is damaged takes no other along."""
    for row in spent:
        with contextlib.suppress(*_DAMAGE):
            *place, amount = row
            sums.add(_place(place), _amount(amount))
    for row in held:
        with contextlib.suppress(*_DAMAGE):
            number, *place, amount = row
            sums.hold(int(number), _place(place), _amount(amount))


def _place(found: Iterable[Any]) -> Place:
    words = [str(word) for word in found]
    "".join(words).encode()  # half a character of a damaged file is none SQLite takes
    return Place(*words)


def _amount(found: Any) -> int:
    amount = int(found)
    if not 0 <= amount <= _MOST:
        raise ValueError("nobody spent that")
    return amount
