"""A connection opened ahead of its request: one, silent, closed when nobody comes, and never the
reason why a request fails."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd.core.clock import SystemClock
from aircherd.core.errors import ProviderError
from aircherd.providers import connections as room
from aircherd.providers.base import Host
from aircherd.providers.connections import Connections, Unreached
from aircherd.providers.http import Road, Timeouts
from aircherd.providers.message import Origin
from aircherd.providers.tls import trusting
from providers.test_connection import SIZED, asked, certified, kept, once, saying, server

TIMEOUTS = Timeouts(connect=5, first_byte=5, idle=5)


async def settled(condition: object) -> None:
    """Turns of the loop until something holds."""
    assert callable(condition)
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def test_the_request_takes_the_one_that_was_opened_ahead() -> None:
    async with server(saying(SIZED)) as it, kept(it) as connections:
        assert await connections.warm(5)
        assert connections.waiting
        assert not await connections.warm(5), "one waits already"
        await settled(lambda: it.connected)
        assert (it.connected, it.asked) == (1, [])
        assert await once(connections) == b"hello"
        assert not connections.waiting
        assert not await connections.warm(5), "the one that was used lies idle"
        assert await once(connections) == b"hello"
        assert (it.connected, len(it.asked)) == (1, 2)


async def test_none_is_opened_beside_a_request_or_twice_at_once() -> None:
    async with server(saying(SIZED)) as it, kept(it) as connections:
        assert sorted(await asyncio.gather(*(connections.warm(5) for _ in range(5)))) == [
            *[False] * 4,
            True,
        ]
        taken = await connections.take(5)
        assert not await connections.warm(5), "one is in use, and will lie idle"
        connections.give(taken)
        assert it.connected == 1
        assert await once(connections) == b"hello"
        assert it.connected == 1, "one that was taken and not asked is as good as new"


async def test_one_that_stirs_is_closed_when_its_request_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is looked at for a few turns of the loop, and is nobody's in that time."""
    async with server(saying(SIZED)) as it, kept(it) as connections:
        assert await connections.warm(5)
        connection = connections._warm
        assert connection is not None
        monkeypatch.setattr(room, "_stirs", lambda _: True)
        asked = asyncio.create_task(connections.take(5))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert not connection.open


async def test_it_is_closed_when_nobody_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "WARM_SECONDS", 0.02)
    async with server(saying(SIZED)) as it, kept(it) as connections:
        assert await connections.warm(5)
        await settled(lambda: it.connected == 1 and it.writers[0].transport.is_closing())
        assert not connections.waiting
        assert it.asked == []
        assert await once(connections) == b"hello"
        assert it.connected == 2


async def test_an_end_closes_it_and_one_that_is_just_being_opened() -> None:
    async with server(saying(SIZED)) as it:
        connections = Connections(it.origin, keep=4)
        assert await connections.warm(5)
        await connections.aclose()
        assert not connections.waiting
        late = Connections(it.origin, keep=4)
        opening = asyncio.create_task(late.warm(5))
        await asyncio.sleep(0)
        await late.aclose()
        assert not await opening
        assert not late.waiting
        await settled(lambda: all(one.transport.is_closing() for one in it.writers))


async def test_one_that_speaks_unasked_is_not_used() -> None:
    async with server(saying(SIZED)) as it, kept(it) as connections:
        await connections.warm(5)
        await settled(lambda: it.connected)
        it.writers[0].write(SIZED)
        await settled(lambda: not connections.waiting)
        assert await once(connections) == b"hello"
        assert it.connected == 2


async def test_one_that_ended_is_passed_over() -> None:
    async with server(saying(SIZED)) as it, kept(it) as connections:
        await connections.warm(5)
        await settled(lambda: it.connected)
        it.writers[0].close()
        await settled(lambda: not connections.waiting)
        assert await once(connections) == b"hello"
        assert (it.connected, len(it.asked)) == (2, 1)


async def test_the_newest_may_be_dead_while_an_older_one_lives() -> None:
    async with server(saying(SIZED)) as it, kept(it) as connections:
        both = [await connections.take(5) for _ in range(2)]
        for one in both:
            await asked(one)
            connections.give(one)
        it.writers[1].transport.abort()
        await settled(lambda: not both[1].open)
        assert await once(connections) == b"hello"
        assert it.connected == 2


