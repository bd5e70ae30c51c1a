"""Tools and their results through the client's own package, at far sides nobody here wrote."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol import ProviderManager
from fakes.aimock import aimock, journal
from fakes.llama import llama
from fakes.mkgguf import CALL, END
from fakes.scripted import Exchange

from .world import World, booked

pytestmark = pytest.mark.slow
TOOL = {
    "type": "function",
    "function": {
        "name": "read",
        "description": "Reads",
        "parameters": {
            "type": "object",
            "properties": {"ok": {"type": "boolean"}},
            "required": ["ok"],
        },
    },
}
FIXTURES = [
    {
        "match": {"userMessage": "look", "hasToolResult": False},
        "response": {"toolCalls": [{"name": "read", "arguments": {"ok": True}}]},
    },
    {
        "match": {"userMessage": "look", "hasToolResult": True},
        "response": {"content": "It says A."},
    },
    {"match": {"inputText": "vector"}, "response": {"embedding": [0.25, -0.5]}},
]


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with aimock(FIXTURES) as address:
        yield address


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    with llama(calls=True) as address:
        yield address


def configured(folder: Path, name: str, base: str, more: str = "") -> str:
    path = folder / "provider.config.toml"
    path.write_text(
        f'[providers.ollama]\nenabled = false\n[provider.cloud.{name}]\nbase_url = "{base}"\n'
        f'models = ["tiny"]\nlocal = true\ncontext = 8192\n{more}',
        "utf-8",
    )
    return str(path)


def round_trip(client: Any, **more: Any) -> tuple[Any, Any]:
    """The turn with the call, and the answer after its result."""
    question = {"role": "user", "content": "look"}
    asked = {"model": "tiny", "tools": [TOOL], "parallel_tool_calls": False, **more}
    turn = client.chat.completions.create(
        messages=[question], tool_choice="required", max_tokens=200, **asked
    ).choices[0]
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "A"}
        for call in turn.message.tool_calls
    ]
    after = client.chat.completions.create(
        messages=[question, turn.message, *results], tool_choice="none", max_tokens=4, **asked
    )
    return turn, after


@pytest.mark.parametrize("family", ["openai_chat", "openai_responses", "anthropic"])
def test_a_tool_at_an_emulator(tmp_path: Path, emulator: str, family: str) -> None:
    base = emulator if family == "anthropic" else f"{emulator}/v1"
    config = configured(tmp_path, "mock", base, f'family = "{family}"\n')
    before = len(journal(emulator))
    with ProviderManager(config) as manager:
        turn, after = round_trip(manager.get_client("mock"))
    assert turn.finish_reason == "tool_calls"
    (call,) = turn.message.tool_calls
    assert call.function.name == "read"
    assert json.loads(call.function.arguments) == {"ok": True}
    assert after.choices[0].message.content == "It says A."
    assert len([row for row in journal(emulator)[before:] if row.get("method") == "POST"]) == 2
    assert [outcome for _, _, outcome in booked()] == ["done", "done"]


def test_vectors_at_an_emulator(tmp_path: Path, emulator: str) -> None:
    with ProviderManager(configured(tmp_path, "mock", f"{emulator}/v1")) as manager:
        made = manager.get_client("mock").embeddings.create(model="tiny", input="vector")
    assert made.data[0].embedding[:2] == [0.25, -0.5]


def test_a_tool_at_an_engine(world: World, engine: str) -> None:
    async def nudged(exchange: Exchange) -> None:
        """Hands a request on to the engine: its weights are random, so a call is preferred."""
        path = exchange.head.split(b" ")[1].decode().removeprefix("/v1")
        sent: bytes | None = None
        if exchange.body:
            body = json.loads(exchange.body)
            if body.get("tool_choice") == "required":
                body["logit_bias"] = {str(CALL): 60, str(END): 90}
            sent = json.dumps(body).encode()
        asked = urllib.request.Request(engine + path, sent, {"Content-Type": "application/json"})

        def answer() -> bytes:
            with urllib.request.urlopen(asked, timeout=60) as response:
                said: bytes = response.read()
                return said

        found = await asyncio.to_thread(answer)
        await exchange.start(kind="text/event-stream" if sent else "application/json")
        await exchange.send(found)

    world.script = nudged
    config = configured(world.folder, "engine", world.far.base)
    with ProviderManager(config) as manager:
        client = manager.get_client("engine")
        turn, after = round_trip(client)
    assert turn.finish_reason == "tool_calls"
    (call,) = turn.message.tool_calls
    assert isinstance(json.loads(call.function.arguments)["ok"], bool)
    # The engine reads the whole conversation back in its own words.
    assert after.usage.prompt_tokens > 0
    first, second = world.bodies
    assert [m["role"] for m in second["messages"]] == ["user", "assistant", "tool"]
    assert first["tools"] == second["tools"]


def test_json_by_a_schema_at_an_engine(tmp_path: Path, engine: str) -> None:
    schema = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}},
        "required": ["ok"],
        "additionalProperties": False,
    }
    form = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": schema}}
    with ProviderManager(configured(tmp_path, "engine", engine)) as manager:
        made = manager.get_client("engine").chat.completions.create(
            model="tiny",
            messages=[{"role": "user", "content": "yes or no"}],
            response_format=form,
            max_tokens=200,
            seed=1,
        )
    assert isinstance(json.loads(made.choices[0].message.content)["ok"], bool)
