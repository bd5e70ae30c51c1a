"""Reserve, settle, release: the life of a hold. And the reports read the same rows."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from aircherd.core.books import Hold, HoldRequest, Limit, Settlement, Spending, UsageLine
from aircherd.core.clock import Clock
from aircherd.core.errors import BudgetExceeded, LedgerUnavailable
from aircherd.core.money import NanoUsd
from aircherd.ledger import recovery, report
from aircherd.ledger.migrations import migrate
from aircherd.ledger.writer import Writer

log = logging.getLogger(__name__)


class Ledger:
    """The books of one user."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._owner = recovery.owner()
        self._writer = Writer(path, self._opened)
        self._said: str | None = None

    @classmethod
    async def open(cls, path: Path, *, clock: Clock) -> Ledger:
        """Opens the books: made when missing, migrated, holds of dead processes settled.

        Never raises for a database that cannot be used: `state` says so and paid calls are refused,
        so that local models go on.
        """
        ledger = cls(path, clock)
        await asyncio.to_thread(ledger._prepare)
        ledger._writer.start()
        try:
            await ledger._writer.run(lambda _: None)
        except LedgerUnavailable as error:
            log.error("%s", error)
        return ledger

    @property
    def state(self) -> str:
        """`ok`, or why nothing can be spent."""
        return self._writer.failure or self._said or "ok"

    async def reserve(self, request: HoldRequest) -> Hold:
        """Durable room for the worst case of one call.

        Raises BudgetExceeded naming the first limit it would pass, or LedgerUnavailable.
        """
        work = asyncio.ensure_future(self._writer.run(lambda db: self._reserve(db, request)))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # The caller left before it could hear of its hold: it will never settle it.
            work.add_done_callback(self._let_go)
            raise

    async def settle(self, hold: Hold, settlement: Settlement) -> None:
        """Books what a call cost and frees the rest. A second end of a hold is a ValueError."""
        overrun = await self._writer.run(lambda db: self._settle(db, hold, settlement))
        if overrun:
            log.warning(
                "overrun: hold %s of %s nano-dollars cost %s", hold.id, hold.amount, settlement.cost
            )

    async def release(self, hold: Hold, outcome: str) -> None:
        """Frees a hold whose call provably never left. A second end is a ValueError."""
        await self._writer.run(lambda db: self._release(db, hold, outcome))

    async def spending(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """Where limits stand."""
        return await self._writer.run(
            lambda db: tuple(
                Spending(limit=limit, spent=NanoUsd(spent), held=NanoUsd(held))
                for limit in limits
                for spent, held in (_balance(db, limit.scope, limit.period.key),)
            )
        )

    async def totals(
        self,
        *,
        start: datetime,
        end: datetime,
        by: str | None = None,
        workspace: str | None = None,
    ) -> tuple[UsageLine, ...]:
        """Sums over what was settled between two instants; one line named `all` without `by`."""
        return await self._writer.run(
            lambda db: report.totals(db, start, end, by=by, workspace=workspace)
        )

    async def aclose(self) -> None:
        """Writes what waits and closes the database."""
        await self._writer.close()

    def _prepare(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._said = recovery.set_aside_if_corrupt(self._path, self._clock.now())
        if not self._path.exists():
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
            os.close(handle)

    def _opened(self, db: sqlite3.Connection) -> None:
        migrate(db)
        count = recovery.settle_abandoned(db, self._clock.now())
        if count:
            log.warning("%s holds of a process that died were settled in full", count)

    def _let_go(self, work: asyncio.Future[Hold]) -> None:
        if work.cancelled() or work.exception() is not None:
            return
        hold = work.result()
        self._writer.post(lambda db: self._release(db, hold, "cancelled"))

    def _reserve(self, db: sqlite3.Connection, request: HoldRequest) -> Hold:
        for limit in request.limits:
            spent, held = _balance(db, limit.scope, limit.period.key)
            if spent + held + request.amount > limit.amount:
                raise BudgetExceeded(
                    scope=limit.label,
                    limit=limit.amount,
                    spent=NanoUsd(spent),
                    held=NanoUsd(held),
                    needed=request.amount,
                    resets_at=limit.period.end,
                )
        now = self._clock.now().isoformat()
        db.execute(
            "INSERT INTO operations (id, started_at, task, client, workspace, reason)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (
                request.operation,
                now,
                request.task,
                request.client,
                request.workspace,
                request.reason,
            ),
        )
        cursor = db.execute(
            "INSERT INTO entries (operation, attempt, provider, model, task, workspace, state,"
            " amount, price_version, created_at, owner)"
            " VALUES (?, ?, ?, ?, ?, ?, 'held', ?, ?, ?, ?)",
            (
                request.operation,
                request.attempt,
                request.provider,
                request.model,
                request.task,
                request.workspace,
                request.amount,
                request.price_version,
                now,
                self._owner,
            ),
        )
        entry = cursor.lastrowid
        assert entry is not None
        for period in request.periods:
            db.execute(
                "INSERT INTO entry_periods (entry, period) VALUES (?, ?)", (entry, period.key)
            )
        recovery.move(db, entry, held=request.amount, settled=0)
        return Hold(id=entry, amount=request.amount)

    def _settle(self, db: sqlite3.Connection, hold: Hold, settlement: Settlement) -> bool:
        usage = settlement.usage
        overrun = settlement.cost > hold.amount
        changed = db.execute(
            "UPDATE entries SET state = 'settled', outcome = ?, cost = ?, input = ?, output = ?,"
            " cache_read = ?, cache_write = ?, cache_write_long = ?, reasoning = ?, estimated = ?,"
            " overrun = ?, reported_cost = ?, settled_at = ?, duration_ms = ?, first_token_ms = ?"
            " WHERE id = ? AND state = 'held'",
            (
                settlement.outcome,
                settlement.cost,
                None if usage is None else usage.input,
                None if usage is None else usage.output,
                None if usage is None else usage.cache_read,
                None if usage is None else usage.cache_write,
                None if usage is None else usage.cache_write_long,
                None if usage is None else usage.reasoning,
                int(usage is not None and usage.estimated),
                int(overrun),
                None if usage is None else usage.reported_cost,
                self._clock.now().isoformat(),
                settlement.duration_ms,
                settlement.first_token_ms,
                hold.id,
            ),
        ).rowcount
        if changed != 1:
            raise ValueError(f"hold {hold.id} has ended already; a hold ends exactly once")
        recovery.move(db, hold.id, held=-hold.amount, settled=settlement.cost)
        return overrun

    def _release(self, db: sqlite3.Connection, hold: Hold, outcome: str) -> None:
        changed = db.execute(
            "UPDATE entries SET state = 'released', outcome = ?, cost = 0, settled_at = ?"
            " WHERE id = ? AND state = 'held'",
            (outcome, self._clock.now().isoformat(), hold.id),
        ).rowcount
        if changed != 1:
            raise ValueError(f"hold {hold.id} has ended already; a hold ends exactly once")
        recovery.move(db, hold.id, held=-hold.amount, settled=0)


def _balance(db: sqlite3.Connection, scope: str, period: str) -> tuple[int, int]:
    row = db.execute(
        "SELECT settled, held FROM balances WHERE scope = ? AND period = ?", (scope, period)
    ).fetchone()
    return (0, 0) if row is None else (row[0], row[1])
