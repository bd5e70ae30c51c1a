"""Connections: accepted, checked, each given a session; and what is told to all of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from aircher_protocol.types import StatusChangedParams
from aircherd import runtime
from aircherd.server.dispatch import Handler
from aircherd.server.outbox import Outbox
from aircherd.server.session import Session

log = logging.getLogger(__name__)

STATUS_SECONDS = 1.0
"""Least time between two status notifications."""


class Listener:
    """Everybody who is connected through the socket."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        listening: socket.socket,
        status: Callable[[], Awaitable[StatusChangedParams]],
    ) -> None:
        """`status` tells how the daemon is now."""
        self._handlers = handlers
        self._status = status
        self._listening = listening
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._accepting: asyncio.Task[None] | None = None
        self._stale = False
        self._telling: asyncio.Task[None] | None = None

    @property
    def sessions(self) -> int:
        """Connected clients."""
        return len(self._sessions)

    @property
    def in_flight(self) -> int:
        """Requests being answered."""
        return sum(session.in_flight for session in self._sessions)

    def start(self) -> None:
        """Begins to accept."""
        self._listening.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def aclose(self) -> None:
        """Stops accepting and ends every session."""
        tasks = [*self._sessions.values()]
        tasks += [task for task in (self._accepting, self._telling) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def broadcast(self, method: str, params: Any) -> None:
        """Tells every session."""
        for session in self._sessions:
            if session.ready:
                session.notify(method, params)

    def status_changed(self) -> None:
        """Something about the status is different: every session is told, at most once a second.

        What is told is the state at that moment, so the last one told is always the last one true.
        """
        self._stale = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        while self._stale:
            self._stale = False
            if self._sessions:
                self.broadcast("aircher/statusChanged", await self._status())
            await asyncio.sleep(STATUS_SECONDS)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listening)
            except OSError as error:
                # Out of descriptors, as a rule: the backlog keeps the others waiting.
                log.warning("cannot accept a connection: %s", error)
                await asyncio.sleep(0.2)
                continue
            if not is_mine(connection):
                log.warning("closed a connection of another user")
                connection.close()
                continue
            reader, writer = await asyncio.open_unix_connection(sock=connection)
            session = Session(reader, Outbox(writer), self._handlers, lambda: None)
            task = asyncio.create_task(session.run())
            self._sessions[session] = task
            task.add_done_callback(partial(self._gone, session))

    def _gone(self, session: Session, task: asyncio.Task[None]) -> None:
        self._sessions.pop(session, None)
        if not task.cancelled() and task.exception() is not None:
            log.error("a session crashed", exc_info=task.exception())


def is_mine(connection: socket.socket) -> bool:
    """Whether the process at the other end runs under our own uid, whatever the modes say."""
    end = runtime.peer(connection)
    return end is None or end[1] == os.getuid()


async def serve_stdio(handlers: Mapping[str, Handler]) -> int:
    """Serves one client on standard input and output. The exit code LSP asks for."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    # A copy of stdout, and stdout itself turned to stderr: a stray print must not break framing.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop), out
    )
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    session = Session(reader, Outbox(writer), handlers, lambda: None)
    with contextlib.suppress(asyncio.CancelledError):
        await session.run()
    return 0 if session.clean_exit else 1
