"""Anthropic's Messages API: what is sent and what is read, against its official SDK."""

# ruff: noqa: E501 - one refusal a line

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import ModelInfo, RawMessageStreamEvent
from anthropic.types import message_create_params as official
from pydantic import TypeAdapter, ValidationError

from aircherd.config.catalogue import bundled
from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    ImagePart,
    Message,
    OpaquePart,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.core.errors import ErrorKind as K
from aircherd.core.errors import ProviderError, Unsupported
from aircherd.providers.anthropic import Anthropic
from aircherd.providers.base import Decoder, Host
from providers.conform import fits
from providers.cuts import never_done_early, same_however_cut, whole

FAMILY = Anthropic()
HOST = Host(
    name="anthropic",
    family="anthropic",
    base_url="https://api.anthropic.com",
    key="k-1",
    key_header="x-api-key",
)
STREAMS = Path(__file__).parent / "streams"
RECORDED = sorted(path.name for path in STREAMS.glob("*.sse"))
EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
TOOL = Tool(name="read", description="Reads", parameters={"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def request(*messages: Message, **more: Any) -> ChatRequest:
    fields: dict[str, Any] = {
        "model": "claude-haiku-5-5",
        "messages": messages or (Message.of("user", "hi"),),
        "max_output": 4_096,
    }
    return ChatRequest(**(fields | more))


def known(model: str) -> ModelSpec:
    """The model as the bundled table knows it."""
    from datetime import UTC, datetime

    spec = ModelSpec(ref=ModelRef("anthropic", model), local=False)
    return bundled().fill(spec, datetime(2026, 11, 21, tzinfo=UTC))


def sent(asked: ChatRequest) -> dict[str, Any]:
    body = json.loads(FAMILY.encode(HOST, asked).body)
    fits(official.MessageCreateParams, body)
    assert isinstance(body, dict)
    return body


def decoder() -> Decoder:
    return FAMILY.decoder(HOST, request())


@pytest.mark.parametrize(
    "spoilt",
    [
        {"messages": [], "max_tokens": "many"},
        {"messages": [{"role": "pirate", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "txt", "text": "x"}]}]},
        {"messages": [{"role": "user", "content": "x", "colour": "red"}]},
        {"messages": [], "tools": [{"type": "function", "function": {"name": "f"}}]},
        {"messages": [], "top_kk": 3},
    ],
)
def test_the_validator_itself_can_fail(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        fits(official.MessageCreateParams, {"model": "m", "max_tokens": 5, **spoilt})


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_events_however_cut_and_never_done_early(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    same_however_cut(decoder, body)
    never_done_early(decoder, body, body.rindex(b'"message_stop"') + len(b'"message_stop"'))


@pytest.mark.parametrize("name", RECORDED)
def test_our_reading_equals_the_official_sdk_s(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    message, bufs = None, {}
    for line in body.decode().replace("\r\n", "\n").split("\n"):
        if line.startswith("data: ") and '"ping"' not in line:
            event = EVENT.validate_json(line[6:])
            message = accumulate_event(event=event, current_snapshot=message, json_bufs=bufs)
    assert message is not None
    ours = whole(decoder, body)
    blocks: list[Any] = list(message.content)
    assert "".join(ours.text) == "".join(b.text for b in blocks if b.type == "text")
    assert "".join(ours.thinking) == "".join(b.thinking for b in blocks if b.type == "thinking")
    assert [(c.id, c.name, json.loads(c.arguments)) for c in ours.calls] == [
        (b.id, b.name, b.input or {}) for b in blocks if b.type == "tool_use"
    ]
    opaque = [b for b in blocks if b.type in ("thinking", "redacted_thinking")]
    assert [p.payload for p in ours.opaque] == [b.model_dump(exclude_none=True) for b in opaque]
    assert ours.finished is not None
    assert ours.finished.raw == message.stop_reason
    assert ours.usage is not None
    usage = message.usage
    total = usage.input_tokens + (usage.cache_read_input_tokens or 0)
    assert ours.usage.prompt_total == total + (usage.cache_creation_input_tokens or 0)
    assert ours.usage.output_total == usage.output_tokens


def test_trap_07_cached_tokens_are_beside_the_input() -> None:
    usage = whole(decoder, (STREAMS / "text.sse").read_bytes()).usage
    assert usage is not None
    assert (usage.input, usage.cache_read) == (25, 2_000)
    assert (usage.cache_write, usage.cache_write_long) == (60, 40)
    assert usage.output == 12, "cumulative: trap 09"


def test_trap_08_thinking_is_inside_the_output() -> None:
    usage = whole(decoder, (STREAMS / "thinking_and_tools.sse").read_bytes()).usage
    assert usage is not None
    assert (usage.output, usage.reasoning) == (59, 30)


def test_trap_29_an_empty_thought_with_a_signature_is_kept() -> None:
    found = whole(decoder, (STREAMS / "omitted_thinking.sse").read_bytes())
    assert found.opaque[0].payload == {"type": "thinking", "thinking": "", "signature": "Sig=="}
    assert found.finished == Finished(reason=FinishReason.LENGTH, raw="max_tokens")


def test_a_plain_answer_is_read_by_the_same_rules() -> None:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-5-5",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "S"},
            {"type": "text", "text": "Yes."},
            {"type": "tool_use", "id": "t", "name": "read", "input": {"p": "ä"}},
            {"type": "hologram", "data": 1},
        ],
        "stop_reason": "refusal",
        "stop_details": {"type": "refusal", "explanation": "It may not."},
        "usage": {"input_tokens": 5, "output_tokens": 7},
    }
    body = json.dumps(message).encode()

    def plain() -> Decoder:
        return FAMILY.decoder(HOST, request(stream=False))

    same_however_cut(plain, body, rounds=5)
    never_done_early(plain, body, len(body))
    found = whole(plain, body)
    assert "".join(found.text) == "Yes."
    assert json.loads(found.calls[0].arguments) == {"p": "ä"}
    assert found.finished == Finished(reason=FinishReason.CONTENT_FILTER, raw="refusal")
    assert found.notices == ["anthropic: It may not."]


def events(*rows: dict[str, Any]) -> bytes:
    return "".join(f"event: {r['type']}\ndata: {json.dumps(r)}\n\n" for r in rows).encode()


def test_trap_16_an_error_after_200() -> None:
    inner = {"type": "overloaded_error", "message": "Overloaded"}
    body = events({"type": "message_start", "message": {}}, {"type": "error", "error": inner})
    with pytest.raises(ProviderError) as caught:
        whole(decoder, body)
    assert (caught.value.error_kind, caught.value.can_retry) == (K.SERVER_ERROR, True)
    assert caught.value.status is None
    with pytest.raises(ProviderError):
        whole(decoder, b'{"type": "error", "error": {"type": "api_error", "message": "x"}}')
    with pytest.raises(ProviderError):
        whole(lambda: FAMILY.decoder(HOST, request(stream=False)), b"{}")


def test_trap_41_what_is_new_does_not_break_a_stream() -> None:
    body = events(
        {"type": "message_start", "message": {"usage": {"input_tokens": 1}}},
        {"type": "brand_new", "x": 1},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "hologram"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "shimmer", "x": 1}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "bored"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    )
    assert whole(decoder, body).finished == Finished(reason=FinishReason.UNKNOWN, raw="bored")