async def test_one_that_ended_takes_its_timer_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "WARM_SECONDS", 0.2)
    async with server(saying(SIZED)) as it, kept(it) as connections:
        await connections.warm(5)
        first = connections._cooling
        await settled(lambda: it.connected)
        it.writers[0].transport.abort()
        await settled(lambda: not connections.waiting)
        await connections.warm(5)
        assert connections.waiting
        assert first is not None
        assert first.cancelled(), "it would close the second one too soon"


class Hasty:
    """A server in a thread: hangs up on its first connection when it is told to, answers others."""

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        self._tls = tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.hang_up = threading.Event()
        self.hung_up = threading.Event()
        self.answer_first = threading.Event()
        self.connected = self.answered = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _accepted(self) -> socket.socket:
        found, _ = self._listening.accept()
        self.connected += 1
        found.settimeout(10)
        # What ends it must not wait for word that the sessions have come.
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found if self._tls is None else self._tls.wrap_socket(found, server_side=True)

    def _answer(self, one: socket.socket) -> None:
        asked = b""
        while not asked.endswith(b"\r\n\r\n"):
            asked += one.recv(4096)
        self.answered += 1
        one.sendall(SIZED)

    def _serve(self) -> None:
        with contextlib.suppress(OSError), self._accepted() as one:
            if self.answer_first.is_set():
                self._answer(one)
            self.hang_up.wait(10)
            if isinstance(one, ssl.SSLSocket):
                # Its end of TLS alone: what comes is a record and no end of the socket.
                one.settimeout(0)
                with contextlib.suppress(OSError):
                    one.unwrap()
            else:
                one.shutdown(socket.SHUT_RDWR)
            self.hung_up.set()
            with self._accepted() as other:
                self._answer(other)

    def close(self) -> None:
        self.hang_up.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)


@pytest.fixture(params=["plain", "tls"])
def hasty(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Hasty, Origin]]:
    theirs: ssl.SSLContext | None = None
    if request.param == "tls":
        key, paper = certified(tmp_path)
        theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        theirs.load_cert_chain(paper, key)
        known = trusting(str(paper))
        monkeypatch.setattr(room, "certificates", lambda: known)
    made = Hasty(theirs)
    try:
        yield made, Origin("https" if theirs else "http", "127.0.0.1", made.port)
    finally:
        made.close()


@pytest.mark.may_block
@pytest.mark.parametrize("used", [False, True], ids=["ahead", "used"])
async def test_an_end_nobody_has_read_yet_costs_no_request(
    hasty: tuple[Hasty, Origin], used: bool
) -> None:
    """As after a sleep of the machine: the end has come, the loop had no turn to read it."""
    far, origin = hasty
    connections = Connections(origin, keep=4)
    try:
        if used:
            far.answer_first.set()
            assert await once(connections) == b"hello"
        else:
            assert await connections.warm(5)
        # Sessions of TLS come behind the handshake; they are read before the end is sent.
        for _ in range(20):
            await asyncio.sleep(0.001)
        far.hang_up.set()
        assert far.hung_up.wait(10), "the loop stands still until the far side has hung up"
        assert await once(connections) == b"hello"
        assert far.connected == 2
        assert far.answered == (2 if used else 1)
    finally:
        await connections.aclose()


async def test_nobody_there() -> None:
    connections = Connections(Origin("http", "127.0.0.1", 9), keep=1)
    with pytest.raises(Unreached):
        await connections.warm(5)
    assert not connections.waiting


def host(url: str) -> Host:
    return Host(name="far", family="openai_chat", base_url=url)


async def test_a_road_opens_one_only_where_a_request_could_go_at_once() -> None:
    async with server(saying(SIZED)) as it:
        url = f"http://127.0.0.1:{it.origin.port}"
        for closed in ({"shut": True}, {"barred": "offline is on"}):
            road = Road(replace(host(url), **closed), TIMEOUTS, SystemClock())  # type: ignore[arg-type]
            with pytest.raises(ProviderError):
                await road.warm()
        for near in ({"local": True}, {"proxy": "http://127.0.0.1:1"}):
            road = Road(replace(host(url), **near), TIMEOUTS, SystemClock())  # type: ignore[arg-type]
            assert not await road.warm()
        assert it.connected == 0
        road = Road(host(url), TIMEOUTS, SystemClock())
        assert await road.warm()
        assert road.waiting
        await settled(lambda: it.connected == 1)
        await road.aclose()
        assert not road.waiting
        assert it.asked == []
