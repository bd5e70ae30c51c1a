"""Cohere's version 2: what is sent and what is read, against its official SDK."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from cohere.types import GetModelResponse
from cohere.v2.raw_client import RawV2Client
from cohere.v2.types import V2ChatResponse, V2ChatStreamResponse
from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

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
from aircherd.core.operations import EmbedRequest
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from aircherd.providers.base import Decoder, Host
from aircherd.providers.cohere import Cohere
from providers.conform import fits
from providers.cuts import never_done_early, same_however_cut, whole

FAMILY = Cohere()
HOST = Host(name="cohere", family="cohere", base_url="https://api.cohere.com", key="k-1")
MODEL = "command-a-03-2025"
STREAMS = Path(__file__).parent / "streams"
RECORDED = sorted(path.name for path in STREAMS.glob("*.sse"))
EVENT: TypeAdapter[Any] = TypeAdapter(V2ChatStreamResponse)
TOOL = Tool(name="read", description="Reads", parameters={"type": "object", "properties": {}})
OTHER = Tool(name="list", description="Lists", parameters={"type": "object", "properties": {}})
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def body_type(call: Any) -> Any:
    """The SDK has no type for a body: it takes each field as an argument. They make one."""
    hints = get_type_hints(call, include_extras=True)
    names = [p for p in inspect.signature(call).parameters if p not in ("self", "request_options")]
    return TypedDict(call.__name__, {name: hints[name] for name in names}, total=False)  # type: ignore[operator]


CHAT = body_type(RawV2Client.chat_stream)
EMBED = body_type(RawV2Client.embed)


def request(*messages: Message, **more: Any) -> ChatRequest:
    fields: dict[str, Any] = {
        "model": MODEL,
        "messages": messages or (Message.of("user", "hi"),),
        "max_output": 4_096,
    }
    return ChatRequest(**(fields | more))


def sent(asked: ChatRequest) -> dict[str, Any]:
    body = json.loads(FAMILY.encode(HOST, asked).body)
    fits(CHAT, body, beside=frozenset({"stream"}))
    assert isinstance(body, dict)
    return body


def decoder(stream: bool = True) -> Decoder:
    return FAMILY.decoder(HOST, request(stream=stream))


def rows_of(body: bytes) -> list[dict[str, Any]]:
    lines = body.decode().replace("\r\n", "\n").split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def events(*rows: dict[str, Any]) -> bytes:
    return "".join(f"data: {json.dumps(row)}\n\n" for row in rows).encode()


def ending(reason: str, **more: Any) -> dict[str, Any]:
    return {"type": "message-end", "delta": {"finish_reason": reason, **more}}


THINKER = ModelSpec(
    ref=ModelRef("cohere", "command-a-reasoning-08-2025"),
    local=False,
    traits=Traits(thinking=frozenset({"enabled", "disabled"})),
)

# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoilt",
    [
        {"messages": [{"role": "pirate", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image", "data": "x"}]}]},
        {"messages": [], "max_completion_tokens": 5},
        {"messages": [], "tool_choice": {"type": "function"}, "tools": [{"name": "f"}]},
    ],
)
def test_the_validator_itself_can_fail(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        fits(CHAT, spoilt)


def test_a_whole_conversation_with_tools() -> None:
    body = sent(
        request(
            Message.of("system", "Be brief."),
            Message.of("user", "Read a.py and b.py"),
            Message(
                role="assistant",
                parts=(
                    ToolCallPart(id="c1", name="read", arguments='{"path":"a.py"}'),
                    ToolCallPart(id="c2", name="read", arguments=""),
                ),
            ),
            Message(
                role="tool",
                parts=(
                    ToolResultPart(call_id="c1", name="read", content="A"),
                    ToolResultPart(call_id="c2", name="read", content="", is_error=True),
                    TextPart("And now?"),
                ),
            ),
            tools=(TOOL,),
        )
    )
    assert body == {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Read a.py and b.py"},
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": "c1",
                        "type": "function",
                        "function": {"name": "read", "arguments": '{"path":"a.py"}'},
                    },
                    {
                        "id": "c2",
                        "type": "function",
                        "function": {"name": "read", "arguments": "{}"},
                    },
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "A"},
            {"role": "tool", "tool_call_id": "c2", "content": "(nothing)"},
            {"role": "user", "content": "And now?"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "read",
                    "description": "Reads",
                    "parameters": TOOL.parameters,
                },
            }
        ],
        "stream": True,
        "max_tokens": 4_096,
    }


@pytest.mark.parametrize(
    ("choice", "wanted", "tools"),
    [
        (None, None, ["read", "list"]),
        ("auto", None, ["read", "list"]),
        ("none", "NONE", ["read", "list"]),
        ("required", "REQUIRED", ["read", "list"]),
        ("list", "REQUIRED", ["list"]),
    ],
)
def test_tool_choice(choice: str | None, wanted: str | None, tools: list[str]) -> None:
    body = sent(request(tools=(TOOL, OTHER), tool_choice=choice))
    assert body.get("tool_choice") == wanted
    assert [tool["function"]["name"] for tool in body["tools"]] == tools


def test_what_cannot_be_said_is_named() -> None:
    asked = request(
        tools=(TOOL,),
        parallel_tool_calls=False,
        presence_penalty=-0.5,
        frequency_penalty=0.5,
        stop=tuple("abcdef"),
        top_p=1.0,
        temperature=0.0,
        seed=3,
    )
    encoded = FAMILY.encode(HOST, asked)
    body = sent(asked)
    assert len(encoded.notices) == 3
    assert "presence_penalty" not in body
    assert (body["frequency_penalty"], body["p"], body["temperature"]) == (0.5, 0.99, 0.0)
    assert body["stop_sequences"] == list("abcde")


@pytest.mark.parametrize(
    ("effort", "wanted"),
    [
        (Effort.OFF, {"type": "disabled"}),
        (Effort.LOW, {"type": "enabled", "token_budget": 2_048}),
        (Effort.HIGH, {"type": "enabled", "token_budget": 2_048}),
        (Effort.MAX, {"type": "enabled"}),
    ],
)
def test_trap_06_thinking_leaves_room_for_the_answer(effort: Effort, wanted: Any) -> None:
    assert sent(request(effort=effort, spec=THINKER))["thinking"] == wanted


def test_a_model_that_does_not_think_is_not_told_about_it() -> None:
    plain = ModelSpec(ref=ModelRef("cohere", MODEL), local=False)
    for spec in (None, plain):
        assert "thinking" not in sent(request(effort=Effort.OFF, spec=spec))


def test_trap_37_json_in_the_form_this_api_takes() -> None:
    body = sent(request(response_format=ResponseFormat(json_schema=SCHEMA)))
    assert body["response_format"] == {"type": "json_object", "json_schema": SCHEMA}
    body = sent(request(response_format=ResponseFormat()))
    assert body["response_format"] == {"type": "json_object"}
    assert "JSON" in body["messages"][0]["content"]
    with pytest.raises(Unsupported, match="not both"):
        sent(request(response_format=ResponseFormat(), tools=(TOOL,)))


def test_trap_31_pictures_as_addresses_of_either_kind() -> None:
    picture = ImagePart(data=b"\x89PNG", media_type="image/png")
    link = ImagePart(url="https://example.com/a.png")
    body = sent(request(Message(role="user", parts=(TextPart("What?"), picture, link))))
    content = body["messages"][0]["content"]
    assert content[1]["image_url"]["url"] == "data:image/png;base64,iVBORw=="
    assert content[2]["image_url"]["url"] == "https://example.com/a.png"
    with pytest.raises(Unsupported, match="20 pictures"):
        sent(request(Message(role="user", parts=(picture,) * 21)))


def test_trap_24_the_plan_goes_back_only_to_its_maker() -> None:
    found = whole(decoder, (STREAMS / "tools.sse").read_bytes())
    assert found.opaque == [
        OpaquePart(provider="cohere", model=MODEL, payload=found.opaque[0].payload)
    ]
    turn = Message(role="assistant", parts=(*found.calls, *found.opaque))
    item = sent(request(Message.of("user", "q"), turn))["messages"][1]
    assert item["tool_plan"] == "I will read both files."
    item = sent(request(Message.of("user", "q"), turn, model="command-r-08-2024"))["messages"][1]
    assert "tool_plan" not in item


def test_thoughts_that_led_to_calls_go_back_before_the_words() -> None:
    state = OpaquePart(provider="cohere", model=MODEL, payload={"thinking": "hm"})
    call = ToolCallPart(id="c", name="read", arguments="{}")
    turn = Message(role="assistant", parts=(TextPart("Reading."), call, state))
    item = sent(request(Message.of("user", "q"), turn))["messages"][1]
    assert item["content"] == [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "Reading."},
    ]


def test_trap_50_empty_turns_are_not_sent() -> None:
    turns = (Message.of("system", ""), Message.of("user", "q"), Message.of("assistant", ""))
    assert len(sent(request(*turns))["messages"]) == 1


def test_trap_44_the_key_is_in_a_header_and_nowhere_else() -> None:
    encoded = FAMILY.encode(HOST, request())
    assert encoded.headers["Authorization"] == "Bearer k-1"
    assert "k-1" not in encoded.url + encoded.body.decode() + repr(encoded)


# --- answers -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_events_however_cut(name: str) -> None:
    same_however_cut(decoder, (STREAMS / name).read_bytes(), rounds=20)


@pytest.mark.parametrize("name", RECORDED)
def test_cut_short_is_never_done(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    never_done_early(decoder, body, body.rindex(b"}") + 1)


@pytest.mark.parametrize("name", RECORDED)
def test_our_reading_equals_the_official_sdk_s(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    text, thoughts, plan, calls, last = "", "", "", {}, None
    for row in rows_of(body):
        if row["type"] == "hologram":
            continue
        event = EVENT.validate_python(row)
        message = getattr(getattr(event, "delta", None), "message", None)
        if event.type == "content-delta":
            text += message.content.text or ""
            thoughts += message.content.thinking or ""
        elif event.type == "tool-plan-delta":
            plan += message.tool_plan
        elif event.type == "tool-call-start":
            call = message.tool_calls
            calls[event.index] = [call.id, call.function.name, call.function.arguments]
        elif event.type == "tool-call-delta":
            calls[event.index][2] += message.tool_calls.function.arguments
        elif event.type == "message-end":
            last = event.delta
    ours = whole(decoder, body)
    assert "".join(ours.text) == text
    assert "".join(ours.thinking) == thoughts + plan
    assert [[c.id, c.name, c.arguments] for c in ours.calls] == [
        [i, n, a or "{}"] for i, n, a in calls.values()
    ]
    assert last is not None
    assert ours.finished is not None
    assert ours.finished.raw == last.finish_reason
    assert ours.usage is not None
    assert ours.usage.prompt_total == last.usage.billed_units.input_tokens
    assert ours.usage.output_total == last.usage.billed_units.output_tokens
    assert ours.usage.cache_read == (last.usage.cached_tokens or 0)


def test_trap_40_what_is_billed_counts_not_what_went_through() -> None:
    usage = whole(decoder, (STREAMS / "text.sse").read_bytes()).usage
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.output) == (24, 16, 12)
    bare = ending("COMPLETE", usage={"tokens": {"input_tokens": 7.0, "output_tokens": 2.0}})
    usage = whole(decoder, events(bare)).usage
    assert usage is not None
    assert usage.prompt_total == 7, "without billed units the tokens have to do"


PLAIN = {
    "id": "x",
    "finish_reason": "TOOL_CALL",
    "message": {
        "role": "assistant",
        "tool_plan": "I look.",
        "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Ja."}],
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
        ],
    },
    "usage": {"billed_units": {"input_tokens": 3.0, "output_tokens": 4.0}},
}


def test_a_plain_answer_is_read_by_the_same_rules() -> None:
    body = json.dumps(PLAIN).encode()

    def plain() -> Any:
        return decoder(stream=False)

    same_however_cut(plain, body, rounds=5)
    never_done_early(plain, body, len(body))
    ours, theirs = whole(plain, body), V2ChatResponse.model_validate(PLAIN)
    assert theirs.message.content is not None
    assert "".join(ours.text) == theirs.message.content[1].text  # type: ignore[union-attr]
    assert "".join(ours.thinking) == "hmI look."
    assert ours.calls == [ToolCallPart(id="a", name="f", arguments="{}")]
    assert ours.finished == Finished(reason=FinishReason.TOOL_CALLS, raw="TOOL_CALL")


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("COMPLETE", FinishReason.STOP),
        ("STOP_SEQUENCE", FinishReason.STOP),
        ("MAX_TOKENS", FinishReason.LENGTH),
        ("BORED", FinishReason.UNKNOWN),
    ],
)
def test_trap_41_how_it_ended(raw: str, wanted: FinishReason) -> None:
    assert whole(decoder, events(ending(raw))).finished == Finished(reason=wanted, raw=raw)


@pytest.mark.parametrize(("raw", "kind"), [("ERROR", K.SERVER_ERROR), ("TIMEOUT", K.TIMEOUT)])
def test_trap_16_and_48_an_answer_that_ended_in_error_is_one(raw: str, kind: K) -> None:
    half = rows_of((STREAMS / "text.sse").read_bytes())[:4]
    under_way = decoder()
    found: list[Any] = []
    row = ending(raw, error="it broke", usage={"billed_units": {"input_tokens": 5.0}})
    with pytest.raises(ProviderError, match="it broke") as caught:
        found.extend(under_way.feed(events(*half, row)))
    assert (caught.value.error_kind, caught.value.can_retry, caught.value.status) == (
        kind,
        True,
        None,
    )


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"data: [DONE]\n\n", b"data: {}\n\n"])
def test_nothing_like_an_answer_is_never_an_empty_answer(body: bytes) -> None:
    for stream in (True, False):
        with pytest.raises(ProviderError):
            whole(lambda stream=stream: decoder(stream=stream), body)


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "message", "kind", "retry"),
    [
        (401, "invalid api token", K.AUTHENTICATION, False),
        (498, "invalid token", K.AUTHENTICATION, False),
        (402, "please add a payment method", K.QUOTA_EXCEEDED, False),
        (429, "Trial key, which is limited to 1000 API calls / month", K.QUOTA_EXCEEDED, False),
        (429, "Please wait and try again later", K.RATE_LIMIT, True),
        (400, "too many tokens: size limit exceeded by 1200 tokens", K.CONTEXT_LENGTH, False),
        (404, "model 'x' not found", K.MODEL_NOT_FOUND, False),
        (422, "invalid request: tools", K.INVALID_REQUEST, False),
        (499, "request cancelled", K.TIMEOUT, True),
        (503, "unavailable", K.SERVER_ERROR, True),
        (504, "timed out", K.TIMEOUT, True),
    ],
)
def test_trap_13_14_15_refusals(status: int, message: str, kind: K, retry: bool) -> None:
    body = json.dumps({"id": "x", "message": message}).encode()
    error = FAMILY.classify(HOST, status, {}, body)
    assert (error.error_kind, error.can_retry, error.status) == (kind, retry, status)
    assert message[:20] in str(error)


# --- what else it offers -------------------------------------------------------------------------


def test_trap_40_embeddings_say_what_they_are_for() -> None:
    asked = EmbedRequest(model="embed-v4.0", texts=("a", "b"), purpose="query", dimensions=256)
    body = json.loads(FAMILY.embed_request(HOST, asked).body)
    fits(EMBED, body)
    assert body["input_type"] == "search_query"
    answer = {
        "id": "x",
        "response_type": "embeddings_by_type",
        "embeddings": {"float": [[1, 2], [3, 4]]},
        "meta": {"billed_units": {"input_tokens": 2.0}},
    }
    found = FAMILY.parse_embeddings(HOST, asked, json.dumps(answer).encode())
    assert found.vectors == ((1.0, 2.0), (3.0, 4.0))
    assert (found.usage.input, found.usage.output) == (2, 0)


def test_its_list_tells_windows_and_features() -> None:
    rows = [
        {
            "name": "command-a-reasoning-08-2025",
            "endpoints": ["chat", "generate"],
            "context_length": 288000.0,
            "features": ["tools", "json_schema", "reasoning"],
        },
        {"name": "embed-v4.0", "endpoints": ["embed"], "context_length": 128000},
        {"name": "rerank-v4", "endpoints": ["rerank"]},
        {"name": "command-r", "endpoints": ["chat"], "features": None},
    ]
    for row in rows:
        GetModelResponse.model_validate(row)
    page = json.dumps({"models": rows, "next_page_token": "a b"}).encode()
    found = {spec.ref.model: spec for spec in FAMILY.parse_models(HOST, page)}
    assert set(found) == {"command-a-reasoning-08-2025", "embed-v4.0", "command-r"}
    thinker = found["command-a-reasoning-08-2025"]
    assert thinker.context == 288_000
    assert thinker.said is not None
    assert {Capability.TOOLS, Capability.THINKING, Capability.JSON_SCHEMA} <= thinker.said
    assert sent(request(effort=Effort.OFF, spec=thinker))["thinking"] == {"type": "disabled"}
    assert found["embed-v4.0"].said == {Capability.EMBEDDINGS}
    assert found["command-r"].said is None, "no features told is not the same as none had"
    following = FAMILY.next_page(HOST, page)
    assert following is not None
    assert following.url.endswith("&page_token=a%20b")
    assert FAMILY.next_page(HOST, b'{"models": []}') is None


def test_counting_by_its_tokenizer_within_its_limit() -> None:
    found = FAMILY.count_request(HOST, request())
    assert found is not None
    assert json.loads(found.body) == {"model": MODEL, "text": "user\nhi"}
    assert FAMILY.parse_count(HOST, b'{"tokens": [1, 2], "token_strings": ["a", "b"]}') == 2
    assert FAMILY.count_request(HOST, request(Message.of("user", "x" * 65_537))) is None


def test_health_is_whether_the_key_is_valid() -> None:
    assert FAMILY.health_request(HOST).url == "https://api.cohere.com/v1/check-api-key"
    assert FAMILY.parse_health(HOST, b'{"valid": true}') == "the key is taken"
    with pytest.raises(ProviderError, match="not valid"):
        FAMILY.parse_health(HOST, b'{"valid": false}')


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v2", "/v2/chat"])
def test_an_address_however_it_ends(end: str) -> None:
    written = ProviderSettings(name="cohere", base_url=f"http://127.0.0.1:9{end}")
    found = registry.hosts(Settings(providers={"cohere": written}), {})
    assert next(h for h in found if h.name == "cohere").base_url == "http://127.0.0.1:9"
