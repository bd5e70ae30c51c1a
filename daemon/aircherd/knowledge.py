"""What the books say that a choice of model goes by: what answers took, and where limits stand.

Read anew when it is older than half a minute; where limits stand is looked at for every choice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from aircherd.core.books import Latency, Limit, Spending, Spent
from aircherd.core.clock import Clock
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.settings import Settings
from aircherd.core.tasks import TaskKind
from aircherd.routing.budget import every_limit
from aircherd.routing.expecting import Known, Pace, Usual

log = logging.getLogger(__name__)

KEEP = 30.0
"""Seconds what answers took is not read again."""


class Past(Protocol):
    """What this needs of the ledger."""

    async def usual(self) -> tuple[Spent, ...]:
        """What answers took lately, by task and model. Raises LedgerUnavailable."""
        ...

    async def latencies(self) -> tuple[Latency, ...]:
        """How quick each model was lately. Raises LedgerUnavailable."""
        ...

    async def standing(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """Where limits stand, a second ago at the earliest. Raises LedgerUnavailable."""
        ...


class Knowledge:
    """The books, as far as choosing is concerned."""

    def __init__(self, past: Past, settings: Callable[[], Settings], clock: Clock) -> None:
        self._past = past
        self._settings = settings
        self._clock = clock
        self._read_at: float | None = None
        self._renewing = asyncio.Lock()
        self._lines: tuple[Spent, ...] = ()
        self._usual: dict[TaskKind, tuple[Usual | None, dict[str, Usual]]] = {}
        self._paces: dict[str, Pace] = {}

    async def known(self, task: TaskKind) -> Known:
        """What matters for a choice for this task. Nothing, while the books cannot be read: what
        is free goes on, and what is paid is refused where it is reserved."""
        try:
            now = self._clock.monotonic()
            if self._read_at is None or now - self._read_at > KEEP:
                await self._renew(now)
            limits = every_limit(self._settings().costs, now=self._clock.now())
            standing = await self._past.standing(limits) if limits else ()
        except LedgerUnavailable as error:
            log.info("a model is chosen without the books: %s", error)
            return Known()
        usual = self._usual.get(task)
        if usual is None:
            mine = [line for line in self._lines if line.task == task]
            models = {line.model: _usual(line) for line in mine}
            usual = self._usual[task] = (_together(mine), models)
        return Known(task=usual[0], models=usual[1], standing=standing, paces=self._paces)

    async def _renew(self, now: float) -> None:
        """Reads what answers took: once for all who ask meanwhile, who go by what was read before
        where there is that."""
        if self._read_at is not None and self._renewing.locked():
            return
        async with self._renewing:
            if self._read_at is not None and now - self._read_at <= KEEP:
                return
            lines, latencies = await self._past.usual(), await self._past.latencies()
            self._lines, self._read_at = lines, now
            self._usual.clear()
            self._paces = {
                line.name: Pace(
                    answers=line.answers,
                    first_ms=line.first_median,
                    token_ms=line.token_ms,
                    tokens=line.tokens,
                )
                for line in latencies
                if line.first_median is not None
            }


def _usual(line: Spent) -> Usual:
    return Usual(
        answers=line.answers,
        output=line.output,
        cached=line.cached,
        duration_ms=line.duration_ms,
    )


def _together(lines: Sequence[Spent]) -> Usual | None:
    answers = sum(line.answers for line in lines)
    if not answers:
        return None
    return Usual(answers=answers, output=sum(x.output * x.answers for x in lines) / answers)
