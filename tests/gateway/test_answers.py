"""The same request twice: once after the other, at once, and after a restart."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd.answers import MEMORY_AGE, MEMORY_BYTES, MEMORY_MOST, Disk, Kept, Memory
from aircherd.attempt import Job, Reply
from aircherd.core.chat import ChatRequest, FinishReason, Message
from aircherd.core.errors import ProviderError
from aircherd.core.sink import Sink, in_line
from aircherd.flights import Flights
from fakes.scripted import Exchange

from .parts import SETTINGS, Fleetyard, Heard, answers, job, refuses, yard

CACHED = replace(SETTINGS, cache=True)


async def ask(house: Fleetyard, prompt: str = "x", client: str = "vim") -> tuple[str, str, int]:
    heard = Heard()
    reply = await house.gateway.run(job("a", prompt=prompt, client=client), heard)
    assert heard.text == reply.text
    return reply.text, reply.attempts[-1].outcome, reply.cost


async def test_the_same_again_is_free_and_says_so(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": answers}, settings=CACHED, local=False) as house:
        text, how, cost = await ask(house)
        assert (how, cost > 0) == ("done", True)
        assert await ask(house) == (text, "cached", 0)
        assert house.asked("a") == [1]
        heard = Heard()
        reply = await house.gateway.run(job("a", prompt="x", client="vim"), heard)
        assert "saved" in reply.transcript.notices[0]
        assert await house.books() == (cost, 0)
        assert house.gateway.sharing.saved == 2 * cost


async def test_what_was_said_of_an_answer_is_said_of_it_again(tmp_path: Path) -> None:
    """From memory and from the disk: it is as true of the answer as it was."""
    async with yard(tmp_path, {"a": answers}, settings=CACHED, local=False) as house:
        mine = job("a", prompt="x", client="vim")
        gateway = house.gateway
        allowed = await gateway._egress.admit(mine)

        async def ask_it(sink: Sink) -> Reply:
            reply = await gateway._run(mine, allowed, sink)
            reply.transcript.notices.append("The model saw a part of it.")
            return reply

        await gateway.sharing.run(mine, Heard(), allowed, ask_it)
        again = await gateway.run(replace(mine, operation="again"), Heard())
        assert again.transcript.notices[0] == "The model saw a part of it."
        assert len(again.transcript.notices) == 2, "and that it was asked before"
    kept = Kept(text="t", cost=1, notices=("The model saw a part of it.",))
    Disk(tmp_path / "d").put("k", kept, 1_000_000)
    assert Disk(tmp_path / "d").get("k", time.time(), 60.0) == kept


@pytest.mark.parametrize("other", [{"prompt": "y"}, {"client": "code"}])
async def test_what_differs_is_asked(tmp_path: Path, other: dict[str, str]) -> None:
    async with yard(tmp_path, {"a": answers}, settings=CACHED, local=False) as house:
        await ask(house)
        assert (await ask(house, **other))[1] == "done"


async def test_it_grows_old(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": answers}, settings=CACHED, local=False) as house:
        await ask(house)
        house.clock.ahead += MEMORY_AGE + 1
        assert (await ask(house))[1] == "done"


async def test_a_failure_or_half_an_answer_is_not_kept(tmp_path: Path) -> None:
    turn = 0

    async def cut_short(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("Half")
        await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "length"}])
        await exchange.send(b"data: [DONE]\n\n")

    async def script(exchange: Exchange) -> None:
        nonlocal turn
        turn += 1
        await (refuses("400 No"), cut_short, answers)[turn - 1](exchange)

    async with yard(tmp_path, {"a": script}, settings=CACHED, local=False) as house:
        with pytest.raises(ProviderError):
            await ask(house)
        assert (await ask(house))[0] == "Half"
        assert (await ask(house))[0] == "It is a test."


def gated() -> tuple[asyncio.Event, Callable[[Exchange], asyncio.Future[None]]]:
    gate = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("It ")
        waiting = asyncio.ensure_future(gate.wait())
        closed = asyncio.ensure_future(exchange.closed.wait())
        await asyncio.wait((waiting, closed), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        closed.cancel()
        await exchange.text("is.")
        await exchange.finish(prompt=20, answer=5)

    return gate, script  # type: ignore[return-value]


async def test_the_same_at_once_is_one_request_and_everybody_hears_it_whole(
    tmp_path: Path,
) -> None:
    gate, script = gated()
    async with yard(tmp_path, {"a": script}, settings=CACHED, local=False) as house:  # type: ignore[dict-item]
        many = [asyncio.create_task(ask(house)) for _ in range(10)]
        while not house.fars["a"].seen:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        late = asyncio.create_task(ask(house))
        await asyncio.sleep(0.05)
        gate.set()
        found = await asyncio.gather(*many, late)
        assert {text for text, _, _ in found} == {"It is."}
        assert sorted(how for _, how, _ in found) == ["done", *["joined"] * 10]
        assert house.asked("a") == [1]
        spent, held = await house.books()
        assert (spent, held) == (sum(cost for _, _, cost in found), 0)


async def test_whoever_leaves_takes_nothing_from_the_others(tmp_path: Path) -> None:
    gate, script = gated()
    async with yard(tmp_path, {"a": script}, settings=CACHED, local=False) as house:  # type: ignore[dict-item]
        first = asyncio.create_task(ask(house))
        while not house.fars["a"].seen:
            await asyncio.sleep(0.005)
        second = asyncio.create_task(ask(house))
        await asyncio.sleep(0.05)
        first.cancel()
        await asyncio.sleep(0.05)
        gate.set()
        assert (await second)[0] == "It is."
        assert first.cancelled()
        assert house.asked("a") == [1]


async def test_who_joins_hears_of_a_cut_and_of_what_was_asked(tmp_path: Path) -> None:
    gate = asyncio.Event()

    async def cut(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("Half")
        await gate.wait()
        await exchange.chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "length"}])
        await exchange.send(b"data: [DONE]\n\n")

    def two() -> Job:
        made = job("a", "b")
        return replace(
            made,
            build=lambda who, _: ChatRequest(
                model=f"m-{who.spec.ref.provider}",
                messages=(Message.of("user", "x"),),
                max_output=100,
            ),
        )

    scripts = {"a": refuses("400 No"), "b": cut}
    async with yard(tmp_path, scripts, settings=CACHED, local=False) as house:
        first = asyncio.create_task(house.gateway.run(two(), Heard()))
        while not house.fars["b"].seen:
            await asyncio.sleep(0.005)
        second = asyncio.create_task(house.gateway.run(two(), Heard()))
        await asyncio.sleep(0.05)
        gate.set()
        one, other = await asyncio.gather(first, second)
        assert other.attempts[-1].outcome == "joined"
        assert one.finish is other.finish is FinishReason.LENGTH
        assert other.request.model == one.request.model == "m-b"


async def test_what_another_candidate_answered_is_not_given_as_the_firsts(tmp_path: Path) -> None:
    scripts = {"a": refuses("400 No"), "b": answers}
    async with yard(tmp_path, scripts, settings=CACHED, local=False) as house:
        for _ in range(2):
            reply = await house.gateway.run(job("a", "b"), Heard())
            assert str(reply.candidate.spec.ref) == "b/m"


async def test_what_is_being_ended_takes_no_place_of_what_began_after_it() -> None:
    flights, ending = Flights(), asyncio.Event()
    begun = 0

    async def ask(_: object) -> Reply:
        nonlocal begun
        begun += 1
        try:
            await asyncio.sleep(60)
        finally:
            await ending.wait()
        raise AssertionError

    async def join() -> None:
        await flights.join("k", Heard(), ask)

    first = asyncio.create_task(join())
    await asyncio.sleep(0.01)
    first.cancel()
    await asyncio.sleep(0.01)
    second = asyncio.create_task(join())
    await asyncio.sleep(0.01)
    ending.set()
    await asyncio.sleep(0.01)
    third = asyncio.create_task(join())
    await asyncio.sleep(0.01)
    assert begun == 2
    for task in (second, third):
        task.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)


async def test_when_all_have_left_the_far_side_is_closed_and_booked(tmp_path: Path) -> None:
    _, script = gated()
    async with yard(tmp_path, {"a": script}, settings=CACHED, local=False) as house:  # type: ignore[dict-item]
        many = [asyncio.create_task(ask(house)) for _ in range(3)]
        while not house.fars["a"].seen:
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        for task in many:
            task.cancel()
        await asyncio.gather(*many, return_exceptions=True)
        async with asyncio.timeout(2):
            await house.fars["a"].seen[0].closed.wait()
        spent, held = await house.books()
        assert spent > 0
        assert held == 0


async def test_on_disk_only_when_wanted_and_private(tmp_path: Path) -> None:
    wanted = replace(CACHED, cache_on_disk=True)
    for settings, outcomes in ((CACHED, ["done", "done"]), (wanted, ["done", "cached"])):
        found = []
        for number in range(2):
            home = tmp_path / f"{settings.cache_on_disk}{number}"
            home.mkdir()
            if number:
                before = tmp_path / f"{settings.cache_on_disk}0" / "answers"
                if before.exists():
                    before.rename(home / "answers")
            async with yard(home, {"a": answers}, settings=settings, local=False) as house:
                found.append((await ask(house))[1])
        assert found == outcomes
    (one,) = (tmp_path / "True1" / "answers").iterdir()
    assert one.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "False0" / "answers").exists()


def test_the_disk_is_bounded_by_size_and_age(tmp_path: Path) -> None:
    tmp_path = tmp_path / "kept"
    disk, now = Disk(tmp_path), 1_000_000.0
    for number in range(10):
        disk.put(f"k{number}", Kept(text="x" * 1_000, cost=number), max_bytes=5_500)
        os.utime(tmp_path / f"k{number}.json", (now + number, now + number))
    assert sum(one.stat().st_size for one in tmp_path.iterdir()) <= 5_500
    assert disk.get("k0", now, 60) is None
    assert disk.get("k9", now + 9, 60) == Kept(text="x" * 1_000, cost=9)
    assert disk.get("k9", now + 100, 60) is None
    assert not (tmp_path / "k9.json").exists()
    (tmp_path / "k8.json").write_text("{")
    os.utime(tmp_path / "k8.json", (now, now))
    assert disk.get("k8", now, 60) is None


def test_memory_is_bounded() -> None:
    memory = Memory()
    for number in range(20):
        memory.put(str(number), Kept(text="x" * (MEMORY_BYTES // 10), cost=0), 0.0)
    assert memory.get("0", 0.0) is None
    assert memory.get("19", 0.0) is not None


def test_many_small_answers_are_not_all_kept() -> None:
    """Their texts are small, what is around them is not: it grew by half a kilobyte a request."""
    memory = Memory()
    for number in range(MEMORY_MOST + 500):
        memory.put(f"key{number}", Kept(text="x", cost=1), 0.0)
    assert memory.get("key0", 0.0) is None
    assert memory.get("key499", 0.0) is None
    assert memory.get("key500", 0.0) is not None


async def test_no_loop_round_lies_between_an_answer_under_way_and_the_kept_one(
    tmp_path: Path,
) -> None:
    """One that is the same comes in every round of the loop around the answer's end."""
    async with yard(tmp_path, {"a": answers}, settings=CACHED, local=False) as house:
        mine = job("a", prompt="x", client="vim")
        gateway = house.gateway
        allowed = await gateway._egress.admit(mine)
        gate, paid = asyncio.Event(), 0

        async def ask_it(sink: Sink) -> Reply:
            nonlocal paid
            paid += 1
            reply = await gateway._run(replace(mine, operation=f"paid{paid}"), allowed, sink)
            await gate.wait()
            return reply

        async def same(number: int) -> Reply:
            one = replace(mine, operation=f"same{number}")
            return await gateway.sharing.run(one, Heard(), allowed, ask_it)

        asking = [asyncio.create_task(same(0))]
        while not (house.asked("a") == [1] and (await house.books())[0]):
            await asyncio.sleep(0.01)
        asking.append(asyncio.create_task(same(1)))
        await asyncio.sleep(0.05)
        gate.set()
        for number in range(2, 30):
            asking.append(asyncio.create_task(same(number)))
            await asyncio.sleep(0)
        how = {reply.attempts[-1].outcome for reply in await asyncio.gather(*asking)}
        assert paid == 1
        assert how >= {"done", "cached"}, how


