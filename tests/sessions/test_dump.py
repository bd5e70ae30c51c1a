"""What `aircherd debug dump` shows of a daemon at work, and what it must not."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from fakes.scripted import Exchange, far_side
from sessions.conftest import Shop, Window, configure, provider
from sessions.editor import Failed

SENTINEL = "sk-proj-" + "q7Rw2LzK" * 5
"""Shaped as a key is."""


async def test_it_shows_what_is_under_way_and_what_went_wrong(window: Window, shop: Shop) -> None:
    async def answering(exchange: Exchange) -> None:
        if b"break" in exchange.body:
            await exchange.start("401 Unauthorized", "application/json")
            words = {"error": {"message": f"Incorrect API key provided: {SENTINEL}"}}
            await exchange.send(json.dumps(words).encode())
        else:
            await exchange.closed.wait()

    async with far_side(answering) as far:
        address = far.base.replace("http://", f"http://me:{SENTINEL}@")
        configure(provider("acme", far.base) + provider("other", address))
        editor = await window()
        with pytest.raises(Failed):
            await editor.ask("aircher/ask", prompt="please break", model="other/m")
        number, answer = editor.begin("aircher/ask", prompt=f"my key is {SENTINEL}")
        async with asyncio.timeout(20):
            while len(far.seen) < 2:
                await asyncio.sleep(0.01)
        text = (await editor.ask("aircher/dump"))["text"]
        editor.cancel(number)
        with pytest.raises(Failed):
            await answer
        await editor.leave()
    facts = json.loads(text)
    assert facts["requests"]["aircher/ask"] == 1
    assert facts["requests"]["aircher/dump"] == 1
    assert facts["process"]["residentBytes"] > 10_000_000
    assert facts["process"]["descriptors"] > 3
    assert facts["versions"]["pygls"] != "not installed"
    (other,) = [one for one in facts["endpoints"] if one["name"] == "other"]
    assert other["failures"] == 1
    assert facts["settings"]["providers"]["acme"]["key"] is True
    assert facts["ledger"] == "ok"
    assert SENTINEL not in text
    assert "please break" not in text
    assert str(Path.home()) not in text
