"""`:Aircher` in a real Neovim: commit, ask, usage, models, stop."""

from __future__ import annotations

import asyncio

import pytest

from editors.nvim.conftest import Model, Open
from sessions.conftest import Shop

pytestmark = pytest.mark.slow


async def test_a_message_is_written_and_committed(model: Model, nvim: Open, shop: Shop) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher commit")
        window.sees("acme/m · hosted")
        window.sees("c commit · e edit · r write again")
        window.keys("c")
        window.sees_no("Commit message")

    await asyncio.to_thread(person)
    assert shop.git("log", "-1", "--format=%s").strip() == "Add the mean of prices"


async def test_an_answer_streams_and_can_be_followed_up(model: Model, nvim: Open) -> None:
    model.says("A monoid it is.", "Of endofunctors.")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask what is a monad?")
        window.sees("A monoid it is.")
        window.sees("a ask further")
        window.keys("a")
        window.sees("Ask further:")
        window.keys("Of what?<CR>")
        window.sees("— Of what?")
        window.sees("Of endofunctors.")
        window.sees("acme/m · hosted")

    await asyncio.to_thread(person)
    assert "A monoid it is." in model.asked(), "one conversation"


async def test_usage_and_models(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim()
        window.ex("Aircher usage")
        window.sees("this month")
        window.keys("q")
        window.ex("Aircher models")
        window.sees("acme/m")
        window.keys("<CR>")
        window.sees("acme/m answers from now on")

    await asyncio.to_thread(person)


async def test_stop_in_mid_stream(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask go on for ever")
        window.sees("and on and on")
        window.ex("Aircher stop")
        window.sees("Stopped. What was produced")
        assert window.lua("return require('aircher.request').in_flight()") == 0

    await asyncio.to_thread(person)
    async with asyncio.timeout(5):
        await model.seen[0].closed.wait()
