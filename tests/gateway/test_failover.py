"""What one request, and the next ones, see of a provider that fails."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd import announcing
from aircherd.core.chat import ChatRequest, ImagePart, Message, TextPart
from aircherd.core.clock import SystemClock
from aircherd.core.errors import ErrorKind, ProviderError, Unsupported
from aircherd.core.settings import RetrySettings, Settings
from aircherd.core.sink import in_line
from aircherd.core.tasks import TaskKind
from aircherd.endpoint import Endpoint
from aircherd.providers import registry
from aircherd.providers.atonce import Vectors
from aircherd.routing.circuit import FIRST_COOL_DOWN
from aircherd.routing.queue import Ticket
from aircherd.routing.retry import BUSY, COOLING
from fakes.scripted import Answering, Exchange
from figures import Figure

from .parts import SETTINGS, Fleetyard, Heard, answers, job, refuses, yard


def hosted(**more: object) -> dict[str, object]:
    return {"local": False, **more}


async def test_from_the_second_request_on_a_dead_primary_is_passed_over(tmp_path: Path) -> None:
    scripts = {"a": refuses("503 Busy"), "b": answers}
    async with yard(tmp_path, scripts, **hosted()) as house:
        for number in range(20):
            reply = await house.gateway.run(job("a", "b"), Heard())
            assert reply.candidate.spec.ref.provider == "b", number
        assert house.asked("a", "b") == [3, 20]
        assert house.gateway.fleet.cooling("a") > 0
        assert (await house.books())[1] == 0


async def test_a_single_provider_opens_too_and_says_when(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": refuses("500 Oops")}, **hosted()) as house:
        for _ in range(5):
            with pytest.raises(ProviderError) as caught:
                await house.gateway.run(job("a"), Heard())
        assert caught.value.code == COOLING
        assert not caught.value.sent
        assert "left alone" in str(caught.value)
        assert house.asked("a") == [3]


async def test_one_probe_per_cool_down(tmp_path: Path, figure: Figure) -> None:
    gate = asyncio.Event()
    gate.set()

    async def fails(exchange: Exchange) -> None:
        await gate.wait()
        await refuses("500 Oops")(exchange)

    async with yard(tmp_path, {"a": fails}, **hosted()) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(job("a"), Heard())
        assert house.asked("a") == [3]
        gate.clear()
        house.clock.ahead += FIRST_COOL_DOWN
        many = [asyncio.create_task(house.gateway.run(job("a"), Heard())) for _ in range(30)]
        while len(house.fars["a"].seen) < 4:
            await asyncio.sleep(0.005)
        gate.set()
        ended = await asyncio.gather(*many, return_exceptions=True)
        assert all(isinstance(one, ProviderError) for one in ended)
        assert house.asked("a") == [4]
        figure("30 callers after a cool-down, 1 probe")


async def test_it_is_asked_again_once_it_is_well(tmp_path: Path) -> None:
    well = False

    async def mends(exchange: Exchange) -> None:
        await (answers if well else refuses("500 Oops"))(exchange)

    async with yard(tmp_path, {"a": mends}, **hosted()) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(job("a"), Heard())
        well = True
        house.clock.ahead += FIRST_COOL_DOWN
        await house.gateway.run(job("a"), Heard())
        replies = await asyncio.gather(
            *(house.gateway.run(job("a"), Heard()) for _ in range(10)), return_exceptions=True
        )
        assert not [one for one in replies if isinstance(one, BaseException)]


@pytest.mark.parametrize(
    ("header", "least"), [("Retry-After: 0.3", 0.3), ("retry-after-ms: 300", 0.3)]
)
async def test_what_is_asked_for_is_waited_for(tmp_path: Path, header: str, least: float) -> None:
    seen: list[float] = []

    async def limits(exchange: Exchange) -> None:
        seen.append(time.monotonic())
        if len(seen) == 1:
            await refuses("429 Slow", more=f"{header}\r\n")(exchange)
        else:
            await answers(exchange)

    async with yard(tmp_path, {"a": limits}, **hosted()) as house:
        reply = await house.gateway.run(job("a"), Heard())
        assert [a.outcome for a in reply.attempts] == ["rateLimit", "done"]
        assert seen[1] - seen[0] >= least


async def test_a_spend_limit_is_not_retried_but_fallen_over_from(tmp_path: Path) -> None:
    spent = refuses("429 Stop", {"error": {"code": "insufficient_quota", "message": "x"}})
    async with yard(tmp_path, {"a": spent, "b": answers}, **hosted()) as house:
        reply = await house.gateway.run(job("a", "b"), Heard())
        assert [a.outcome for a in reply.attempts] == ["quotaExceeded", "done"]
        await house.gateway.run(job("a", "b"), Heard())
        assert house.asked("a", "b") == [1, 2]


@pytest.mark.parametrize(
    ("retry", "asked"),
    [
        (RetrySettings(max_retries=0), 1),
        (RetrySettings(max_retries=1, initial_delay=0.05), 2),
        (RetrySettings(kinds=frozenset({ErrorKind.TIMEOUT})), 1),
    ],
)
async def test_retries_are_made_as_the_settings_say(
    tmp_path: Path, retry: RetrySettings, asked: int
) -> None:
    settings = replace(SETTINGS, retry=retry)
    async with yard(tmp_path, {"a": refuses("503 Busy")}, settings=settings, **hosted()) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(job("a"), Heard())
        assert house.asked("a") == [asked]


async def test_what_one_model_cannot_be_asked_the_next_may(tmp_path: Path) -> None:
    # An address of a picture can be handed to one host and, by its quirk, not to the other.
    picture = ImagePart(url="https://example.org/a.png")
    turn = Message(role="user", parts=(TextPart("What is this?"), picture))
    request = ChatRequest(model="m", messages=(turn,), max_output=100)
    async with yard(tmp_path, {"a": answers, "b": answers}, **hosted()) as house:
        blind = replace(house.settings.providers["a"], quirks=("no_image_urls",))
        (host,) = (
            h
            for h in registry.hosts(replace(house.settings, providers={"a": blind}), {})
            if h.name == "a"
        )
        await house.providers["a"].aclose()
        house.providers["a"] = registry.connect(host, house.settings, SystemClock())
        seen = replace(job("a", "b"), build=lambda *_: request)
        reply = await house.gateway.run(seen, Heard())
        assert reply.candidate.spec.ref.provider == "b"
        assert [(one.outcome, one.sent) for one in reply.attempts] == [
            ("unsupported", False),
            ("done", True),
        ]
        named = replace(seen, operation="named", plan=replace(seen.plan, requested="a/m"))
        with pytest.raises(Unsupported, match="a"):
            await house.gateway.run(named, Heard())
        assert house.asked("a", "b") == [0, 1]
        assert (await house.books())[1] == 0


async def test_an_engine_that_loads_is_waited_for(tmp_path: Path) -> None:
    body = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}
    asked = 0

    async def loads(exchange: Exchange) -> None:
        nonlocal asked
        asked += 1
        await (answers if asked > 4 else refuses("503 Busy", body))(exchange)

    async with yard(tmp_path, {"a": loads}) as house:
        await asyncio.wait_for(house.gateway.run(job("a"), Heard()), 20)
        assert asked == 5
        assert house.gateway.fleet.cooling("a") == 0


async def test_a_cancel_in_a_wait_ends_it_at_once(tmp_path: Path) -> None:
    slow = refuses("429 Slow", more="Retry-After: 15\r\n")
    async with yard(tmp_path, {"a": slow}, **hosted()) as house:
        task = asyncio.create_task(house.gateway.run(job("a"), Heard()))
        while not house.fars["a"].seen:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 2)
        assert (await house.books())[1] == 0


@pytest.mark.parametrize("phase", ["line", "connect", "stream"])
async def test_the_deadline_is_over_all(tmp_path: Path, phase: str) -> None:
    async def hangs(exchange: Exchange) -> None:
        if phase == "stream":
            await exchange.start()
            for _ in range(1_000):
                await exchange.text(".")
                await asyncio.sleep(0.02)
        await exchange.closed.wait()

    settings = replace(SETTINGS, deadline=0.6)
    more = {"concurrency": 1} if phase == "line" else {}
    async with yard(tmp_path, {"a": hangs}, settings=settings, **hosted(**more)) as house:
        if phase == "line":
            ((endpoint, _),) = house.gateway.fleet.endpoints("a")
            endpoint.sit("m", 1)  # somebody's, who does not end
        many = [asyncio.create_task(house.gateway.run(job("a"), Heard())) for _ in range(3)]
        ended = await asyncio.wait_for(asyncio.gather(*many, return_exceptions=True), 5)
        assert all(isinstance(one, ProviderError) for one in ended)
        if phase == "line":
            assert house.asked("a") == [0]


async def test_a_pool_spreads_requests_and_survives_a_dead_replica(tmp_path: Path) -> None:
    scripts: dict[str, Answering] = {"one": answers, "two": answers, "dead": refuses("500 Oops")}
    pools = {"pool": ("one", "two", "dead")}
    async with yard(tmp_path, scripts, pools=pools) as house:
        for _ in range(30):
            reply = await house.gateway.run(job("pool"), Heard())
            assert reply.text == "It is a test."
        one, two, dead = house.asked("one", "two", "dead")
        assert one + two == 30
        assert min(one, two) >= 10
        assert dead <= 3
        assert [s.name for s in house.gateway.fleet.standings("pool")] == [
            "pool#1", "pool#2", "pool#3",
        ]  # fmt: skip


async def test_a_replica_that_failed_is_not_asked_twice_for_one_request(tmp_path: Path) -> None:
    scripts: dict[str, Answering] = {"dead": refuses("500 Oops"), "well": answers}
    pools, more = {"pool": ("dead", "well")}, {"balance": "primary-with-fallback"}
    async with yard(tmp_path, scripts, pools=pools, **more) as house:
        reply = await house.gateway.run(job("pool"), Heard())
        assert [a.outcome for a in reply.attempts] == ["serverError", "done"]
        assert house.asked("dead", "well") == [1, 1]


async def test_a_turn_that_comes_with_a_cancel_is_given_back() -> None:
    endpoint = Endpoint("a", local=False, clock=SystemClock())
    endpoint.most = 1
    endpoint.sit("m", 1)
    ticket = Ticket(client="x", urgency=0, since=0.0, tokens=1)
    task = asyncio.create_task(endpoint.enter(ticket, "m"))
    await asyncio.sleep(0)
    endpoint.leave(0.1)
    assert endpoint.in_flight == 1, "the turn has come"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert endpoint.in_flight == 0


async def test_a_pool_of_the_dead_says_so_after_each_was_asked_once(tmp_path: Path) -> None:
    scripts = {"one": refuses("500 Oops"), "two": refuses("500 Oops")}
    async with yard(tmp_path, scripts, pools={"pool": ("one", "two")}, local=True) as house:
        with pytest.raises(ProviderError):
            await house.gateway.run(job("pool"), Heard())
        assert sum(house.asked("one", "two")) <= 4


async def test_a_busy_endpoint_is_shared_in_turns(tmp_path: Path) -> None:
    order: list[str] = []

    async def notes(exchange: Exchange) -> None:
        order.append("vim" if b"from vim" in exchange.body else "script")
        await asyncio.sleep(0.02)
        await answers(exchange)

    async with yard(tmp_path, {"a": notes}, **hosted(concurrency=1)) as house:
        first = asyncio.create_task(house.gateway.run(job("a", client="script"), Heard()))
        while not order:
            await asyncio.sleep(0.001)
        script = [
            asyncio.create_task(house.gateway.run(job("a", client="script"), Heard()))
            for _ in range(8)
        ]
        await asyncio.sleep(0.01)
        vim = asyncio.create_task(
            house.gateway.run(job("a", client="vim", prompt="from vim"), Heard())
        )
        await asyncio.gather(first, vim, *script)
        assert order.index("vim") <= 3
        assert Counter(order) == {"script": 9, "vim": 1}


async def test_vectors_wait_behind_whoever_is_written_for(tmp_path: Path) -> None:
    gate, order = asyncio.Event(), list[str]()

    async def notes(exchange: Exchange) -> None:
        order.append("vectors" if b"/embeddings" in exchange.head else "words")
        await gate.wait()
        if order[-1] == "words":
            await answers(exchange)
            return
        await exchange.start(kind="application/json")
        row = b'{"data": [{"index": 0, "embedding": [0.5]}], "usage": {"prompt_tokens": 2}}'
        await exchange.send(row)

    async with yard(tmp_path, {"a": notes}, **hosted(concurrency=1)) as house:
        vectors = Vectors()
        batch = replace(
            job("a", task=TaskKind.DEFAULT, client="batch"),
            build=lambda *_: vectors.request("m", ("a text",)),
            through=vectors.through,
        )
        running = []
        for one in (job("a"), batch, job("a", task=TaskKind.DOCUMENTATION, client="editor")):
            running.append(asyncio.create_task(house.gateway.run(one, Heard())))
            while len(order) + house.gateway.fleet.waiting() < len(running):
                await asyncio.sleep(0.005)
        gate.set()
        await asyncio.gather(*running)
    assert order == ["words", "words", "vectors"]


async def test_a_cancel_in_the_line_gives_the_place_back(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def waits(exchange: Exchange) -> None:
        await gate.wait()
        await answers(exchange)

    async with yard(tmp_path, {"a": waits}, **hosted(concurrency=2)) as house:
        many = [asyncio.create_task(house.gateway.run(job("a"), Heard())) for _ in range(40)]
        while house.gateway.fleet.waiting() < 38:
            await asyncio.sleep(0.005)
        for task in many[10:30]:
            task.cancel()
        gate.set()
        await asyncio.gather(*many, return_exceptions=True)
        assert sum(not task.cancelled() for task in many) == 20
        (standing,) = house.gateway.fleet.standings("a")
        assert (standing.in_flight, standing.waiting) == (0, 0)
        assert house.asked("a") == [20]


async def test_headers_hold_requests_back(tmp_path: Path) -> None:
    limits = (
        "x-ratelimit-limit-requests: 600\r\nx-ratelimit-remaining-requests: 0\r\n"
        "x-ratelimit-reset-requests: 60s\r\n"
    )
    times: list[float] = []

    async def limited(exchange: Exchange) -> None:
        times.append(time.monotonic())
        await exchange.start(more=limits)
        await exchange.text("yes")
        await exchange.finish()

    async with yard(tmp_path, {"a": limited}, **hosted()) as house:
        for _ in range(3):
            await house.gateway.run(job("a"), Heard())
        assert times[2] - times[0] >= 0.18
        (standing,) = house.gateway.fleet.standings("a")
        # Ten come back in a second, so a slow machine may see some of them.
        assert standing.requests_left is not None
        assert standing.requests_left < 300


async def test_a_long_wait_goes_to_whoever_stands_by(tmp_path: Path) -> None:
    more = hosted(requests_per_minute=1)
    async with yard(tmp_path, {"a": answers, "b": answers}, **more) as house:
        await house.gateway.run(job("a", "b"), Heard())
        reply = await house.gateway.run(job("a", "b"), Heard())
        assert reply.candidate.spec.ref.provider == "b"
        assert house.asked("a", "b") == [1, 1]
        assert [a.sent for a in reply.attempts] == [False, True]


async def test_limits_that_outlast_the_deadline_refuse_at_once(tmp_path: Path) -> None:
    settings: Settings = replace(SETTINGS, deadline=5.0)
    more = hosted(requests_per_minute=1)
    async with yard(tmp_path, {"a": answers}, settings=settings, **more) as house:
        await house.gateway.run(job("a"), Heard())
        with pytest.raises(ProviderError) as caught:
            await asyncio.wait_for(house.gateway.run(job("a"), Heard()), 2)
        assert caught.value.code == BUSY
        assert caught.value.kind is ErrorKind.RATE_LIMIT
        assert caught.value.retry_after == pytest.approx(60, abs=2)


async def test_who_waits_is_told_how_the_line_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "TELL_EVERY", 0.01)
    gates = {name: asyncio.Event() for name in ("one", "two", "work", "person")}

    async def waits(exchange: Exchange) -> None:
        name = next(name for name in gates if f"from {name}".encode() in exchange.body)
        await gates[name].wait()
        await answers(exchange)

    told: dict[str, list[int]] = {name: [] for name in gates}

    async def ask(house: Fleetyard, name: str, task: TaskKind) -> None:
        in_line.set(lambda provider, place, seconds: told[name].append(place))
        wanted = job("a", prompt=f"from {name}", client=name, task=task)
        await house.gateway.run(wanted, Heard())

    async def until(wanted: dict[str, list[int]]) -> None:
        async with asyncio.timeout(30):
            while {name: told[name] for name in wanted} != wanted:
                await asyncio.sleep(0.005)

    async with yard(tmp_path, {"a": waits}, **hosted(concurrency=1)) as house:
        tasks, running = TaskKind, []
        for name, task, places in (
            ("one", tasks.QUICK_QUESTIONS, []),
            ("two", tasks.QUICK_QUESTIONS, [1]),
            ("work", tasks.DOCUMENTATION, [2]),
            # A person goes before work that was there already.
            ("person", tasks.QUICK_QUESTIONS, [2]),
        ):
            running.append(asyncio.create_task(ask(house, name, task)))
            if name == "one":
                while not house.fars["a"].seen:
                    await asyncio.sleep(0.005)
            await until({name: places})
        await until({"work": [2, 3]})
        gates["one"].set()
        await until({"two": [1, 0], "person": [2, 1], "work": [2, 3, 2]})
        for gate in gates.values():
            gate.set()
        await asyncio.gather(*running)
        await until({"one": [], "two": [1, 0], "person": [2, 1, 0]})
        assert told["work"][-1] == 0
