"""Responses requests: what is sent, checked against the official SDK's own types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from openai.types.responses import InputTokenCountParams
from openai.types.responses import response_create_params as official
from pydantic import ValidationError

from aircherd.config.catalogue import bundled
from aircherd.core.catalog import Effort, ModelRef, ModelSpec
from aircherd.core.chat import (
    ImagePart,
    Message,
    OpaquePart,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.core.errors import Unsupported
from aircherd.core.operations import EmbedRequest
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from providers.conform import fits
from providers.cuts import whole
from providers.openai_responses.make import FAMILY, STREAMS, decoder, host, request, spec

TOOL = Tool(
    name="read",
    description="Reads a file",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}},
)
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def sent(asked: Any, *quirks: str) -> dict[str, Any]:
    """The body that would be sent, once the official SDK has had a look at it."""
    body = json.loads(FAMILY.encode(host(*quirks), asked).body)
    fits(official.ResponseCreateParams, body)
    assert isinstance(body, dict)
    return body


@pytest.mark.parametrize(
    "spoilt",
    [
        {"model": "m", "input": [{"role": "pirate", "content": "x"}]},
        {"model": "m", "input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        {"model": "m", "input": "x", "tools": [{"type": "function", "name": "f"}]},
        {"model": "m", "input": "x", "max_tokens": 5},
    ],
)
def test_the_validator_itself_can_fail(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        fits(official.ResponseCreateParams, spoilt)


CONVERSATION = (
    Message.of("system", "Be brief."),
    Message.of("user", "Read a.py and b.py"),
    Message(
        role="assistant",
        parts=(
            TextPart("Reading."),
            ToolCallPart(id="c1", name="read", arguments='{"path":"a.py"}'),
            ToolCallPart(id="c2", name="read", arguments=""),
        ),
    ),
    Message(
        role="tool",
        parts=(
            ToolResultPart(call_id="c1", name="read", content="A"),
            ToolResultPart(call_id="c2", name="read", content="no such file", is_error=True),
            TextPart("And now?"),
        ),
    ),
    Message.of("system", "The user is in a hurry."),
)


def test_a_whole_conversation_with_tools() -> None:
    body = sent(request(*CONVERSATION, tools=(TOOL,), tool_choice="auto"))
    assert body == {
        "model": "gpt-6-luna",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Read a.py and b.py"}]},
            {"role": "assistant", "content": "Reading."},
            {
                "type": "function_call",
                "call_id": "c1",
                "name": "read",
                "arguments": '{"path":"a.py"}',
            },
            {"type": "function_call", "call_id": "c2", "name": "read", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "A"},
            {"type": "function_call_output", "call_id": "c2", "output": "no such file"},
            {"role": "user", "content": [{"type": "input_text", "text": "And now?"}]},
            {"role": "developer", "content": "The user is in a hurry."},
        ],
        "tools": [
            {
                "type": "function",
                "name": "read",
                "description": "Reads a file",
                "parameters": TOOL.parameters,
                "strict": False,
            }
        ],
        "tool_choice": "auto",
        "max_output_tokens": 256,
        "store": False,
        "stream": True,
    }


def test_trap_22_nothing_is_stored_and_no_schema_is_strict_unasked() -> None:
    body = sent(request(tools=(TOOL,), response_format=ResponseFormat(json_schema=SCHEMA)))
    assert body["store"] is False
    assert body["tools"][0]["strict"] is False
    assert body["text"]["format"]["strict"] is False


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("read", {"type": "function", "name": "read"}),
    ],
)
def test_tool_choice(choice: str, wanted: Any) -> None:
    body = sent(request(tools=(TOOL,), tool_choice=choice, parallel_tool_calls=False))
    assert body["tool_choice"] == wanted
    assert body["parallel_tool_calls"] is False


def test_trap_02_tools_and_thinking_go_together_where_both_are_taken() -> None:
    asked = request(tools=(TOOL,), effort=Effort.HIGH)
    encoded = FAMILY.encode(host(), asked)
    assert encoded.url == "https://api.openai.com/v1/responses"
    old = FAMILY.encode(host(), request(model="gpt-4.1-mini", tools=(TOOL,)))
    assert old.url == "https://api.openai.com/v1/chat/completions"


@pytest.mark.parametrize(
    ("effort", "allowed", "wanted"),
    [
        (Effort.OFF, None, "none"),
        (Effort.OFF, {Effort.LOW, Effort.MEDIUM}, "low"),
        (Effort.MINIMAL, {Effort.OFF, Effort.LOW}, "low"),
        (Effort.MINIMAL, None, "low"),
        (Effort.MAX, {Effort.HIGH, Effort.LOW}, "high"),
        (Effort.MAX, {Effort.MAX, Effort.LOW}, "xhigh"),
        (Effort.MAX, None, "high"),
    ],
)
def test_trap_03_only_levels_the_model_accepts(
    effort: Effort, allowed: set[Effort] | None, wanted: str
) -> None:
    efforts = None if allowed is None else frozenset(allowed)
    body = sent(request(effort=effort, spec=spec(efforts=efforts)))
    assert body["reasoning"]["effort"] == wanted
    assert body["include"] == ["reasoning.encrypted_content"]
    assert body["reasoning"].get("summary") == (None if wanted == "none" else "auto")


def test_a_model_that_takes_no_level_is_sent_none() -> None:
    assert "reasoning" not in sent(request(effort=Effort.HIGH, spec=spec(efforts=frozenset())))
    assert "reasoning" not in sent(request())
    body = sent(request(effort=Effort.HIGH), "no_reasoning_summaries")
    assert body["reasoning"] == {"effort": "high"}


def test_trap_04_sampling_only_where_it_is_taken() -> None:
    refusing = spec(sampling=False, effort_default=Effort.MEDIUM)
    encoded = FAMILY.encode(host(), request(temperature=0.5, top_p=0.9, spec=refusing))
    assert not {"temperature", "top_p"} & set(json.loads(encoded.body))
    assert len(encoded.notices) == 2
    calm = request(temperature=0.5, effort=Effort.OFF, spec=refusing)
    assert sent(calm)["temperature"] == 0.5, "a model told not to think takes it"
    assert sent(request(temperature=0.5))["temperature"] == 0.5


def test_what_the_api_has_no_field_for_is_named() -> None:
    asked = request(stop=("x",), seed=0, presence_penalty=0.0, frequency_penalty=1.0)
    encoded = FAMILY.encode(host(), asked)
    assert [notice.split(" takes no ")[1].split(";")[0] for notice in encoded.notices] == [
        "seed",
        "presence_penalty",
        "frequency_penalty",
        "stop",
    ]


def test_trap_37_json_in_the_form_this_api_takes() -> None:
    body = sent(request(response_format=ResponseFormat(json_schema=SCHEMA, name="n")))
    assert body["text"]["format"]["schema"] == SCHEMA
    assert body["text"]["format"]["name"] == "n"


def test_trap_38_the_word_json_stands_in_what_the_model_reads() -> None:
    body = sent(request(response_format=ResponseFormat()))
    assert body["text"] == {"format": {"type": "json_object"}}
    assert "JSON" in body["instructions"]
    mine = Message.of("user", "Give me json")
    assert "instructions" not in sent(request(mine, response_format=ResponseFormat()))


def test_trap_31_pictures_as_one_text_not_an_object() -> None:
    picture = ImagePart(data=b"\x89PNG", media_type="image/png")
    address = ImagePart(url="https://example.com/a.png")
    body = sent(request(Message(role="user", parts=(TextPart("What?"), picture, address))))
    content = body["input"][0]["content"]
    assert content[1]["image_url"] == "data:image/png;base64,iVBORw=="
    assert content[2]["image_url"] == "https://example.com/a.png"


def test_pictures_it_cannot_take_are_refused_by_name() -> None:
    film = ImagePart(data=b"x", media_type="image/tiff")
    with pytest.raises(Unsupported, match=r"no image/tiff.*png"):
        sent(request(Message(role="user", parts=(film,))))
    huge = ImagePart(data=bytes(40_000_000), media_type="image/png")
    with pytest.raises(Unsupported, match="50 MB"):
        sent(request(Message(role="user", parts=(huge,))))


def turn_of(name: str) -> Message:
    """The model's turn as a conversation keeps it: text, calls, state, in no order of worth."""
    found = whole(decoder, (STREAMS / name).read_bytes())
    return Message(
        role="assistant", parts=(TextPart("".join(found.text)), *found.calls, *found.opaque)
    )


