"""Health from traffic, from questions, and what is shown of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from aircher_protocol.types import EndpointLine
from aircherd import doctor
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


async def resets(exchange: Exchange) -> None:
    """Ends a connection before anything was said."""
    exchange.writer.transport.abort()


@pytest.mark.parametrize(
    ("fails", "well", "then"),
    [
        (resets, True, State.CLOSED),
        (resets, False, State.OPEN),
        # That it can list its models is no sign that it can answer.
        (refuses("500 Oops"), True, State.HALF_OPEN),
        (refuses("500 Oops"), False, State.OPEN),
    ],
    ids=["back", "still away", "only lists", "not even lists"],
)
async def test_a_question_is_asked_before_anybody_tries(
    tmp_path: Path, fails: Answering, well: bool, then: State
) -> None:
    down = True

    async def mends(exchange: Exchange) -> None:
        await (fails if down else listing(well))(exchange)

    async with yard(tmp_path, {"a": mends}, local=False) as house:
        rounds = checks(house)
        with pytest.raises(ProviderError):
            await house.gateway.run(job("a"), Heard())
        assert await rounds.round() == 0, "it is left alone"
        house.clock.ahead += FIRST_COOL_DOWN
        down = False
        assert await rounds.round() == 1
        (standing,) = house.gateway.fleet.standings("a")
        assert standing.state is then
        assert standing.last_error
        assert await rounds.round() == 0, "one question a cool-down"


async def test_an_outage_of_answers_alone_is_probed_ever_more_rarely(tmp_path: Path) -> None:
    """Models are listed all the while, as at most outages of hosted providers."""

    async def lists(exchange: Exchange) -> None:
        listed = exchange.head.startswith(b"GET")
        await (listing() if listed else refuses("503 Busy"))(exchange)

    async with yard(tmp_path, {"a": lists}, local=False) as house:
        rounds = checks(house)
        for _ in range(60):
            with pytest.raises(ProviderError):
                await house.gateway.run(job("a"), Heard())
            house.clock.ahead += 2.0
            await rounds.round()
        tried = [one for one in house.fars["a"].seen if one.head.startswith(b"POST")]
        assert len(tried) <= 3 + 5, "three open it; then after 5, 10, 20, 40 s, and once more"
        assert len(house.fars["a"].seen) - len(tried) <= 5, "one question a cool-down"


def test_the_doctor_tells_of_traffic_in_words() -> None:
    line = EndpointLine(
        name="acme", circuit="half-open", cooling_seconds=0.0, in_flight=0, waiting=0, answers=1,
        failures=2, last_used_seconds_ago=12.4, last_error="acme: no. Try again.",
        last_error_seconds_ago=13.0,
    )  # fmt: skip
    assert doctor._seen(line) == (
        "acme: 1 answer, 2 failures; last asked 12 s ago; the next request tries it; "
        "13 s ago: acme: no. Try again."
    )
    assert doctor._seen(evolve(line, circuit="open", cooling_seconds=27.4)) == (
        "acme: 1 answer, 2 failures; last asked 12 s ago; left alone for 27 s; "
        "13 s ago: acme: no. Try again."
    )


async def test_latencies_are_shown_by_percentile(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": answers}, local=False) as house:
        for _ in range(5):
            await house.gateway.run(job("a"), Heard())
        (standing,) = house.gateway.fleet.standings("a")
    assert standing.answers == 5
    assert standing.first_p50 is not None
    assert standing.first_p99 is not None
    assert 0 <= standing.first_p50 <= standing.first_p99