class Line:
    """What one caller is told of its place."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int, bool]] = []

    def __call__(
        self, provider: str, place: int, seconds: float | None, shared: bool = False, /
    ) -> None:
        self.told.append((provider, place, shared))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.002)


@pytest.mark.parametrize("local", [True, False])
async def test_who_joins_is_told_and_who_waits_behind_an_engine_is_told_where(
    tmp_path: Path, local: bool
) -> None:
    gate, script = gated()
    lines = {name: Line() for name in ("busy", "first", "joined", "late", "later")}

    async with yard(  # type: ignore[dict-item]
        tmp_path, {"a": script}, settings=CACHED, local=local, concurrency=1
    ) as house:

        def asks(name: str, prompt: str) -> asyncio.Task[tuple[str, str, int]]:
            in_line.set(lines[name])
            return asyncio.create_task(ask(house, prompt=prompt))

        tasks = [asks("busy", "x")]
        await until(lambda: house.fars["a"].seen)
        tasks.append(asks("late", "x"))
        await until(lambda: lines["late"].told)
        assert lines["late"].told == [("a", 0, True)], "nothing to wait for but the answer"
        tasks.append(asks("first", "y"))
        await until(lambda: lines["first"].told)
        assert lines["first"].told == [("a", 1, False)]
        tasks.append(asks("joined", "y"))
        await until(lambda: lines["joined"].told)
        assert lines["joined"].told == [("a", 1, True)], "the place of what it shares"
        tasks.append(asks("later", "z"))
        await until(lambda: lines["later"].told)
        assert lines["later"].told == [("a", 2, False)]
        # Whose request it is leaves, and the one that shares it still hears how the line moves.
        tasks[2].cancel()
        await asyncio.gather(tasks[2], return_exceptions=True)
        gate.set()
        del tasks[2]
        found = await asyncio.gather(*tasks)
        assert {text for text, _, _ in found} == {"It is."}
        assert lines["joined"].told[-1] == ("a", 0, True)
        assert lines["later"].told[-1] == ("a", 0, False)
        assert lines["first"].told == [("a", 1, False)], "who left is told no more"
        assert lines["busy"].told == []
