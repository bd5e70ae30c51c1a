"""Whoever fails, only those the user chose see the text, and each of them is named."""

from __future__ import annotations

import json
import random
from contextlib import AsyncExitStack

import pytest

from fakes.scripted import Answering, Exchange, FarSide, far_side
from figures import Figure
from sessions.conftest import configure
from sessions.editor import Failed, in_process

NAMES = ("ada", "bob", "cyd", "near")
"""The last one is on this machine."""
ROUNDS = 120
CANARY = "canary-5b1d"


async def answers(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("Because.")
    await exchange.finish()


async def breaks(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("Becau")


async def begins(exchange: Exchange) -> None:
    await exchange.start()


async def hangs_up(exchange: Exchange) -> None:
    exchange.writer.transport.abort()


def refuses(status: str, code: str) -> Answering:
    async def refuse(exchange: Exchange) -> None:
        await exchange.start(status, kind="application/json")
        await exchange.send(json.dumps({"error": {"message": "no", "code": code}}).encode())

    return refuse


SCRIPTS: tuple[Answering, ...] = (
    answers, breaks, begins, hangs_up, refuses("500 Oops", "x"), refuses("429 Slow", "rate"),
    refuses("429 Stop", "insufficient_quota"), refuses("401 Who", "invalid_api_key"),
    refuses("404 What", "model_not_found"), refuses("503 Full", "overloaded"),
)  # fmt: skip


def chosen(roll: random.Random, names: list[str], bases: list[str]) -> tuple[str, set[str]]:
    """A configuration, and which hosted providers it lets see a text besides the first asked."""
    hosted = names[:-1]
    order = roll.sample(names, roll.randrange(4))
    lines = [
        "cache.session = false",
        "retry.max_retries = 0",
        f"providers.fallback_order = {order}",
    ]
    may = set(order)
    if roll.random() < 0.5:
        lines.append(f'providers.default = "{roll.choice(names)}"')
    if roll.random() < 0.3:
        allowed = roll.sample(names, roll.randrange(1, 4))
        lines.append(f"providers.allow = {allowed}")
        may &= set(allowed)
        hosted = [name for name in hosted if name in allowed]
    if roll.random() < 0.2:
        lines.append('egress = "local"')
        may, hosted = set(), []
    for name, base in zip(names, bases, strict=True):
        local = "true" if name == names[-1] else "false"
        lines.append(
            f'[providers.{name}]\nbase_url = "{base}"\nmodels = ["m"]\ncontext = 16384\n'
            f"local = {local}\ninput_per_million = {roll.choice((1, 2, 3))}.0\n"
            "output_per_million = 1.0\n"
        )
    return "\n".join(lines), may & set(hosted) | ({"?"} if hosted else set())


@pytest.mark.slow
async def test_whoever_fails_only_the_chosen_see_it_and_all_of_them_are_named(
    figure: Figure,
) -> None:
    roll, seen_by, failed, several = random.Random(9), 0, 0, 0
    async with AsyncExitStack() as stack, in_process() as opened:
        fars: list[FarSide] = [await stack.enter_async_context(far_side(answers)) for _ in NAMES]
        configure("")
        editor = await opened()
        await editor.initialize()
        for number in range(ROUNDS):
            # New names, so that nobody rests for what became of an earlier round.
            names = [f"{name}{number}" for name in NAMES]
            text, may = chosen(roll, names, [far.base for far in fars])
            configure(text)
            await editor.ask("aircher/reload")
            for far in fars:
                far.answer = roll.choice(SCRIPTS)
                far.seen.clear()
            tried: list[str] | None = None
            try:
                found = await editor.ask("aircher/ask", prompt=f"Why {CANARY} {number}?")
                tried = [line["provider"] for line in found["answer"]["attempts"]]
            except Failed:
                failed += 1
            saw = {
                name
                for name, far in zip(names, fars, strict=True)
                if any(CANARY.encode() in exchange.body for exchange in far.seen)
            }
            hosted = saw - {names[-1]}
            # The one that is asked first needs no place in the order: one company, the cheapest.
            assert len(hosted - may) <= ("?" in may), (number, text, saw)
            outbox = await editor.ask("aircher/outbox", limit=20)
            left = {row["provider"] for row in outbox["sent"]}
            assert left & set(names) == hosted, "what left is noted, whatever came of it"
            assert tried is None or saw <= set(tried), "each is named in the answer"
            seen_by += len(saw)
            several += len(saw) > 1
        await editor.leave()
    assert failed > 10
    assert several > 10, "there were those who stood in"
    figure(f"{ROUNDS} settings and failures, {seen_by} providers asked, 0 unasked, 0 unnamed")
