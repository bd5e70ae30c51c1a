"""Which event loop the daemon runs on, and that a connection is opened and cancelled on both."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import pytest

from aircherd import start
from aircherd.names import Loop
from aircherd.providers.connection import Broken
from aircherd.providers.connections import Connections, Unreached
from aircherd.providers.message import Origin

uvloop = pytest.importorskip("uvloop")
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": Loop,
    "uvloop": uvloop.new_event_loop,
}


def test_uvloop_is_taken_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(start.LOOP, raising=False)
    assert start.loop_of_choice() is Loop, "not unasked, though it is installed"
    monkeypatch.setenv(start.LOOP, "uvloop")
    assert start.loop_of_choice() is uvloop.new_event_loop
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert start.loop_of_choice() is Loop, "not installed"


@pytest.mark.parametrize("kind", LOOPS)
def test_a_connection_speaks_breaks_and_is_called_off_on_both(kind: str) -> None:
    with asyncio.Runner(loop_factory=LOOPS[kind]) as runner:
        runner.run(_spoken())


async def _spoken() -> None:
    heard = asyncio.Event()
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"HTTP/1.1 200 OK\r\nContent"]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answers.pop(0))
        heard.set()
        writer.close()

    far = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = far.sockets[0].getsockname()[1]
    way = Connections(Origin("http", "127.0.0.1", port), keep=1)
    until = asyncio.get_running_loop().time() + 60
    one = await way.take(20, until=until)
    await one.ask(b"GET / HTTP/1.1\r\n\r\n", b"", seconds=20, until=until)
    assert await one.read(20) + await one.read(20) == b"hello"
    way.give(one)
    again = await way.take(20, until=until)
    assert again is one
    with pytest.raises(Broken):
        await again.ask(b"GET / HTTP/1.1\r\n\r\n", b"", seconds=20, until=until)
    way.give(again)
    assert heard.is_set()
    answers.append(b"")
    third = await way.take(20, until=until)
    asked = asyncio.create_task(third.ask(b"GET /", b"", seconds=20, until=until))
    await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    way.give(third)
    assert not third.open
    far.close()
    await way.aclose()
    await far.wait_closed()
    with pytest.raises(Unreached):
        await way.take(20, until=until)
