"""Connections are opened, or given up, and none stays open that nobody knows of."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from aircherd.providers.connections import Connections, Unreached
from aircherd.providers.message import Origin

ROUNDS = 40
"""Turns of the loop within which a connection on this machine comes about, with many to spare."""


class Door:
    """A server on both of this machine's addresses that says nothing."""

    def __init__(self) -> None:
        self.port = 0
        self.inside = self.accepted = 0
        self._here: list[asyncio.StreamWriter] = []

    async def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keeps one until it leaves."""
        self.accepted += 1
        self.inside += 1
        try:
            await reader.read()
        except ConnectionError:
            pass
        finally:
            self.inside -= 1
            writer.close()

    async def left(self) -> None:
        """Waits until nobody is connected any more."""
        async with asyncio.timeout(10):
            while self.inside:
                await asyncio.sleep(0.005)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    made = Door()
    server = await asyncio.start_server(made.let_in, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()
    await server.wait_closed()


@pytest.fixture
def kept() -> Iterator[None]:
    """Nothing is closed by the garbage collector: it may be minutes away."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_one_that_is_given_up_at_any_moment_is_closed(door: Door, host: str) -> None:
    came = 0
    for rounds in range(ROUNDS):
        connections = Connections(Origin("http", host, door.port), keep=1)
        task = asyncio.create_task(connections.take(10))
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        try:
            connections.give(await task)
            came += 1
        except asyncio.CancelledError:
            pass
        del task
        # What the system has connected before anybody accepted it shows by now.
        await asyncio.sleep(0.005)
        await connections.aclose()
        await door.left()
    assert came or host == "localhost"  # a name may take a thread longer than all those turns
    assert door.accepted >= came


async def test_an_address_is_not_looked_up(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object, **__: object) -> list[object]:
        raise AssertionError("nobody asks for the address of an address")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    connections = Connections(Origin("http", "127.0.0.1", door.port), keep=1)
    connections.give(await connections.take(10))
    await connections.aclose()
    await door.left()


async def test_a_name_that_cannot_be_spelled_for_want_of_a_file_is_unreached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_codec(*_: object, **__: object) -> list[object]:
        raise LookupError("unknown encoding: idna")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", no_codec)
    connections = Connections(Origin("http", "a.example", 80), keep=1)
    with pytest.raises(Unreached, match="LookupError"):
        await connections.take(10)
    await connections.aclose()


async def test_what_refuses_says_so_and_leaves_nothing() -> None:
    free = await asyncio.start_server(Door().let_in, "127.0.0.1", 0)
    port = free.sockets[0].getsockname()[1]
    free.close()
    await free.wait_closed()
    connections = Connections(Origin("http", "127.0.0.1", port), keep=1)
    with pytest.raises(Unreached, match="ConnectionRefusedError"):
        await connections.take(10)
    await connections.aclose()
