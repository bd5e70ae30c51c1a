"""Responses: what comes out of the bytes, however they arrive."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai._types import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from aircherd.core.chat import (
    Finished,
    FinishReason,
    Started,
    TextDelta,
    ToolCallDelta,
    Transcript,
)
from aircherd.core.errors import ErrorKind, ProviderError
from providers.cuts import events as read_events
from providers.cuts import never_done_early, same_however_cut, whole
from providers.openai_responses.make import STREAMS, answer, decoder, events, recorded, rows_of

RECORDED = sorted(path.name for path in STREAMS.glob("*.sse"))
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def read(name: str) -> Transcript:
    return whole(decoder, (STREAMS / name).read_bytes())


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_events_however_cut(name: str) -> None:
    same_however_cut(decoder, (STREAMS / name).read_bytes(), rounds=20)


@pytest.mark.parametrize("name", RECORDED)
def test_cut_short_is_never_done(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    never_done_early(decoder, body, body.rindex(b"}") + 1)


@pytest.mark.parametrize("name", RECORDED)
def test_our_reading_equals_the_official_sdk_s(name: str) -> None:
    """Text, thoughts, tool calls, status and usage, each from the same bytes."""
    body = (STREAMS / name).read_bytes()
    state: Any = ResponseStreamState(input_tools=omit, text_format=omit)
    for row in rows_of(body):
        if row["type"] != "response.hologram.delta":
            state.handle_event(EVENT.validate_python(row))
    last = rows_of(body)[-1]["response"]
    theirs = Response.model_validate(last)
    ours = whole(decoder, body)
    refusals = [
        part.refusal
        for item in theirs.output
        if item.type == "message"
        for part in item.content
        if part.type == "refusal"
    ]
    assert "".join(ours.text) == theirs.output_text + "".join(refusals)
    summaries = [
        part.text for item in theirs.output if item.type == "reasoning" for part in item.summary
    ]
    assert "".join(ours.thinking) == "\n\n".join(summaries)
    assert [(c.id, c.name, c.arguments) for c in ours.calls] == [
        (item.call_id, item.name, item.arguments)
        for item in theirs.output
        if item.type == "function_call"
    ]
    assert theirs.usage is not None
    assert ours.usage is not None
    assert ours.usage.prompt_total == theirs.usage.input_tokens
    assert ours.usage.output_total == theirs.usage.output_tokens
    assert ours.usage.reasoning == theirs.usage.output_tokens_details.reasoning_tokens
    assert ours.usage.cache_read == theirs.usage.input_tokens_details.cached_tokens
    assert ours.started == Started(model=theirs.model, provider_request_id=theirs.id)


@pytest.mark.parametrize("name", RECORDED)
def test_a_plain_answer_is_read_by_the_same_rules(name: str) -> None:
    streamed = read(name)
    body = json.dumps(recorded(name)[-1]["response"]).encode()

    def plain() -> Any:
        return decoder(stream=False)

    same_however_cut(plain, body, rounds=5)
    never_done_early(plain, body, len(body))
    found = whole(plain, body)
    assert "".join(found.text) == "".join(streamed.text)
    assert "".join(found.thinking) == "".join(streamed.thinking)
    assert found.calls == streamed.calls
    assert found.opaque == streamed.opaque
    assert found.usage == streamed.usage
    assert found.finished == streamed.finished


def test_usage_classes_are_disjoint() -> None:
    usage = read("text.sse").usage
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.cache_write) == (48, 64, 8)
    assert (usage.output, usage.reasoning) == (14, 30)
    assert not usage.estimated


def test_trap_12_cache_writes_are_told_apart_by_how_long_they_last() -> None:
    usage = read("tools.sse").usage
    assert usage is not None
    assert (usage.input, usage.cache_write, usage.cache_write_long) == (100, 50, 150)


def test_trap_21_the_call_has_its_own_id_not_the_item_s() -> None:
    assert [call.id for call in read("tools.sse").calls] == ["call_A", "call_B"]


def test_trap_21_fragments_are_told_by_their_item() -> None:
    rows: list[dict[str, Any]] = [
        {
            "type": "response.output_item.added",
            "output_index": place,
            "item": {"type": "function_call", "id": f"fc_{place}", "call_id": f"c{place}"}
            | {"name": f"f{place}", "arguments": ""},
        }
        for place in (0, 1)
    ]
    for place, piece in ((0, '{"a":'), (1, '{"b":'), (0, "1}"), (1, "2}")):
        rows.append(
            {
                "type": "response.function_call_arguments.delta",
                "output_index": place,
                "item_id": f"fc_{place}",
                "delta": piece,
            }
        )
    # No item comes whole: what the fragments said has to do.
    rows.append({"type": "response.completed", "response": answer()})
    found = whole(decoder, events(*rows))
    assert [(c.id, c.name, c.arguments) for c in found.calls] == [
        ("c0", "f0", '{"a":1}'),
        ("c1", "f1", '{"b":2}'),
    ]


def test_trap_23_a_call_makes_it_a_tool_call_whatever_the_status() -> None:
    assert read("tools.sse").finished == Finished(reason=FinishReason.TOOL_CALLS, raw="completed")


def test_trap_24_reasoning_is_kept_with_its_place_in_the_turn() -> None:
    part = read("tools.sse").opaque[0]
    assert (part.provider, part.model) == ("openai", "gpt-6-luna")
    kinds = [next(iter(place)) for place in part.payload["order"]]
    assert kinds == ["item", "text", "call", "call"]
    assert part.payload["order"][0]["item"] == recorded("tools.sse")[-1]["response"]["output"][0]
    assert part.payload["order"][1] == {"text": 13, "phase": "commentary"}
    assert read("length.sse").opaque == [], "an answer without reasoning needs no state"


def test_reasoning_that_is_stored_nowhere_is_not_referred_to() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None}
    body = events({"type": "response.completed", "response": answer(output=[item])})
    assert whole(decoder, body).opaque == []


def test_a_refusal_is_a_filtered_answer() -> None:
    found = read("refusal.sse")
    assert "".join(found.text) == "I cannot help with that."
    assert found.finished == Finished(reason=FinishReason.CONTENT_FILTER, raw="completed")


@pytest.mark.parametrize(
    ("status", "why", "wanted"),
    [
        ("completed", None, FinishReason.STOP),
        ("incomplete", "max_output_tokens", FinishReason.LENGTH),
        ("incomplete", "content_filter", FinishReason.CONTENT_FILTER),
        ("incomplete", "steered", FinishReason.PAUSE),
        ("incomplete", "boredom", FinishReason.UNKNOWN),
        ("cancelled", None, FinishReason.CANCELLED),
        ("evaporated", None, FinishReason.UNKNOWN),
    ],
)
def test_trap_41_and_48_how_it_ended(status: str, why: str | None, wanted: FinishReason) -> None:
    response = answer(status, incomplete_details={"reason": why} if why else None)
    finished = whole(decoder, events({"type": "response.completed", "response": response})).finished
    assert finished == Finished(reason=wanted, raw=why or status)


@pytest.mark.parametrize(
    ("row", "kind", "retry"),
    [
        (
            {"type": "error", "code": "server_error", "message": "x", "param": None},
            ErrorKind.SERVER_ERROR,
            True,
        ),
        (
            {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "x"}},
            ErrorKind.RATE_LIMIT,
            True,
        ),
        ({"error": {"message": "overloaded", "code": None}}, ErrorKind.SERVER_ERROR, True),
        (
            {
                "type": "response.failed",
                "response": answer("failed", error={"code": "bio_policy", "message": "x"}),
            },
            ErrorKind.CONTENT_FILTER,
            False,
        ),
        (
            {
                "type": "response.failed",
                "response": answer("failed", error={"code": "image_too_large", "message": "x"}),
            },
            ErrorKind.INVALID_REQUEST,
            False,
        ),
        (
            {"type": "response.failed", "response": {"status": "failed"}},
            ErrorKind.SERVER_ERROR,
            True,
        ),
    ],
)
def test_trap_16_errors_after_200_in_every_shape(
    row: dict[str, Any], kind: ErrorKind, retry: bool
) -> None:
    half = recorded("length.sse")[:6]
    for body in (events(*half, row), events(*half, row) + b"data: [DONE]\n\n"):
        with pytest.raises(ProviderError) as caught:
            whole(decoder, body)
        assert (caught.value.error_kind, caught.value.can_retry) == (kind, retry)
        assert caught.value.status is None


def test_what_a_failed_answer_took_is_told_before_the_error() -> None:
    failed = answer("failed", error={"message": "x"}, usage={"input_tokens": 9, "output_tokens": 4})
    under_way = decoder()
    found: list[Any] = []
    with pytest.raises(ProviderError):
        found.extend(under_way.feed(events({"type": "response.failed", "response": failed})))
    assert [getattr(event, "usage", None) and event.usage.input for event in found] == [None, 9]


@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b"data: [DONE]\n\n", b"data: {}\n\n", b"data: [1]\n\n"]
)
def test_nothing_like_an_answer_is_never_an_empty_answer(body: bytes) -> None:
    with pytest.raises(ProviderError):
        whole(decoder, body)
    with pytest.raises(ProviderError):
        whole(lambda: decoder(stream=False), body)


def test_trap_16_a_bare_json_error_where_events_belong() -> None:
    body = b'{\n "error": {"message": "no such model", "code": "model_not_found"}\n}'
    for stream in (True, False):
        with pytest.raises(ProviderError) as caught:
            whole(lambda stream=stream: decoder(stream=stream), body)
        assert caught.value.error_kind is ErrorKind.MODEL_NOT_FOUND


def test_a_server_that_sends_the_end_only() -> None:
    row = recorded("tools.sse")[-1]
    found = whole(decoder, events(row))
    full = read("tools.sse")
    assert "".join(found.text) == "".join(full.text)
    assert (found.calls, found.opaque) == (full.calls, full.opaque)


def test_what_was_streamed_is_not_said_again_at_the_end() -> None:
    found = read_events(decoder, [(STREAMS / "tools.sse").read_bytes()])
    assert sum(isinstance(event, ToolCallDelta) for event in found) == 2
    assert "".join(e.text for e in found if isinstance(e, TextDelta)) == "Reading both."


def test_nothing_after_the_end_counts() -> None:
    row = {"type": "response.output_text.delta", "output_index": 0, "delta": "more"}
    body = (STREAMS / "text.sse").read_bytes() + events(row)
    assert "".join(whole(decoder, body).text) == "".join(read("text.sse").text)
