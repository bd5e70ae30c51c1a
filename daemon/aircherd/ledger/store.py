"""The books of one user: reserve, settle, release; and the reports over the same rows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from aircherd.core.books import (
    Claim,
    Hold,
    HoldRequest,
    Latency,
    Limit,
    Settlement,
    Spending,
    Spent,
    UsageLine,
)
from aircherd.core.clock import Clock
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import NanoUsd
from aircherd.ledger import holds, report
from aircherd.ledger.alerts import below, first_crossings
from aircherd.ledger.audit import differences
from aircherd.ledger.bookkeeping import Books
from aircherd.ledger.claims import answered, claim, let_go
from aircherd.ledger.forget import Forgotten, forget, forget_broken
from aircherd.ledger.reader import Reader
from aircherd.ledger.results import Owned, into
from aircherd.ledger.usual import usual
from aircherd.ledger.writer import Writer

log = logging.getLogger(__name__)

_FRESH = 1.0
"""Seconds a sum may be told from memory."""


class Ledger:
    """Every cent, durable before anything is sent."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._books = Books(path, clock)
        self._writer = Writer(path, self._books)
        self._reader = Reader(path)
        self._settled_at = float("-inf")

    @classmethod
    async def open(cls, path: Path, *, clock: Clock) -> Ledger:
        """Opens the books: made when missing, migrated, holds of dead processes settled.

        Never raises for a database that cannot be used: `state` says so and paid calls are refused,
        so that local models go on.
        """
        ledger = cls(path, clock)
        ledger._writer.start()
        try:
            await ledger._writer.run(lambda _: None)
        except LedgerUnavailable as error:
            log.error("%s", error)
        return ledger

    @property
    def state(self) -> str:
        """`ok`, or why nothing can be spent."""
        return self._writer.failure or self._books.said or "ok"

    async def reserve(self, request: HoldRequest) -> Hold:
        """Durable room for the worst case of one call.

        Raises BudgetExceeded naming the first limit it would pass; ValueError for an attempt that
        was reserved before; LedgerUnavailable when it cannot be written, unless the call can cost
        nothing: then it goes on unbooked.
        """
        heard = Owned(self._let_go)

        def told(hold: Hold | None, error: BaseException | None) -> None:
            if isinstance(error, LedgerUnavailable):
                # It may stand on the disk all the same, and whoever asked may have left.
                self._books.doubtful.append((request.operation, request.attempt))
                self._writer.look()
            heard.told(hold, error)

        self._writer.hand(lambda _: holds.reserve(self._books.page, request), told)
        try:
            hold: Hold = await heard.result()
        except LedgerUnavailable:
            if request.amount:
                raise
            log.warning("a call to %s goes on unbooked; it costs nothing", request.provider)
            return Hold(id=0, amount=request.amount)
        self._books.watch(hold, request)
        self._writer.look()
        return hold

    async def settle(self, hold: Hold, settlement: Settlement) -> None:
        """Books what a call cost and frees the rest. A second end of a hold is a ValueError.

        When it cannot be written now it is written later; until then the hold stands in full.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        told = into(future)
        self.settling(hold, settlement, lambda error: told(None, error))
        await future

    def settling(
        self, hold: Hold, settlement: Settlement, told: Callable[[BaseException | None], None]
    ) -> None:
        """Begins `settle`; `told` hears when it is done, or what is wrong, in the running loop.

        It ends whatever becomes of the caller.
        """
        if not self._books.ends_here(hold):
            told(None)
            return

        def ended(overrun: bool, error: BaseException | None) -> None:
            if overrun:
                said = "overrun: hold %s of %s nano-dollars cost %s"
                log.warning(said, hold.id, hold.amount, settlement.cost)
            told(self._over(hold, settlement, error))

        self._writer.hand(lambda _: self._settled(hold, settlement), ended)

    async def release(self, hold: Hold, outcome: str) -> None:
        """Frees a hold whose call provably never left. A second end is a ValueError."""
        if not self._books.ends_here(hold):
            return
        try:
            await self._writer.run(lambda _: holds.release(self._books.page, hold, outcome))
        except LedgerUnavailable as error:
            self._over(hold, outcome, error)
        else:
            self._over(hold, outcome, None)

    def _over(
        self, hold: Hold, end: Settlement | str, error: BaseException | None
    ) -> BaseException | None:
        """What is wrong once the end of a hold was tried; one that cannot be written is late."""
        if isinstance(error, LedgerUnavailable):
            self._books.later(hold, end)
            self._writer.look()
            log.error("hold %s is ended in the books later: %s", hold.id, error)
            return None
        if error is None:
            self._books.unwatch(hold)
        return error

    async def spending(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """Where limits stand."""
        return await self._reader.run(lambda db: report.spending(db, limits))

    async def standing(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """The same for choosing alone: from memory right after a settlement here, else read."""
        fresh = not self._writer.failure and time.monotonic() - self._settled_at <= _FRESH
        known = self._books.page.balances.standing(limits) if fresh else None
        return await self.spending(limits) if known is None else known

    async def totals(
        self,
        *,
        start: datetime,
        end: datetime,
        by: str | None = None,
        workspace: str | None = None,
    ) -> tuple[UsageLine, ...]:
        """Sums over calls reserved between two instants, from the rows themselves.

        One line named `all` without `by`. For whole days, `days` is quicker and agrees with limits.
        """
        return await self._reader.run(
            lambda db: report.totals(db, start, end, by=by, workspace=workspace)
        )

    async def days(
        self, period: str, *, by: str | None = None, workspace: str | None = None
    ) -> tuple[UsageLine, ...]:
        """Sums over a period by its key, such as `month:2026-11`, from the sums by day."""
        return await self._reader.run(lambda db: report.days(db, period, by, workspace))

    def spent(self, scope: str, period: str) -> NanoUsd | None:
        """What stood in a period when a call was settled here, less than a second ago; else None.

        From memory, and so without what another process has spent since: `spending` reads it.
        """
        if self._writer.failure or time.monotonic() - self._settled_at > _FRESH:
            return None
        known = self._books.page.balances.known(scope, period)
        return None if known is None else NanoUsd(known)

    async def latencies(self) -> tuple[Latency, ...]:
        """How quick each model was lately."""
        return await self._reader.run(report.latencies)

    async def usual(self) -> tuple[Spent, ...]:
        """What answers took lately, by task and model."""
        return await self._reader.run(usual)

    def far_from(self, limits: Sequence[Limit], thresholds: Sequence[float]) -> bool:
        """Whether memory tells, right after a settlement, that not the least fraction is spent."""
        return below(limits, thresholds, self.spent)

    async def crossings(
        self, limits: Sequence[Limit], thresholds: Sequence[float]
    ) -> tuple[tuple[Spending, float], ...]:
        """Limits of which a fraction is spent now that was not before; each is told once, ever."""
        if self.far_from(limits, thresholds):
            return ()
        standing = await self.spending(limits)
        if not any(s.spent >= s.limit.amount * t for s in standing for t in thresholds):
            return ()
        return await self._writer.run(
            lambda _: first_crossings(self._books.page, standing, thresholds)
        )

    async def claim(self, key: str, fingerprint: str, operation: str) -> Claim:
        """Takes an idempotency key for one operation, or says what became of it."""
        return await self._writer.run(
            lambda _: claim(self._books.page, key, fingerprint, operation)
        )

    async def answered(self, key: str, answer: str | None) -> None:
        """Keeps what a key's operation answered; None gives the key back, as nothing was booked."""
        job = let_go if answer is None else answered
        await self._writer.run(lambda _: job(self._books.page, key, answer or ""))

    async def forget(
        self, *, workspace: str | None, before: date | None, floor: date
    ) -> tuple[int, int]:
        """Forgets usage of a repository, or older than a day, or both; (rows gone, rows made
        nameless because their period, not before `floor`, may still be limited)."""

        def job() -> Forgotten:
            self._books.forgetting()
            return forget(self._books.page, workspace=workspace, before=before, floor=floor)

        done = await self._writer.run(lambda _: job())
        await asyncio.to_thread(forget_broken, self._path, workspace, before)
        return done.deleted, done.nameless

    async def audit(self) -> tuple[str, ...]:
        """Derives every sum from the rows anew and says what differs; empty when all balances."""
        return await self._reader.run(differences)

    async def aclose(self) -> None:
        """Writes what waits and closes the database."""
        if self._books.late or self._books.doubtful:
            self._writer.post(self._books.chores)
        await self._reader.close()
        await self._writer.close()

    def _settled(self, hold: Hold, settlement: Settlement) -> bool:
        page = self._books.page
        overrun = holds.settle(page, hold, settlement)
        for place, _ in page.settled[-1:]:
            # Remembered from here on, so that a status asks nobody.
            page.balances.of(page.db, "all", f"day:{place.day}")
            self._settled_at = time.monotonic()
        return overrun

    def _let_go(self, hold: Hold) -> None:
        # Tried until it is written.
        self._books.later(hold, "cancelled")
        self._writer.post(self._books.chores)
