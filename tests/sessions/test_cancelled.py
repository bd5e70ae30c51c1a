"""A request is cancelled wherever it waits: answered before what it waits for lets go, its hold
freed where nothing of it had left and booked where it may have, and nothing of it left open.

No far side here lets go by itself before the test is over, so an answer that comes is the cancel's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aircherd import runtime
from aircherd.ledger.writer import Writer
from aircherd.outbound.departures import Departures
from fakes.scripted import Exchange, far_side
from sessions.conftest import configure, provider
from sessions.editor import Editor, Failed, in_process

CANCELLED = -32800
"""`RequestCancelled` of LSP."""


@dataclass
class Wait:
    """A provider that makes a request wait, and how to see that it does."""

    base: str
    stuck: Callable[[Editor], Awaitable[bool]]
    """Whether it waits there by now."""
    more: str = ""
    """What the provider is written with."""
    first: str = ""
    """What is written before it."""


Place = Callable[[], AbstractAsyncContextManager[Wait]]


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():
            await asyncio.sleep(0.005)


async def stages(editor: Editor) -> list[str]:
    return [one["stage"] for one in (await editor.ask("aircher/status"))["requests"]]


async def never(exchange: Exchange) -> None:
    await exchange.closed.wait()


@asynccontextmanager
async def in_the_pause_before_a_retry() -> AsyncIterator[Wait]:
    async def refuses(exchange: Exchange) -> None:
        await exchange.start("503 Busy", "application/json", "Retry-After: 80\r\n")
        await exchange.send(b'{"error": {"message": "overloaded"}}')

    async with far_side(refuses) as far:

        async def stuck(editor: Editor) -> bool:
            return len(far.seen) == 1 and await stages(editor) == ["waiting"]

        yield Wait(far.base, stuck, first="[retry]\nmax_delay = 90\n")
        assert len(far.seen) == 1


@asynccontextmanager
async def while_nobody_accepts_the_connection() -> AsyncIterator[Wait]:
    """The backlog is full: the kernel answers no further attempt."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = listening.getsockname()[1]
        for _ in range(8):
            filling = stack.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(("127.0.0.1", port))
        before = attempts(port)

        async def stuck(_: Editor) -> bool:
            return attempts(port) == before + 1

        async def gone() -> bool:
            return attempts(port) == before

        yield Wait(f"http://127.0.0.1:{port}/v1", stuck)
        await until(gone)


