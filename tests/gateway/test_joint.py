"""Vectors asked for at the same moment: one request, each its own vectors and part of the bill."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aircherd.attempt import Job, Reply
from aircherd.core.chat import Usage, cost_of
from aircherd.core.errors import ProviderError
from aircherd.core.money import PicoUsd, Price
from aircherd.core.operations import Embeddings, EmbedRequest
from aircherd.core.settings import RetrySettings
from aircherd.providers.atonce import Vectors
from aircherd.providers.connection import Connection
from aircherd.providers.connections import Connections
from aircherd.providers.joint import MOST_TEXTS, shared
from fakes.scripted import Exchange
from gateway.parts import SETTINGS, Fleetyard, Heard, job, yard

ONCE = replace(SETTINGS, retry=RetrySettings(max_retries=0))


async def vectors_of(exchange: Exchange) -> None:
    """A vector that says which text it is of; a token a byte."""
    texts = json.loads(exchange.body)["input"]
    rows = [{"index": n, "embedding": [float(text)]} for n, text in enumerate(texts)]
    usage = {"prompt_tokens": sum(map(len, texts))}
    await exchange.start(kind="application/json")
    await exchange.send(json.dumps({"data": rows, "model": "m", "usage": usage}).encode())


def asks(
    house: Fleetyard,
    texts: Sequence[str],
    *,
    workspace: str | None = None,
    client: str = "test",
    **more: Any,
) -> tuple[Vectors, Job]:
    made = Vectors(**more)
    request = made.request("m", tuple(texts))
    joint = house.gateway.joint
    plain = job("one", client=client)
    return made, replace(
        plain,
        build=lambda *_: request,
        through=lambda provider: made.through(joint.at(provider, workspace)),
        workspace=None,
    )


def inputs(house: Fleetyard) -> list[list[str]]:
    return [json.loads(exchange.body)["input"] for exchange in house.fars["one"].seen]


async def test_forty_callers_are_one_request_and_each_gets_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may take longer than ten milliseconds over forty requests.
    monkeypatch.setattr("aircherd.providers.joint.WINDOW", 0.3)
    async with yard(tmp_path, {"one": vectors_of}, settings=ONCE, local=False) as house:
        asked = [asks(house, [f"{n}.25", f"{n}.5"], client=f"window {n % 3}") for n in range(40)]
        replies = await asyncio.gather(*(house.gateway.run(one, Heard()) for _, one in asked))
        for number, (made, _) in enumerate(asked):
            assert made.made is not None
            assert made.made.vectors == ((number + 0.25,), (number + 0.5,))
        assert len(house.fars["one"].seen) <= 1 + 80 // MOST_TEXTS
        spent, held = await house.books()
    told = sum(len(text) for texts in inputs_of(asked) for text in texts)
    assert held == 0
    assert sum(reply.cost for reply in replies) == spent == told * 1_000


def inputs_of(asked: Sequence[tuple[Vectors, Job]]) -> list[list[str]]:
    return [[m.text for m in one.build(one.plan.candidates[0], 1.0).messages] for _, one in asked]


async def test_only_what_differs_in_nothing_but_its_texts_goes_together(tmp_path: Path) -> None:
    async with yard(tmp_path, {"one": vectors_of}, settings=ONCE, local=False) as house:
        asked = [
            asks(house, ["1"]),
            asks(house, ["2"], purpose="query"),
            asks(house, ["3"], dimensions=2),
            asks(house, ["4"], workspace="/elsewhere"),
            asks(house, ["5"]),
        ]
        await asyncio.gather(*(house.gateway.run(one, Heard()) for _, one in asked))
        assert sorted(inputs(house)) == [["1", "5"], ["2"], ["3"], ["4"]]


async def test_what_is_too_much_for_one_request_goes_in_several(tmp_path: Path) -> None:
    async with yard(tmp_path, {"one": vectors_of}, settings=ONCE, local=False) as house:
        asked = [asks(house, [str(n)] * 60) for n in range(3)]
        await asyncio.gather(*(house.gateway.run(one, Heard()) for _, one in asked))
        assert [len(texts) for texts in inputs(house)] == [60, 60, 60]


async def test_one_that_leaves_takes_nothing_from_the_others(tmp_path: Path) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def waits(exchange: Exchange) -> None:
        begun.set()
        await go_on.wait()
        await vectors_of(exchange)

    async with yard(tmp_path, {"one": waits}, settings=ONCE, local=False) as house:
        asked = [asks(house, [str(n)]) for n in range(3)]
        running = [asyncio.create_task(house.gateway.run(one, Heard())) for _, one in asked]
        await begun.wait()
        running[0].cancel()  # the first, in whose name the request was begun
        with suppress(asyncio.CancelledError):
            await running[0]
        go_on.set()
        await asyncio.gather(*running[1:])
        assert [made.made.vectors for made, _ in asked[1:] if made.made] == [((1.0,),), ((2.0,),)]
        assert len(house.fars["one"].seen) == 1
        spent, held = await house.books()
    assert held == 0
    assert spent >= 3 * 1_000  # who left pays for its text as well


async def test_who_leaves_while_the_way_is_looked_for_pays_for_what_goes_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing had left by then, but the others' request takes its text along."""
    looking, go_on = asyncio.Event(), asyncio.Event()
    plain = Connections._opened

    async def slow(self: Connections, seconds: float) -> Connection:
        looking.set()
        await go_on.wait()
        return await plain(self, seconds)

    monkeypatch.setattr(Connections, "_opened", slow)
    async with yard(tmp_path, {"one": vectors_of}, settings=ONCE, local=False) as house:
        running = [
            asyncio.create_task(house.gateway.run(asks(house, [str(n)])[1], Heard()))
            for n in range(2)
        ]
        await looking.wait()
        running[0].cancel()
        await asyncio.gather(running[0], return_exceptions=True)
        go_on.set()
        await running[1]
        assert inputs(house) == [["0", "1"]]
        spent, held = await house.books()
    assert held == 0
    assert spent >= 2 * 1_000


