"""Reserve, stream, settle: with a real ledger, real HTTP and a far side that misbehaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from aircherd.attempt import Job
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.chat import ChatRequest, Message, ResponseFormat, Tool
from aircherd.core.clock import SystemClock
from aircherd.core.errors import BudgetExceeded, ErrorKind, ProviderError
from aircherd.core.money import NanoUsd, Price, per_million, usd
from aircherd.core.plan import Candidate, Plan
from aircherd.core.settings import CostSettings, ProviderSettings, Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.egress import Egress
from aircherd.gateway import Gateway
from aircherd.ledger.store import Ledger
from aircherd.outbound.departures import Departures
from aircherd.providers import registry
from aircherd.routing.budget import every_limit
from aircherd.routing.estimate import bound
from aircherd.trust.store import Trust
from fakes.scripted import Answering, Exchange, FarSide, far_side

PRICE = Price(version="t", input=per_million("1"), output=per_million("2"))
SETTINGS = Settings(costs=CostSettings(daily_limit=usd("1"), zone="UTC"))


class Heard:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.text = ""

    def append(self, text: str) -> None:
        self.text += text

    def replace(self, text: str) -> None:
        self.text = text

    def thinking(self, text: str) -> None:
        pass


@dataclass
class Stand:
    gateway: Gateway
    ledger: Ledger
    far: FarSide
    tasks: set[asyncio.Task[Any]]

    def job(self, *names: str) -> Job:
        candidates = tuple(
            Candidate(
                spec=ModelSpec(ref=ModelRef(name, "m"), local=False, price=PRICE, context=8192),
                why="test",
                expected=None,
                worst=None,
            )
            for name in names or ("far",)
        )
        detection = Detection(task=TaskKind.QUICK_QUESTIONS, confidence=1.0)
        request = ChatRequest(
            model="m", messages=(Message.of("user", "What is this?"),), max_output=100
        )
        return Job(
            operation=f"op{time.monotonic_ns()}",
            task=TaskKind.QUICK_QUESTIONS,
            plan=Plan(detection=detection, candidates=candidates, refused=()),
            build=lambda *_: request,
            reason="{}",
            client="test",
            workspace=None,
        )

    async def books(self) -> tuple[int, int]:
        await asyncio.gather(*self.tasks)
        now = SystemClock().now()
        (spending,) = await self.ledger.spending(every_limit(SETTINGS.costs, now=now))
        return spending.spent, spending.held


@asynccontextmanager
async def stand(
    path: Path,
    script: Answering,
    settings: Settings = SETTINGS,
    quirks: tuple[str, ...] = ("cost_in_dollars",),
) -> AsyncIterator[Stand]:
    clock = SystemClock()
    ledger = await Ledger.open(path / "usage.sqlite3", clock=clock)
    tasks: set[asyncio.Task[Any]] = set()

    def keep(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        tasks.add(task)
        return task

    async def settled(*_: object) -> None:
        pass

    async with far_side(script) as far:
        written = {
            "far": ProviderSettings(name="far", base_url=far.base, models=("m",), quirks=quirks),
            "dead": ProviderSettings(name="dead", base_url="http://127.0.0.1:1/v1"),
        }
        settings = replace(settings, providers=written)
        hosts = [h for h in registry.hosts(settings, {}) if h.name in written]
        providers = {h.name: registry.connect(h, settings, clock) for h in hosts}
        gateway = Gateway(
            books=ledger,
            egress=Egress(
                lambda: settings,
                Trust(str(path / "trust.json")),
                Departures(str(path / "sent.jsonl")),
            ),
            providers=lambda: providers,
            settings=lambda: settings,
            clock=clock,
            keep=keep,
            settled=settled,
        )
        yield Stand(gateway, ledger, far, tasks)
        await asyncio.gather(*tasks, return_exceptions=True)
        for provider in providers.values():
            await provider.aclose()
    await ledger.aclose()


async def answers(exchange: Exchange) -> None:
    await exchange.start()
    for word in ("It ", "is ", "a test."):
        await exchange.text(word)
    await exchange.finish(prompt=20, answer=5)


async def test_an_answer_is_streamed_and_booked(tmp_path: Path) -> None:
    async with stand(tmp_path, answers) as house:
        heard = Heard()
        reply = await house.gateway.run(house.job(), heard)
        assert heard.text == reply.text == "It is a test."
        assert (reply.usage.input, reply.usage.output, reply.usage.estimated) == (20, 5, False)
        assert reply.cost == 20 * 1_000 + 5 * 2_000
        assert await house.books() == (30_000, 0)


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": 0, "completion_tokens": 0}])
@pytest.mark.parametrize("whole", [True, False])
async def test_what_is_not_counted_is_booked_at_the_most_it_can_be(
    tmp_path: Path, usage: dict[str, int] | None, whole: bool
) -> None:
    async def uncounted(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.chunk(usage=usage)
        await exchange.text("\u6e2c\u8a66")
        if whole:
            await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
            await exchange.send(b"data: [DONE]\n\n")

    async with stand(tmp_path, uncounted) as house:
        with contextlib.suppress(ProviderError):
            reply = await house.gateway.run(house.job(), Heard())
            assert reply.usage.estimated
        spent, held = await house.books()
        # A token a byte of the prompt and its template, and of the answer.
        assert spent >= bound(len(b"What is this?"), 1) * 1_000 + 6 * 2_000
        assert held == 0


@pytest.mark.parametrize(("charged", "booked"), [(0.00001, 30_000), (0.00009, 90_000)])
async def test_of_two_figures_for_one_call_the_larger_is_booked(
    tmp_path: Path, charged: float, booked: int
) -> None:
    async def says(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("It is a test.")
        await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        await exchange.chunk(usage={"prompt_tokens": 20, "completion_tokens": 5, "cost": charged})
        await exchange.send(b"data: [DONE]\n\n")

    async with stand(tmp_path, says) as house:
        reply = await house.gateway.run(house.job(), Heard())
        assert (reply.cost, reply.by_table) == (booked, 30_000)
        assert await house.books() == (booked, 0)


async def test_a_host_that_may_mean_another_money_books_by_the_table(tmp_path: Path) -> None:
    async def says(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("It is a test.")
        await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        await exchange.chunk(usage={"prompt_tokens": 20, "completion_tokens": 5, "cost": 999_999})
        await exchange.send(b"data: [DONE]\n\n")

    async with stand(tmp_path, says, quirks=()) as house:
        await house.gateway.run(house.job(), Heard())
        assert await house.books() == (30_000, 0)


async def test_a_count_above_what_was_held_is_booked_and_said(tmp_path: Path) -> None:
    """A prompt that its provider counts longer than its bytes: nobody knows why, but it is billed,
    and part of the count is ours, for the stream broke."""

    async def breaks(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.chunk(usage={"prompt_tokens": 5_000, "completion_tokens": 1})
        await exchange.text("Half")

    async with stand(tmp_path, breaks) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(house.job(), Heard())
        spent, held = await house.books()
        assert spent >= 5_000 * 1_000
        assert held == 0
        db = sqlite3.connect(tmp_path / "usage.sqlite3")
        assert db.execute("SELECT overrun, amount < cost FROM entries").fetchall() == [(1, 1)]
        db.close()


def test_the_bound_of_a_prompt_counts_all_that_is_told_to_the_model() -> None:
    words = "\u6e2c\u8a66" * 50
    schema = {"type": "object", "description": words}
    tool = Tool(name="t", description="", parameters=schema)
    asked = ChatRequest(model="m", messages=(), max_output=1)
    for more in (
        replace(asked, tools=(tool,)),
        replace(asked, response_format=ResponseFormat(json_schema=schema)),
    ):
        assert more.prompt_bytes >= len(words.encode())


async def test_nothing_is_sent_without_room(tmp_path: Path) -> None:
    tight = replace(SETTINGS, costs=replace(SETTINGS.costs, daily_limit=NanoUsd(10)))
    async with stand(tmp_path, answers, tight) as house:
        with pytest.raises(BudgetExceeded, match="daily"):
            await house.gateway.run(house.job(), Heard())
        assert house.far.seen == []


async def test_a_dead_provider_costs_nothing_and_the_next_answers(tmp_path: Path) -> None:
    async with stand(tmp_path, answers) as house:
        reply = await house.gateway.run(house.job("dead", "far"), Heard())
        assert [(a.provider, a.sent) for a in reply.attempts] == [("dead", False), ("far", True)]
        assert await house.books() == (30_000, 0)


async def test_after_the_first_word_nothing_is_glued(tmp_path: Path) -> None:
    async def breaks(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("Half an ")

    async with stand(tmp_path, breaks) as house:
        with pytest.raises(ProviderError) as caught:
            await house.gateway.run(house.job("far", "far"), Heard())
        assert caught.value.kind is ErrorKind.INTERRUPTED
        assert caught.value.partial == "Half an "
        assert len(house.far.seen) == 1
        spent, held = await house.books()
        assert spent > 0
        assert held == 0


@pytest.mark.parametrize(
    ("status", "body", "kind", "tries"),
    [
        ("401 Unauthorized", {"error": {"message": "no"}}, ErrorKind.AUTHENTICATION, 1),
        ("429 Too Many", {"error": {"code": "insufficient_quota"}}, ErrorKind.QUOTA_EXCEEDED, 1),
        ("503 Busy", {"error": {"message": "busy"}}, ErrorKind.SERVER_ERROR, 3),
        ("404 Not Found", {"error": "model 'x' not found"}, ErrorKind.MODEL_NOT_FOUND, 1),
    ],
)
async def test_a_refusal_is_typed_and_free(
    tmp_path: Path, status: str, body: dict[str, Any], kind: ErrorKind, tries: int
) -> None:
    import json

    async def refuses(exchange: Exchange) -> None:
        await exchange.start(status, "application/json")
        await exchange.send(json.dumps(body).encode())

    async with stand(tmp_path, refuses) as house:
        with pytest.raises(ProviderError) as caught:
            await house.gateway.run(house.job(), Heard())
        assert caught.value.kind is kind
        assert len(house.far.seen) == tries
        assert await house.books() == (0, 0)


@pytest.mark.parametrize("words", [0, 1, 40])
async def test_a_cancel_closes_the_far_side_and_is_booked(tmp_path: Path, words: int) -> None:
    spoken = asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        if words:
            await exchange.start()
        for _ in range(words):
            await exchange.text("word ")
        spoken.set()
        await exchange.closed.wait()

    async with stand(tmp_path, slow) as house:
        heard = Heard()
        task = asyncio.create_task(house.gateway.run(house.job(), heard))
        await spoken.wait()
        assert house.gateway.asking == 1
        while heard.text.count("word") < words:
            await asyncio.sleep(0.005)
        task.cancel()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert house.gateway.asking == 1, "busy until it is booked"
        async with asyncio.timeout(2):
            await house.far.seen[0].closed.wait()
            while house.gateway.asking:
                await asyncio.sleep(0.005)
        spent, held = await house.books()
        assert held == 0
        # Never below what the far side would bill: a token a word, and the prompt.
        assert spent >= 5 * 1_000 + words * 2_000


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async def redirects(exchange: Exchange) -> None:
        await exchange.start("307 Away", more="Location: http://127.0.0.1:9/\r\n")

    async with stand(tmp_path, redirects) as house:
        with pytest.raises(ProviderError, match="redirect"):
            await house.gateway.run(house.job(), Heard())
        assert len(house.far.seen) <= 3


async def test_garbage_after_200_is_no_answer(tmp_path: Path) -> None:
    async def html(exchange: Exchange) -> None:
        await exchange.start(kind="text/html")
        await exchange.send(b"<html><body>Please log in</body></html>")

    async with stand(tmp_path, html) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(house.job(), Heard())


@pytest.mark.parametrize(
    ("sent", "booked"),
    [
        ({"choices": [{"message": {"content": "two words"}, "finish_reason": "stop"}]}, True),
        ({"error": {"message": "overloaded"}}, False),
    ],
)
async def test_a_whole_answer_in_a_stream_s_place_is_booked_and_an_error_is_not(
    tmp_path: Path, sent: dict[str, Any], booked: bool
) -> None:
    """Both come with status 200; only one of them may be on the provider's bill."""

    async def at_once(exchange: Exchange) -> None:
        await exchange.start(kind="application/json")
        usage = {} if "error" in sent else {"usage": {"prompt_tokens": 20, "completion_tokens": 2}}
        await exchange.send(json.dumps({**sent, **usage}).encode())

    async with stand(tmp_path, at_once) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(house.job(), Heard())
        spent, held = await house.books()
    assert (spent > 0, held) == (booked, 0)