def results(*ids: str) -> Message:
    return Message(
        role="tool",
        parts=tuple(ToolResultPart(call_id=i, name="read", content="x") for i in ids),
    )


def test_trap_24_a_turn_goes_back_as_it_was_made() -> None:
    turn = turn_of("tools.sse")
    body = sent(request(Message.of("user", "q"), turn, results("call_A", "call_B")))
    made = body["input"][1:5]
    assert [item.get("type", item.get("role")) for item in made] == [
        "reasoning",
        "assistant",
        "function_call",
        "function_call",
    ]
    assert made[0]["encrypted_content"] == "gAAAAB-enc-2"
    assert made[1] == {"role": "assistant", "content": "Reading both.", "phase": "commentary"}
    assert made[2]["call_id"] == "call_A"


def test_trap_24_state_goes_back_only_to_its_maker() -> None:
    turn = turn_of("tools.sse")
    for elsewhere in (
        request(Message.of("user", "q"), turn, model="gpt-6.1-sol"),
        request(Message.of("user", "q"), _as_from("acme", turn)),
    ):
        text = json.dumps(sent(elsewhere))
        assert "encrypted_content" not in text.replace("reasoning.encrypted_content", "")
        assert "call_A" in text


def _as_from(provider: str, turn: Message) -> Message:
    parts = tuple(
        OpaquePart(provider=provider, model=part.model, payload=part.payload)
        if isinstance(part, OpaquePart)
        else part
        for part in turn.parts
    )
    return Message(role="assistant", parts=parts)


