"""One connection, every way of holding it wrong. Real Unix sockets, a toy handler."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol.framing import FrameReader, frame
from aircher_protocol.types import (
    Answer,
    AskParams,
    Money,
    Reason,
    Status,
    StatusChangedParams,
    StatusParams,
    TaskKind,
)
from aircherd.core.errors import NoModel
from aircherd.server import listener as listening_room
from aircherd.server import session, turns
from aircherd.server.dispatch import Call
from aircherd.server.errors import translate
from aircherd.server.listener import Listener
from aircherd.server.sessions import Sessions
from aircherd.server.turns import Pace
from figures import Figure

NOTHING = Money(nano_usd=0, text="$0.00")


async def ask(call: Call[AskParams]) -> Answer:
    prompt = call.params.prompt
    if prompt == "wait":
        await asyncio.sleep(30)
    if prompt == "refuse":
        raise NoModel("There is no model; start Ollama.")
    if prompt == "no number":
        return Answer(
            request_id="x",
            text="",
            finish="stop",
            provider="p",
            model="m",
            local=True,
            cost=NOTHING,
            today=NOTHING,
            duration_ms=1,
            reason=Reason(task=TaskKind.DEFAULT, confidence=float("nan"), summary="s"),
        )
    if prompt == "crash":
        raise RuntimeError("the key is sk-secret-1234567890")
    for word in prompt.split(" "):
        call.sink.append(word + " ")
        await asyncio.sleep(0)
    return Answer(
        request_id="x",
        text=prompt + " ",
        finish="stop",
        provider="p",
        model="m",
        local=True,
        cost=NOTHING,
        today=NOTHING,
        duration_ms=1,
        reason=Reason(task=TaskKind.DEFAULT, confidence=1.0, summary="s"),
    )


async def status(_: Call[StatusParams]) -> Status:
    raise MemoryError


class Peer:
    """A client that can say anything."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self._frames = FrameReader()
        self._got: list[Any] = []

    def send(self, message: Any) -> None:
        self.writer.write(frame(json.dumps(message).encode()))

    def request(self, number: Any, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    async def next(self) -> Any:
        while not self._got:
            async with asyncio.timeout(5):
                data = await self.reader.read(65536)
            if not data:
                return None
            self._got += [json.loads(body) for body in self._frames.feed(data)]
        return self._got.pop(0)

    async def initialize(self) -> Any:
        self.request(0, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        return await self.next()


async def never_asked() -> StatusChangedParams:
    raise AssertionError("nothing changes here")


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[str]:
    where = str(tmp_path / "s")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(where)
    listening.listen(100)
    table = {"aircher/ask": ask, "aircher/status": status}
    listener = Listener(Sessions(table, never_asked), listening)
    listener.start()
    yield where
    await listener.aclose()
    listening.close()


async def connect(path: str) -> Peer:
    return Peer(*await asyncio.open_unix_connection(path))


async def test_initialize_tells_what_there_is(path: str) -> None:
    peer = await connect(path)
    answer = await peer.initialize()
    assert answer["result"]["serverInfo"]["name"] == "aircherd"
    assert answer["result"]["capabilities"]["experimental"]["aircher"]["protocol"] == 1
    peer.request(1, "initialize", {})
    assert (await peer.next())["error"]["code"] == -32600
    peer.writer.close()


async def test_before_initialize_and_after_shutdown(path: str) -> None:
    peer = await connect(path)
    peer.request(1, "aircher/ask", {"prompt": "x"})
    assert (await peer.next())["error"]["code"] == -32002
    await peer.initialize()
    peer.request(2, "shutdown")
    assert (await peer.next())["result"] is None
    peer.request(3, "aircher/ask", {"prompt": "x"})
    assert (await peer.next())["error"]["code"] == -32600
    peer.send({"jsonrpc": "2.0", "method": "exit"})
    assert await peer.next() is None
    peer.writer.close()


@pytest.mark.parametrize(
    ("body", "code", "number"),
    [
        (b"{nonsense", -32700, None),
        (b'{"a": "\xff"}', -32700, None),
        (b"[" * 100_000, -32700, None),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "x"}]', -32600, None),
        (b'{"id": 5, "method": "aircher/ask"}', -32600, 5),
        (b'{"jsonrpc": "2.0", "id": true, "method": "aircher/ask"}', -32600, None),
        (b'{"jsonrpc": "2.0", "id": 6, "method": "aircher/nothing"}', -32601, 6),
        (
            b'{"jsonrpc": "2.0", "id": 7, "method": "aircher/ask", "params": {"prompt": 1}}',
            -32602,
            7,
        ),
        (b'{"jsonrpc": "2.0", "id": 8, "method": "aircher/ask", "params": [1]}', -32602, 8),
    ],
)
async def test_every_fault_is_answered_and_the_next_request_works(
    path: str, body: bytes, code: int, number: Any
) -> None:
    peer = await connect(path)
    await peer.initialize()
    peer.writer.write(frame(body))
    answer = await peer.next()
    assert (answer["error"]["code"], answer["id"]) == (code, number)
    peer.request("next", "aircher/ask", {"prompt": "still here"})
    assert (await peer.next())["result"]["text"] == "still here "
    peer.writer.close()


