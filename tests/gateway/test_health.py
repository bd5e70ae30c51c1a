"""Health from traffic, from questions, and what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aircherd.core.errors import ProviderError
from aircherd.health import IN_USE, HealthChecks
from aircherd.routing.circuit import FIRST_COOL_DOWN, State
from fakes.scripted import Answering, Exchange

from .parts import Fleetyard, Heard, answers, job, refuses, yard


def checks(house: Fleetyard, interval: float = 300.0) -> HealthChecks:
    return HealthChecks(house.gateway.fleet, lambda: tuple(house.providers), house.clock, interval)


def listing(well: bool = True) -> Answering:
    async def answer(exchange: Exchange) -> None:
        if exchange.head.startswith(b"GET"):
            if well:
                await exchange.start(kind="application/json")
                await exchange.send(b'{"data": [{"id": "m"}]}')
            else:
                await refuses("500 Oops")(exchange)
        else:
            await answers(exchange)

    return answer


async def test_only_a_silent_endpoint_in_use_is_asked(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": listing(), "unused": listing()}, local=False) as house:
        rounds = checks(house)
        assert await rounds.round() == 0, "nobody used it yet"
        await house.gateway.run(job("a"), Heard())
        assert await rounds.round() == 0, "traffic has just told"
        house.clock.ahead += 301
        assert await rounds.round() == 1
        assert await rounds.round() == 0, "it was asked a moment ago"
        house.clock.ahead += IN_USE
        assert await rounds.round() == 0, "nobody uses it any more"
        assert house.asked("a", "unused") == [2, 0]


async def test_nothing_is_asked_when_the_user_wants_none(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": listing()}, local=False) as house:
        await house.gateway.run(job("a"), Heard())
        house.clock.ahead += 10_000
        assert await checks(house, 0).round() == 0


@pytest.mark.parametrize("well", [True, False])
async def test_a_question_is_the_probe_of_a_circuit_that_opened(tmp_path: Path, well: bool) -> None:
    down = True

    async def mends(exchange: Exchange) -> None:
        await (refuses("500 Oops") if down else listing(well))(exchange)

    async with yard(tmp_path, {"a": mends}, local=False) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(job("a"), Heard())
        assert await checks(house).round() == 0, "it is left alone"
        house.clock.ahead += FIRST_COOL_DOWN
        down = False
        assert await checks(house).round() == 1
        (standing,) = house.gateway.fleet.standings("a")
        assert standing.state is (State.CLOSED if well else State.OPEN)
        assert standing.last_error


async def test_latencies_are_shown_by_percentile(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": answers}, local=False) as house:
        for _ in range(5):
            await house.gateway.run(job("a"), Heard())
        (standing,) = house.gateway.fleet.standings("a")
    assert standing.answers == 5
    assert standing.first_p50 is not None
    assert standing.first_p99 is not None
    assert 0 <= standing.first_p50 <= standing.first_p99