def test_trap_24_a_turn_that_was_changed_goes_without_its_reasoning() -> None:
    turn = turn_of("tools.sse")
    fewer = Message(role="assistant", parts=tuple(p for p in turn.parts if p != turn.parts[1]))
    shorter = Message(role="assistant", parts=(TextPart("Reading"), *turn.parts[1:]))
    longer = Message(role="assistant", parts=(TextPart("Reading both. Yes."), *turn.parts[1:]))
    for changed in (fewer, shorter, longer):
        items = sent(request(Message.of("user", "q"), changed))["input"]
        assert not [item for item in items if item.get("type") == "reasoning"]
        assert [item for item in items if item.get("type") == "function_call"]


def test_trap_50_empty_turns_are_not_sent() -> None:
    turns = (Message.of("system", ""), Message.of("user", "q"), Message.of("assistant", ""))
    body = sent(request(*turns))
    assert len(body["input"]) == 1
    assert "instructions" not in body


def test_trap_44_the_key_is_in_a_header_and_nowhere_else() -> None:
    encoded = FAMILY.encode(host(), request())
    assert encoded.headers["Authorization"] == "Bearer k-1"
    assert "k-1" not in encoded.url + encoded.body.decode() + repr(encoded)


def test_counting_sends_what_would_be_read() -> None:
    asked = request(*CONVERSATION, tools=(TOOL,), effort=Effort.LOW)
    found = FAMILY.count_request(host(), asked)
    assert found is not None
    assert found.url.endswith("/responses/input_tokens")
    body = json.loads(found.body)
    fits(InputTokenCountParams, body)
    assert body["input"] == sent(asked)["input"]
    assert "max_output_tokens" not in body
    assert FAMILY.parse_count(host(), b'{"object":"response.input_tokens","input_tokens":7}') == 7


def test_everything_else_is_as_in_chat_completions() -> None:
    asked = EmbedRequest(model="text-embedding-3-small", texts=("a",))
    assert FAMILY.embed_request(host(), asked).url == "https://api.openai.com/v1/embeddings"
    assert FAMILY.list_request(host()).url == "https://api.openai.com/v1/models"


@pytest.mark.parametrize(
    ("model", "end"),
    [
        ("gpt-6-luna", "/responses"),
        ("gpt-5.4-mini", "/responses"),
        ("o4-mini", "/responses"),
        ("gpt-4o-mini", "/chat/completions"),
        ("gpt-4.1", "/chat/completions"),
        ("ft:gpt-4o-mini:me::1", "/chat/completions"),
    ],
)
def test_the_row_of_openai_says_which_models_go_where(model: str, end: str) -> None:
    row = next(h for h in registry.hosts(Settings(), {"OPENAI_API_KEY": "k"}) if h.name == "openai")
    assert row.family == "openai_responses"
    told = bundled().fill(
        ModelSpec(ref=ModelRef("openai", model), local=False), datetime(2026, 11, 21, tzinfo=UTC)
    )
    assert FAMILY.encode(row, request(model=model, spec=told)).url.endswith(end)


def test_a_server_in_openai_s_place_is_spoken_to_in_the_common_dialect() -> None:
    written = ProviderSettings(name="openai", base_url="http://127.0.0.1:9")
    row = next(
        h for h in registry.hosts(Settings(providers={"openai": written}), {}) if h.name == "openai"
    )
    assert (row.family, row.base_url) == ("openai_chat", "http://127.0.0.1:9/v1")
    written = ProviderSettings(
        name="openai", base_url="http://127.0.0.1:9/v1/responses", family="openai_responses"
    )
    row = next(
        h for h in registry.hosts(Settings(providers={"openai": written}), {}) if h.name == "openai"
    )
    assert (row.family, row.base_url) == ("openai_responses", "http://127.0.0.1:9/v1")
