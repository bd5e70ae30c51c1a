"""What an answer is said to cost is what the books hold for it, also where a part of it failed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fakes.scripted import Exchange
from features.conftest import Model
from features.test_review import LAST, finding
from sessions.conftest import Shop
from sessions.editor import Editor

CODE = "def mean(prices):\n    return sum(prices) / len(prices)\n"


def breaking(model: Model, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """The model says these, and from then on hangs up in the middle of every answer."""
    left = list(lines)

    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        if left:
            await exchange.text(left.pop(0))
            await exchange.finish()
        else:
            await exchange.text("Well, ")

    monkeypatch.setattr(model, "answer", answer)


def booked() -> int:
    """Nano-dollars in the books."""
    books = Path(os.environ["XDG_STATE_HOME"]) / "aircher" / "usage.sqlite3"
    with contextlib.closing(sqlite3.connect(books)) as db:
        return int(db.execute("SELECT sum(cost) FROM entries").fetchone()[0])


async def told(editor: Editor, found: dict[str, Any]) -> int:
    await editor.ask("aircher/usage")  # sums wait for what was answered
    return int(found["answer"]["cost"]["nanoUsd"])


async def test_a_draft_by_rule_tells_what_the_model_cost_that_broke_off(
    editor: Editor, model: Model, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.stage("shop.py", CODE)
    breaking(model, monkeypatch)
    found = await editor.ask("aircher/commitMessage", workspace=str(shop.root))
    assert found["answer"]["model"] == "rules"
    assert "Drafted by rule instead." in json.dumps(found["answer"]["notices"])
    assert [one["outcome"] for one in found["answer"]["attempts"]] == ["interrupted"]
    assert await told(editor, found) == booked() > 0


async def test_who_waited_for_anothers_answer_is_told_of_no_cost(
    editor: Editor, model: Model, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.stage("shop.py", CODE)
    breaking(model, monkeypatch)
    ask = partial(editor.ask, "aircher/commitMessage", workspace=str(shop.root))
    found = await asyncio.gather(ask(), ask())
    assert model.far is not None
    assert len(model.far.seen) == 1
    first, second = sorted([await told(editor, one) for one in found])
    assert (first, second) == (0, booked())


async def test_a_message_tells_what_its_failed_mending_cost(
    editor: Editor, model: Model, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.stage("shop.py", CODE)
    breaking(model, monkeypatch, "```\n```")
    found = await editor.ask("aircher/commitMessage", workspace=str(shop.root))
    assert len(found["answer"]["attempts"]) == 2
    assert await told(editor, found) == booked() > 0


async def test_a_review_tells_what_its_failed_second_look_cost(
    editor: Editor, model: Model, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.stage("shop.py", f"def mean(prices):\n{LAST}\n")
    breaking(model, monkeypatch, finding(LAST))
    found = await editor.ask("aircher/review", workspace=str(shop.root))
    assert "looked at twice" in json.dumps(found["answer"]["notices"])
    assert len(found["answer"]["attempts"]) == 2
    assert await told(editor, found) == booked() > 0
