"""One connection to a server that answers in every odd way, and the few that are kept."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from aircherd.providers import connections as room
from aircherd.providers.base import HttpRequest
from aircherd.providers.connection import Broken, Connection, TooSlow
from aircherd.providers.connections import Connections, Unreached
from aircherd.providers.incoming import MOST_HEAD
from aircherd.providers.message import Heads, Origin, head_of

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nx-a: 2\r\n\r\n"
    b"5\r\nhello\r\n6;e=x\r\n world\r\n0\r\nX-A: 3\r\n\r\n"
)
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """Counts connections and requests; answers each request as it is told."""

    origin: Origin
    answers: Answer
    connected: int = 0
    asked: list[bytes] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)


@contextlib.asynccontextmanager
async def server(answers: Answer, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        it.connected += 1
        it.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                it.asked.append(await reader.readuntil(b"\r\n\r\n"))
                await it.answers(reader, writer)
        writer.transport.abort()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    it = Server(Origin("https" if tls else "http", "127.0.0.1", port), answers)
    try:
        yield it
    finally:
        listening.close()
        for writer in it.writers:
            writer.transport.abort()
        await asyncio.sleep(0)
        await listening.wait_closed()


def saying(data: bytes, *, then_close: bool = False) -> Answer:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if then_close:
            writer.close()

    return answer


async def asked(connection: Connection, *, seconds: float = 10.0, idle: float = 10.0) -> bytes:
    until = asyncio.get_running_loop().time() + 20
    await connection.ask(ASK, b"", seconds=seconds, until=until)
    body = b""
    while piece := await connection.read(idle):
        body += piece
    return body


async def once(connections: Connections) -> bytes:
    connection = await connections.take(5)
    try:
        return await asked(connection)
    finally:
        connections.give(connection)


@contextlib.asynccontextmanager
async def kept(it: Server) -> AsyncIterator[Connections]:
    connections = Connections(it.origin, keep=4)
    try:
        yield connections
    finally:
        await connections.aclose()


async def test_a_connection_is_used_again_after_a_whole_answer() -> None:
    async with server(saying(CHUNKED)) as it, kept(it) as connections:
        connection = await connections.take(5)
        assert await asked(connection) == b"hello world"
        assert (connection.status, connection.headers["x-a"]) == (200, "1, 2")
        connections.give(connection)
        it.answers = saying(SIZED)
        assert await once(connections) == b"hello"
        assert (it.connected, len(it.asked)) == (1, 2)


@pytest.mark.parametrize("cut", range(1, len(CHUNKED)))
async def test_an_answer_cut_anywhere_is_the_same_or_is_broken(cut: int) -> None:
    """In two parts it is the same; the first part alone is never taken for the whole."""

    async def halves(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(CHUNKED[:cut])
        await asyncio.sleep(0)
        writer.write(CHUNKED[cut:])

    async with server(halves) as it, kept(it) as connections:
        assert await once(connections) == b"hello world"
        it.answers = saying(CHUNKED[:cut], then_close=True)
        with pytest.raises(Broken):
            await once(connections)


async def test_a_body_without_a_length_ends_with_its_connection() -> None:
    bare = b"HTTP/1.1 200 OK\r\n\r\nhello"
    async with server(saying(bare, then_close=True)) as it, kept(it) as connections:
        assert await once(connections) == b"hello"
        assert await once(connections) == b"hello"
        assert it.connected == 2


async def test_a_body_shorter_than_said_is_broken() -> None:
    short = SIZED.replace(b"5", b"6")
    async with server(saying(short, then_close=True)) as it, kept(it) as connections:
        with pytest.raises(Broken):
            await once(connections)


async def test_what_is_not_the_answer_yet_is_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    async with server(saying(early + SIZED)) as it, kept(it) as connections:
        connection = await connections.take(5)
        assert await asked(connection) == b"hello"
        assert "link" not in connection.headers
        assert connection.reusable
        connections.give(connection)


async def test_a_second_answer_never_becomes_the_next_one() -> None:
    forged = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"
    async with server(saying(SIZED + forged)) as it, kept(it) as connections:
        assert await once(connections) == b"hello"
        it.answers = saying(SIZED)
        assert await once(connections) == b"hello"
        assert it.connected == 2, "the connection it came over is not used again"


async def test_what_comes_unasked_over_an_idle_connection_closes_it() -> None:
    async with server(saying(SIZED)) as it, kept(it) as connections:
        connection = await connections.take(5)
        assert await asked(connection) == b"hello"
        connections.give(connection)
        it.writers[0].write(SIZED.replace(b"hello", b"later"))
        while connection.open:
            await asyncio.sleep(0.005)
        assert await once(connections) == b"hello"
        assert it.connected == 2


async def test_one_the_server_closed_is_not_used_again() -> None:
    async with server(saying(SIZED)) as it, kept(it) as connections:
        connection = await connections.take(5)
        await asked(connection)
        connections.give(connection)
        it.writers[0].close()
        while connection.open:
            await asyncio.sleep(0.005)
        assert await once(connections) == b"hello"


async def test_one_that_is_being_closed_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the end of what the server sends and the end of the connection lies a round of the
    loop; a request written then goes nowhere, and would be booked as if it had arrived."""
    heard, taken = Connection.eof_received, list[Connection]()
    async with server(saying(SIZED)) as it, kept(it) as connections:
        connection = await connections.take(5)
        await asked(connection)
        connections.give(connection)
        starting = list[asyncio.Task[None]]()

        async def take() -> None:
            taken.append(await connections.take(5))
            connections.give(taken[-1])

        def ended(self: Connection) -> bool | None:
            if not starting:
                # An eager first step: it runs before the loop tells of the connection's end.
                starting.append(asyncio.get_running_loop().create_task(take()))
            return heard(self)

        monkeypatch.setattr(Connection, "eof_received", ended)
        it.writers[0].close()
        while not taken:
            await asyncio.sleep(0.005)
        await asyncio.gather(*starting)
        assert taken[0] is not connection


