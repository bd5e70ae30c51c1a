"""What answers took, as a choice of model goes by it: from rows, by task and model."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aircherd.core.chat import Usage
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import usd
from aircherd.core.settings import CostSettings, Settings
from aircherd.core.tasks import TaskKind
from aircherd.knowledge import KEEP, Knowledge
from aircherd.ledger.store import Ledger
from aircherd.routing.budget import every_limit
from aircherd.routing.expecting import Pace, expected_ms

from .making import request, settled

TASK = TaskKind.COMMIT_MESSAGES


async def book(ledger: Ledger, name: str, usage: Usage, outcome: str = "done", **more: Any) -> None:
    hold = await ledger.reserve(request(name, 10, task=TASK, **more))
    await ledger.settle(hold, replace(settled(5, outcome, usage), duration_ms=2_000))


async def test_only_whole_answers_that_were_counted_tell(tmp_path: Path, clock: Any) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    spoke = Usage(input=300, cache_read=700, output=40, reasoning=60)
    await book(ledger, "a", spoke, model="p/m")
    await book(ledger, "b", replace(spoke, output=240), model="p/m")
    await book(ledger, "c", replace(spoke, output=9_000, estimated=True), model="p/m")
    await book(ledger, "d", replace(spoke, output=9_000), "interrupted", model="p/m")
    await book(ledger, "e", replace(spoke, output=0, reasoning=8), model="p/other")
    knowledge = Knowledge(ledger, Settings, clock)
    known = await knowledge.known(TASK)
    mine = known.models["p/m"]
    assert (mine.answers, mine.output, mine.cached) == (2, 200.0, 0.7)
    assert mine.duration_ms == 2_000
    assert known.models["p/other"].output == 8.0
    assert known.task is not None
    assert (known.task.answers, known.task.output) == (3, 136.0)
    assert (await knowledge.known(TaskKind.DEBUGGING)).task is None
    await ledger.aclose()


async def test_history_is_read_now_and_then_and_limits_each_time(
    tmp_path: Path, clock: Any
) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    settings = Settings(costs=CostSettings(daily_limit=usd(1), zone="UTC"))
    knowledge = Knowledge(ledger, lambda: settings, clock)
    assert (await knowledge.known(TASK)).task is None
    await book(ledger, "a", Usage(input=1, output=1), now=clock.now())
    known = await knowledge.known(TASK)
    assert known.task is None
    assert [one.spent for one in known.standing] == [5]
    clock.advance(KEEP + 1)
    assert (await knowledge.known(TASK)).task is not None
    await ledger.aclose()


async def test_a_crowd_reads_history_once_and_who_comes_meanwhile_goes_by_the_former(
    tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred callers at the same half minute had each read it, one after the other."""
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    await book(ledger, "a", Usage(input=1, output=1))
    usual, reads, free = ledger.usual, 0, asyncio.Event()

    async def counted() -> Any:
        nonlocal reads
        reads += 1
        await free.wait()
        return await usual()

    monkeypatch.setattr(ledger, "usual", counted)
    knowledge = Knowledge(ledger, Settings, clock)
    first = [asyncio.create_task(knowledge.known(TASK)) for _ in range(20)]
    await asyncio.sleep(0)
    free.set()
    assert all(known.task is not None for known in await asyncio.gather(*first))
    assert reads == 1
    clock.advance(KEEP + 1)
    free.clear()
    again = asyncio.create_task(knowledge.known(TASK))
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        assert (await knowledge.known(TASK)).task is not None
    assert (reads, again.done()) == (2, False)
    free.set()
    await again
    await ledger.aclose()


async def test_how_quick_a_model_is_comes_from_every_task_and_one_stall_says_little(
    tmp_path: Path, clock: Any
) -> None:
    """Booked, closed, opened anew and chosen by: the time to the first text, and of each token."""
    path = tmp_path / "usage.sqlite3"
    ledger = await Ledger.open(path, clock=clock)
    times = [(400, 1_400), (410, 1_410), (390, 1_390), (400, 1_400), (90_000, 95_000)]
    for number, (first, whole) in enumerate(times):
        task = TASK if number % 2 else TaskKind.DEBUGGING
        hold = await ledger.reserve(request(f"o{number}", 10, task=task, model="m"))
        done = settled(5, usage=Usage(input=9, output=100))
        await ledger.settle(hold, replace(done, first_token_ms=first, duration_ms=whole))
    given = await ledger.reserve(request("again", 10, task=TASK, model="m"))
    free = settled(0, "cached", Usage(input=0, output=0))
    await ledger.settle(given, replace(free, first_token_ms=0, duration_ms=0))
    await ledger.aclose()
    ledger = await Ledger.open(path, clock=clock)
    known = await Knowledge(ledger, Settings, clock).known(TaskKind.SUMMARIES)
    (pace,) = known.paces.values()
    assert (pace.answers, pace.first_ms, pace.token_ms, pace.tokens) == (5, 400, 10.0, 100)
    assert expected_ms(200, pace) == 2_400
    assert expected_ms(200, None) is None
    debugging = (await Knowledge(ledger, Settings, clock).known(TaskKind.DEBUGGING)).models
    (usual,) = debugging.values()
    assert 1_400 < (usual.duration_ms or 0) <= 95_000, "nine of ten"
    await ledger.aclose()


async def test_answers_of_a_few_tokens_tell_nothing_of_a_long_one(
    tmp_path: Path, clock: Any
) -> None:
    """Each took a tenth of a second to begin and three to end, however little it said."""
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)

    async def answered(number: int, tokens: int, whole: int) -> Pace:
        hold = await ledger.reserve(request(f"o{number}", 10, task=TASK, model="m"))
        done = settled(5, usage=Usage(input=9, output=tokens))
        await ledger.settle(hold, replace(done, first_token_ms=100, duration_ms=whole))
        (pace,) = (await Knowledge(ledger, Settings, clock).known(TASK)).paces.values()
        return pace

    for number in range(5):
        tiny = await answered(number, 3, 400)
    assert tiny.token_ms == 100.0
    assert expected_ms(900, tiny) is None, "not 90 seconds"
    assert expected_ms(6, tiny) == 700, "but of what is as short they do"
    for number in range(5, 10):
        mixed = await answered(number, 300, 3_400)
    assert (mixed.token_ms, mixed.tokens) == (11.0, 300)
    assert expected_ms(900, mixed) == 10_000, "the long ones tell, though as many are short"
    silent = replace(mixed, token_ms=None)
    assert expected_ms(900, silent) is None, "nobody counted: unknown, and not nothing"
    await ledger.aclose()


async def test_without_books_a_choice_goes_on() -> None:
    class Gone:
        async def usual(self) -> Any:
            raise LedgerUnavailable("gone")

        standing: Any = usual
        latencies: Any = usual

    class Still:
        def monotonic(self) -> float:
            return 0.0

    clock: Any = Still()
    known = await Knowledge(Gone(), Settings, clock).known(TASK)
    assert known.models == {}
    assert known.standing == ()
    with pytest.raises(LedgerUnavailable):
        await Gone().usual()


async def test_where_limits_stand_is_the_same_from_memory(tmp_path: Path, clock: Any) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    limits = every_limit(CostSettings(daily_limit=usd(1), zone="UTC"), now=clock.now())
    for number in range(3):
        await book(ledger, f"{number}", Usage(input=1, output=1), now=clock.now())
        assert await ledger.standing(limits) == await ledger.spending(limits)
    more = (*limits, replace(limits[0], scope="task:debugging"))
    assert await ledger.standing(more) == await ledger.spending(more)
    await ledger.aclose()