CONVERSATION = (
    Message.of("system", "Be brief."),
    Message.of("user", "Read both"),
    Message(
        role="assistant",
        parts=(
            OpaquePart(
                provider="anthropic",
                model="claude-haiku-5-5",
                payload={"type": "thinking", "thinking": "hm", "signature": "S"},
            ),
            TextPart("Reading."),
            ToolCallPart(id="a", name="read", arguments='{"p": 1}'),
            ToolCallPart(id="b", name="read", arguments=""),
        ),
    ),
    Message(role="tool", parts=(ToolResultPart(call_id="a", name="read", content="A"),)),
    Message(
        role="tool",
        parts=(
            TextPart("And now?"),
            ToolResultPart(call_id="b", name="read", content="", is_error=True),
        ),
    ),
)


def test_trap_25_all_results_in_one_turn_and_before_any_text() -> None:
    body = sent(request(*CONVERSATION, tools=(TOOL,)))
    assert body["system"] == "Be brief."
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user"]
    kinds = [block["type"] for block in body["messages"][2]["content"]]
    assert kinds == ["tool_result", "tool_result", "text"]
    assert body["messages"][2]["content"][1]["is_error"] is True


def test_trap_24_thoughts_go_back_in_order_and_only_to_their_maker() -> None:
    turn = sent(request(*CONVERSATION, tools=(TOOL,)))["messages"][1]["content"]
    assert [block["type"] for block in turn] == ["thinking", "text", "tool_use", "tool_use"]
    assert turn[0] == {"type": "thinking", "thinking": "hm", "signature": "S"}
    other = sent(request(*CONVERSATION, tools=(TOOL,), model="claude-sonnet-5-5"))
    assert "thinking" not in [b["type"] for b in other["messages"][1]["content"]]


