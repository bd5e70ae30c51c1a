"""A request that is ended while what it cost is being written: it is booked all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.parts import Heard, answers, job, yard


class _Told(Heard):
    """Says when the first text comes."""

    def __init__(self, told: Callable[[], None]) -> None:
        super().__init__()
        self._told = told

    def append(self, text: str) -> None:
        super().append(text)
        self._told()


@pytest.mark.parametrize("times", [1, 2])
async def test_a_cancel_during_the_settlement_leaves_it_to_the_end_of_the_app(
    tmp_path: Path, times: int
) -> None:
    free, begun = threading.Event(), asyncio.Event()
    async with yard(tmp_path, {"a": answers}, local=False) as house:
        writer = house.ledger._writer

        def busy() -> None:
            if not begun.is_set():
                begun.set()
                writer.hand(lambda _: free.wait(20), lambda *_: None)

        try:
            asked = asyncio.create_task(house.gateway.run(job("a"), _Told(busy)))
            await begun.wait()
            while not house.gateway.fleet.standings("a")[0].answers:
                await asyncio.sleep(0.005)
            for _ in range(times):
                asked.cancel()
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await asked
            assert any(not task.done() for task in house.tasks), "nobody waits for it"
        finally:
            free.set()
        spent, held = await house.books()
    assert spent > 0
    assert held == 0
