"""Reports of one client follow one another, and leave the loop to others in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from aircherd.server import turns
from aircherd.server.turns import LONGEST_REST, MOST_REPORTS, REST, Crowd, Timed, Turns


class Clock:
    """Stands for the time a step takes: it goes on only where work says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(turns, "time", made)
    return made


class Rests:
    """What a gate asked the loop to do later, done when the test says so."""

    def __init__(self) -> None:
        self.of: list[float] = []
        self._then: list[Callable[[], object]] = []

    def call_later(self, seconds: float, then: Callable[[], object]) -> None:
        self.of.append(seconds)
        self._then.append(then)

    async def over(self) -> None:
        then, self._then = self._then, []
        for one in then:
            one()
        await settle()


@pytest.fixture
async def rests(monkeypatch: pytest.MonkeyPatch) -> Rests:
    made = Rests()
    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", made.call_later)
    return made


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_time_a_report_waits_is_not_its_own(clock: Clock) -> None:
    go_on = asyncio.Event()

    async def work() -> str:
        clock.now += 1.0
        await go_on.wait()
        clock.now += 2.0
        return "done"

    timed = Timed(work())

    async def awaited() -> str:
        return str(await timed)

    task = asyncio.create_task(awaited())
    await settle()
    clock.now += 50.0
    go_on.set()
    assert await task == "done"
    assert timed.seconds == 3.0


async def test_a_cancel_reaches_the_work_and_what_it_says_comes_back() -> None:
    seen: list[str] = []

    async def work() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            seen.append("cancelled")
            await asyncio.sleep(0)
            raise ValueError("after all") from None
        return "never"

    task = asyncio.create_task(Turns(Crowd()).take(work()))
    await settle()
    task.cancel()
    with pytest.raises(ValueError, match="after all"):
        await task
    assert seen == ["cancelled"]


async def _spends(clock: Clock, begun: list[int], number: int, seconds: float) -> int:
    begun.append(number)
    clock.now += seconds
    await asyncio.sleep(0)
    return number


async def test_the_next_one_waits_in_proportion_to_what_the_last_one_took(
    clock: Clock, rests: Rests
) -> None:
    mine, begun = Turns(Crowd()), list[int]()
    tasks = [asyncio.create_task(mine.take(_spends(clock, begun, n, 0.01))) for n in range(6)]
    await settle()
    assert begun == list(range(MOST_REPORTS))
    assert rests.of == pytest.approx([0.01 * REST] * MOST_REPORTS)
    while len(begun) < 6:
        await rests.over()
    assert await asyncio.gather(*tasks) == list(range(6))
    # The last ones let nobody wait, so nothing waits for nobody either.
    assert len(rests.of) == 6 - MOST_REPORTS


async def test_many_clients_slow_one_another_down_and_a_quiet_one_goes_at_once(
    clock: Clock, rests: Rests
) -> None:
    crowd, begun = Crowd(), list[int]()
    floods = [Turns(crowd) for _ in range(5)]
    tasks = [
        asyncio.create_task(one.take(_spends(clock, begun, n, 0.001)))
        for one in floods
        for n in range(4)
    ]
    await settle()
    assert crowd.clients == 5
    assert rests.of[0] == pytest.approx(0.001 * REST * 5)
    assert await Turns(crowd).take(_spends(clock, begun, 99, 0.001)) == 99
    while crowd.clients:
        await rests.over()
    await asyncio.gather(*tasks)


async def test_nobody_waits_long_for_one_that_took_long(clock: Clock, rests: Rests) -> None:
    mine, begun = Turns(Crowd()), list[int]()
    tasks = [asyncio.create_task(mine.take(_spends(clock, begun, n, 60.0))) for n in range(3)]
    await settle()
    assert set(rests.of) == {LONGEST_REST}
    await rests.over()
    await asyncio.gather(*tasks)


async def test_one_that_is_cancelled_before_its_turn_keeps_nobody_waiting(clock: Clock) -> None:
    crowd = Crowd()
    mine, go_on = Turns(crowd), asyncio.Event()

    async def waits() -> Any:
        await go_on.wait()

    first = [asyncio.create_task(mine.take(waits())) for _ in range(MOST_REPORTS)]
    late = asyncio.create_task(mine.take(waits()))
    await settle()
    assert crowd.clients == 1
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    assert crowd.clients == 0
    go_on.set()
    await asyncio.gather(*first)
    assert await mine.take(_spends(clock, [], 7, 0.0)) == 7
