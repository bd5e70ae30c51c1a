"""The client against a server of raw bytes on a real Unix socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from aircher_protocol.client import AsyncClient, ConnectionLost, RemoteError
from aircher_protocol.codec import ParamsError
from aircher_protocol.types import BudgetParams, DeltaKind, DeltaParams

from .server import Say, echo, served


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


def delta(token: Any, seq: int, text: str, kind: str = "append") -> dict[str, Any]:
    params = {"token": token, "seq": seq, "kind": kind, "text": text}
    return {"jsonrpc": "2.0", "method": "aircher/delta", "params": params}


async def test_what_a_receiver_raises_reaches_the_caller_and_stops_the_request() -> None:
    stopped: list[int] = []

    async def stream(message: dict[str, Any], say: Say) -> None:
        if message.get("method") == "$/cancelRequest":
            stopped.append(message["params"]["id"])
            error = {"code": -32800, "message": "cancelled"}
            say({"jsonrpc": "2.0", "id": message["params"]["id"], "error": error})
        elif message.get("method") == "aircher/ask":
            for seq in (1, 2, 3):
                say(delta(message["params"]["deltaToken"], seq, "x"))
        elif "id" in message:
            say({"jsonrpc": "2.0", "id": message["id"], "result": "still here"})

    def full(_: DeltaParams) -> None:
        raise BrokenPipeError("stdout is closed")

    async with served(stream) as (path, seen):
        client = await AsyncClient().open(path)
        with pytest.raises(BrokenPipeError, match="stdout is closed"):
            await client.call("aircher/ask", {"prompt": "q"}, on_delta=full)
        (asked,) = [m["id"] for m in seen if m.get("method") == "aircher/ask"]
        assert stopped == [asked]
        assert await client.request("x", {}) == "still here"
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await client.close()


async def test_what_a_newer_daemon_says_is_passed_over() -> None:
    async def odd(message: dict[str, Any], say: Say) -> None:
        if message.get("method") != "aircher/ask":
            return
        token = message["params"]["deltaToken"]
        say(delta(token, 1, "a", kind="sparkle"))
        say({"jsonrpc": "2.0", "method": "aircher/delta", "params": None})
        say({"jsonrpc": "2.0", "method": "aircher/budget", "params": {"level": 1}})
        say({"jsonrpc": "2.0", "method": "aircher/unheardOf", "params": {"a": 1}})
        say(["a", "batch"])
        say({"jsonrpc": "2.0", "id": 999, "result": "nobody asked"})
        say({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "no"}})
        say(delta("of another", 1, "b"))
        say(delta(token, 2, "c"))
        say({"jsonrpc": "2.0", "id": message["id"], "error": {"code": -1, "message": "end"}})

    heard: list[str] = []
    told: list[Any] = []
    async with served(odd) as (path, _):
        client = await AsyncClient(on_notification=lambda *one: told.append(one)).open(path)
        with pytest.raises(RemoteError, match="end"):
            await client.call(
                "aircher/ask", {"prompt": "q"}, on_delta=lambda d: heard.append(d.text)
            )
        await client.close()
    assert heard == ["c"]
    assert told == [("aircher/unheardOf", {"a": 1})]


async def test_notifications_arrive_typed_and_one_that_goes_wrong_breaks_nothing() -> None:
    line = {
        "label": "daily",
        "limit": {"nanoUsd": 2, "text": "$2"},
        "spent": {"nanoUsd": 1, "text": "$1"},
        "held": {"nanoUsd": None, "text": "unknown"},
        "resetsAt": "2026-11-22T00:00:00+00:00",
    }

    async def tell(message: dict[str, Any], say: Say) -> None:
        if "id" in message:
            for _ in range(2):
                params = {"level": "warning", "line": line, "message": "half"}
                say({"jsonrpc": "2.0", "method": "aircher/budget", "params": params})
            say({"jsonrpc": "2.0", "id": message["id"], "result": 1})

    told: list[Any] = []
    crashed: list[Any] = []

    def hear(method: str, params: Any) -> None:
        told.append((method, params))
        raise RuntimeError("in the receiver")

    asyncio.get_running_loop().set_exception_handler(lambda _, what: crashed.append(what))
    async with served(tell) as (path, _):
        client = await AsyncClient(on_notification=hear).open(path)
        assert await client.request("x", {}) == 1
        await client.close()
    assert [method for method, _ in told] == ["aircher/budget"] * 2
    assert isinstance(told[0][1], BudgetParams)
    assert told[0][1].line.held.nano_usd is None
    assert [str(what["exception"]) for what in crashed] == ["in the receiver"] * 2


@pytest.mark.parametrize("answer", [{"error": "text"}, {"error": {"code": "x"}}])
async def test_an_answer_that_is_none_ends_the_call_in_words(answer: dict[str, Any]) -> None:
    async def nonsense(message: dict[str, Any], say: Say) -> None:
        if "id" in message:
            say({"jsonrpc": "2.0", "id": message["id"], **answer})

    async with served(nonsense) as (path, _):
        client = await AsyncClient().open(path)
        with pytest.raises(ConnectionLost, match="aircherd broke"):
            await client.request("x", {})
        await client.close()


async def test_what_fits_no_result_type_is_never_taken_for_one() -> None:
    async def empty(message: dict[str, Any], say: Say) -> None:
        if "id" in message:
            say({"jsonrpc": "2.0", "id": message["id"], "result": {}})

    async with served(empty) as (path, _):
        client = await AsyncClient().open(path)
        with pytest.raises(ParamsError, match="answer: is missing"):
            await client.call("aircher/ask", {"prompt": "q"})
        await client.close()


async def test_closing_twice_is_fine_and_nothing_can_be_asked_afterwards() -> None:
    async with served(echo) as (path, _):
        client = await AsyncClient().open(path)
        await client.close()
        await client.close()
        with pytest.raises(ConnectionLost):
            await client.request("x", {})
