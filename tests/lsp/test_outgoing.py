"""What the daemon asks of a client: answered, refused, forgotten, never waited for without end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aircherd.server import outgoing
from aircherd.server.outgoing import NoAnswer, Outgoing


class Wire:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self.out = Outgoing(self.put)

    def put(self, message: dict[str, Any]) -> None:
        if self.closed:
            raise ConnectionResetError
        self.sent.append(message)


async def asking(wire: Wire, seconds: float = 5.0) -> asyncio.Task[Any]:
    task = asyncio.create_task(wire.out.ask("workspace/applyEdit", {"a": 1}, seconds))
    await asyncio.sleep(0)
    return task


async def test_an_answer_reaches_who_asked() -> None:
    wire = Wire()
    first, second = await asking(wire), await asking(wire)
    numbers = [message["id"] for message in wire.sent]
    assert len(set(numbers)) == 2
    wire.out.answered({"id": numbers[1], "result": "two"})
    wire.out.answered({"id": numbers[0], "result": None})
    assert (await first, await second) == (None, "two")


async def test_a_refusal_says_why() -> None:
    wire = Wire()
    task = await asking(wire)
    wire.out.answered({"id": wire.sent[0]["id"], "error": {"code": 1, "message": "no such file"}})
    with pytest.raises(NoAnswer, match="no such file"):
        await task


@pytest.mark.parametrize(
    "answer", [{"id": 99}, {"id": "1"}, {"id": None}, {"id": True}, {"id": []}]
)
async def test_an_answer_to_nothing_is_dropped(answer: dict[str, Any]) -> None:
    wire = Wire()
    task = await asking(wire)
    wire.out.answered({**answer, "result": "wrong"})
    assert not task.done()
    wire.out.answered({"id": wire.sent[0]["id"], "result": "right"})
    wire.out.answered({"id": wire.sent[0]["id"], "result": "twice"})
    assert await task == "right"


async def test_silence_ends_after_its_time_and_is_told() -> None:
    wire = Wire()
    task = await asking(wire, seconds=0.01)
    with pytest.raises(NoAnswer, match="did not answer"):
        await task
    assert wire.sent[-1]["method"] == "$/cancelRequest"
    assert wire.sent[-1]["params"] == {"id": wire.sent[0]["id"]}
    wire.out.answered({"id": wire.sent[0]["id"], "result": "late"})


async def test_who_cancels_takes_the_question_back() -> None:
    wire = Wire()
    task = await asking(wire)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert wire.sent[-1]["method"] == "$/cancelRequest"


async def test_a_connection_that_is_gone_answers_nothing() -> None:
    wire = Wire()
    wire.closed = True
    with pytest.raises(NoAnswer, match="gone"):
        await wire.out.ask("x", None, 5.0)


async def test_unanswered_questions_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MOST_WAITING", 2)
    wire = Wire()
    tasks = [await asking(wire), await asking(wire)]
    with pytest.raises(NoAnswer, match="too many"):
        await wire.out.ask("x", None, 5.0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    again = await asking(wire)
    wire.out.answered({"id": wire.sent[-1]["id"], "result": 3})
    assert await again == 3
