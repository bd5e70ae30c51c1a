"""A server of raw messages on a real Unix socket, in this loop or in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from aircher_protocol.framing import FrameReader, frame

Say = Callable[[Any], None]
Answer = Callable[[dict[str, Any], Say], Awaitable[None]]


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A socket whose server answers `initialize` and `shutdown` itself, the rest by `answer`."""
    seen: list[dict[str, Any]] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader()

        def say(value: Any) -> None:
            if value is None:
                writer.transport.abort()
            else:
                writer.write(frame(json.dumps(value).encode()))

        while data := await reader.read(65536):
            for body in frames.feed(data):
                message = json.loads(body)
                seen.append(message)
                if message.get("method") in ("initialize", "shutdown"):
                    say({"jsonrpc": "2.0", "id": message["id"], "result": {}})
                else:
                    task = asyncio.create_task(answer(message, say))  # type: ignore[arg-type]
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
        writer.transport.abort()

    with tempfile.TemporaryDirectory(prefix="air", dir="/tmp") as folder:
        path = str(Path(folder) / "s")
        server = await asyncio.start_unix_server(serve, path)
        try:
            yield path, seen
        finally:
            server.close()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()


async def echo(message: dict[str, Any], say: Say) -> None:
    if "id" in message:
        say({"jsonrpc": "2.0", "id": message["id"], "result": message.get("params")})


PUMP = """
import os, socket, sys, threading
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
def up():
    while data := os.read(0, 65536): s.sendall(data)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=up, daemon=True).start()
while data := s.recv(65536): os.write(1, data)
os._exit(0)
"""
"""What `aircherd connect` does once it has found the daemon."""


@contextmanager
def served_apart(answer: Answer) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """The same server in a thread, for clients that block; gives the command to reach it."""
    ready: list[tuple[str, list[dict[str, Any]]]] = []
    started = threading.Event()
    loop = asyncio.new_event_loop()
    over = asyncio.Event()

    async def serve() -> None:
        async with served(answer) as found:
            ready.append(found)
            started.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert started.wait(5)
    path, seen = ready[0]
    try:
        yield (sys.executable, "-S", "-E", "-c", PUMP, path), seen
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
