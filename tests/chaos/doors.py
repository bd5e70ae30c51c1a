"""Addresses behind which there is no HTTP at all: what a network does before a request is sent."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

DOORS = ("shut", "full", "dumb", "plain", "nameless")


@asynccontextmanager
async def doors() -> AsyncIterator[dict[str, str]]:
    """Base URLs by name.

    * shut: nobody listens, connecting is refused;
    * full: the backlog is full, so that connecting hangs;
    * dumb: https, accepts and never shakes hands;
    * plain: https, answers the handshake with plain HTTP;
    * nameless: a host name no resolver takes, refused without a packet.
    """
    with contextlib.ExitStack() as stack:
        shut = stack.enter_context(socket.socket())
        shut.bind(("127.0.0.1", 0))
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        dumb = await asyncio.start_server(_dumb, "127.0.0.1", 0)
        plain = await asyncio.start_server(_plain, "127.0.0.1", 0)
        try:
            yield {
                "shut": f"http://127.0.0.1:{shut.getsockname()[1]}/v1",
                "full": f"http://127.0.0.1:{full.getsockname()[1]}/v1",
                "dumb": f"https://127.0.0.1:{dumb.sockets[0].getsockname()[1]}/v1",
                "plain": f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/v1",
                "nameless": f"http://{'a' * 64}.invalid/v1",
            }
        finally:
            for server in (dumb, plain):
                server.close()
                await server.wait_closed()


async def _dumb(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read()
    writer.close()


async def _plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read(64)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        await writer.drain()
    writer.close()
