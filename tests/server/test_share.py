"""One client that asks two hundred times how things are takes two places in each round."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from aircher_protocol.types import AskParams, StatusParams
from aircherd.core.errors import NoModel
from aircherd.server.dispatch import Call
from aircherd.server.listener import Listener
from aircherd.server.sessions import Sessions
from aircherd.server.turns import MOST_REPORTS

from .test_session import connect, never_asked


@pytest.mark.timeout(30)
async def test_reports_of_one_client_wait_for_one_another(tmp_path: Path) -> None:
    inside: dict[str, int] = {"aircher/status": 0, "aircher/ask": 0}
    most = dict(inside)
    go_on = asyncio.Event()

    async def answer(call: Call[StatusParams] | Call[AskParams]) -> None:
        inside[call.method] += 1
        most[call.method] = max(most[call.method], inside[call.method])
        await go_on.wait()
        inside[call.method] -= 1
        raise NoModel("Ask again.")

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen(10)
        listener = Listener(Sessions(dict.fromkeys(inside, answer), never_asked), listening)
        listener.start()
        flood, quiet = await connect(str(tmp_path / "s")), await connect(str(tmp_path / "s"))
        for peer in (flood, quiet):
            await peer.initialize()
        for number in range(1, 101):
            flood.request(number, "aircher/status", {})
            flood.request(-number, "aircher/ask", {"prompt": "x"})
        while inside["aircher/ask"] < 100:  # none of those waits for a report
            await asyncio.sleep(0.01)
        assert inside["aircher/status"] == MOST_REPORTS
        quiet.request(1, "aircher/status", {})
        while inside["aircher/status"] == MOST_REPORTS:  # nor does anybody else
            await asyncio.sleep(0.01)
        go_on.set()
        answered = {(await flood.next())["id"] for _ in range(200)}
        assert len(answered) == 200
        assert (await quiet.next())["id"] == 1
        assert most == {"aircher/status": MOST_REPORTS + 1, "aircher/ask": 100}
        for peer in (flood, quiet):
            peer.writer.close()
            await peer.writer.wait_closed()
        await listener.aclose()
