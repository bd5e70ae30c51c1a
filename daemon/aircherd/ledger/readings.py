"""What the books are asked: sums, latencies, whether all of it balances."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from aircherd.core.books import Latency, Limit, Spending, Spent, UsageLine
from aircherd.core.errors import LedgerUnavailable
from aircherd.ledger import report
from aircherd.ledger.audit import differences
from aircherd.ledger.lately import Lately
from aircherd.ledger.reader import Reader
from aircherd.ledger.usual import usual
from aircherd.ledger.writer import Writer

T = TypeVar("T")


class Readings:
    """Questions to the books. Sums hold every call that was answered before they were asked."""

    def __init__(self, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader
        self._lately = Lately()

    async def spending(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """Where limits stand."""
        return await self._read(lambda db: report.spending(db, limits))

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
        return await self._read(
            lambda db: report.totals(db, start, end, by=by, workspace=workspace)
        )

    async def days(
        self, period: str, *, by: str | None = None, workspace: str | None = None
    ) -> tuple[UsageLine, ...]:
        """Sums over a period by its key, such as `month:2026-11`, from the sums by day."""
        return await self._read(lambda db: report.days(db, period, by, workspace))

    async def latencies(self) -> tuple[Latency, ...]:
        """How quick each model was lately."""
        return await self._reader.run(report.latencies)

    async def usual(self) -> tuple[Spent, ...]:
        """What answers took lately, by task and model."""
        return await self._reader.run(usual)

    async def audit(self) -> tuple[str, ...]:
        """Derives every sum from the rows anew and says what differs; empty when all balances."""
        return await self._read(differences)

    async def _read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """An answer in which every call stands that was answered before the question."""
        if self._lately.coming:
            with contextlib.suppress(LedgerUnavailable):
                await self._writer.run(lambda _: None)
        return await self._reader.run(question)
