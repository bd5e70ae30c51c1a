"""Threads that are made ahead, where not all of them can be had."""

from __future__ import annotations

import threading

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
