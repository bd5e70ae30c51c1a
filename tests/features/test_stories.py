"""All nine commands by one window, in the three ways an editor reaches the house; and each of them
stopped in the middle."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fakes.scripted import Exchange, far_side
from features.conftest import at
from features.test_all_nine import CODE, EMPTY, uri
from sessions.conftest import Shop, Window, configure, mode, provider, window
from sessions.editor import Editor, Failed
from sessions.test_stories import rows

__all__ = ["mode", "window"]

SAYS = {
    "message of a git commit": "Add the mean",
    "You review": '{"file": "shop.py", "quote": "    return total(prices) / len(prices)", '
    '"severity": "error", "title": "Divides by zero", "why": "An empty list."}',
    "You check the findings": '{"number": 1, "holds": true, "why": "Yes."}',
    "You mend a fault": EMPTY,
    "You change the structure": EMPTY,
    "documentation comment": "Done.\n\n<<<<<<< SEARCH\ndef mean(prices):\n=======\n"
    'def mean(prices):\n    """The mean."""\n>>>>>>> REPLACE\n',
    "You write code": "```python\ndef median(): ...\n```",
    "": "It is a shop.",
}
"""What a prompt holds → what is answered to it."""


async def answer(exchange: Exchange) -> None:
    said = next(text for words, text in SAYS.items() if words.encode() in exchange.body)
    await exchange.start()
    await exchange.text(said)
    await exchange.finish()


async def endless(exchange: Exchange) -> None:
    await exchange.start()
    while not exchange.closed.is_set():
        await exchange.text("and on ")
        await asyncio.sleep(0.01)


def requests(shop: Shop) -> dict[str, dict[str, Any]]:
    file = {"document": {"uri": uri(shop)}, "range": at(7, 9)}
    return {
        "aircher/commitMessage": {"workspace": str(shop.root)},
        "aircher/review": {"workspace": str(shop.root)},
        "aircher/explain": file,
        "aircher/fix": {**file, "error": "ZeroDivisionError"},
        "aircher/document": file,
        "aircher/refactor": {**file, "instruction": "guard it"},
        "aircher/generate": {**file, "instruction": "the median"},
        "aircher/summarize": {"workspace": str(shop.root), "scope": "diff"},
        "aircher/ask": {"prompt": "What is it?", "workspace": str(shop.root)},
    }


async def test_all_nine_are_answered_and_booked(window: Window, shop: Shop) -> None:
    async with far_side(answer) as far:
        configure(provider("acme", far.base))
        editor = await window()
        shop.stage("shop.py", CODE)
        tasks = set()
        for method, params in requests(shop).items():
            editor.clear()
            found = await editor.ask(method, **params, deltaToken="t")
            assert found["answer"]["model"] == "m", method
            assert editor.shown == found["answer"]["text"], method
            assert found["answer"]["text"], method
            if "edit" in found:
                assert found["edit"] is not None, (method, found["answer"])
            tasks.add(found["answer"]["reason"]["task"])
        assert len(tasks) >= 6, "each is taken for what it is"
        booked = await rows("settled")
        assert len(booked) == len(far.seen) == 10, "nine, and the review's second look"
        assert await editor.leave() in (0, None)


ASKING = (
    "aircher/review",
    "aircher/explain",
    "aircher/fix",
    "aircher/document",
    "aircher/refactor",
    "aircher/generate",
    "aircher/summarize",
    "aircher/ask",
)


@pytest.mark.parametrize("method", ASKING)
async def test_stop_is_immediate_and_what_was_made_is_paid(
    editor: Editor, shop: Shop, method: str
) -> None:
    async with far_side(endless) as far:
        configure(provider("acme", far.base))
        await editor.ask("aircher/reload")
        shop.stage("shop.py", CODE)
        number, asked = editor.begin(method, **requests(shop)[method], deltaToken="t")
        async with asyncio.timeout(10):
            while not far.seen:
                await asyncio.sleep(0.01)
        editor.cancel(number)
        with pytest.raises(Failed) as caught:
            await asked
        assert caught.value.code == -32800
        async with asyncio.timeout(5):
            await far.seen[0].closed.wait()
        assert await rows("settled") == [("settled", "cancelled", "acme")]
