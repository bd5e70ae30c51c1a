"""Idempotency keys: one key, one call, one charge, one answer; also over a crash."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol.types import AskParams
from aircherd.core.books import Standing
from aircherd.core.clock import SystemClock
from aircherd.core.errors import InvalidRequest, LedgerUnavailable
from aircherd.features.desk import new_operation
from aircherd.ledger.store import Ledger
from aircherd.server.dispatch import Call, Client
from aircherd.server.once import Once

from .making import NoConnection, request, settled


async def test_what_a_key_means(tmp_path: Path, clock) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    assert (await ledger.claim("k", "print", "op1")).standing is Standing.NEW
    assert (await ledger.claim("k", "print", "op2")).standing is Standing.RUNNING
    with pytest.raises(InvalidRequest, match="another request"):
        await ledger.claim("k", "other", "op3")
    await ledger.answered("k", '{"text":"hello"}')
    again = await ledger.claim("k", "print", "op4")
    assert (again.standing, again.operation, again.answer) == (
        Standing.ANSWERED,
        "op1",
        '{"text":"hello"}',
    )
    clock.jump(clock.now() + timedelta(hours=24, seconds=1))
    assert (await ledger.claim("k", "other", "op5")).standing is Standing.NEW
    await ledger.aclose()


async def test_a_key_is_given_back_only_when_nothing_was_sent(tmp_path: Path, clock) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    await ledger.claim("k", "p", "op1")
    await ledger.answered("k", None)
    assert (await ledger.claim("k", "p", "op2")).standing is Standing.NEW
    hold = await ledger.reserve(request("op2", 5))
    await ledger.release(hold, "networkError")
    await ledger.answered("k", None)
    assert (await ledger.claim("k", "p", "op3")).standing is Standing.NEW
    hold = await ledger.reserve(request("op3", 5))
    await ledger.settle(hold, settled(2, "serverError"))
    await ledger.answered("k", None)
    assert (await ledger.claim("k", "p", "op4")).standing is Standing.LOST
    await ledger.aclose()


@dataclass
class House:
    books: Ledger


class Model:
    """A far side that bills; and the handler that asks it, by way of the books."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.bill = 0
        self.calls = 0
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, house: Any, call: Call[AskParams]) -> Any:
        operation = new_operation()
        hold = await self.ledger.reserve(request(operation, 100))
        self.calls += 1
        self.bill += 60
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            await self.ledger.settle(hold, settled(60, "cancelled"))
            raise
        await self.ledger.settle(hold, settled(60))
        return call.params


def call(key: str | None, prompt: str = "What is this?", token: int | None = None) -> Call[Any]:
    params = AskParams(prompt=prompt, idempotency_key=key, delta_token=token)
    sink: Any = None
    return Call(
        method="aircher/ask", params=params, session=Client(), sink=sink, connection=NoConnection()
    )


