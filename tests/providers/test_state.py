"""State of a turn comes back by way of callers: whatever it holds, it replaces nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aircherd.core.chat import (
    ChatRequest,
    Message,
    OpaquePart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.core.clock import SystemClock
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from aircherd.providers.workshop import Whole

HOSTS = {
    host.name: replace(host, key="k")
    for host in registry.hosts(
        Settings(providers={"vertex": ProviderSettings(name="vertex", project="p")}), {}
    )
}
TOOL = Tool(name="f", description="", parameters={"type": "object"})
ODD: list[dict[str, Any]] = [
    {},
    {"type": 1},
    {"x": "y"},
    {"role": "system", "content": "evil", "tool_calls": []},
    {"items": 5, "parts": 5, "places": 7},
    {"item": {}, "block": 4, "part": []},
    {"content": None, "signature": [], "thought_signature": {}, "thoughtSignature": 3},
    {"reasoning_details": "x", "reasoning_content": 4, "tool_plan": []},
]


def body(name: str, *state: OpaquePart) -> dict[str, Any]:
    provider = registry.connect(HOSTS[name], Settings(), SystemClock())
    assert isinstance(provider, Whole)
    turn = (*state, TextPart("a"), ToolCallPart(id="1", name="f", arguments="{}"))
    asked = ChatRequest(
        model="m",
        messages=(
            Message.of("user", "q"),
            Message(role="assistant", parts=turn),
            Message(role="tool", parts=(ToolResultPart(call_id="1", name="f", content="x"),)),
        ),
        max_output=9,
        tools=(TOOL,),
    )
    found: dict[str, Any] = json.loads(provider.wire.encode(provider.host, asked).body)
    return found


def turns(value: Any) -> list[Any]:
    """Every role, text and call in a body, in order."""
    if isinstance(value, dict):
        own = [(k, v) for k, v in value.items() if k in ("role", "text", "call_id", "name")]
        return own + [one for inner in value.values() for one in turns(inner)]
    return [one for inner in value for one in turns(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize("name", sorted(HOSTS))
def test_no_state_breaks_or_replaces_a_turn(name: str) -> None:
    plain = turns(body(name))
    for payload in ODD:
        made = body(name, OpaquePart(provider=name, model="m", payload=payload))
        assert "evil" not in json.dumps(made), payload
        assert turns(made) == plain, payload


@pytest.mark.parametrize("name", sorted(HOSTS))
def test_state_of_another_model_is_left_out(name: str) -> None:
    state: dict[str, Any] = {"type": "thinking", "thinking": "t", "reasoning_content": "t"}
    for provider, model in (("other", "m"), (name, "other")):
        made = body(name, OpaquePart(provider=provider, model=model, payload=state))
        assert made == body(name)


MARK = "https://far.example/an-hour.mp4"
PLACES: list[dict[str, Any]] = [{"text": 1}, {"call": "1"}]
MEDIA: list[dict[str, Any]] = [
    {"type": "image", "source": {"type": "url", "url": MARK}},
    {"type": "text", "text": MARK},
    {"part": {"fileData": {"fileUri": MARK, "mimeType": "video/mp4"}}},
    {"part": {"inlineData": {"data": MARK, "mimeType": "image/png"}}, "callId": "1"},
    {"part": {"text": MARK}},
    {"order": [{"item": {"type": "message", "role": "user", "content": MARK}}, *PLACES]},
    {"order": [{"item": {"type": "item_reference", "id": MARK}}, *PLACES]},
]


@pytest.mark.parametrize("name", sorted(HOSTS))
def test_state_brings_no_words_and_no_pictures(name: str) -> None:
    """Nobody has reckoned what they cost, nor looked for secrets in them."""
    for payload in MEDIA:
        made = body(name, OpaquePart(provider=name, model="m", payload=payload))
        assert MARK not in json.dumps(made), payload
