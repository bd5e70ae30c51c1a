"""Reports of one client follow one another, and leave the loop to others in between."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from aircherd.server import turns
from aircherd.server.outbox import LITTLE, Outbox
from aircherd.server.turns import AT_ONCE, LONGEST_REST, MOST_REPORTS, REST, Crowd, Turns


class Clock:
    """Stands for the time a step takes and for the rests: it goes on only where one of them says
    so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[float] = []
        self._over: list[asyncio.Event] = []

    def perf_counter(self) -> float:
        return self.now

    thread_time = perf_counter

    async def sleep(self, seconds: float) -> None:
        self.rests.append(seconds)
        over = asyncio.Event()
        self._over.append(over)
        await over.wait()

    async def rested(self, seconds: float) -> None:
        """So many seconds go by, and whoever rests has rested."""
        self.now += seconds
        over, self._over = self._over, []
        for one in over:
            one.set()
        await settle()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(turns, "time", made)
    monkeypatch.setattr(
        turns, "asyncio", SimpleNamespace(sleep=made.sleep, Semaphore=asyncio.Semaphore)
    )
    return made


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def spends(clock: Clock, done: list[int], number: int, *steps: float) -> int:
    for seconds in steps:
        clock.now += seconds
        await asyncio.sleep(0)
    done.append(number)
    return number


async def test_one_that_asks_for_little_never_rests(clock: Clock) -> None:
    mine, done = Turns(Crowd()), list[int]()
    for number in range(50):
        assert await mine.take(spends(clock, done, number, AT_ONCE / 2)) == number
        clock.now += AT_ONCE * REST
    assert clock.rests == []


async def test_one_that_asks_for_much_rests_before_each_step(clock: Clock) -> None:
    mine, done = Turns(Crowd()), list[int]()
    step = AT_ONCE / 2
    tasks = [asyncio.create_task(mine.take(spends(clock, done, n, step, step))) for n in range(4)]
    await settle()
    assert len(clock.rests) == MOST_REPORTS
    assert all(0 < seconds < step * REST for seconds in clock.rests)
    while len(done) < 4:
        await clock.rested(clock.rests[-1])
    assert await asyncio.gather(*tasks) == list(range(4))
    # Eight steps were taken; but for those it may take at once, each was rested for.
    assert clock.now >= (8 * step - AT_ONCE) * (1 + REST) - step * REST


async def test_two_of_a_client_never_take_their_steps_in_one_round(clock: Clock) -> None:
    mine, taken = Turns(Crowd()), list[float]()

    async def work() -> None:
        for _ in range(4):
            taken.append(clock.now)
            clock.now += AT_ONCE
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(mine.take(work())) for _ in range(MOST_REPORTS)]
    await settle()
    while not all(one.done() for one in tasks):
        await clock.rested(AT_ONCE)
    between = [after - before for before, after in itertools.pairwise(taken)]
    assert len(taken) == 4 * MOST_REPORTS
    # The first of each may be taken at once; after that the client rests before every step.
    assert all(gap > AT_ONCE * REST / 2 for gap in between[MOST_REPORTS:]), between


async def test_so_many_of_a_client_go_at_a_time(clock: Clock) -> None:
    mine, go_on, begun = Turns(Crowd()), asyncio.Event(), list[int]()

    async def waits(number: int) -> None:
        begun.append(number)
        await go_on.wait()

    tasks = [asyncio.create_task(mine.take(waits(n))) for n in range(MOST_REPORTS + 3)]
    await settle()
    assert begun == list(range(MOST_REPORTS))
    go_on.set()
    await asyncio.gather(*tasks)


async def test_time_a_report_waits_is_not_its_own(clock: Clock) -> None:
    mine, go_on = Turns(Crowd()), asyncio.Event()

    async def work() -> str:
        clock.now += AT_ONCE / 2
        await go_on.wait()
        return "done"

    task = asyncio.create_task(mine.take(work()))
    await settle()
    clock.now += 50.0
    go_on.set()
    assert await task == "done"
    assert mine.pace.rest() == 0.0
    assert clock.rests == []


async def test_many_clients_slow_one_another_down_and_a_quiet_one_goes_at_once(
    clock: Clock,
) -> None:
    crowd = Crowd()
    floods = [Turns(crowd).pace for _ in range(5)]
    for one in floods:
        one.took(AT_ONCE * 1.001)
    for one in floods:
        before = one.owes(clock.now)
        one.took(0.001)
        assert one.owes(clock.now) - before == pytest.approx(0.001 * REST * 5)
    assert await Turns(crowd).take(spends(clock, [], 99, 0.001)) == 99
    assert clock.rests == []
    clock.now += 60.0
    assert crowd.count(clock.now) == 1


async def test_nobody_waits_long_for_one_that_took_long(clock: Clock) -> None:
    mine, done = Turns(Crowd()), list[int]()
    task = asyncio.create_task(mine.take(spends(clock, done, 1, 60.0, 0.0)))
    await settle()
    assert clock.rests == [LONGEST_REST]
    await clock.rested(LONGEST_REST * 1.01)
    assert clock.rests == [LONGEST_REST]
    assert await task == 1


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


async def test_a_cancel_while_it_rests_reaches_the_work_too(clock: Clock) -> None:
    mine, seen = Turns(Crowd()), list[str]()

    async def work() -> None:
        clock.now += 1.0
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    task = asyncio.create_task(mine.take(work()))
    await settle()
    assert clock.rests
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cancelled"]


async def test_one_that_is_cancelled_before_its_turn_keeps_nobody_waiting() -> None:
    mine, go_on = Turns(Crowd()), asyncio.Event()

    async def waits() -> Any:
        await go_on.wait()

    first = [asyncio.create_task(mine.take(waits())) for _ in range(MOST_REPORTS)]
    late = asyncio.create_task(mine.take(waits()))
    await settle()
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late
    go_on.set()
    await asyncio.gather(*first)
    assert await mine.take(waits()) is None


@pytest.mark.parametrize("resting", [False, True])
async def test_work_that_is_thrown_away_in_the_middle_is_closed(
    clock: Clock, resting: bool
) -> None:
    """As when a loop ends without waiting: what the work holds is given back at once."""
    given_back: list[str] = []

    async def holds() -> None:
        clock.now += 60.0
        try:
            await asyncio.sleep(0)
        finally:
            given_back.append("all")

    work = holds()
    taking = Turns(Crowd()).take(work)
    taking.send(None)
    if resting:
        taking.send(None)
    assert bool(clock.rests) is resting
    taking.close()
    assert given_back == ["all"]
    assert inspect.getcoroutinestate(work) == inspect.CORO_CLOSED


async def test_no_report_begins_for_a_client_that_does_not_read() -> None:
    """A real socket, and more put into it than it takes."""
    mine, other = socket.socketpair()
    _, writer = await asyncio.open_unix_connection(sock=mine)
    outbox, begun = Outbox(writer), asyncio.Event()
    outbox.put(b" " * (4 * LITTLE))
    assert writer.transport.get_write_buffer_size() > LITTLE

    async def work() -> str:
        begun.set()
        return "done"

    task = asyncio.create_task(Turns(Crowd(), outbox.room).take(work()))
    await settle()
    assert not begun.is_set()
    reader, theirs = await asyncio.open_unix_connection(sock=other)
    await reader.readexactly(4 * LITTLE)
    async with asyncio.timeout(30):
        assert await task == "done"
    theirs.close()
    writer.transport.abort()
    await asyncio.sleep(0)  # both are closed by the loop's next round