@pytest.fixture
def _structured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in answers with its parameters, so that they are what is kept."""
    import aircherd.server.once as once

    monkeypatch.setattr(once, "structure", lambda _, value: AskParams(prompt=value["prompt"]))


async def spent(ledger: Ledger) -> int:
    (line,) = await ledger.days("month:2026-03")
    return line.totals.cost


@pytest.mark.usefixtures("_structured")
async def test_many_senders_one_call(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    model = Model(ledger)
    ask = Once(House(ledger)).keyed(model)  # type: ignore[arg-type]
    answers = await asyncio.gather(*(ask(call("k", token=n)) for n in range(50)))
    assert {answer.prompt for answer in answers} == {"What is this?"}
    later = await Once(House(ledger)).keyed(model)(call("k"))  # type: ignore[arg-type]
    assert later.prompt == "What is this?"
    assert (model.calls, model.bill, await spent(ledger)) == (1, 60, 60)
    with pytest.raises(InvalidRequest, match="another request"):
        await ask(call("k", "Something else"))
    await asyncio.gather(ask(call(None)), ask(call(None)))
    assert model.calls == 3
    await ledger.aclose()


async def test_one_sender_leaves_and_the_other_is_answered(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    model = Model(ledger)
    model.open.clear()
    ask = Once(House(ledger)).keyed(model)  # type: ignore[arg-type]
    first = asyncio.create_task(ask(call("k")))
    while not model.calls:
        await asyncio.sleep(0.001)
    second = asyncio.create_task(ask(call("k")))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0.01)
    model.open.set()
    assert (await second).prompt == "What is this?"
    assert (model.calls, await spent(ledger)) == (1, 60)
    model.open.clear()
    only = asyncio.create_task(ask(call("k2")))
    while model.calls < 2:
        await asyncio.sleep(0.001)
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    assert await spent(ledger) == 120  # settled before the caller heard of its cancel
    with pytest.raises(InvalidRequest, match="its answer was lost"):
        await ask(call("k2"))
    assert model.calls == 2
    await ledger.aclose()


@pytest.mark.usefixtures("_structured")
@pytest.mark.parametrize("sent", [True, False])
async def test_who_comes_while_it_is_being_ended_hears_what_came_of_it(
    tmp_path: Path, sent: bool
) -> None:
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    model, begun, slow = Model(ledger), asyncio.Event(), asyncio.Event()

    async def handle(house: Any, asked: Call[AskParams]) -> Any:
        if begun.is_set():
            return await model(house, asked)
        begun.set()
        try:
            await (model(house, asked) if sent else asyncio.sleep(60))
        finally:
            await slow.wait()

    model.open.clear()
    ask = Once(House(ledger)).keyed(handle)  # type: ignore[arg-type]
    first = asyncio.create_task(ask(call("k")))
    while not (model.calls if sent else begun.is_set()):
        await asyncio.sleep(0.001)
    first.cancel()
    await asyncio.sleep(0.01)
    again = asyncio.create_task(ask(call("k")))
    await asyncio.sleep(0.01)
    model.open.set()
    slow.set()
    if sent:
        with pytest.raises(InvalidRequest, match="its answer was lost"):
            await again
    else:
        assert (await again).prompt == "What is this?"
    assert (model.calls, await spent(ledger)) == (1, 60)
    await ledger.aclose()


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is paid for. Its key is not asked for a second time."""
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=SystemClock())
    model = Model(ledger)
    ask = Once(House(ledger)).keyed(model)  # type: ignore[arg-type]

    async def full(key: str, answer: str | None) -> None:
        raise LedgerUnavailable("The disk is full; free some of it.")

    with monkeypatch.context() as patched:
        patched.setattr(ledger, "answered", full)
        assert (await ask(call("k"))).prompt == "What is this?"
    with pytest.raises(InvalidRequest):
        await ask(call("k"))
    assert (model.calls, await spent(ledger)) == (1, 60)
    await ledger.aclose()


_DIES = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from aircherd.core.clock import SystemClock
from aircherd.ledger.store import Ledger
from ledger.making import request, settled

async def main():
    ledger = await Ledger.open(Path(sys.argv[1]), clock=SystemClock())
    steps = int(sys.argv[2])
    for number, step in enumerate((
        lambda: ledger.claim("k", "p", "op1"),
        lambda: ledger.reserve(request("op1", 100)),
        lambda: ledger.settle(hold, settled(60)),
        lambda: ledger.answered("k", "{}"),
    )):
        if number == steps:
            break
        result = await step()
        if number == 1:
            hold = result
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("steps", "standing", "charge"),
    [
        (0, Standing.NEW, 0),
        (1, Standing.NEW, 0),
        (2, Standing.LOST, 100),
        (3, Standing.LOST, 60),
        (4, Standing.ANSWERED, 60),
    ],
)
async def test_killed_between_two_sendings(
    tmp_path: Path, steps: int, standing: Standing, charge: int
) -> None:
    path = tmp_path / "usage.sqlite3"
    words = [sys.executable, "-c", _DIES, str(path), str(steps), str(Path(__file__).parents[1])]
    done = await asyncio.to_thread(subprocess.run, words, check=False)
    assert done.returncode == -9
    ledger = await Ledger.open(path, clock=SystemClock())
    assert (await ledger.claim("k", "p", "op2")).standing is standing
    assert await spent(ledger) == charge
    await ledger.aclose()
