"""Deltas: at once when nothing was sent of late, else with what comes in the same frame."""

from __future__ import annotations

import asyncio
import json

import pytest

from aircher_protocol.codec import structure, unstructure
from aircher_protocol.jsontext import dump
from aircher_protocol.types import DeltaKind, DeltaParams
from aircherd.server import deltas
from aircherd.server.deltas import Deltas


class Sent:
    """The bodies that were sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    @property
    def deltas(self) -> list[DeltaParams]:
        return [structure(DeltaParams, json.loads(body)["params"]) for body in self.bodies]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.deltas]


async def test_what_comes_after_a_pause_is_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = Sent()
    sink = Deltas("t", sent.bodies.append)
    sink.append("one ")
    assert sent.texts == ["one "]
    monkeypatch.setattr(sink, "_next", 0.0)
    sink.append("two ")
    assert sent.texts == ["one ", "two "], "nothing was sent of late"


async def test_what_comes_close_together_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deltas, "GATHER_SECONDS", 3600.0)
    sent = Sent()
    sink = Deltas("t", sent.bodies.append)
    for text in ("one ", "two ", "three "):
        sink.append(text)
    assert sent.texts == ["one "]
    sink.thinking("why")
    assert sent.texts == ["one ", "two three "], "kinds are never mixed"
    sink.flush()
    assert [(one.seq, one.kind) for one in sent.deltas] == [
        (1, DeltaKind.APPEND),
        (2, DeltaKind.APPEND),
        (3, DeltaKind.THINKING),
    ]
    assert sink._timer is None, "nothing is left to fire once all is sent"


async def test_what_waits_is_sent_without_anything_that_comes_after_it() -> None:
    sent = Sent()
    sink = Deltas("t", sent.bodies.append)
    sink.append("one ")
    sink.append("two")
    async with asyncio.timeout(20):
        while "".join(sent.texts) != "one two":
            await asyncio.sleep(0.001)
    assert [one.seq for one in sent.deltas] == list(range(1, len(sent.deltas) + 1))


@pytest.mark.parametrize("token", ["t", 7, 'a "%d" % b\\', "\u20ac\n", -1])
@pytest.mark.parametrize(
    "text", ["plain ", 'a "quoted" \\ %s\n\x00\x1f\x7f', "\u20ac \U0001f600 \u2028", "\ud800"]
)
async def test_a_delta_is_written_as_any_other_message_is(token: str | int, text: str) -> None:
    sent = Sent()
    sink = Deltas(token, sent.bodies.append)
    sink.append(text)
    sink.replace(text)
    sink.thinking(text)
    sink.flush()
    kinds = (DeltaKind.APPEND, DeltaKind.REPLACE, DeltaKind.THINKING)
    assert sent.bodies == [
        dump(
            {
                "jsonrpc": "2.0",
                "method": "aircher/delta",
                "params": unstructure(DeltaParams(token=token, seq=seq, kind=kind, text=text)),
            }
        )
        for seq, kind in enumerate(kinds, 1)
    ]