async def test_wrong_fields_are_all_named(path: str) -> None:
    peer = await connect(path)
    await peer.initialize()
    peer.request(1, "aircher/ask", {"prompt": 1, "maxOutputTokens": "many", "from": "x"})
    fields = (await peer.next())["error"]["data"]["fields"]
    assert {field["path"] for field in fields} == {"prompt", "maxOutputTokens"}
    peer.writer.close()


async def test_a_refusal_says_why_and_a_crash_says_nothing(path: str) -> None:
    peer = await connect(path)
    await peer.initialize()
    peer.request(1, "aircher/ask", {"prompt": "refuse"})
    error = (await peer.next())["error"]
    assert (error["code"], error["data"]["kind"]) == (-32803, "noModel")
    peer.request(2, "aircher/ask", {"prompt": "crash"})
    error = (await peer.next())["error"]
    assert error["code"] == -32603
    assert "secret" not in json.dumps(error)
    assert "Traceback" not in json.dumps(error)
    assert error["data"]["errorId"] in error["message"]
    peer.request(3, "aircher/status", {})
    error = (await peer.next())["error"]
    assert (error["code"], error["data"]["kind"]) == (-32803, "serverError")
    assert "ask again" in error["message"]
    peer.writer.close()


def test_a_library_that_found_no_room_is_a_want_of_memory() -> None:
    words = "/x/mmap.so: failed to map segment from shared object"
    said = translate(ImportError(words), "aircher/ask")
    assert (said["code"], said["data"]["kind"]) == (-32803, "serverError")
    assert "ask again" in said["message"]


def test_a_part_that_could_not_be_loaded_is_no_crash() -> None:
    """As when another request was loading it and found no descriptor half way."""
    said = translate(ImportError("cannot import name 'A' from 'x'", name="x"), "aircher/ask")
    assert (said["code"], said["data"]["kind"]) == (-32803, "serverError")
    assert "(x); ask again" in said["message"]


async def test_what_no_json_can_hold_is_answered_as_a_crash(path: str) -> None:
    peer = await connect(path)
    await peer.initialize()
    peer.request(1, "aircher/ask", {"prompt": "no number"})
    answer = await peer.next()
    assert (answer["id"], answer["error"]["code"]) == (1, -32603)
    peer.writer.close()


async def test_deltas_are_numbered_and_make_the_text(path: str) -> None:
    peer = await connect(path)
    await peer.initialize()
    peer.request(1, "aircher/ask", {"prompt": "one two three four", "deltaToken": "t"})
    text, seq = "", 0
    while "id" not in (message := await peer.next()):
        params = message["params"]
        assert (params["token"], params["seq"]) == ("t", seq + 1)
        text, seq = text + params["text"], seq + 1
    assert text == message["result"]["text"]
    peer.writer.close()


async def test_cancel_is_answered_once(path: str) -> None:
    peer = await connect(path)
    await peer.initialize()
    peer.request(1, "aircher/ask", {"prompt": "wait"})
    peer.request(1, "aircher/ask", {"prompt": "same id"})
    assert (await peer.next())["error"]["code"] == -32600
    for number in (1, 1, 99, "1"):
        peer.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": number}})
    answer = await peer.next()
    assert (answer["id"], answer["error"]["code"]) == (1, -32800)
    peer.request(2, "aircher/ask", {"prompt": "next"})
    assert (await peer.next())["id"] == 2
    peer.writer.close()