def attempts(port: int) -> int:
    """Connections to a port that nobody has answered yet."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(words[2].endswith(f":{port:04X}") and words[3] == "02" for words in lines)


@asynccontextmanager
async def in_a_handshake_that_stalls() -> AsyncIterator[Wait]:
    """The connection is there; whoever accepted it says nothing."""
    hello, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while await reader.read(1 << 16):
                hello.set()
        gone.set()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)

    async def stuck(_: Editor) -> bool:
        return hello.is_set()

    yield Wait(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", stuck)
    async with asyncio.timeout(30):
        await gone.wait()
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def a_proxy(answer: bytes) -> AsyncIterator[Wait]:
    """It takes CONNECT, says this much, and no more."""
    taken, gone = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            if answer:
                await reader.read(1 << 16)
            taken.set()
            while await reader.read(1 << 16):
                pass
        gone.set()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)

    async def stuck(_: Editor) -> bool:
        return taken.is_set()

    way = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield Wait("https://127.0.0.1:9/v1", stuck, more=f'proxy = "{way}"\n')
    async with asyncio.timeout(30):
        await gone.wait()
    server.close()
    await server.wait_closed()


@asynccontextmanager
async def while_a_proxy_joins_the_ends() -> AsyncIterator[Wait]:
    async with a_proxy(b"") as wait:
        yield wait


@asynccontextmanager
async def in_a_handshake_behind_a_proxy() -> AsyncIterator[Wait]:
    async with a_proxy(b"HTTP/1.1 200 Joined\r\n\r\n") as wait:
        yield wait


@asynccontextmanager
async def while_a_program_looks_for_the_key() -> AsyncIterator[Wait]:
    """It may ask its user for a finger."""
    with tempfile.TemporaryDirectory() as folder:
        begun = Path(folder, "begun")

        async def stuck(_: Editor) -> bool:
            return begun.exists()

        program = ["sh", "-c", 'echo > "$0"; exec sleep 300', str(begun)]
        more = f"api_key_command = {json.dumps(program)}\n"
        yield Wait("https://127.0.0.1:9/v1", stuck, more=more)


@asynccontextmanager
async def before_the_first_byte() -> AsyncIterator[Wait]:
    async with far_side(never) as far:

        async def stuck(_: Editor) -> bool:
            return len(far.seen) == 1

        yield Wait(far.base, stuck)
        async with asyncio.timeout(30):
            await far.seen[0].closed.wait()


@asynccontextmanager
async def in_the_middle_of_a_stream() -> AsyncIterator[Wait]:
    async def speaks(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("It ")
        await exchange.closed.wait()

    async with far_side(speaks) as far:

        async def stuck(editor: Editor) -> bool:
            return bool(editor.deltas)

        yield Wait(far.base, stuck)
        async with asyncio.timeout(30):
            await far.seen[0].closed.wait()


WAITS: dict[Place, tuple[str, str | None, bool]] = {
    in_the_pause_before_a_retry: ("settled", "serverError", False),
    while_nobody_accepts_the_connection: ("released", "cancelled", False),
    in_a_handshake_that_stalls: ("released", "cancelled", False),
    while_a_program_looks_for_the_key: ("released", "cancelled", False),
    while_a_proxy_joins_the_ends: ("released", "cancelled", False),
    in_a_handshake_behind_a_proxy: ("released", "cancelled", False),
    before_the_first_byte: ("settled", "cancelled", True),
    in_the_middle_of_a_stream: ("settled", "cancelled", True),
}
"""Where it waits, what becomes of its hold, and whether it costs anything."""


def booked() -> list[tuple[str, str | None, bool]]:
    with contextlib.closing(sqlite3.connect(runtime.ledger_path())) as db:
        rows = db.execute("SELECT state, outcome, cost FROM entries ORDER BY id").fetchall()
    return [(state, outcome, bool(cost)) for state, outcome, cost in rows]


async def cancelled(editor: Editor, asked: tuple[int, asyncio.Future[Any]]) -> None:
    """Cancels a request, which is answered as LSP has it."""
    editor.cancel(asked[0])
    with pytest.raises(Failed, match="cancelled") as caught:
        async with asyncio.timeout(60):
            await asked[1]
    assert caught.value.code == CANCELLED


@pytest.mark.parametrize("place", WAITS, ids=lambda one: str(one.__name__))
async def test_a_cancel_is_answered_wherever_the_request_waits(place: Place) -> None:
    async with place() as wait:
        configure(wait.first + provider("acme", wait.base) + wait.more)
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            asked = editor.begin("aircher/ask", prompt="q", model="acme/m", deltaToken="t")
            await until(lambda: wait.stuck(editor))
            await cancelled(editor, asked)
            assert await stages(editor) == []
            await editor.leave()
    assert booked() == [WAITS[place]]
    left = WAITS[place][0] == "settled"
    assert len(Departures(runtime.departures_path()).listed(9)) == left, "what left, and no more"


async def test_a_cancel_in_the_line_leaves_no_hold_and_takes_nothing_from_who_is_ahead() -> None:
    async with far_side(never) as far:
        configure(provider("acme", far.base) + "concurrency = 1\n")
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            first = editor.begin("aircher/ask", prompt="one", model="acme/m")

            async def seated() -> bool:
                return len(far.seen) == 1

            async def waits() -> bool:
                return any(method == "aircher/waiting" for method, _ in editor.told)

            await until(seated)
            second = editor.begin("aircher/ask", prompt="two", model="acme/m", deltaToken="t")
            await until(waits)
            await cancelled(editor, second)
            assert not first[1].done()
            assert not far.seen[0].closed.is_set()
            await cancelled(editor, first)
            await editor.leave()
        assert len(far.seen) == 1
    assert booked() == [("settled", "cancelled", True)]


async def test_a_cancel_while_the_books_are_waited_for_leaves_no_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody else writes them and takes its time; the reservation comes about once it is gone."""
    handed = asyncio.Event()
    plain = Writer.hand

    def hand(self: Writer, *of: Any) -> None:
        plain(self, *of)
        if "reserve" in of[0].__qualname__:
            handed.set()

    async with far_side(never) as far:
        configure(provider("acme", far.base))
        async with in_process() as opened:
            editor = await opened()
            await editor.initialize()
            assert await stages(editor) == []  # by now there are books
            with contextlib.closing(sqlite3.connect(runtime.ledger_path())) as other:
                other.execute("BEGIN IMMEDIATE")
                monkeypatch.setattr(Writer, "hand", hand)
                asked = editor.begin("aircher/ask", prompt="q", model="acme/m")
                async with asyncio.timeout(60):
                    await handed.wait()
                await cancelled(editor, asked)
                assert other.in_transaction, "the books are still somebody else's"
                other.rollback()
            await editor.leave()
        assert not far.seen
    assert booked() == [("released", "cancelled", False)]