async def test_the_wait_for_room_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_OPEN", 1)
    async with server(saying(SIZED)) as it, kept(it) as connections:
        only = await connections.take(5)
        until = asyncio.get_running_loop().time() + 0.05
        async with asyncio.timeout(10):
            with pytest.raises(Unreached) as caught:
                await connections.take(5, until=until)
        assert caught.value.late
        connections.give(only)
        assert await once(connections) == b"hello", "its place was not lost"


async def test_a_request_that_went_out_is_not_sent_again() -> None:
    """The server hangs up on a kept connection just when the next request has arrived."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with server(saying(SIZED)) as it, kept(it) as connections:
        await once(connections)
        it.answers = hang_up
        with pytest.raises(Broken):
            await once(connections)
        assert (it.connected, len(it.asked)) == (1, 2)


async def test_waiting_has_an_end_before_the_head_and_after_it() -> None:
    async with server(saying(b"")) as it, kept(it) as connections:
        for said, seconds in ((b"", 0.1), (SIZED[:-1], 10.0)):
            it.answers = saying(said)
            connection = await connections.take(5)
            with pytest.raises(TooSlow):
                await asked(connection, seconds=seconds, idle=0.1)
            assert not connection.reusable
            connections.give(connection)


@pytest.mark.parametrize(
    "said",
    [
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * (MOST_HEAD + 1),
    ],
)
async def test_what_leaves_the_body_in_doubt_is_broken(said: bytes) -> None:
    async with server(saying(said, then_close=True)) as it, kept(it) as connections:
        with pytest.raises(Broken):
            await once(connections)


async def test_a_server_that_is_not_read_from_has_to_wait() -> None:
    sent = 0

    async def much(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 << 20))
        for _ in range(64):
            writer.write(b"x" * (1 << 20))
            await writer.drain()
            sent += 1

    async with server(much) as it, kept(it) as connections:
        connection = await connections.take(5)
        until = asyncio.get_running_loop().time() + 60
        await connection.ask(ASK, b"", seconds=10, until=until)
        before = -1
        while sent != before:  # until the server stands still
            before = sent
            await asyncio.sleep(0.1)
        assert sent < 48, "everything came in though nobody read"
        size = 0
        while piece := await connection.read(10):
            size += len(piece)
        assert size == 64 << 20
        connections.give(connection)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@contextlib.asynccontextmanager
async def streaming() -> AsyncIterator[tuple[Connection, asyncio.StreamWriter]]:
    """A connection of which the head came, and the far end of it."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with server(saying(head)) as it, kept(it) as connections:
        connection = await connections.take(5)
        until = asyncio.get_running_loop().time() + 60
        await connection.ask(ASK, b"", seconds=30, until=until)
        try:
            yield connection, it.writers[0]
        finally:
            connections.give(connection)


async def reading(connection: Connection, take: Callable[[bytes], None]) -> asyncio.Task[bytes]:
    """A task that waits for the body, already waiting."""
    task = asyncio.create_task(connection.read(30.0, take))
    await asyncio.sleep(0)
    return task


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not found():
            await asyncio.sleep(0)