def test_trap_27_no_answer_is_begun_for_the_model() -> None:
    encoded = FAMILY.encode(HOST, request(Message.of("user", "q"), Message.of("assistant", "A")))
    body = json.loads(encoded.body)
    assert body["messages"][-1]["role"] == "user"
    assert encoded.notices


def test_trap_50_empty_text_is_not_sent() -> None:
    body = sent(
        request(Message.of("user", "q"), Message.of("assistant", " "), Message.of("user", "r"))
    )
    assert [b["text"] for b in body["messages"][0]["content"]] == ["q", "r"]


@pytest.mark.parametrize(
    ("model", "effort", "thinking", "output"),
    [
        ("claude-haiku-5-5", Effort.OFF, {"type": "disabled"}, None),
        ("claude-haiku-5-5", Effort.HIGH, {"type": "adaptive", "display": "summarized"}, "high"),
        ("claude-haiku-5-5", Effort.MINIMAL, {"type": "adaptive", "display": "summarized"}, "low"),
        ("claude-sonnet-5-5", Effort.OFF, {"type": "between_tools"}, "low"),
        ("claude-sonnet-5-5", Effort.MAX, {"type": "adaptive", "display": "summarized"}, "max"),
        ("claude-opus-5-5", Effort.OFF, None, "low"),
        ("claude-haiku-4-5", Effort.OFF, {"type": "disabled"}, None),
        ("claude-haiku-4-5", Effort.LOW, {"type": "enabled", "budget_tokens": 2_048}, None),
        ("claude-of-tomorrow", Effort.HIGH, None, None),
    ],
)
def test_trap_28_thinking_in_the_way_the_model_takes(
    model: str, effort: Effort, thinking: Any, output: str | None
) -> None:
    body = sent(request(model=model, effort=effort, spec=known(model)))
    assert body.get("thinking") == thinking
    assert body.get("output_config", {}).get("effort") == output


def test_a_budget_of_thought_leaves_room_for_the_answer() -> None:
    spec = known("claude-haiku-4-5")
    small = FAMILY.encode(HOST, request(effort=Effort.HIGH, spec=spec, max_output=1_500))
    assert "thinking" not in json.loads(small.body)
    assert small.notices
    body = sent(request(effort=Effort.HIGH, spec=spec, max_output=8_000))
    assert body["thinking"]["budget_tokens"] == 4_000


