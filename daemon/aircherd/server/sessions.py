"""Everybody who is connected, and what is told to all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aircher_protocol.types import BudgetParams, StatusChangedParams
from aircherd.server.dispatch import Handler, Notified
from aircherd.server.outbox import Outbox
from aircherd.server.rooms import Rooms
from aircherd.server.session import Session

TELL_SECONDS = 1.0
"""Least time between two notifications of one kind."""


Status = Callable[[], Awaitable[StatusChangedParams]]


class Sessions:
    """The open sessions of one daemon, whether they came by a socket or by standard input."""

    def __init__(
        self,
        handlers: Mapping[str, Handler] | None = None,
        status: Status | None = None,
        notified: Mapping[str, Notified] | None = None,
    ) -> None:
        """Without `handlers` and `status`, sessions answer `initialize` alone until `open`."""
        self._rooms = Rooms()
        self._status: Status
        if handlers is not None and status is not None:
            self.open(handlers, status, notified or {})
        self._open: set[Session] = set()
        self._stale = False
        self._budgets: dict[tuple[str, str], BudgetParams] = {}
        self._telling: asyncio.Task[None] | None = None
        self._alerting: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Connected clients."""
        return len(self._open)

    @property
    def in_flight(self) -> int:
        """Requests being answered."""
        return sum(session.in_flight for session in self._open)

    def open(
        self,
        handlers: Mapping[str, Handler],
        status: Status,
        notified: Mapping[str, Notified],
    ) -> None:
        """What was asked meanwhile is answered now. `status` tells how the daemon is."""
        self._status = status
        self._rooms.open(handlers, notified)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Session:
        """Serves one connection until it ends, and gives the session that was."""
        session = Session(reader, Outbox(writer), self._rooms)
        self._open.add(session)
        try:
            await session.run()
        finally:
            self._open.discard(session)
        return session

    def broadcast(self, method: str, params: Any) -> None:
        """Tells every session."""
        for session in self._open:
            if session.ready:
                session.notify(method, params)

    def status_changed(self) -> None:
        """Something about the status is different: every session is told, at most once a second.

        What is told is the state at that moment, so the last one told is always the last one true.
        """
        self._stale = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    def alert(self, params: BudgetParams) -> None:
        """A limit is near or was in the way: every session is told, of each limit and level once a
        second at most, and then what was last said of it."""
        self._budgets[params.line.label, params.level] = params
        if self._alerting is None or self._alerting.done():
            self._alerting = asyncio.get_running_loop().create_task(self._alert())

    async def aclose(self) -> None:
        """Says nothing any more. The sessions themselves end with whoever serves them."""
        tasks = [task for task in (self._telling, self._alerting) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self) -> None:
        while self._stale:
            self._stale = False
            if self._open:
                self.broadcast("aircher/statusChanged", await self._status())
            await asyncio.sleep(TELL_SECONDS)

    async def _alert(self) -> None:
        while self._budgets:
            told, self._budgets = self._budgets, {}
            for params in told.values():
                self.broadcast("aircher/budget", params)
            await asyncio.sleep(TELL_SECONDS)
