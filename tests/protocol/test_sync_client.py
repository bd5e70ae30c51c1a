"""The client of plain scripts: a child process that pumps, a server in another thread."""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

import pytest

from aircher_protocol.client import Client, ConnectionLost, RemoteError
from aircher_protocol.errors import ErrorKind
from aircher_protocol.types import Answer, CommitMessage, DeltaParams

from .generator import FOLDER
from .server import Say, echo, served_apart

RECORDED = json.loads((FOLDER / "exchanges.json").read_text("utf-8"))


async def replay(message: dict[str, Any], say: Say) -> None:
    """Answers as the daemon did when it was recorded, deltas included."""
    for one in RECORDED.get(message.get("method"), ())[1:]:
        said = json.loads(json.dumps(one["daemon"]))
        if said.get("method") == "aircher/delta":
            said["params"]["token"] = message["params"]["deltaToken"]
        else:
            said["id"] = message["id"]
        say(said)


def test_a_script_gets_what_the_daemon_says_typed() -> None:
    heard: list[str] = []
    with served_apart(replay) as (command, seen), Client(command=command) as client:
        message = client.commit_message("some/where", on_delta=lambda d: heard.append(d.text))
        assert isinstance(message, CommitMessage)
        assert "".join(heard) == message.answer.text == "Add the mean of prices"
        answer = client.ask("What does total do?")
        assert isinstance(answer, Answer)
        assert answer.cost.nano_usd == 24200
        assert client.call("aircher/status").limits[0].label == "daily"
    asked = [m["params"] for m in seen if m["method"] == "aircher/commitMessage"]
    assert asked[0]["workspace"].startswith("/")
    assert asked[0]["workspace"].endswith("/some/where")
    assert [m["method"] for m in seen][-2:] == ["shutdown", "exit"]


def test_a_notification_is_sent() -> None:
    with served_apart(echo) as (command, seen), Client(command=command) as client:
        client.notify("workspace/didChangeConfiguration", {"settings": None})
    assert [m["method"] for m in seen] == [
        "initialize",
        "initialized",
        "workspace/didChangeConfiguration",
        "shutdown",
        "exit",
    ]


@pytest.mark.parametrize("kind", [k for k in ErrorKind if f"error {k}" in RECORDED])
def test_every_recorded_error_arrives_with_its_data(kind: ErrorKind) -> None:
    recorded = RECORDED[f"error {kind}"][-1]["daemon"]["error"]

    async def refuse(message: dict[str, Any], say: Say) -> None:
        if "id" in message:
            say({"jsonrpc": "2.0", "id": message["id"], "error": recorded})

    with (
        served_apart(refuse) as (command, _),
        Client(command=command) as client,
        pytest.raises(RemoteError) as caught,
    ):
        client.ask("q")
    assert str(caught.value) == recorded["message"]
    assert caught.value.code == recorded["code"]
    assert caught.value.data is not None
    assert caught.value.data.kind is kind
    if kind is ErrorKind.BUDGET_EXCEEDED:
        assert caught.value.data.budget is not None
        assert caught.value.data.budget.needed == recorded["data"]["budget"]["needed"]


def test_a_server_that_leaves_in_mid_answer_ends_the_call_in_words() -> None:
    heard: list[str] = []

    async def leave(message: dict[str, Any], say: Say) -> None:
        if message.get("method") == "aircher/ask":
            params = {"token": message["params"]["deltaToken"], "seq": 1}
            params |= {"kind": "append", "text": "half"}
            say({"jsonrpc": "2.0", "method": "aircher/delta", "params": params})
            say(None)

    with served_apart(leave) as (command, _), Client(command=command) as client:
        with pytest.raises(ConnectionLost, match="aircherd"):
            client.ask("q", on_delta=lambda d: heard.append(d.text))
        with pytest.raises(ConnectionLost):
            client.ask("again")


def test_ctrl_c_stops_the_request_first_and_then_the_script() -> None:
    async def slow(message: dict[str, Any], say: Say) -> None:
        if message.get("method") == "aircher/ask":
            params = {"token": message["params"]["deltaToken"], "seq": 1}
            params |= {"kind": "append", "text": "half"}
            say({"jsonrpc": "2.0", "method": "aircher/delta", "params": params})
        elif message.get("method") == "$/cancelRequest":
            error = {"code": -32800, "message": "cancelled"}
            say({"jsonrpc": "2.0", "id": message["params"]["id"], "error": error})

    def pressed(_: DeltaParams) -> None:
        signal.raise_signal(signal.SIGINT)

    with (
        served_apart(slow) as (command, seen),
        pytest.raises(KeyboardInterrupt),
        Client(command=command) as client,
    ):
        client.ask("q", on_delta=pressed)
    (asked,) = [m["id"] for m in seen if m["method"] == "aircher/ask"]
    cancelled = [m["params"]["id"] for m in seen if m["method"] == "$/cancelRequest"]
    assert cancelled == [asked]
    assert [m["method"] for m in seen][-1] == "exit"


def test_a_daemon_that_cannot_be_reached_is_told_in_words() -> None:
    nothing = (sys.executable, "-S", "-E", "-c", "raise SystemExit(1)")
    with pytest.raises(ConnectionLost, match="aircherd"), Client(command=nothing):
        pass
