"""Choices of a whole daemon: made again from the books, warm in a talk, down near a limit."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from aircherd.routing.replay import _inputs, _unpacked
from aircherd.why import again
from fakes.scripted import Exchange, far_side
from sessions.conftest import Shop, configure, provider
from sessions.editor import in_process


def reasons() -> list[dict[str, Any]]:
    """What stands in the books of each choice, oldest first."""
    path = Path(os.environ["XDG_STATE_HOME"]) / "aircher" / "usage.sqlite3"
    db = sqlite3.connect(path)
    try:
        rows = db.execute("SELECT reason FROM operations ORDER BY rowid").fetchall()
    finally:
        db.close()
    return [json.loads(row[0]) for row in rows]


def answering(prompt: int, cached: int = 0) -> Any:
    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("Yes.")
        await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        details = {"prompt_tokens_details": {"cached_tokens": cached}}
        usage = {"prompt_tokens": prompt, "completion_tokens": 5, **details}
        await exchange.chunk(usage=usage)
        await exchange.send(b"data: [DONE]\n\n")

    return answer


async def test_a_turn_knows_the_cache_of_the_turn_before_and_every_choice_is_made_again() -> None:
    async with far_side(answering(3_000, 2_560)) as far, in_process() as opened:
        configure(provider("acme", far.base))
        editor = await opened()
        await editor.initialize()
        first = await editor.ask("aircher/ask", prompt="Is this a test?")
        await editor.ask("aircher/ask", prompt="And this?", conversation=first["conversation"])
        await editor.leave()
    found = reasons()
    assert [again(reason)[:2] for reason in found] == [(True, "the same choice")] * 2
    needs = [_inputs(_unpacked(reason["inputs"]))[0] for reason in found]
    assert needs[0].warm is None
    assert needs[1].warm is not None
    assert (str(needs[1].warm.ref), needs[1].warm.tokens) == ("acme/m", 2_560)


@pytest.mark.parametrize("way", ["itself", "link", "inside"])
async def test_near_a_workspace_s_limit_a_chat_steps_down_however_it_is_named(
    tmp_path: Path, way: str
) -> None:
    shop = Shop(tmp_path / "shop")
    (shop.root / "src").mkdir()
    (tmp_path / "link").symlink_to(shop.root)
    named = {"itself": shop.root, "link": tmp_path / "link", "inside": shop.root / "src"}[way]
    async with (
        far_side(answering(20)) as dear,
        far_side(answering(20)) as cheap,
        in_process() as opened,
    ):
        configure(
            '[providers]\nfallback_order = ["cheap"]\n'
            '[models.tasks]\nquick_questions = ["acme/m", "cheap/m"]\n'
            f'[costs.workspace_limits]\n"{shop.root}" = 0.05\n'
            + provider("acme", dear.base, price=1_000)
            + provider("cheap", cheap.base)
        )
        editor = await opened()
        await editor.initialize()
        said = {"messages": [{"role": "user", "content": "What is a test?"}], "workspace": named}
        params = {**said, "workspace": str(named), "maxOutputTokens": 64, "task": "quick_questions"}
        planned = await editor.ask("aircher/plan", method="aircher/chat", params=params)
        await editor.ask("aircher/chat", **params)
        await editor.leave()
    assert (len(dear.seen), len(cheap.seen)) == (0, 1)
    assert planned["provider"] == "cheap"
    assert "acme/m may pass" in reasons()[0]["candidates"][0]["why"]


async def test_near_a_limit_the_next_answer_is_the_cheaper_model_s_and_says_why() -> None:
    async with (
        far_side(answering(20)) as dear,
        far_side(answering(20)) as cheap,
        in_process() as opened,
    ):
        configure(
            "[cache]\nsession = false\n"
            '[providers]\nfallback_order = ["cheap"]\n'
            '[models.tasks]\nquick_questions = ["acme/m", "cheap/m"]\n'
            "[costs]\ndaily_limit = 1.0\nalert_threshold = 0.01\n"
            'downgrade_paths = { "acme/m" = ["cheap/m"] }\n'
            + provider("acme", dear.base, price=1_000)
            + provider("cheap", cheap.base)
        )
        editor = await opened()
        await editor.initialize()
        small = {"prompt": "What is a test?", "maxOutputTokens": 64}
        await editor.ask("aircher/ask", **small)
        await editor.ask("aircher/ask", **small)
        await editor.leave()
    assert (len(dear.seen), len(cheap.seen)) == (1, 1)
    why = reasons()[1]["candidates"][0]["why"]
    assert "one step down from acme/m" in why
    assert "of the daily limit is taken" in why
    assert all(again(reason).same for reason in reasons())
