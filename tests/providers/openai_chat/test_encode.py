"""Chat completions requests: what is sent, checked against the official SDK's own types."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import completion_create_params as official
from pydantic import ValidationError

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
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
from aircherd.core.operations import EmbedRequest, PictureRequest
from providers import conform
from providers.openai_chat.make import FAMILY, host, request, sent

TOOL = Tool(
    name="read",
    description="Reads a file",
    parameters={"type": "object", "properties": {"path": {"type": "string"}}},
)
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def fits(body: dict[str, Any]) -> None:
    """The official SDK would take this body, and knows every key of it."""
    conform.fits(official.CompletionCreateParams, body, beside=_THEIRS)


_THEIRS = frozenset({"chat_template_kwargs", "reasoning", "provider"})
"""Fields other servers of this dialect added."""


def spec(**traits: Any) -> ModelSpec:
    return ModelSpec(
        ref=ModelRef("acme", "m"),
        local=False,
        capabilities=frozenset({Capability.CHAT, Capability.THINKING}),
        traits=Traits(**traits),
    )


@pytest.mark.parametrize(
    "spoilt",
    [
        {"messages": [{"role": "pirate", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x"}], "max_tokens": "many"},
        {"messages": [{"role": "user", "content": "x", "colour": "red"}]},
        {"messages": [{"role": "user", "content": [{"type": "input_text", "text": "x"}]}]},
        {"messages": [], "tools": [{"type": "function", "name": "f"}]},
    ],
)
def test_the_validator_itself_can_fail(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        fits({"model": "m", **spoilt})


CONVERSATION = (
    Message.of("system", "Be brief."),
    Message.of("user", "Read a.py and b.py"),
    Message(
        role="assistant",
        parts=(
            TextPart("Reading."),
            ToolCallPart(id="c1", name="read", arguments='{"path":"a.py"}'),
            ToolCallPart(id="c2", name="read", arguments='{"path":"b.py"}'),
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
)


def test_a_whole_conversation_with_tools() -> None:
    body = sent(request(*CONVERSATION, tools=(TOOL,), tool_choice="auto"), "max_completion_tokens")
    fits(body)
    assert [m["role"] for m in body["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "tool",
        "user",
    ]
    assert body["messages"][2]["tool_calls"][1]["function"]["arguments"] == '{"path":"b.py"}'
    assert body["messages"][5]["content"] == "And now?"
    assert "max_tokens" not in body


def test_trap_05_the_limit_has_the_name_the_host_wants() -> None:
    assert sent(request(), "max_completion_tokens")["max_completion_tokens"] == 64
    assert sent(request())["max_tokens"] == 64


def test_trap_19_usage_is_asked_for_where_it_may_be() -> None:
    assert sent(request())["stream_options"] == {"include_usage": True}
    assert "stream_options" not in sent(request(), "no_stream_options")
    assert "stream_options" not in sent(request(stream=False))


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ("read", {"type": "function", "function": {"name": "read"}}),
    ],
)
def test_tool_choice(choice: str, wanted: Any) -> None:
    body = sent(request(tools=(TOOL,), tool_choice=choice, parallel_tool_calls=False))
    fits(body)
    assert body["tool_choice"] == wanted
    assert body["parallel_tool_calls"] is False


def test_trap_04_sampling_is_dropped_with_a_word_where_it_is_refused() -> None:
    asked = request(
        temperature=0.5,
        top_p=0.9,
        presence_penalty=0.1,
        stop=("x",),
        seed=4,
        spec=spec(sampling=False),
    )
    encoded = FAMILY.encode(host(), asked)
    body = json.loads(encoded.body)
    assert not {"temperature", "top_p", "presence_penalty", "stop"} & set(body)
    assert body["seed"] == 4
    assert len(encoded.notices) == 4
    allowed = sent(request(temperature=0.5, top_p=0.9, stop=("x",)))
    fits(allowed)
    assert allowed["temperature"] == 0.5


def test_more_stops_than_are_taken_are_named() -> None:
    encoded = FAMILY.encode(host(), request(stop=tuple("abcde")))
    assert json.loads(encoded.body)["stop"] == list("abcd")
    assert "first 4" in encoded.notices[0]


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
        (Effort.MEDIUM, set(), None),
    ],
)
def test_trap_03_only_levels_the_model_accepts(
    effort: Effort, allowed: set[Effort] | None, wanted: str | None
) -> None:
    efforts = None if allowed is None else frozenset(allowed)
    body = sent(request(effort=effort, spec=spec(efforts=efforts)), "reasoning_effort")
    assert body.get("reasoning_effort") == wanted


def test_trap_02_no_thinking_with_tools_where_they_do_not_go_together() -> None:
    thinks = spec(efforts=frozenset({Effort.OFF, Effort.HIGH}))
    quirks = ("reasoning_effort", "tools_or_thinking")
    body = sent(request(tools=(TOOL,), spec=thinks), *quirks)
    fits(body)
    assert body["reasoning_effort"] == "none", "said even where nothing was asked for"
    asked = request(tools=(TOOL,), spec=thinks, effort=Effort.HIGH)
    encoded = FAMILY.encode(host(*quirks), asked)
    assert "does not think while it has tools" in encoded.notices[0]
    assert sent(request(spec=thinks, effort=Effort.HIGH), *quirks)["reasoning_effort"] == "high"
    always = spec(efforts=frozenset({Effort.LOW, Effort.HIGH}))
    body = sent(request(tools=(TOOL,), spec=always, effort=Effort.LOW), *quirks)
    assert body["reasoning_effort"] == "low", "a model that cannot be told so is not"


def test_thinking_by_the_host_s_own_switch() -> None:
    body = sent(request(effort=Effort.OFF), "chat_template_thinking")
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert "reasoning_effort" not in body
    body = sent(request(effort=Effort.HIGH), "reasoning_object")
    assert body["reasoning"] == {"effort": "high"}


def test_trap_37_json_in_the_form_the_host_takes() -> None:
    body = sent(request(response_format=ResponseFormat()))
    fits(body)
    assert body["response_format"] == {"type": "json_object"}
    body = sent(request(response_format=ResponseFormat()), "no_json_object")
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
    body = sent(request(response_format=ResponseFormat(json_schema=SCHEMA, name="n")))
    fits(body)
    assert body["response_format"]["json_schema"] == {"name": "n", "schema": SCHEMA}


def test_trap_38_the_word_json_stands_in_the_prompt() -> None:
    body = sent(request(response_format=ResponseFormat()))
    assert "JSON" in body["messages"][0]["content"]
    mine = Message.of("user", "Give me json")
    assert len(sent(request(mine, response_format=ResponseFormat()))["messages"]) == 1


def test_only_backends_that_honour_it_where_a_router_stands_between() -> None:
    assert sent(request(tools=(TOOL,)), "require_parameters")["provider"] == {
        "require_parameters": True
    }
    assert "provider" not in sent(request(), "require_parameters")


def test_trap_31_pictures_with_the_data_prefix_or_their_address() -> None:
    picture = ImagePart(data=b"\x89PNG", media_type="image/png")
    address = ImagePart(url="https://example.com/a.png")
    message = Message(role="user", parts=(TextPart("What?"), picture, address))
    body = sent(request(message))
    fits(body)
    content = body["messages"][0]["content"]
    assert content[1]["image_url"]["url"] == "data:image/png;base64,iVBORw=="
    assert content[2]["image_url"]["url"] == "https://example.com/a.png"
    with pytest.raises(Unsupported, match="give the file"):
        FAMILY.encode(host("no_image_urls"), request(message))


def test_trap_24_state_goes_back_only_to_its_maker() -> None:
    def turn(provider: str, model: str) -> dict[str, Any]:
        part = OpaquePart(provider=provider, model=model, payload={"reasoning_details": [1]})
        message = Message(role="assistant", parts=(TextPart("x"), part))
        item = sent(request(Message.of("user", "q"), message))["messages"][1]
        assert isinstance(item, dict)
        return item

    assert turn("acme", "m")["reasoning_details"] == [1]
    assert "reasoning_details" not in turn("acme", "other")
    assert "reasoning_details" not in turn("other", "m")


def test_trap_50_empty_turns_are_not_sent() -> None:
    turns = (Message.of("system", ""), Message.of("user", "q"), Message.of("assistant", ""))
    assert [m["role"] for m in sent(request(*turns))["messages"]] == ["user"]


def test_a_template_without_a_system_turn() -> None:
    turns = (Message.of("system", "Be brief."), Message.of("user", "q"))
    body = sent(request(*turns), "no_system_role")
    assert body["messages"] == [{"role": "user", "content": "Be brief.\n\nq"}]


def test_trap_44_the_key_is_in_a_header_and_nowhere_else() -> None:
    encoded = FAMILY.encode(host(), request())
    assert encoded.headers["Authorization"] == "Bearer k-1"
    assert "k-1" not in encoded.url + encoded.body.decode() + repr(encoded)
    azure = FAMILY.encode(host(key_header="api-key"), request())
    assert azure.headers["api-key"] == "k-1"
    assert "Authorization" not in azure.headers


def test_embeddings() -> None:
    asked = EmbedRequest(model="e", texts=("a", "b"), purpose="query", dimensions=8)
    body = json.loads(FAMILY.embed_request(host("embedding_input_type"), asked).body)
    assert body["input_type"] == "query"
    assert body["dimensions"] == 8
    answer = {
        "data": [{"index": 1, "embedding": [3, 4]}, {"index": 0, "embedding": [1, 2]}],
        "model": "e",
        "usage": {"prompt_tokens": 2, "total_tokens": 2},
    }
    found = FAMILY.parse_embeddings(host(), asked, json.dumps(answer).encode())
    assert found.vectors == ((1.0, 2.0), (3.0, 4.0))
    assert found.usage.input == 2


def test_trap_49_pictures_are_asked_for_without_retired_parameters() -> None:
    asked = PictureRequest(model="gpt-image-2", prompt="a cat", size="1024x1024")
    body = json.loads(FAMILY.picture_request(host(), asked).body)
    assert set(body) == {"model", "prompt", "n", "size"}
    answer = {"data": [{"b64_json": "iVBORw=="}], "usage": {"input_tokens": 5, "output_tokens": 9}}
    found = FAMILY.parse_pictures(host(), asked, json.dumps(answer).encode())
    assert found.pictures[0].data == b"\x89PNG"
    assert found.usage.output == 9


def test_counting_where_the_server_tokenizes() -> None:
    assert FAMILY.count_request(host(), request()) is None
    found = FAMILY.count_request(host(options={"tokenize": "root:/tokenize"}), request())
    assert found is not None
    assert found.url == "http://127.0.0.1:9/tokenize"
    assert FAMILY.parse_count(host(), b'{"count": 7, "max_model_len": 99}') == 7
