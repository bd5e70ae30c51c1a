"""A daemon that is met while it is still being furnished."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from typing import Any, cast

from aircher_protocol.types import StatusChangedParams
from aircherd.server.dispatch import Call
from aircherd.server.handlers import handlers, notified
from aircherd.server.house import House
from aircherd.server.lsp.opening import initialize_result
from aircherd.server.rooms import OFFERED, Rooms
from aircherd.server.sessions import Sessions
from server.test_session import Peer


async def never_told() -> StatusChangedParams:
    raise AssertionError("nothing changes here")


async def pong(_: Call[Any]) -> Mapping[str, str]:
    return {"said": "pong"}


async def test_initialize_is_answered_at_once_and_the_rest_when_the_rooms_are_open() -> None:
    ours, theirs = socket.socketpair()
    sessions, heard = Sessions(), list[Any]()
    serving = asyncio.create_task(
        sessions.serve(*await asyncio.open_connection(sock=theirs)), name="serving"
    )
    peer = Peer(*await asyncio.open_connection(sock=ours))
    assert "capabilities" in (await peer.initialize())["result"]
    params = {"textDocument": {"uri": "file:///a"}}
    peer.send({"jsonrpc": "2.0", "method": "textDocument/didClose", "params": params})
    peer.request(1, "aircher/status")
    peer.request(2, "shutdown")
    for _ in range(100):
        await asyncio.sleep(0)
    assert not sessions.in_flight
    sessions.open(
        {"aircher/status": pong},
        never_told,
        {"textDocument/didClose": lambda _, params: heard.append(params)},
    )
    answers = [await peer.next(), await peer.next()]
    assert {answer["id"]: answer["result"] for answer in answers} == {
        1: {"said": "pong"},
        2: None,
    }
    assert heard[0].text_document.uri == "file:///a"
    peer.writer.close()
    await serving


def test_what_is_offered_early_is_what_is_answered_later() -> None:
    house = cast(House, None)
    rooms = Rooms()
    early = _offer(rooms)
    rooms.open(handlers(house), notified(house))
    assert rooms.known >= OFFERED  # type: ignore[operator]
    assert _offer(rooms) == early


def _offer(rooms: Rooms) -> Any:
    from aircherd.server.dispatch import Client
    from aircherd.server.lsp.editor import Editor

    client = Client()
    client.capabilities = {"textDocument": {"diagnostic": {}}}
    return initialize_result(client, Editor(), rooms.known)
