"""A request that is ended while what it cost is being written: it is booked all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aircherd.attempt import Call
from aircherd.core.books import Hold
from aircherd.core.money import usd
from fakes.scripted import Exchange
from gateway.parts import PRICE, Heard, answers, job, yard


class _Odd:
    """Asks nothing: it raises before there is a stream, as what takes other arguments does."""

    def stream(self, *_: object, **__: object) -> Any:
        raise TypeError("it takes no such thing")


async def dear(exchange: Exchange) -> None:
    await exchange.start()
    await exchange.text("It is a test.")
    await exchange.finish(prompt=1_000_000, answer=5)


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
    """Only what cost more than was held is waited for at all."""
    free, begun = threading.Event(), asyncio.Event()
    async with yard(tmp_path, {"a": dear}, local=False) as house:
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


@pytest.mark.parametrize("count", [10**30, 1 << 63, 1 << 41])
async def test_a_count_nobody_can_have_is_none(tmp_path: Path, count: int) -> None:
    """The call is booked at its upper bound, and the books go on."""

    async def counts(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("It is a test.")
        await exchange.finish(prompt=20 if len(house.fars["a"].seen) > 1 else count, answer=5)

    async with yard(tmp_path, {"a": counts}, local=False) as house:
        first = await house.gateway.run(job("a", prompt="one"), Heard())
        second = await house.gateway.run(job("a", prompt="two"), Heard())
        assert first.usage.estimated
        assert 0 < second.cost < first.cost
        assert await house.books() == (first.cost + second.cost, 0)
        assert house.ledger.state == "ok"


async def test_what_raises_before_there_is_a_stream_leaves_no_hold(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": answers}, local=False) as house:
        with pytest.raises(TypeError):
            await house.gateway.run(replace(job("a"), through=lambda _: _Odd()), Heard())
        spent, held = await house.books()
        assert (spent > 0, held) == (True, 0), "what became of it is unknown, so it is booked"
        assert not house.gateway.settling
        assert house.gateway.asking == 0


async def test_what_goes_wrong_after_a_booking_is_not_called_a_failed_booking(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> None:
        raise LookupError("the status bar fell off")

    async with yard(tmp_path, {"a": answers}, local=False) as house:
        house.gateway._booking._settled = breaks
        await house.gateway.run(job("a"), Heard())
        spent, held = await house.books()
    assert (spent > 0, held) == (True, 0)
    (record,) = [one for one in caplog.records if one.name == "aircherd.booking"]
    assert record.getMessage().startswith("what follows on hold ")
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], LookupError)


async def test_a_booking_that_failed_says_so_and_keeps_its_hold(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[object] = []

    async with yard(tmp_path, {"a": answers}, local=False) as house:
        house.gateway._booking._settled = lambda *of: told.append(of)  # type: ignore[func-returns-value]
        plain = house.ledger._settled

        def fails(*_: object) -> bool:
            raise ValueError("hold 1 was ended before")

        house.ledger._settled = fails  # type: ignore[method-assign]
        await house.gateway.run(job("a"), Heard())
        async with asyncio.timeout(30):
            while house.gateway._booking.settling:
                await asyncio.sleep(0.01)
        house.ledger._settled = plain  # type: ignore[method-assign]
    (record,) = [one for one in caplog.records if one.name == "aircherd.booking"]
    assert record.getMessage().startswith("could not settle hold ")
    assert "was ended before" in str(record.exc_info)
    assert told == [], "nobody is told of a booking that is none"


def test_what_once_left_has_left_whatever_is_looked_for_later() -> None:
    """A call may be several requests: the first is answered, for the second no way is found."""
    asked = job("a")
    request = asked.build(asked.plan.candidates[0], 1.0)
    call = Call(asked, asked.plan.candidates[0], request, PRICE, Hold(id=1, amount=usd("1")), 0.0)
    assert not call.unsent, "who says nothing may have sent it"
    call.reached(False)
    assert call.unsent
    call.reached(True)
    call.reached(False)
    assert not call.unsent
