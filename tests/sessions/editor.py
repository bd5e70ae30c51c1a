"""An editor as a person uses it: verbs over a connection, and nothing that it did not expect."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from aircher_protocol.framing import FrameReader, frame
from aircherd import start
from aircherd.server import listener
from aircherd.server.sessions import Sessions

TOLD = (
    "aircher/delta",
    "aircher/statusChanged",
    "aircher/budget",
    "aircher/waiting",
    "window/logMessage",
)


class Failed(Exception):
    """The daemon answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        self.code = int(error["code"])
        self.kind = (error.get("data") or {}).get("kind")
        self.data = error.get("data") or {}
        super().__init__(str(error["message"]))


@dataclass
class Editor:
    """One window."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    end: Callable[[], Awaitable[int | None]]
    """Waits until the other side has ended; its exit code where it has one."""
    deltas: list[dict[str, Any]] = field(default_factory=list)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    surprises: list[Any] = field(default_factory=list)
    _waiting: dict[int, asyncio.Future[Any]] = field(default_factory=dict)
    _ids: Any = field(default_factory=lambda: itertools.count(1))
    _task: asyncio.Task[None] | None = None
    _word: asyncio.Event = field(default_factory=asyncio.Event)

    async def initialize(self) -> dict[str, Any]:
        """Opens the session."""
        self._task = asyncio.create_task(self._read())
        answer = await self.ask("initialize", processId=os.getpid(), capabilities={}, rootUri=None)
        self.notify("initialized", {})
        return dict(answer)

    def begin(self, method: str, /, **params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Sends a request and does not wait."""
        number = next(self._ids)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params or None})
        return number, future

    async def ask(self, method: str, /, **params: Any) -> Any:
        """Sends a request and waits. Raises Failed."""
        async with asyncio.timeout(90):
            return await self.begin(method, **params)[1]

    def notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def cancel(self, number: int) -> None:
        self.notify("$/cancelRequest", {"id": number})

    async def hears(self, text: str) -> None:
        """Waits until the streamed text holds this."""
        async with asyncio.timeout(60):
            while text not in self.shown:
                self._word.clear()
                await self._word.wait()

    async def is_told(self, method: str, **wanted: Any) -> dict[str, Any]:
        """Waits for a notification with these fields."""
        async with asyncio.timeout(60):
            while True:
                for name, params in self.told:
                    if name == method and all(params.get(k) == v for k, v in wanted.items()):
                        return params
                self._word.clear()
                await self._word.wait()

    @property
    def shown(self) -> str:
        """The text on the screen: the deltas applied in their order."""
        text = ""
        for place, delta in enumerate(self.deltas, start=1):
            assert delta["seq"] == place, "deltas are numbered without gaps"
            if delta["kind"] == "append":
                text += delta["text"]
            elif delta["kind"] == "replace":
                text = delta["text"]
        return text

    def clear(self) -> None:
        self.deltas.clear()
        self.told.clear()

    async def leave(self) -> int | None:
        """Says good-bye as LSP has it; the exit code."""
        await self.ask("shutdown")
        self.notify("exit", None)
        return await self._gone()

    async def vanish(self) -> int | None:
        """Goes without a word, as a killed editor does."""
        self.writer.close()
        return await self._gone()

    async def _gone(self) -> int | None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(60):
                self.writer.close()
                await self.writer.wait_closed()
        async with asyncio.timeout(60):
            code = await self.end()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for future in self._waiting.values():
            future.cancel()
        assert not self.surprises, self.surprises
        return code

    def _send(self, message: Any) -> None:
        self.writer.write(frame(json.dumps(message).encode()))

    async def _read(self) -> None:
        frames = FrameReader()
        while data := await self.reader.read(65536):
            for body in frames.feed(data):
                self._take(json.loads(body))
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionResetError("the daemon closed the connection"))

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") in TOLD:
            if message["method"] == "aircher/delta":
                self.deltas.append(message["params"])
            else:
                self.told.append((message["method"], message["params"]))
            self._word.set()
            return
        future = self._waiting.pop(message.get("id", 0), None)
        if future is None or "method" in message:
            self.surprises.append(message)
        elif "error" in message:
            future.set_exception(Failed(message["error"]))
        else:
            future.set_result(message.get("result"))


E = TypeVar("E", bound=Editor)


@asynccontextmanager
async def in_process(
    made: Callable[..., E] = Editor,  # type: ignore[assignment]
) -> AsyncIterator[Callable[[], Awaitable[E]]]:
    """The house in this very process, one window, over a pair of sockets."""
    ours, theirs = socket.socketpair()
    done: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def serve(sessions: Sessions) -> int:
        reader, writer = await asyncio.open_connection(sock=theirs)
        session = await sessions.serve(reader, writer)
        return 0 if session.clean_exit else 1

    before, listener.serve_stdio = listener.serve_stdio, serve
    house: asyncio.Task[int] | None = None
    writers: list[asyncio.StreamWriter] = []

    async def window() -> E:
        nonlocal house
        assert house is None, "one process, one window"
        # Now, not before: it reads the configuration when it starts.
        house = asyncio.create_task(start.served(None))
        house.add_done_callback(lambda task: done.set_result(task.result()))
        reader, writer = await asyncio.open_connection(sock=ours)
        writers.append(writer)
        return made(reader, writer, lambda: asyncio.shield(done))

    try:
        yield window
    finally:
        listener.serve_stdio = before
        for writer in writers:
            writer.close()
        if house is None:
            ours.close()
            theirs.close()
        else:
            async with asyncio.timeout(60):
                await house


@asynccontextmanager
async def over_socket(
    made: Callable[..., E] = Editor,  # type: ignore[assignment]
    loop: str = "asyncio",
) -> AsyncIterator[Callable[[], Awaitable[E]]]:
    """A daemon of its own on an event loop of this kind, windows straight on its socket."""
    from aircherd import runtime

    log = Path(os.environ["HOME"]) / "serve.log"
    with log.open("wb") as file:
        daemon = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aircherd", "serve"),
            stdout=file,
            stderr=file,
            env={**os.environ, start.LOOP: loop},
        )

    async def window() -> E:
        path = runtime.socket_path()
        async with asyncio.timeout(60):
            while not Path(path).exists():
                await asyncio.sleep(0.02)
        reader, writer = await asyncio.open_unix_connection(path)

        async def end() -> None:
            return None

        return made(reader, writer, end)

    try:
        yield window
    finally:
        if daemon.returncode is None:
            daemon.terminate()
        await daemon.wait()


@asynccontextmanager
async def through_connect(
    made: Callable[..., E] = Editor,  # type: ignore[assignment]
) -> AsyncIterator[Callable[[], Awaitable[E]]]:
    """Windows through `aircherd connect`, which starts the daemon by itself."""

    async def window() -> E:
        forwarder = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "aircherd",
            "connect",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert forwarder.stdin is not None
        assert forwarder.stdout is not None
        return made(forwarder.stdout, forwarder.stdin, forwarder.wait)

    try:
        yield window
    finally:
        stop = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aircherd", "stop", stdout=subprocess.DEVNULL
        )
        await stop.wait()


MODES = {"pipe": in_process, "socket": over_socket, "connect": through_connect}
if find_spec("uvloop") is not None:
    MODES["uvloop"] = partial(over_socket, loop="uvloop")
