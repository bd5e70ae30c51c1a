"""Connections: accepted, checked, each given a session."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import socket
import sys
from functools import partial

from aircherd import runtime
from aircherd.landing import landing
from aircherd.server.sessions import Sessions

log = logging.getLogger(__name__)


class Listener:
    """The door for everybody who comes through the socket."""

    def __init__(self, sessions: Sessions, listening: socket.socket) -> None:
        self._sessions = sessions
        self._listening = listening
        self._serving: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to accept."""
        self._listening.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def aclose(self) -> None:
        """Stops accepting and ends every session."""
        tasks = [*self._serving, *(() if self._accepting is None else (self._accepting,))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sessions.aclose()

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
            try:
                await self._let_in(connection)
            except Exception:
                # Whatever one connection runs into, the next one is let in.
                log.exception("a connection could not be served")
                connection.close()

    async def _let_in(self, connection: socket.socket) -> None:
        if not is_mine(connection):
            log.warning("closed a connection of another user")
            connection.close()
            return
        reader, writer = await _opened(connection)
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(partial(self._gone, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._sessions.serve(reader, writer)
        except Exception:
            log.exception("a session crashed")

    def _gone(self, writer: asyncio.StreamWriter, task: asyncio.Task[None]) -> None:
        self._serving.discard(task)
        # A task that is cancelled before its first step closes nothing by itself.
        writer.transport.abort()


DRIP = 16
"""A read of fewer bytes than this is one of a drip: no message has so few."""
DRIPS = 8
"""Reads of a drip, one after another, that are read as they come."""
DRIP_SECONDS = 0.05
"""How long the next ones are left to gather, twice as long each time, about: hundreds of
connections that drip in step would else all be read before anybody else is."""
LONGEST_DRIP = 0.4
"""Seconds they gather at most, about."""


class _Landing(asyncio.StreamReaderProtocol, asyncio.BufferedProtocol):
    """A stream that is read as ever but for where its bytes are put, and that does not hurry for
    one who sends byte by byte."""

    _transport: asyncio.Transport
    _drips = 0
    _gathered = False

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes are put."""
        return landing()

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        self.data_received(bytes(landing()[:nbytes]))
        if nbytes >= DRIP:
            # What had gathered tells nothing of how it came.
            self._drips, self._gathered = self._drips * self._gathered, False
            return
        self._drips += 1
        if self._drips > DRIPS and self._transport.is_reading():
            self._gathered = True
            self._transport.pause_reading()
            seconds = min(DRIP_SECONDS * 2 ** min(self._drips - DRIPS, 8), LONGEST_DRIP)
            seconds *= random.uniform(0.5, 1.5)  # noqa: S311 - nothing is kept safe by it
            asyncio.get_running_loop().call_later(seconds, self._transport.resume_reading)


async def _opened(connection: socket.socket) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    transport, protocol = await loop.create_unix_connection(
        lambda: _Landing(reader, loop=loop), sock=connection
    )
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)


def is_mine(connection: socket.socket) -> bool:
    """Whether the process at the other end runs under our own uid, whatever the modes say."""
    end = runtime.peer(connection)
    return end is None or end[1] == os.getuid()


async def serve_stdio(sessions: Sessions) -> int:
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
    with contextlib.suppress(asyncio.CancelledError):
        session = await sessions.serve(reader, writer)
        return 0 if session.clean_exit else 1
    return 1
