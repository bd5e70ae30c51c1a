"""Clients that hold it wrong, each in its way; `beside` tells what a quiet one feels of them.

`python -m chaos.neighbours NAME SOCKET` is one of them, from the first line of its standard input
to its end: a process of its own, as a bad client is, so that nobody waits for it but where the
daemon makes him.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from aircher_protocol.framing import frame

Neighbour = Callable[[Path, asyncio.Event], Awaitable[None]]
"""Given the daemon's socket, and what is set when it is over."""


@asynccontextmanager
async def _raw(daemon: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(str(daemon))
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def _request(number: object, method: str, params: object) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return frame(json.dumps(message).encode())


HELLO = _request("hello", "initialize", {"processId": None, "rootUri": None, "capabilities": {}})


async def _pour(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, many: bytes, over: asyncio.Event
) -> None:
    async def thrown_away() -> None:
        while await reader.read(1 << 20):
            pass

    reading = asyncio.create_task(thrown_away())
    with suppress(ConnectionError):
        while not over.is_set():
            writer.write(many)
            await writer.drain()
    reading.cancel()
    await asyncio.wait([reading])


async def floods(daemon: Path, over: asyncio.Event) -> None:
    """As many requests as go through, answers read and thrown away."""
    async with _raw(daemon) as (reader, writer):
        writer.write(HELLO)
        many = b"".join(_request(n, "aircher/nothing", {}) for n in range(500))
        await _pour(reader, writer, many, over)


async def asks_much(daemon: Path, over: asyncio.Event, method: str) -> None:
    """Two hundred at a time of what is dear to answer."""
    async with _raw(daemon) as (reader, writer):
        writer.write(HELLO)
        many = b"".join(_request(n, method, {}) for n in range(200))
        await _pour(reader, writer, many, over)


async def stopped(daemon: Path, over: asyncio.Event) -> None:
    """A process that asks and is stopped before it reads, as by Ctrl-Z."""
    many = HELLO + b"".join(_request(n, "aircher/models", {}) for n in range(200))
    program = (
        "import os, signal, socket, sys\n"
        "one = socket.socket(socket.AF_UNIX)\n"
        "one.connect(sys.argv[1])\n"
        "one.sendall(sys.stdin.buffer.read())\n"
        "os.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    argv = [sys.executable, "-c", program, str(daemon)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(many)
        process.stdin.close()
        await over.wait()
        process.kill()


async def never_reads(daemon: Path, over: asyncio.Event) -> None:
    """Asks and leaves every answer where it is, until it is hung up on."""
    with socket.socket(socket.AF_UNIX) as one:
        one.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(one, str(daemon))
        many = HELLO + b"".join(_request(n, "aircher/models", {}) for n in range(500))
        with suppress(ConnectionError, TimeoutError):
            while not over.is_set():
                async with asyncio.timeout(0.5):
                    await loop.sock_sendall(one, many)


async def drips(daemon: Path, over: asyncio.Event) -> None:
    """Two hundred connections, each a byte of header now and then."""
    async with _many(daemon, 200) as all_of_them:
        text = b"Content-Length: 10\r\nX: " + b"a" * 4_000
        for at in range(len(text)):
            for one in all_of_them:
                with suppress(OSError):
                    one.send(text[at : at + 1])
            await asyncio.sleep(0.05)
            if over.is_set():
                return


async def idles(daemon: Path, over: asyncio.Event) -> None:
    """Four hundred connections that say nothing."""
    async with _many(daemon, 400):
        await over.wait()


async def giant_body(daemon: Path, over: asyncio.Event) -> None:
    """The largest body there may be, on four connections, and never its last byte."""
    async with (
        _raw(daemon) as (_, a),
        _raw(daemon) as (_, b),
        _raw(daemon) as (_, c),
        _raw(daemon) as (_, d),
    ):
        for writer in (a, b, c, d):
            writer.write(b"Content-Length: %d\r\n\r\n" % (12 << 20))
        for _ in range(12 * 16 - 1):
            for writer in (a, b, c, d):
                with suppress(ConnectionError):
                    writer.write(b" " * 65_536)
                    await writer.drain()
        await over.wait()


async def unframed(daemon: Path, over: asyncio.Event) -> None:
    """What is no frame, again and again."""
    while not over.is_set():
        async with _raw(daemon) as (reader, writer):
            writer.write(b"Content-Length: 10000000000000\r\n\r\n")
            with suppress(ConnectionError):
                assert await reader.read() == b""


@asynccontextmanager
async def _many(daemon: Path, count: int) -> AsyncIterator[list[socket.socket]]:
    with ExitStack() as stack:
        opened_ones = []
        for _ in range(count):
            one = stack.enter_context(socket.socket(socket.AF_UNIX))
            one.connect(str(daemon))
            one.setblocking(False)
            opened_ones.append(one)
            await asyncio.sleep(0)
        yield opened_ones


async def spins(_: Path, over: asyncio.Event) -> None:
    """Asks nobody anything and keeps a processor busy: what the machine alone does to others."""
    while not over.is_set():
        sum(range(10_000))
        await asyncio.sleep(0)


NEIGHBOURS: dict[str, Neighbour] = {
    "spins elsewhere": spins,
    "floods": floods,
    "asks for models": partial(asks_much, method="aircher/models"),
    "asks for usage": partial(asks_much, method="aircher/usage"),
    "asks for a dump": partial(asks_much, method="aircher/dump"),
    "never reads": never_reads,
    "stopped": stopped,
    "drips": drips,
    "idles": idles,
    "giant body": giant_body,
    "unframed": unframed,
}


async def _until_told(name: str, daemon: Path) -> None:
    loop = asyncio.get_running_loop()
    told = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    over = asyncio.Event()
    print("ready", flush=True)
    await told.readline()
    bad = asyncio.create_task(NEIGHBOURS[name](daemon, over))
    await told.read()
    over.set()
    # One that waits for the daemon has had its say.
    _, left = await asyncio.wait([bad], timeout=2)
    for one in left:
        one.cancel()
    await asyncio.wait([bad])


def main(arguments: list[str]) -> int:
    """Is one of them."""
    parser = argparse.ArgumentParser(prog="chaos.neighbours", description=__doc__)
    parser.add_argument("name", choices=NEIGHBOURS)
    parser.add_argument("socket", type=Path)
    wanted = parser.parse_args(arguments)
    asyncio.run(_until_told(wanted.name, wanted.socket))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
