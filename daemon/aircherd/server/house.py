"""What the handlers see of the application."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from aircherd.core.books import Claim, Latency, Limit, Spending, UsageLine
from aircherd.core.money import NanoUsd
from aircherd.core.settings import Problem, Settings
from aircherd.features.commit_room import CommitRoom
from aircherd.features.conversations import Conversations
from aircherd.features.desk import Desk
from aircherd.features.feedback import Feedback
from aircherd.features.sources import Sources
from aircherd.features.teaching import Teaching
from aircherd.outbound.departures import Departures
from aircherd.tally import Tally
from aircherd.trust.store import Trust
from aircherd.workspace.views import Views


class Reports(Protocol):
    """What the handlers need of the ledger."""

    @property
    def state(self) -> str:
        """`ok`, or why nothing can be spent."""
        ...

    async def spending(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """Where limits stand."""
        ...

    async def days(
        self, period: str, *, by: str | None = None, workspace: str | None = None
    ) -> tuple[UsageLine, ...]:
        """Sums over a period by its key, in groups."""
        ...

    async def latencies(self) -> tuple[Latency, ...]:
        """How quick each model was lately."""
        ...

    async def claim(self, key: str, fingerprint: str, operation: str) -> Claim:
        """Takes an idempotency key for one operation, or says what became of it."""
        ...

    async def answered(self, key: str, answer: str | None) -> None:
        """Keeps what a key's operation answered; None: it brought nothing."""
        ...

    async def forget(
        self, *, workspace: str | None, before: date | None, floor: date
    ) -> tuple[int, int]:
        """Forgets usage; (rows gone, rows made nameless)."""
        ...

    async def totals(
        self,
        *,
        start: datetime,
        end: datetime,
        by: str | None = None,
        workspace: str | None = None,
    ) -> tuple[UsageLine, ...]:
        """Sums over settled calls, in groups."""
        ...


class House(Protocol):
    """The application, as far as handlers may touch it."""

    @property
    def desk(self) -> Desk:
        """What features work at."""
        ...

    @property
    def teaching(self) -> Teaching:
        """What the user taught the task detector."""
        ...

    @property
    def commits(self) -> CommitRoom:
        """The way to repositories."""
        ...

    @property
    def sources(self) -> Sources:
        """The way to documents and changes."""
        ...

    @property
    def talks(self) -> Conversations:
        """Conversations that can be gone on with."""
        ...

    @property
    def feedback(self) -> Feedback:
        """What users did with answers."""
        ...

    @property
    def views(self) -> Views:
        """Workspaces that are watched."""
        ...

    @property
    def books(self) -> Reports:
        """The ledger."""
        ...

    @property
    def settings(self) -> Settings:
        """As they are now."""
        ...

    @property
    def trust(self) -> Trust:
        """Which workspaces' own settings were accepted."""
        ...

    @property
    def departures(self) -> Departures:
        """What has left for other machines."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the configuration."""
        ...

    @property
    def started(self) -> float:
        """Monotonic instant."""
        ...

    @property
    def last_model(self) -> str | None:
        """Who answered last."""
        ...

    @property
    def last_cost(self) -> NanoUsd | None:
        """What the last answer cost; None before the first."""
        ...

    @property
    def spent(self) -> NanoUsd:
        """What all answers since it started cost."""
        ...

    @property
    def tally(self) -> Tally:
        """What each model was asked since it started."""
        ...

    @property
    def price_table(self) -> str:
        """Source and day of the prices."""
        ...

    async def reload(self) -> bool:
        """Reads the configuration again; whether anything changed."""
        ...

    def sessions(self) -> int:
        """Connected clients."""
        ...

    def take_over(self, task: asyncio.Task[Any]) -> None:
        """Takes over work nobody waits for any more; the daemon's end cuts it off."""
        ...

    def in_flight(self) -> int:
        """Requests being answered."""
        ...

    def asking(self) -> int:
        """Models being asked."""
        ...

    async def today(self) -> NanoUsd | None:
        """Spent since local midnight; None when the books cannot be read."""
        ...

    def missing_keys(self, names: Sequence[str]) -> tuple[str, ...]:
        """Key variables a client has and this daemon was started without."""
        ...
