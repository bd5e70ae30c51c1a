"""Deltas: at once when nothing was sent of late, else with what comes in the same frame."""

from __future__ import annotations

import asyncio

import pytest

from aircher_protocol.types import DeltaKind, DeltaParams
from aircherd.server import deltas
from aircherd.server.deltas import Deltas


async def test_what_comes_after_a_pause_is_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[DeltaParams] = []
    sink = Deltas("t", sent.append)
    sink.append("one ")
    assert [one.text for one in sent] == ["one "]
    monkeypatch.setattr(sink, "_next", 0.0)
    sink.append("two ")
    assert [one.text for one in sent] == ["one ", "two "], "nothing was sent of late"


async def test_what_comes_close_together_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deltas, "GATHER_SECONDS", 3600.0)
    sent: list[DeltaParams] = []
    sink = Deltas("t", sent.append)
    for text in ("one ", "two ", "three "):
        sink.append(text)
    assert [one.text for one in sent] == ["one "]
    sink.thinking("why")
    assert [one.text for one in sent] == ["one ", "two three "], "kinds are never mixed"
    sink.flush()
    assert [(one.seq, one.kind) for one in sent] == [
        (1, DeltaKind.APPEND),
        (2, DeltaKind.APPEND),
        (3, DeltaKind.THINKING),
    ]
    assert sink._timer is None, "nothing is left to fire once all is sent"


async def test_what_waits_is_sent_without_anything_that_comes_after_it() -> None:
    sent: list[DeltaParams] = []
    sink = Deltas("t", sent.append)
    sink.append("one ")
    sink.append("two")
    async with asyncio.timeout(20):
        while "".join(one.text for one in sent) != "one two":
            await asyncio.sleep(0.001)
    assert [one.seq for one in sent] == list(range(1, len(sent) + 1))
