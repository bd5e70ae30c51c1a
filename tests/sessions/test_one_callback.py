"""A piece of text leaves for its editor in the very callback of the loop that brought its bytes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aircherd.providers.connection import Connection
from aircherd.server import deltas
from aircherd.server.outbox import Outbox
from fakes.scripted import Exchange, far_side
from sessions.conftest import configure, provider
from sessions.editor import in_process

WORDS = 12


async def test_no_round_of_the_loop_lies_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deltas, "GATHER_SECONDS", 0.0)
    updated, put = Connection.buffer_updated, Outbox.put
    bringing, sent = False, list[bool]()

    def brought(self: Connection, nbytes: int) -> None:
        nonlocal bringing
        bringing = True
        try:
            updated(self, nbytes)
        finally:
            bringing = False

    def left(self: Outbox, body: bytes) -> None:
        if b'"aircher/delta"' in body:
            sent.append(bringing)
        put(self, body)

    monkeypatch.setattr(Connection, "buffer_updated", brought)
    monkeypatch.setattr(Outbox, "put", left)
    heard = asyncio.Semaphore(0)

    async def one_by_one(exchange: Exchange) -> None:
        await exchange.start()
        for number in range(WORDS):
            await exchange.text(f"word{number} ")
            await heard.acquire()
        await exchange.finish()

    async with far_side(one_by_one) as far, in_process() as window:
        configure(provider("acme", far.base))
        editor: Any = await window()
        await editor.initialize()
        _, answer = editor.begin("aircher/ask", prompt="count", deltaToken="t")
        for number in range(WORDS):
            # White space is held until something follows it.
            await editor.hears(f"word{number}")
            heard.release()
        assert (await answer)["answer"]["text"].startswith("word0 word1 ")
        await editor.leave()
    # The first may come with the head of the answer, which the asking task waits for.
    assert len(sent) >= WORDS
    assert sent[1:WORDS] == [True] * (WORDS - 1)
