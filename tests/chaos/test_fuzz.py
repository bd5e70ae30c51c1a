"""Frames nobody should send at a real daemon; and proof that a wrong one would be seen."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aircher_protocol.framing import FrameReader, frame
from chaos.frames import Fuzz
from chaos.fuzz import Line, fuzz, told
from figures import Figure


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_twenty_thousand_frames(surroundings: Path, short: Path, figure: Figure) -> None:
    found = await fuzz(short, 20_000, seed=3)
    print("\n".join(told(found, 1.0)))
    assert found.wrong == []
    assert found.frames >= 20_000
    assert len(found.waits) > 400
    # The first of a kind opens something for good; twenty thousand open nothing more.
    assert found.opened < 8
    figure(f"{found.frames:,} frames nobody should send, each id answered once, 0 wrong")


def test_the_same_seed_is_the_same_frames() -> None:
    one, other = Fuzz(7), Fuzz(7)
    assert [one.next().data for _ in range(300)] == [other.next().data for _ in range(300)]


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's."""
    with tempfile.TemporaryDirectory(prefix="fz-", dir="/tmp") as folder:
        yield Path(folder)


async def _spoken(answers: int) -> list[str]:
    """What a line that is owed one answer says of a far side that gives so many."""
    here, there = socket.socketpair()
    line = Line(*await asyncio.open_connection(sock=here))
    reader, writer = await asyncio.open_connection(sock=there)
    one = Fuzz(1).request()
    await line.send(one)
    (body,) = FrameReader().feed(await reader.read(65536))
    answer = {"jsonrpc": "2.0", "id": json.loads(body)["id"], "result": None}
    for _ in range(answers):
        writer.write(frame(json.dumps(answer).encode()))
    writer.write(frame(b'{"jsonrpc":"2.0","id":"probe1","result":null}'))
    await writer.drain()
    await line.probe()
    if not answers:
        line.patience = 0.05
    found = await line.settled()
    await line.close()
    writer.close()
    await writer.wait_closed()
    return found


@pytest.mark.parametrize(("answers", "wrong"), [(0, 1), (1, 0), (2, 1)])
async def test_an_answer_too_few_or_too_many_is_seen(answers: int, wrong: int) -> None:
    assert len(await _spoken(answers)) == wrong
