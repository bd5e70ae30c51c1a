"""Threads that are made ahead: what they are handed, and where not all of them can be had."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError

import pytest

from aircherd.threads import pool


def test_those_that_began_are_not_left_waiting_for_one_that_could_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process would wait for them at its end, and never end."""
    start, left = threading.Thread.start, [2]

    def begin(self: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(self)

    monkeypatch.setattr(threading.Thread, "start", begin)
    before = set(threading.enumerate())
    with pytest.raises(RuntimeError, match="can't start"):
        pool(3, "few")
    begun = set(threading.enumerate()) - before
    for thread in begun:
        thread.join(10)
    stuck = [thread for thread in begun if thread.is_alive()]
    assert stuck == []


def test_all_of_them_run() -> None:
    made = pool(3, "all")
    try:
        assert sum(thread.name.startswith("all") for thread in threading.enumerate()) == 3
    finally:
        made.shutdown()


async def test_what_is_handed_over_is_done_and_what_it_raises_is_told() -> None:
    loop = asyncio.get_running_loop()
    made = pool(2, "few")
    try:
        assert await loop.run_in_executor(made, int, "7") == 7
        with pytest.raises(ValueError, match="invalid literal"):
            await loop.run_in_executor(made, int, "x")
        assert await loop.run_in_executor(made, int, "8") == 8
    finally:
        made.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        made.submit(int)


def test_an_end_waits_for_what_was_handed_over() -> None:
    made, go_on = pool(1, "one"), threading.Event()
    first, second = made.submit(go_on.wait, 30), made.submit(int, "3")
    threading.Timer(0.05, go_on.set).start()
    made.shutdown()
    assert (first.result(0), second.result(0)) == (True, 3)


def test_an_end_at_once_calls_off_what_has_not_begun() -> None:
    made, begun, go_on = pool(1, "one"), threading.Event(), threading.Event()
    first = made.submit(lambda: (begun.set(), go_on.wait(30)))
    assert begun.wait(30)
    second = made.submit(int, "3")
    made.shutdown(wait=False, cancel_futures=True)
    go_on.set()
    assert first.result(30) == (None, True)
    with pytest.raises(CancelledError):
        second.result(30)
    made.shutdown()


def test_a_want_of_memory_ends_no_thread_and_holds_no_lock() -> None:
    """The library's pool takes two locks to hand over work; one that ended half way kept one."""
    made = pool(1, "one")

    def none_left() -> None:
        raise MemoryError

    try:
        with pytest.raises(MemoryError):
            made.submit(none_left).result(30)
        with made._shutdown_lock:
            assert made.submit(int, "3").result(30) == 3
    finally:
        made.shutdown()
