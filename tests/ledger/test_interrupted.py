"""Interrupted is not free: a stream cut at every piece, and never booked below the bill."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from aircherd.core.errors import ProviderError
from aircherd.core.money import nano_from_pico
from fakes.scripted import Exchange
from figures import Figure
from gateway.test_gateway import PRICE, Heard, stand

PIECES = 12
WORD = "word "
PROMPT_TOKENS = 100
"""What the far side counts: 13 bytes of prompt and a long template."""


class Far:
    """Bills for the prompt as soon as it is asked and for each piece as it goes out."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.cut = 0
        self.bill = 0
        self.reached = asyncio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        self.bill += nano_from_pico(PROMPT_TOKENS * PRICE.input)
        await exchange.start()
        for _ in range(self.cut):
            self.bill += nano_from_pico(PRICE.output)
            await exchange.text(WORD)
        self.reached.set()
        if self.how == "cancel":
            await exchange.closed.wait()
        else:
            exchange.writer.transport.abort()


@pytest.mark.parametrize("how", ["cancel", "reset"])
async def test_a_stream_cut_at_every_piece(tmp_path: Path, how: str, figure: Figure) -> None:
    far = Far(how)
    async with stand(tmp_path, far) as house:
        booked = 0
        for cut in range(PIECES + 1):
            far.cut, far.reached = cut, asyncio.Event()
            heard = Heard()
            task = asyncio.create_task(house.gateway.run(house.job(), heard))
            bill_before = far.bill
            if how == "cancel":
                await far.reached.wait()
                while heard.text.count(WORD) < cut:
                    await asyncio.sleep(0.001)
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ProviderError):
                await task
            spent, held = await house.books()
            assert held == 0
            assert spent - booked >= far.bill - bill_before > 0, cut
            booked = spent
        assert await house.ledger.audit() == ()
        figure(f"cut by {how} at each of {PIECES + 1} places, never below the bill")