async def test_when_all_have_left_the_request_is_ended(tmp_path: Path) -> None:
    begun, closed = asyncio.Event(), asyncio.Event()

    async def waits(exchange: Exchange) -> None:
        begun.set()
        await exchange.closed.wait()
        closed.set()

    async with yard(tmp_path, {"one": waits}, settings=ONCE, local=False) as house:
        running = [
            asyncio.create_task(house.gateway.run(asks(house, [str(n)])[1], Heard()))
            for n in range(2)
        ]
        await begun.wait()
        for one in running:
            one.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        async with asyncio.timeout(20):
            await closed.wait()


async def test_one_who_leaves_before_it_is_sent_leaves_room_for_the_next(tmp_path: Path) -> None:
    async with yard(tmp_path, {"one": vectors_of}, settings=ONCE, local=False) as house:
        provider = house.providers["one"]
        at, deadline = house.gateway.joint.at(provider, None), house.clock.monotonic() + 20
        first = asyncio.create_task(
            at.embed(EmbedRequest(model="m", texts=("1",)), deadline=deadline)
        )
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        made = await at.embed(EmbedRequest(model="m", texts=("2",)), deadline=deadline)
        assert made.vectors == ((2.0,),)
        assert inputs(house) == [["2"]]


async def test_a_text_that_is_refused_costs_nobody_else_an_answer(tmp_path: Path) -> None:
    async def picky(exchange: Exchange) -> None:
        if "13" in json.loads(exchange.body)["input"]:
            await exchange.start("400 Bad Request", "application/json")
            await exchange.send(b'{"error": {"message": "13 is too long"}}')
            return
        await vectors_of(exchange)

    async with yard(tmp_path, {"one": picky}, settings=ONCE, local=False) as house:
        asked = [asks(house, [text]) for text in ("12", "13", "14")]
        outcomes = await asyncio.gather(
            *(house.gateway.run(one, Heard()) for _, one in asked), return_exceptions=True
        )
        assert [type(one) for one in outcomes] == [Reply, ProviderError, Reply]
        spent, held = await house.books()
    assert (spent, held) == (2 * 2 * 1_000, 0)


async def test_a_failure_is_told_to_each_as_its_own(tmp_path: Path) -> None:
    async def broken(exchange: Exchange) -> None:
        await exchange.start("503 Busy", "application/json")
        await exchange.send(b"{}")

    async with yard(tmp_path, {"one": broken}, settings=ONCE, local=False) as house:
        outcomes = await asyncio.gather(
            *(house.gateway.run(asks(house, [str(n)])[1], Heard()) for n in range(3)),
            return_exceptions=True,
        )
        assert len({id(one) for one in outcomes}) == 3
        assert all(isinstance(one, ProviderError) for one in outcomes)
        assert len(house.fars["one"].seen) == 1
        assert (await house.books())[1] == 0


async def test_who_has_less_time_waits_no_longer_than_that(tmp_path: Path) -> None:
    over = asyncio.Event()

    async def waits(exchange: Exchange) -> None:
        await over.wait()
        await vectors_of(exchange)

    async with yard(tmp_path, {"one": waits}, settings=ONCE, local=False) as house:
        now, at = house.clock.monotonic(), house.gateway.joint.at(house.providers["one"], None)
        patient = asyncio.create_task(
            at.embed(EmbedRequest(model="m", texts=("1",)), deadline=now + 60)
        )
        with pytest.raises(ProviderError, match="too long"):
            await at.embed(EmbedRequest(model="m", texts=("2",)), deadline=now + 0.2)
        over.set()
        assert (await patient).vectors == ((1.0,),)


@pytest.mark.parametrize("tokens", [0, 1, 2, 3, 7, 100, 99_991, None])
@pytest.mark.parametrize("charged", [None, 0, 5, 12_345_679])
def test_the_parts_add_up_to_the_last_unit(tokens: int | None, charged: int | None) -> None:
    texts = ("a", "b" * 999, "c" * 17, "d")
    requests = [EmbedRequest(model="m", texts=(text,)) for text in texts]
    usage = Usage(input=tokens, output=0, reported_cost=charged)  # type: ignore[arg-type]
    whole = Embeddings(vectors=tuple((float(n),) for n in range(4)), usage=usage)
    parts = shared(whole, requests)
    assert [part.vectors for part in parts] == [((float(n),),) for n in range(4)]
    if tokens is None:
        assert [part.usage.input for part in parts] == [None] * 4
    else:
        assert sum(part.usage.input or 0 for part in parts) == tokens
        price = Price(version="t", input=PicoUsd(13_777), output=PicoUsd(0))
        costs = [cost_of(part.usage, price) for part in parts]
        assert sum(costs) == cost_of(usage, price)
        # An uncounted prompt would be booked at its bound.
        assert tokens < 4 or all(part.usage.input for part in parts)
    if charged is not None:
        assert sum(part.usage.reported_cost or 0 for part in parts) == charged
