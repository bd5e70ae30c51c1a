"""Vectors asked for in several requests: the first ones stay booked when a later one fails."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd.core.errors import ProviderError
from aircherd.core.settings import RetrySettings
from aircherd.providers.atonce import Vectors
from aircherd.providers.openai_chat.family import OpenAIChat
from fakes.scripted import Exchange
from gateway.parts import SETTINGS, Heard, answers, job, yard

ONCE = replace(SETTINGS, retry=RetrySettings(max_retries=0))
PROMPT = "a text of some length"


async def _vectors(exchange: Exchange, **more: object) -> None:
    asked = json.loads(exchange.body)
    rows = [{"index": n, "embedding": [0.5]} for n in range(len(asked["input"]))]
    usage = {"prompt_tokens": 7 * len(rows), **more}
    await exchange.start(kind="application/json")
    await exchange.send(json.dumps({"data": rows, "model": "m", "usage": usage}).encode())


def _job(count: int) -> tuple[Vectors, object]:
    vectors = Vectors()
    request = vectors.request("m", tuple(f"{PROMPT} {n}" for n in range(count)))
    asked = replace(job("one"), build=lambda *_: request, through=vectors.through)
    return vectors, asked


@pytest.mark.parametrize("status", ["429 Too Many Requests", "400 Bad Request", "503 Unavailable"])
async def test_a_refusal_after_a_paid_part_is_not_booked_as_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    monkeypatch.setattr(OpenAIChat, "embed_batch", 2)
    number = 0

    async def script(exchange: Exchange) -> None:
        nonlocal number
        number += 1
        if number == 1:
            await _vectors(exchange)
            return
        await exchange.start(status, "application/json")
        await exchange.send(b'{"error": {"message": "no"}}')

    async with yard(tmp_path, {"one": script}, settings=ONCE) as stand:
        with pytest.raises(ProviderError):
            await stand.gateway.run(_job(3)[1], Heard())  # type: ignore[arg-type]
        spent, held = await stand.books()
    assert held == 0
    assert spent >= 14 * 1_000  # two texts of seven tokens at a dollar a million


async def test_a_part_that_cannot_be_sent_after_a_paid_one_keeps_what_was_paid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAIChat, "embed_batch", 2)
    async with yard(tmp_path, {"one": answers}, settings=ONCE) as stand:
        provider = stand.providers["one"]
        road = provider._road  # type: ignore[attr-defined]
        fetch, asked = road.fetch, 0

        async def once(*given: object, **more: object) -> object:
            nonlocal asked
            asked += 1
            if asked > 1:
                # Nothing listens there any more.
                road._connections._origin = replace(road._connections._origin, port=1)
            return await fetch(*given, **more)

        road.fetch = once
        stand.fars["one"].answer = _vectors
        with pytest.raises(ProviderError):
            await stand.gateway.run(_job(3)[1], Heard())  # type: ignore[arg-type]
        spent, held = await stand.books()
        assert asked == 2
    assert held == 0
    assert spent >= 14 * 1_000


DOLLARS = ("cost_in_dollars",)


async def test_what_the_host_says_the_parts_cost_is_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenAIChat, "embed_batch", 2)

    async def script(exchange: Exchange) -> None:
        await _vectors(exchange, cost=0.001)

    async with yard(tmp_path, {"one": script}, settings=ONCE, quirks=DOLLARS) as stand:
        await stand.gateway.run(_job(3)[1], Heard())  # type: ignore[arg-type]
        spent, _ = await stand.books()
    assert spent == 2_000_000
