"""The client against a server of raw bytes on a real Unix socket."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol.client import AsyncClient, ConnectionLost, RemoteError
from aircher_protocol.framing import FrameReader, frame
from aircher_protocol.types import DeltaKind, DeltaParams

Say = Callable[[Any], None]
Answer = Callable[[dict[str, Any], Say], Awaitable[None]]


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A socket whose server answers `initialize` and `shutdown` itself, the rest by `answer`."""
    seen: list[dict[str, Any]] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader()

        def say(value: Any) -> None:
            if value is None:
                writer.transport.abort()
            else:
                writer.write(frame(json.dumps(value).encode()))

        while data := await reader.read(65536):
            for body in frames.feed(data):
                message = json.loads(body)
                seen.append(message)
                if message.get("method") in ("initialize", "shutdown"):
                    say({"jsonrpc": "2.0", "id": message["id"], "result": {}})
                else:
                    task = asyncio.create_task(answer(message, say))  # type: ignore[arg-type]
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
        writer.transport.abort()

    with tempfile.TemporaryDirectory(prefix="air", dir="/tmp") as folder:
        path = str(Path(folder) / "s")
        server = await asyncio.start_unix_server(serve, path)
        try:
            yield path, seen
        finally:
            server.close()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await server.wait_closed()


async def echo(message: dict[str, Any], say: Say) -> None:
    if "id" in message:
        say({"jsonrpc": "2.0", "id": message["id"], "result": message.get("params")})


async def test_initialize_tells_names_of_keys_and_never_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-sentinel")
    async with served(echo) as (path, seen):
        client = await AsyncClient(name="t").open(path)
        await client.close()
        async with asyncio.timeout(2):
            while seen[-1]["method"] != "exit":
                await asyncio.sleep(0.005)
    first = seen[0]["params"]
    assert first["clientInfo"] == {"name": "t"}
    assert first["initializationOptions"]["keyVariables"] == ["OPENAI_API_KEY"]
    assert "sk-sentinel" not in json.dumps(seen)
    assert [m["method"] for m in seen] == ["initialize", "initialized", "shutdown", "exit"]


async def test_answers_find_their_questions_in_any_order() -> None:
    held: list[dict[str, Any]] = []

    async def reversed_(message: dict[str, Any], say: Say) -> None:
        if "id" not in message:
            return
        held.append(message)
        if len(held) == 20:
            for one in reversed(held):
                say({"jsonrpc": "2.0", "id": one["id"], "result": one["params"]})

    async with served(reversed_) as (path, _):
        client = await AsyncClient().open(path)
        found = await asyncio.gather(*(client.request("x", {"n": n}) for n in range(20)))
        assert [one["n"] for one in found] == list(range(20))
        await client.close()


async def test_deltas_go_to_the_request_they_belong_to() -> None:
    async def stream(message: dict[str, Any], say: Say) -> None:
        if message.get("method") != "aircher/ask":
            return
        token = message["params"]["deltaToken"]
        for seq, text in enumerate(("a", "b"), start=1):
            params = {"token": token, "seq": seq, "kind": "append", "text": text}
            say({"jsonrpc": "2.0", "method": "aircher/delta", "params": params})
        error = {"code": -32803, "message": "no. Try again.", "data": {"kind": "noModel"}}
        say({"jsonrpc": "2.0", "id": message["id"], "error": error})

    heard: list[DeltaParams] = []
    async with served(stream) as (path, _):
        client = await AsyncClient().open(path)
        with pytest.raises(RemoteError, match="Try again"):
            await client.call("aircher/ask", {"prompt": "q"}, on_delta=heard.append)
        await client.close()
    assert [(d.seq, d.kind, d.text) for d in heard] == [
        (1, DeltaKind.APPEND, "a"),
        (2, DeltaKind.APPEND, "b"),
    ]


async def test_an_error_carries_its_typed_data() -> None:
    async def refuse(message: dict[str, Any], say: Say) -> None:
        if "id" in message:
            data = {"kind": "rateLimit", "retryable": True, "errorId": "e1", "retryAfter": 2}
            error = {"code": -32803, "message": "slow", "data": data}
            say({"jsonrpc": "2.0", "id": message["id"], "error": error})

    async with served(refuse) as (path, _):
        client = await AsyncClient().open(path)
        with pytest.raises(RemoteError) as caught:
            await client.request("x", {})
        await client.close()
    assert caught.value.code == -32803
    assert caught.value.data is not None
    assert (caught.value.data.kind, caught.value.data.retry_after) == ("rateLimit", 2.0)


async def test_cancelling_the_caller_cancels_the_request() -> None:
    cancelled = asyncio.Event()

    async def wait(message: dict[str, Any], say: Say) -> None:
        if message.get("method") == "$/cancelRequest":
            number = message["params"]["id"]
            error = {"code": -32800, "message": "cancelled"}
            say({"jsonrpc": "2.0", "id": number, "error": error})
            cancelled.set()

    async with served(wait) as (path, seen):
        client = await AsyncClient().open(path)
        task = asyncio.create_task(client.request("slow", {}))
        while not any(m.get("method") == "slow" for m in seen):
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert cancelled.is_set()
        await client.close()


async def test_a_server_that_leaves_ends_what_waits_and_what_comes_after() -> None:
    async def leave(message: dict[str, Any], say: Say) -> None:
        if message.get("method") == "go":
            say(None)

    async with served(leave) as (path, _):
        client = await AsyncClient().open(path)
        with pytest.raises(ConnectionLost, match="aircherd"):
            await client.request("go", {})
        async with asyncio.timeout(2):
            with pytest.raises(ConnectionLost):
                await client.request("after", {})
        await client.close()


async def test_bytes_that_are_no_messages_end_the_connection_in_words() -> None:
    async with served(echo) as (path, _):
        client = await AsyncClient().open(path)
        assert client._reader is not None
        client._reader.feed_data(b"Content-Length: nonsense\r\n\r\n")
        with pytest.raises(ConnectionLost, match="no plain number"):
            await client.request("never answered", {"n": 1})
        await client.close()


async def test_a_question_from_the_server_is_answered_even_when_nobody_knows_it() -> None:
    async def ask(message: dict[str, Any], say: Say) -> None:
        if message.get("method") == "initialized":
            say({"jsonrpc": "2.0", "id": "q1", "method": "window/surprise", "params": {}})

    async with served(ask) as (path, seen):
        client = await AsyncClient().open(path)
        async with asyncio.timeout(2):
            while not any(m.get("id") == "q1" for m in seen):
                await asyncio.sleep(0.005)
        await client.close()
    answer = next(m for m in seen if m.get("id") == "q1")
    assert answer["error"]["code"] == -32601
