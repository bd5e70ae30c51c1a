"""What editors see of a workspace, asked for, subscribed to and told: real repositories."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aircher_protocol.framing import FrameReader, frame
from aircher_protocol.types import StatusChangedParams
from aircherd.server.handlers import detect_task, note, workspace
from aircherd.server.house import House
from aircherd.server.listener import Listener
from aircherd.server.sessions import Sessions
from aircherd.tasks.detector import Detector
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.views import Views


class Peer:
    """A client that sorts answers from notifications."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader()
        self._number = 0
        self._answers: dict[int, Any] = {}
        self.told: list[Any] = []

    async def ask(self, method: str, params: Any) -> Any:
        self._number += 1
        number = self._number
        body = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        self.writer.write(frame(json.dumps(body).encode()))
        while number not in self._answers:
            await self.hear()
        return self._answers.pop(number)

    async def hear(self) -> None:
        async with asyncio.timeout(10):
            data = await self.reader.read(65536)
        assert data
        for body in self._frames.feed(data):
            message = json.loads(body)
            if "id" in message:
                self._answers[message["id"]] = message.get("result") or message
            else:
                self.told.append(message["params"])

    async def until(self, field: str, value: Any) -> Any:
        while True:
            for params in self.told:
                if (params["workspace"] or {}).get(field) == value:
                    return params
            await self.hear()

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@dataclass
class Hall:
    path: str
    views: Views

    async def enter(self) -> Peer:
        peer = Peer(*await asyncio.open_unix_connection(self.path))
        await peer.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        return peer


async def no_status() -> StatusChangedParams:
    raise AssertionError("nothing changes here")


@pytest.fixture
async def hall(tmp_path: Path) -> AsyncIterator[Hall]:
    views = Views(Repositories())
    commits = SimpleNamespace(snapshot=lambda path: views.repositories.at(path).snapshot())
    desk = SimpleNamespace(detector=lambda: Detector())
    house = cast(House, SimpleNamespace(views=views, commits=commits, desk=desk))
    where = str(tmp_path / "s")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(where)
    listening.listen(100)
    table = {
        "aircher/workspace": partial(workspace.handle, house),
        "aircher/note": partial(note.handle, house),
        "aircher/detectTask": partial(detect_task.handle, house),
    }
    listener = Listener(Sessions(table, no_status), listening)
    listener.start()
    yield Hall(where, views)
    await listener.aclose()
    await views.aclose()
    listening.close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "shop.py").write_text("x = 1\n", "utf-8")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "Begin")):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root.resolve()


async def test_one_question_watches_nothing(hall: Hall, shop: Path) -> None:
    peer = await hall.enter()
    (shop / os.fsdecode(b"na\xefve.txt")).write_text("xy", "utf-8")
    seen = await peer.ask("aircher/workspace", {"workspace": str(shop)})
    assert (seen["branch"], seen["operation"], seen["stagedCount"]) == ("main", "none", 0)
    assert seen["local"] == [{"path": "na\\xefve.txt", "kind": "?", "size": 2}]
    assert seen["ahead"] is None
    assert not seen["watched"]
    assert hall.views.roots == ()
    wrong = await peer.ask("aircher/workspace", {"workspace": "/"})
    assert wrong["error"]["data"]["kind"] == "notARepository"
    await peer.close()


async def test_subscribers_are_told_and_the_last_one_ends_it(hall: Hall, shop: Path) -> None:
    one, two = await hall.enter(), await hall.enter()
    for peer in (one, two):
        seen = await peer.ask(
            "aircher/workspace", {"workspace": shop.as_uri(), "subscribe": True, "sync": True}
        )
        assert seen["watched"]
    (shop / "shop.py").write_text("x = 22\n", "utf-8")
    for peer in (one, two):
        told = await peer.until("localCount", 1)
        assert told["root"] == str(shop)
        assert "local" in told["changed"]
        assert told["workspace"]["recent"][0]["language"] == "python"
    seen = await one.ask("aircher/workspace", {"workspace": str(shop), "subscribe": False})
    assert seen["watched"], "the other one still does"
    await two.close()
    async with asyncio.timeout(5):
        while hall.views.roots:
            await asyncio.sleep(0.01)
    (shop / "more.py").write_text("x = 22\n", "utf-8")
    before = len(one.told)
    seen = await one.ask("aircher/workspace", {"workspace": str(shop)})
    assert (seen["localCount"], seen["watched"], len(one.told)) == (2, False, before)
    await one.close()


async def test_what_an_editor_tells_goes_with_it(hall: Hall, shop: Path) -> None:
    editor, watcher = await hall.enter(), await hall.enter()
    where = {"workspace": str(shop)}
    lost = await editor.ask("aircher/note", {**where, "command": {"text": "make"}})
    assert lost == {"root": str(shop), "kept": False}
    await watcher.ask("aircher/workspace", {**where, "subscribe": True})
    file = str(shop / "shop.py")
    await editor.ask(
        "aircher/note",
        {
            **where,
            "documents": [{"path": file, "language": "python", "unsaved": True}],
            "selection": {"path": file, "firstLine": 1, "lastLine": 3},
            "diagnostics": {"errors": 2, "warnings": 1},
        },
    )
    await editor.ask("aircher/note", {**where, "command": {"text": "make  test", "exitCode": 2}})
    seen = await watcher.ask("aircher/workspace", where)
    assert seen["documents"] == [{"path": file, "language": "python", "unsaved": True}]
    assert seen["selection"]["lastLine"] == 3
    assert seen["diagnostics"] == {"errors": 2, "warnings": 1, "information": 0, "hints": 0}
    assert [(c["text"], c["exitCode"]) for c in seen["commands"]] == [("make test", 2)]
    task = await watcher.ask("aircher/detectTask", {**where, "message": ""})
    assert "the editor shows 3 problems" in json.dumps(task)
    await editor.close()
    told = await watcher.until("diagnostics", None)
    while told["serial"] < watcher.told[-1]["serial"] or watcher.told[-1]["workspace"]["documents"]:
        await watcher.hear()
        told = watcher.told[-1]
    assert [c["text"] for c in told["workspace"]["commands"]] == ["make test"]
    await watcher.close()


async def test_a_repository_that_goes_is_a_problem_and_not_empty(hall: Hall, shop: Path) -> None:
    peer = await hall.enter()
    where = {"workspace": str(shop)}
    await peer.ask("aircher/workspace", {**where, "subscribe": True, "sync": True})
    (shop / ".git" / "HEAD").write_bytes(b"\x00")
    async with asyncio.timeout(10):
        while not peer.told or peer.told[-1]["problem"] is None:
            await peer.hear()
    assert peer.told[-1]["workspace"] is None
    answer = await peer.ask("aircher/workspace", {**where, "sync": True})
    assert answer["error"]["data"]["kind"] == "gitRefused"
    await peer.close()