def test_trap_04_temperature_only_where_it_is_taken_and_in_the_version_that_takes_it() -> None:
    new = FAMILY.encode(HOST, request(temperature=0.2, spec=known("claude-haiku-5-5")))
    assert "temperature" not in json.loads(new.body)
    assert new.notices
    assert new.headers["anthropic-version"] == "2026-10-21"
    old = FAMILY.encode(HOST, request(temperature=0.2, top_p=0.9, spec=known("claude-opus-4-6")))
    body = json.loads(old.body)
    assert body["temperature"] == 0.2
    assert "top_p" not in body
    assert old.headers["anthropic-version"] == "2023-06-01"
    assert FAMILY.encode(HOST, request(seed=4)).notices == (
        "claude-haiku-5-5 takes no seed; it was left out.",
    )


def test_trap_26_a_call_is_only_demanded_where_that_is_possible() -> None:
    def choice(model: str, wanted: str, **more: Any) -> dict[str, Any]:
        asked = request(model=model, tools=(TOOL,), tool_choice=wanted, spec=known(model), **more)
        found = sent(asked)["tool_choice"]
        assert isinstance(found, dict)
        return found

    assert choice("claude-haiku-5-5", "required") == {"type": "any"}
    assert choice("claude-haiku-5-5", "read") == {"type": "tool", "name": "read"}
    assert choice("claude-haiku-5-5", "none") == {"type": "none"}
    assert choice("claude-sonnet-5-5", "required") == {"type": "auto"}
    limited = choice("claude-haiku-5-5", "auto", parallel_tool_calls=False)
    assert limited == {"type": "auto", "disable_parallel_tool_use": True}


def test_trap_37_json_by_schema_or_by_saying_so() -> None:
    body = sent(request(response_format=ResponseFormat(json_schema=SCHEMA)))
    assert body["output_config"]["format"] == {"type": "json_schema", "schema": SCHEMA}
    assert "JSON object" in sent(request(response_format=ResponseFormat()))["system"]


def test_pictures() -> None:
    parts = (TextPart("what"), ImagePart(data=b"\x89PNG"), ImagePart(url="https://example.com/a"))
    blocks = sent(request(Message(role="user", parts=parts)))["messages"][0]["content"]
    assert blocks[1]["source"] == {"type": "base64", "media_type": "image/png", "data": "iVBORw=="}
    assert blocks[2]["source"] == {"type": "url", "url": "https://example.com/a"}
    tiff = Message(role="user", parts=(ImagePart(data=b"II", media_type="image/tiff"),))
    with pytest.raises(Unsupported, match="no image/tiff"):
        FAMILY.encode(HOST, request(tiff))


def test_the_cache_is_written_where_it_will_be_read() -> None:
    long = Message.of("user", "x" * 20_000)
    once = request(long, Message.of("assistant", "a"), Message.of("user", "again"))
    assert "cache_control" not in sent(once), "a repair comes once; a write would cost more"
    turns = (long, Message.of("assistant", "a"), Message.of("user", "b")) * 2
    assert sent(request(*turns))["cache_control"] == {"type": "ephemeral"}


def test_trap_44_the_key_travels_in_its_header_only() -> None:
    encoded = FAMILY.encode(HOST, request())
    assert encoded.headers["x-api-key"] == "k-1"
    assert "Authorization" not in encoded.headers
    assert "k-1" not in encoded.url + encoded.body.decode()