async def test_what_comes_meanwhile_is_taken_without_waking_who_waits() -> None:
    taken: list[bytes] = []
    async with streaming() as (connection, far):
        waiting = await reading(connection, taken.append)
        for number in range(3):
            due = connection._due
            far.write(chunk(b"piece%d" % number))
            await until(lambda number=number: len(taken) > number)  # type: ignore[misc]
            assert connection._due > due, "something came: the wait begins anew"
        assert not waiting.done()
        far.write(chunk(b"last") + b"0\r\n\r\n")
        assert await waiting == b"", "the end is told as ever"
        assert taken == [b"piece0", b"piece1", b"piece2", b"last"]
        assert connection.reusable


async def test_what_cannot_be_taken_is_told_to_who_waits_even_at_the_end() -> None:
    def refuse(_: bytes) -> None:
        raise LookupError("no such event")

    async with streaming() as (connection, far):
        waiting = await reading(connection, refuse)
        far.write(chunk(b"wrong") + b"0\r\n\r\n")
        with pytest.raises(LookupError):
            await waiting
        assert not connection.reusable


async def test_nothing_is_taken_for_who_was_called_off() -> None:
    taken: list[bytes] = []
    async with streaming() as (connection, far):
        waiting = await reading(connection, taken.append)
        updated, called_off = connection.buffer_updated, list[bool]()

        def just_then(nbytes: int) -> None:
            # Bytes that come between the call and the step of the task that hears it.
            called_off.append(waiting.cancel())
            updated(nbytes)

        connection.buffer_updated = just_then  # type: ignore[method-assign]
        connection._transport.set_protocol(connection)  # it remembers the method
        far.write(chunk(b"late"))
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert called_off[:1] == [True]
        assert not taken


async def test_nobody_there_is_known_before_anything_is_sent() -> None:
    connections = Connections(Origin("http", "127.0.0.1", 9), keep=1)
    with pytest.raises(Unreached):
        await connections.take(5)


def certified(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate of 127.0.0.1 that nobody knows."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("there is no openssl")
    key, paper = folder / "key.pem", folder / "cert.pem"
    made = [program, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run(
        [*made, "-keyout", str(key), "-out", str(paper)], check=True, capture_output=True
    )
    return key, paper


async def test_tls_goes_only_to_whom_a_known_authority_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, paper = certified(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(paper, key)
    async with server(saying(SIZED), tls=theirs) as it, kept(it) as connections:
        with pytest.raises(Unreached, match="certificate is refused"):
            await connections.take(5)
        assert not it.asked
        known = ssl.create_default_context(cafile=str(paper))
        monkeypatch.setattr(room, "certificates", lambda: known)
        assert await once(connections) == b"hello"
        assert await once(connections) == b"hello"
        assert it.connected == 1


def request(url: str, **headers: str) -> HttpRequest:
    return HttpRequest(method="POST", url=url, headers=headers, body=b"{}")


def test_a_head_has_what_a_request_needs() -> None:
    head = head_of(request("http://a%40b:c@host:8080/v1/x y?q=\u00e9#f", Authorization="Bearer k"))
    lines = head.decode("ascii").split("\r\n")
    assert lines[0] == "POST /v1/x%20y?q=%C3%A9 HTTP/1.1"
    assert "Host: host:8080" in lines
    assert "Content-Length: 2" in lines
    assert "Authorization: Basic YUBiOmM=" in lines
    assert "Bearer k" not in head.decode("ascii")


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\x00b", "\u20ac"])
def test_a_value_cannot_begin_a_line_of_its_own(value: str) -> None:
    with pytest.raises(ValueError, match="header") as caught:
        head_of(request("http://host/", Key=value))
    assert value not in str(caught.value)


@pytest.mark.parametrize("url", ["", "host", "ftp://host/x", "http:///x", "http://h:99999/"])
def test_what_is_no_address_is_none(url: str) -> None:
    with pytest.raises(ValueError):
        Origin.of(url)


def test_a_head_that_is_kept_is_only_used_for_what_it_was_made_for() -> None:
    heads = Heads()
    asked = [
        request("http://host/a", Key="1"),
        request("http://host/a", Key="2"),
        request("http://host/b", Key="2"),
        replace(request("http://host/b", Key="2"), body=b"longer than it was"),
        replace(request("http://host/b", Key="2"), method="GET", body=b""),
        request("http://host/b", **{"content-length": "3"}),
    ]
    for one in (*asked, *reversed(asked)):
        assert heads.of(one) == Heads().of(one)
        assert heads.of(one) == heads.of(replace(one, headers=dict(one.headers)))
    assert b"content-length" not in heads.of(asked[-1])