async def test_a_cancel_that_comes_with_its_request_is_answered_too(path: str) -> None:
    peer = await connect(path)
    await peer.initialize()
    cancel = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}}
    ask = {"jsonrpc": "2.0", "id": 1, "method": "aircher/ask", "params": {"prompt": "wait"}}
    peer.writer.write(b"".join(frame(json.dumps(one).encode()) for one in (ask, cancel)))
    answer = await peer.next()
    assert (answer["id"], answer["error"]["code"]) == (1, -32800)
    peer.request(1, "aircher/ask", {"prompt": "next"})
    assert (await peer.next())["id"] == 1
    peer.writer.close()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"Content-Length: 10000000000000\r\n\r\n",
        b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        b"Content-Length: -5\r\n\r\n",
        b"x" * 20_000,
    ],
)
async def test_what_is_no_frame_closes_this_connection_only(path: str, data: bytes) -> None:
    bad, good = await connect(path), await connect(path)
    await good.initialize()
    bad.writer.write(data)
    assert await bad.next() is None
    good.request(1, "aircher/ask", {"prompt": "fine"})
    assert (await good.next())["result"]["text"] == "fine "
    for peer in (bad, good):
        peer.writer.close()


async def test_headers_as_editors_write_them(path: str) -> None:
    peer = await connect(path)
    body = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"processId": None, "rootUri": None, "capabilities": {}},
        }
    ).encode()
    peer.writer.write(b"content-length:%d\ncontent-type: x\n\n%b" % (len(body), body))
    assert "result" in await peer.next()
    peer.writer.close()


async def test_windows_never_see_each_other(path: str, figure: Figure) -> None:
    async def one(name: str) -> None:
        peer = await connect(path)
        await peer.initialize()
        for number in range(20):
            peer.request(number + 1, "aircher/ask", {"prompt": f"{name} {number}"})
        for _ in range(20):
            answer = await peer.next()
            assert answer["result"]["text"] == f"{name} {answer['id'] - 1} "
        if name.endswith("3"):
            peer.request(99, "aircher/ask", {"prompt": "wait"})
        peer.writer.close()

    await asyncio.gather(*(one(f"client{n}") for n in range(50)))
    figure("50 clients with the same ids, 1,000 answers, 0 astray")


async def test_one_that_sends_all_the_time_rests_and_another_does_not(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: dict[int, list[float]] = {}
    rest = Pace.rest

    def recorded(pace: Pace) -> float:
        rests.setdefault(id(pace), []).append(seconds := rest(pace))
        return seconds

    # A quarter of the loop, and what goes at once, are more than a test should have to send.
    monkeypatch.setattr(turns, "AT_ONCE", 0.0001)
    monkeypatch.setattr(session, "TAKING", 30.0)
    monkeypatch.setattr(Pace, "rest", recorded)
    floods, quiet = await connect(path), await connect(path)
    await floods.initialize()
    await quiet.initialize()
    for number in range(1, 301):
        floods.request(number, "aircher/nothing", {})
    await floods.writer.drain()
    quiet.request(1, "aircher/nothing", {})
    assert (await quiet.next())["id"] == 1
    assert [(await floods.next())["id"] for _ in range(300)] == list(range(1, 301))
    many, few = sorted(rests.values(), key=len, reverse=True)
    assert len(many) == 301
    assert sum(seconds > 0 for seconds in many) > 100
    assert len(few) == 2
    for one in (floods, quiet):
        one.writer.close()


async def test_one_that_drips_is_not_read_byte_by_byte(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read = listening_room._Landing.buffer_updated

    def counted(landing: listening_room._Landing, nbytes: int) -> None:
        reads.append(nbytes)
        read(landing, nbytes)

    monkeypatch.setattr(listening_room._Landing, "buffer_updated", counted)
    peer = await connect(path)
    await peer.initialize()
    del reads[:]
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "aircher/nothing", "params": {}}'
    dripped = b"Content-Length: %d\r\nX: %b\r\n\r\n%b" % (len(body), b"a" * 300, body)
    for at in range(len(dripped)):
        peer.writer.write(dripped[at : at + 1])
        await asyncio.sleep(0.001)
    assert (await peer.next())["error"]["code"] == -32601
    assert sum(reads) == len(dripped)
    assert len(reads) < len(dripped) / 4
    # From the second whole message on it is read as anybody is.
    for number in (2, 3):
        peer.request(number, "aircher/nothing", {})
        assert (await peer.next())["id"] == number
    del reads[:]
    for number in range(4, 24):
        peer.request(number, "aircher/nothing", {})
        assert (await peer.next())["id"] == number
    assert len(reads) == 20
    peer.writer.close()
