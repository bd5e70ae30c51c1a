"""The books of one user: reserve, settle, release; and the reports over the same rows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from aircherd.core.books import (
    Claim,
    Hold,
    HoldRequest,
    Limit,
    Settlement,
    Spending,
)
from aircherd.core.clock import Clock
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import NanoUsd
from aircherd.ledger import holds
from aircherd.ledger.alerts import below, first_crossings
from aircherd.ledger.bookkeeping import Books
from aircherd.ledger.claims import answered, claim, let_go
from aircherd.ledger.forget import Forgotten, forget, forget_broken
from aircherd.ledger.lately import FRESH
from aircherd.ledger.reader import Reader
from aircherd.ledger.readings import Readings
from aircherd.ledger.results import Owned, into
from aircherd.ledger.writer import Writer

log = logging.getLogger(__name__)


class Ledger(Readings):
    """Every cent, durable before anything is sent."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._books = Books(path, clock)
        super().__init__(Writer(path, self._books), Reader(path))
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
        day = f"day:{holds.day_of(request)}"

        def told(found: tuple[Hold, int] | None, error: BaseException | None) -> None:
            hold = None
            if found is not None:
                hold = found[0]
                self._lately.found(day, found[1])
            if isinstance(error, LedgerUnavailable):
                # It may stand on the disk all the same, and whoever asked may have left.
                self._books.doubtful.append((request.operation, request.attempt))
                self._writer.look()
            heard.told(hold, error)

        def job(db: sqlite3.Connection) -> tuple[Hold, int]:
            page = self._books.page
            return holds.reserve(page, request), page.balances.of(db, "all", day)[0]

        self._writer.hand(job, told)
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
        self.settling(hold, settlement, lambda error: told(None, error), waits=True)
        await future

    def settling(
        self,
        hold: Hold,
        settlement: Settlement,
        told: Callable[[BaseException | None], None],
        *,
        waits: bool,
    ) -> None:
        """Begins `settle`; `told` hears when it is done, or what is wrong, in the running loop.

        It ends whatever becomes of the caller. Unless somebody `waits` it is written with the next
        commit, milliseconds later at most: until then the hold stands in full.
        """
        if not self._books.ends_here(hold):
            told(None)
            return

        day = self._books.day(hold)

        def ended(found: tuple[bool, int | None] | None, error: BaseException | None) -> None:
            self._lately.ends(hold)
            overrun, spent = found or (False, None)
            if spent is not None:
                self._lately.found(day, spent)
            if overrun:
                said = "overrun: hold %s of %s nano-dollars cost %s"
                log.warning(said, hold.id, hold.amount, settlement.cost)
            told(self._over(hold, settlement, error))

        self._lately.begins(hold, day, settlement.cost)
        hand = self._writer.hand if waits else self._writer.hand_later
        try:
            hand(lambda db: self._settled(db, hold, settlement, day), ended)
        except BaseException:
            self._lately.ends(hold)
            raise

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

    async def standing(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """The same for choosing alone: from memory right after a settlement here, else read."""
        fresh = not self._writer.failure and time.monotonic() - self._settled_at <= FRESH
        known = self._books.page.balances.standing(limits) if fresh else None
        return await self.spending(limits) if known is None else known

    def spent(self, day: str) -> NanoUsd | None:
        """What is spent on a day by its key, with every call that was answered: from memory, a
        second old at most and without what another process has spent since. None when unknown."""
        return None if self._writer.failure else self._lately.spent(day)

    def far_from(self, limits: Sequence[Limit], thresholds: Sequence[float]) -> bool:
        """Whether memory tells, right after a settlement, that not the least fraction is spent."""
        return below(limits, thresholds, self._known)

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

    async def aclose(self) -> None:
        """Writes what waits and closes the database."""
        with contextlib.suppress(LedgerUnavailable):
            # What is being written may be of a caller who has left: that is heard before the end.
            await self._writer.run(lambda _: None)
        if self._books.late or self._books.doubtful:
            self._writer.post(self._books.chores)
        await self._reader.close()
        await self._writer.close()

    def _known(self, scope: str, period: str) -> NanoUsd | None:
        if self._writer.failure or time.monotonic() - self._settled_at > FRESH:
            return None
        known = self._books.page.balances.known(scope, period)
        return None if known is None else NanoUsd(known)

    def _settled(
        self, db: sqlite3.Connection, hold: Hold, settlement: Settlement, day: str
    ) -> tuple[bool, int | None]:
        page = self._books.page
        overrun = holds.settle(page, hold, settlement)
        self._settled_at = time.monotonic()
        return overrun, page.balances.of(db, "all", day)[0] if day else None

    def _let_go(self, hold: Hold) -> None:
        # Tried until it is written.
        self._books.later(hold, "cancelled")
        self._writer.post(self._books.chores)
