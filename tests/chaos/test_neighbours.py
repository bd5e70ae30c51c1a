"""Whoever holds it wrong hurts only himself: a quiet client is asked beside each of them."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from aircher_protocol.framing import frame
from chaos.fuzz import CONFIGURATION, Line, opened
from chaos.house import House, house

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
MOST_GROWN = 64 * 2**20
Neighbour = Callable[[House, asyncio.Event], Awaitable[None]]


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's."""
    with tempfile.TemporaryDirectory(prefix="nb-", dir="/tmp") as folder:
        yield Path(folder)


@asynccontextmanager
async def _raw(made: House) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(str(made.socket))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _request(number: object, method: str, params: object) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return frame(json.dumps(message).encode())


HELLO = _request("hello", "initialize", {"processId": None, "rootUri": None, "capabilities": {}})


async def floods(made: House, over: asyncio.Event) -> None:
    """As many requests as go through, answers read and thrown away."""
    async with _raw(made) as (reader, writer):
        writer.write(HELLO)
        many = b"".join(_request(n, "aircher/nothing", {}) for n in range(500))
        with suppress(ConnectionError):
            while not over.is_set():
                writer.write(many)
                await writer.drain()
                await reader.read(1 << 20)


async def never_reads(made: House, over: asyncio.Event) -> None:
    """Asks and leaves every answer where it is, until it is hung up on."""
    with socket.socket(socket.AF_UNIX) as one:
        one.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(one, str(made.socket))
        many = HELLO + b"".join(_request(n, "aircher/models", {}) for n in range(500))
        with suppress(ConnectionError, TimeoutError):
            while not over.is_set():
                async with asyncio.timeout(0.5):
                    await loop.sock_sendall(one, many)


async def drips(made: House, over: asyncio.Event) -> None:
    """Two hundred connections, each a byte of header now and then."""
    async with _many(made, 200) as all_of_them:
        text = b"Content-Length: 10\r\nX: " + b"a" * 4_000
        for at in range(len(text)):
            for one in all_of_them:
                with suppress(OSError):
                    one.send(text[at : at + 1])
            await asyncio.sleep(0.05)
            if over.is_set():
                return


async def idles(made: House, over: asyncio.Event) -> None:
    """Four hundred connections that say nothing."""
    async with _many(made, 400):
        await over.wait()


async def giant_body(made: House, over: asyncio.Event) -> None:
    """The largest body there may be, on four connections, and never its last byte."""
    async with (
        _raw(made) as (_, a),
        _raw(made) as (_, b),
        _raw(made) as (_, c),
        _raw(made) as (_, d),
    ):
        for writer in (a, b, c, d):
            writer.write(b"Content-Length: %d\r\n\r\n" % (12 << 20))
        for _ in range(12 * 16 - 1):
            for writer in (a, b, c, d):
                with suppress(ConnectionError):
                    writer.write(b" " * 65_536)
                    await writer.drain()
        await over.wait()


async def unframed(made: House, over: asyncio.Event) -> None:
    """What is no frame, again and again."""
    while not over.is_set():
        async with _raw(made) as (reader, writer):
            writer.write(b"Content-Length: 10000000000000\r\n\r\n")
            with suppress(ConnectionError):
                assert await reader.read() == b""


@asynccontextmanager
async def _many(made: House, count: int) -> AsyncIterator[list[socket.socket]]:
    with ExitStack() as stack:
        opened_ones = []
        for _ in range(count):
            one = stack.enter_context(socket.socket(socket.AF_UNIX))
            one.connect(str(made.socket))
            one.setblocking(False)
            opened_ones.append(one)
            await asyncio.sleep(0)
        yield opened_ones


async def _waits(quiet: Line, seconds: float) -> list[float]:
    """What a small question took, twenty times a second."""
    found: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end or len(found) < 20:
        wait = await quiet.probe()
        assert wait is not None, "the quiet client lost its connection"
        found.append(wait)
        await asyncio.sleep(0.05)
    return sorted(found)


@pytest.mark.parametrize(
    "neighbour", [floods, never_reads, drips, idles, giant_body, unframed], ids=lambda n: n.__name__
)
async def test_a_quiet_client_beside_it(neighbour: Neighbour, short: Path) -> None:
    async with house(short, CONFIGURATION) as made:
        quiet = await opened(made)
        await _waits(quiet, 1.0)
        before = await _waits(quiet, 2.0)
        memory, descriptors = made.memory(), made.descriptors()
        over = asyncio.Event()
        bad = asyncio.create_task(neighbour(made, over))
        during = await _waits(quiet, 4.0)
        grown = made.memory() - memory
        over.set()
        await bad
        for _ in range(500):
            if made.descriptors() <= descriptors + 2:
                break
            await asyncio.sleep(0.04)
        left = made.descriptors() - descriptors
        assert await quiet.settled() == []
        await quiet.close()
    middle, late = len(before) // 2, int(len(during) * 0.99)
    print(
        f"{neighbour.__name__}: p50 {before[middle] * 1000:.1f} ms alone, "
        f"{during[len(during) // 2] * 1000:.1f} ms beside it, p99 {during[late] * 1000:.1f} ms; "
        f"memory {grown / 2**20:+.1f} MB, descriptors left {left:+d}"
    )
    assert grown < MOST_GROWN
    assert left <= 2
