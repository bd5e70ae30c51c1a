"""A resolver that says nothing holds up nobody but who asks for that name."""

from __future__ import annotations

import _thread
import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aircherd import names, threads


class Resolver:
    """The system's, but for names that hang until `over`."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.asked: list[str] = []
        self.looking = 0
        self._real = socket.getaddrinfo
        self._lock = threading.Lock()

    def __call__(self, host: Any, *more: Any, **named: Any) -> Any:
        with self._lock:
            self.asked.append(host)
            self.looking += 1
        try:
            if "silent" in host:
                self.over.wait(30)
                raise socket.gaierror(socket.EAI_AGAIN, "no answer")
            return self._real(host, *more, **named)
        finally:
            with self._lock:
                self.looking -= 1


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    made = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", made)
    yield made
    made.over.set()
    for _ in range(2_000):
        if not made.looking:
            break
        time.sleep(0.01)


def test_names_that_hang_keep_no_thread_of_the_others(resolver: Resolver) -> None:
    """Nor the end of the loop, which waits for the threads it shares."""

    async def ask() -> str:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        loop = asyncio.get_running_loop()
        for number in range(20):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.005):
                    await loop.getaddrinfo(f"silent{number % 4}.example", 443)
        async with asyncio.timeout(20):
            return await asyncio.to_thread(lambda: "at work")

    with asyncio.Runner(loop_factory=names.Loop) as runner:
        assert runner.run(ask()) == "at work"
    assert not resolver.over.is_set()
    assert sorted(resolver.asked) == [f"silent{n}.example" for n in range(4)], "once each"


def test_an_address_and_an_error_come_to_all_who_asked(resolver: Resolver) -> None:
    async def ask() -> None:
        loop = asyncio.get_running_loop()
        found = await asyncio.gather(*(loop.getaddrinfo("127.0.0.1", 80) for _ in range(3)))
        assert {one[0][4] for one in found} == {("127.0.0.1", 80)}
        asking = [asyncio.create_task(loop.getaddrinfo("silent", 80)) for _ in range(3)]
        await asyncio.sleep(0)
        resolver.over.set()
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(one) for one in outcomes] == [socket.gaierror] * 3
        with pytest.raises(socket.gaierror):
            await loop.getaddrinfo("silent", 80)

    with asyncio.Runner(loop_factory=names.Loop) as runner:
        runner.run(ask())


def test_lookups_are_bounded(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "MOST", 2)

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        waiting = [asyncio.create_task(loop.getaddrinfo(f"silent{n}", 80)) for n in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(socket.gaierror):
            await loop.getaddrinfo("127.0.0.1", 80)
        resolver.over.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await loop.getaddrinfo("127.0.0.1", 80)

    with asyncio.Runner(loop_factory=names.Loop) as runner:
        runner.run(ask())


def test_a_thread_that_cannot_start_costs_one_lookup(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a user may have no more threads; the name is looked up as soon as there is one."""

    async def ask() -> None:
        loop = asyncio.get_running_loop()

        def refused(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        with monkeypatch.context() as without:
            without.setattr(_thread, "start_new_thread", refused)
            with pytest.raises(socket.gaierror):
                await loop.getaddrinfo("127.0.0.1", 80)
        async with asyncio.timeout(20):
            assert await loop.getaddrinfo("127.0.0.1", 80)

    with asyncio.Runner(loop_factory=names.Loop) as runner:
        runner.run(ask())


def test_a_thread_that_never_runs_costs_its_lookup_and_not_the_loop(
    resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that finds no memory for its first step: it was started and says nothing, ever."""

    async def ask() -> None:
        loop = asyncio.get_running_loop()
        with monkeypatch.context() as without:
            without.setattr(_thread, "start_new_thread", lambda *_: 7)
            asking = asyncio.create_task(loop.getaddrinfo("127.0.0.1", 80))
            await asyncio.sleep(0)
            assert not asking.done()  # and yet the loop goes on
        with pytest.raises(socket.gaierror, match="nothing answers"):
            await asking
        assert await loop.getaddrinfo("127.0.0.1", 80)

    monkeypatch.setattr(names, "LONGEST", 0.05)
    with asyncio.Runner(loop_factory=names.Loop) as runner:
        runner.run(ask())
    assert resolver.asked == ["127.0.0.1"]


def test_work_for_threads_starts_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the loop hands over at once finds a thread that runs already."""

    async def ask() -> list[str]:
        loop, there = asyncio.get_running_loop(), threads.shared()
        loop.set_default_executor(there)

        def never(_: threading.Thread) -> None:
            raise AssertionError("a thread was started")

        with monkeypatch.context() as without:
            without.setattr(threading.Thread, "start", never)
            working = [
                asyncio.create_task(asyncio.to_thread(threading.current_thread)) for _ in range(40)
            ]
            return [one.name for one in await asyncio.gather(*working)]

    with asyncio.Runner(loop_factory=names.Loop) as runner:
        found = runner.run(ask())
    assert all(name.startswith("asyncio") for name in found)
