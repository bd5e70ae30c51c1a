"""The life of a hold in rows: reserved, then settled or released, exactly once.

Every function runs inside a writing transaction, and writes nothing when it raises.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from aircherd.core.books import Hold, HoldRequest, Settlement
from aircherd.core.errors import BudgetExceeded
from aircherd.core.money import NanoUsd
from aircherd.ledger.balances import Balances, Place

_OPERATION = (
    "INSERT INTO operations (id, started_at, task, client, workspace, reason)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"
)
_RESERVE = (
    "INSERT INTO entries (operation, attempt, provider, model, task, workspace, branch, day,"
    " state, amount, price_version, created_at, owner)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'held', ?, ?, ?, ?)"
    " ON CONFLICT (operation, attempt) DO NOTHING"
)
_SETTLE = (
    "UPDATE entries SET state = 'settled', outcome = ?, cost = ?, input = ?, output = ?,"
    " cache_read = ?, cache_write = ?, cache_write_long = ?, reasoning = ?, estimated = ?,"
    " overrun = ?, reported_cost = ?, settled_at = ?, duration_ms = ?, first_token_ms = ?"
    " WHERE id = ? AND state = 'held'"
    " RETURNING operation, price_version, branch, day, task, provider, model, workspace"
)
_COUNT = "UPDATE operations SET counted = ? WHERE id = ? AND counted IS NULL"
_SUMS = (
    "DO UPDATE SET operations = operations + excluded.operations, attempts = attempts + 1,"
    " done = done + excluded.done, cost = cost + excluded.cost,"
    " input = input + excluded.input, output = output + excluded.output,"
    " cache_read = cache_read + excluded.cache_read,"
    " cache_write = cache_write + excluded.cache_write,"
    " cache_write_long = cache_write_long + excluded.cache_write_long,"
    " unpriced = unpriced + excluded.unpriced, estimated = estimated + excluded.estimated"
)
_INTO = "INSERT INTO {table} VALUES ({marks}) ON CONFLICT ({key}) {sums}"
_ADD = _INTO.format(
    table="daily",
    marks="?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?",
    key="day, task, provider, model, workspace, branch",
    sums=_SUMS,
)
_ADD_MODEL = _INTO.format(
    table="daily_models",
    marks="?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?",
    key="day, task, provider, model",
    sums=_SUMS,
)
_RELEASE = (
    "UPDATE entries SET state = 'released', outcome = ?, cost = 0, settled_at = ?"
    " WHERE id = ? AND state = 'held' RETURNING day, task, provider, model, workspace"
)


@dataclass(slots=True)
class Page:
    """What the functions here work on: one connection, inside a transaction."""

    db: sqlite3.Connection
    now: datetime
    owner: str
    book: str
    balances: Balances = field(default_factory=Balances)
    settled: list[tuple[Place, int]] = field(default_factory=list)
    """(place, nano-dollars) of what the running transaction settles."""


def reserve(page: Page, request: HoldRequest) -> Hold:
    """Room for the worst case. Raises BudgetExceeded for the first limit it could pass.

    Raises ValueError for an attempt that was reserved before, and for a call that counts in no day.
    """
    day = day_of(request)
    for limit in request.limits:
        spent, held = page.balances.of(page.db, limit.scope, limit.period.key)
        if spent + held + request.amount > limit.amount:
            raise BudgetExceeded(
                scope=limit.label,
                limit=limit.amount,
                spent=NanoUsd(spent),
                held=NanoUsd(held),
                needed=request.amount,
                resets_at=limit.period.end.astimezone(ZoneInfo(limit.period.zone)),
            )
    now = page.now.isoformat()
    page.db.execute(
        _OPERATION,
        (
            request.operation,
            now,
            request.task,
            request.client,
            request.workspace,
            request.reason,
        ),
    )
    cursor = page.db.execute(
        _RESERVE,
        (
            request.operation,
            request.attempt,
            request.provider,
            request.model,
            request.task,
            request.workspace,
            request.branch,
            day,
            request.amount,
            request.price_version,
            now,
            page.owner,
        ),
    )
    if cursor.rowcount != 1 or cursor.lastrowid is None:
        raise ValueError(
            f"attempt {request.attempt} of operation {request.operation} was reserved before"
        )
    place = place_of(request, day)
    page.balances.move(place, held=request.amount, spent=0)
    return Hold(id=cursor.lastrowid, amount=request.amount, book=page.book)


def place_of(request: HoldRequest, day: str) -> Place:
    """Where a call counts."""
    return Place(day, request.task, request.provider, request.model, request.workspace)


def day_of(request: HoldRequest) -> str:
    """The date a call counts in. Raises ValueError when it names none."""
    day = next((p.key[4:] for p in request.periods if p.key.startswith("day:")), None)
    if day is None:
        raise ValueError(f"operation {request.operation} counts in no day")
    return day


def settle(page: Page, hold: Hold, settlement: Settlement) -> bool:
    """Books what a call cost and frees the rest. Whether it cost more than was held.

    Raises ValueError when the hold has ended already. A hold of a database that was set aside, even
    inside this very job, is not here: it was carried on in full, and its number may mean another.
    """
    if hold.book != page.book:
        return False
    usage = settlement.usage
    overrun = settlement.cost > hold.amount
    counts = (
        (None,) * 6
        if usage is None
        else (
            usage.input,
            usage.output,
            usage.cache_read,
            usage.cache_write,
            usage.cache_write_long,
            usage.reasoning,
        )
    )
    estimated = int(usage is None or usage.estimated)
    row = page.db.execute(
        _SETTLE,
        (
            settlement.outcome,
            settlement.cost,
            *counts,
            estimated,
            int(overrun),
            None if usage is None else usage.reported_cost,
            page.now.isoformat(),
            settlement.duration_ms,
            settlement.first_token_ms,
            hold.id,
        ),
    ).fetchone()
    if row is None:
        raise ValueError(f"hold {hold.id} has ended already; a hold ends exactly once")
    operation, version, branch, *rest = row
    place = Place(*rest)
    first = page.db.execute(_COUNT, (hold.id, operation)).rowcount
    prompt, output, read, write, write_long, reasoning = (count or 0 for count in counts)
    sums = (
        first,
        int(settlement.outcome == "done"),
        settlement.cost,
        prompt,
        output + reasoning,
        read,
        write,
        write_long,
        int(version is None),
        estimated,
    )
    page.db.execute(_ADD, (*place[:4], place.workspace or "", branch or "", *sums))
    page.db.execute(_ADD_MODEL, (*place[:4], *sums))
    page.balances.move(place, held=-hold.amount, spent=settlement.cost)
    page.settled.append((place, settlement.cost))
    return overrun


def release(page: Page, hold: Hold, outcome: str) -> None:
    """Frees a hold whose call provably never left. Raises ValueError when it has ended already.

    A hold of a database that was set aside stays booked in full, as in `settle`.
    """
    if hold.book != page.book:
        return
    row = page.db.execute(_RELEASE, (outcome, page.now.isoformat(), hold.id)).fetchone()
    if row is None:
        raise ValueError(f"hold {hold.id} has ended already; a hold ends exactly once")
    page.balances.move(Place(*row), held=-hold.amount, spent=0)


def withdraw(page: Page, operation: str, attempt: int) -> bool:
    """Frees the hold of a reservation whose caller was told that it failed; whether there was one.

    Nothing was sent for it: without a hold in hand nobody sends.
    """
    row = page.db.execute(
        "SELECT id, amount FROM entries WHERE operation = ? AND attempt = ? AND owner = ?"
        " AND state = 'held'",
        (operation, attempt, page.owner),
    ).fetchone()
    if row is not None:
        release(page, Hold(id=row[0], amount=row[1], book=page.book), "unwritten")
    return row is not None


def settle_in_full(page: Page, entry: int, amount: int, outcome: str) -> None:
    """Settles a hold nobody will end: whether it was billed is unknown, so all of it is booked."""
    hold = Hold(id=entry, amount=NanoUsd(amount), book=page.book)
    settle(
        page,
        hold,
        Settlement(outcome=outcome, usage=None, cost=hold.amount, duration_ms=None),
    )