@pytest.mark.parametrize(
    ("status", "inner", "headers", "kind", "retry"),
    [
        (400, {"type": "invalid_request_error", "message": "x"}, {}, K.INVALID_REQUEST, False),
        (400, {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}, {}, K.CONTEXT_LENGTH, False),
        (400, {"type": "invalid_request_error", "message": "You have reached your specified workspace spend limit"}, {}, K.QUOTA_EXCEEDED, False),
        (401, {"type": "authentication_error", "message": "invalid x-api-key"}, {}, K.AUTHENTICATION, False),
        (402, {"type": "billing_error", "message": "x"}, {}, K.QUOTA_EXCEEDED, False),
        (403, {"type": "permission_error", "message": "x"}, {}, K.AUTHENTICATION, False),
        (404, {"type": "not_found_error", "message": "model: x"}, {}, K.MODEL_NOT_FOUND, False),
        (413, {"type": "request_too_large", "message": "x"}, {}, K.INVALID_REQUEST, False),
        (429, {"type": "rate_limit_error", "message": "x"}, {"retry-after": "7"}, K.RATE_LIMIT, True),
        (429, {"type": "rate_limit_error", "message": "x", "details": {"error_code": "enforced_spend_limit_reached"}}, {}, K.QUOTA_EXCEEDED, False),
        (500, {"type": "api_error", "message": "x"}, {}, K.SERVER_ERROR, True),
        (529, {"type": "overloaded_error", "message": "x"}, {}, K.SERVER_ERROR, True),
        (504, {"type": "timeout_error", "message": "x"}, {}, K.TIMEOUT, True),
    ],
)  # fmt: skip
def test_trap_13_and_14_refusals(
    status: int, inner: dict[str, Any], headers: dict[str, str], kind: K, retry: bool
) -> None:
    body = json.dumps({"type": "error", "error": inner, "request_id": "r"}).encode()
    error = FAMILY.classify(HOST, status, headers, body)
    assert (error.error_kind, error.can_retry) == (kind, retry)
    assert error.message.startswith("anthropic: ")


def test_the_richest_list_of_models() -> None:
    yes, no = {"supported": True}, {"supported": False}
    row = {
        "id": "claude-haiku-5-5",
        "type": "model",
        "display_name": "Claude Haiku 5.5",
        "created_at": "2026-09-01T00:00:00Z",
        "lifecycle": "active",
        "line": "haiku",
        "deprecated_at": None,
        "retires_at": "2028-01-01T00:00:00Z",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "capabilities": {
            "batch": yes,
            "citations": yes,
            "code_execution": no,
            "context_management": {"supported": no["supported"]},
            "effort": {"supported": True, "low": yes, "medium": yes, "high": yes, "max": no},
            "image_input": yes,
            "pdf_input": yes,
            "server_tools": {"supported": False, "code_execution": no, "web_search": no},
            "structured_outputs": yes,
            "thinking": {
                "supported": True,
                "types": {"adaptive": yes, "enabled": no, "disabled": yes, "between_tools": no},
            },
        },
    }
    ModelInfo.model_validate(row)
    body = json.dumps(
        {"data": [row, {"id": "old", "lifecycle": "retired"}], "has_more": True, "last_id": "old"}
    )
    [spec] = FAMILY.parse_models(HOST, body.encode())
    assert (spec.context, spec.max_output) == (1_000_000, 128_000)
    assert spec.traits == Traits(
        thinking=frozenset({"adaptive", "disabled"}),
        efforts=frozenset({Effort.OFF, Effort.LOW, Effort.MEDIUM, Effort.HIGH}),
    )
    assert spec.said is not None
    assert {Capability.VISION, Capability.TOOLS, Capability.JSON_SCHEMA} <= spec.said
    assert str(spec.retires) == "2028-01-01"
    page = FAMILY.next_page(HOST, body.encode())
    assert page is not None
    assert page.url.endswith("/v1/models?limit=1000&after_id=old")
    assert FAMILY.next_page(HOST, b'{"has_more": false, "last_id": "x"}') is None


def test_counting_sends_what_is_read_and_nothing_else() -> None:
    found = FAMILY.count_request(HOST, request(*CONVERSATION, tools=(TOOL,)))
    assert found is not None
    body = json.loads(found.body)
    assert found.url.endswith("/v1/messages/count_tokens")
    assert not {"max_tokens", "stream", "stop_sequences"} & set(body)
    assert FAMILY.parse_count(HOST, b'{"input_tokens": 18}') == 18
