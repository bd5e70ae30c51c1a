"""A far side that does what it is told: raw bytes over a loopback socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Answering = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request and the way to answer it."""

    head: bytes
    body: bytes
    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader
    closed_after: float | None = None
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def start(
        self, status: str = "200 OK", kind: str = "text/event-stream", more: str = ""
    ) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}\r\n"
        await self.send(head.encode())

    async def chunk(self, **fields: object) -> None:
        value = {"id": "x", "model": "m", "choices": [], **fields}
        await self.send(b"data: " + json.dumps(value).encode() + b"\n\n")

    async def text(self, text: str) -> None:
        await self.chunk(choices=[{"index": 0, "delta": {"content": text}}])

    async def finish(self, prompt: int = 20, answer: int = 5) -> None:
        await self.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        await self.chunk(usage={"prompt_tokens": prompt, "completion_tokens": answer})
        await self.send(b"data: [DONE]\n\n")


@dataclass
class FarSide:
    """A server with a script; every request it gets is kept."""

    base: str
    answer: Answering
    """May be changed between two requests."""
    seen: list[Exchange] = field(default_factory=list)


@contextlib.asynccontextmanager
async def far_side(
    answer: Answering, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[FarSide]:
    """Serves until the block ends."""
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await _exchange(reader, writer, far.seen, far.answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            running.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    far = FarSide(f"http{'s' if tls else ''}://127.0.0.1:{port}/v1", answer)
    try:
        yield far
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await server.wait_closed()


async def _exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    exchanges: list[Exchange],
    answer: Answering,
) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    exchange = Exchange(head, await reader.readexactly(length), writer, reader)
    exchanges.append(exchange)

    async def watch() -> None:
        with contextlib.suppress(ConnectionError):
            await reader.read(1)
        exchange.closed.set()

    watcher = asyncio.create_task(watch())
    try:
        with contextlib.suppress(ConnectionError):
            await answer(exchange)
        writer.close()
        with contextlib.suppress(Exception):
            await writer.wait_closed()
    finally:
        watcher.cancel()
