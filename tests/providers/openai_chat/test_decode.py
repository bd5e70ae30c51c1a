"""Chat completions answers: what comes out of the bytes, however they arrive."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from aircherd.core.chat import Finished, FinishReason, Transcript
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.money import usd
from aircherd.providers.base import Decoder
from providers.cuts import never_done_early, same_however_cut, whole
from providers.openai_chat.make import STREAMS, chunks, decoder, delta

RECORDED = sorted(path.name for path in STREAMS.glob("*.sse"))


def read(name: str) -> Transcript:
    return whole(decoder, (STREAMS / name).read_bytes())


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_events_however_cut(name: str) -> None:
    same_however_cut(decoder, (STREAMS / name).read_bytes())


@pytest.mark.parametrize("name", RECORDED)
def test_cut_short_is_never_done(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    never_done_early(decoder, body, body.index(b"[DONE]") + len(b"[DONE]") - 1)


@pytest.mark.parametrize("name", RECORDED)
def test_our_reading_equals_the_official_sdk_s(name: str) -> None:
    """Text, tool calls, finish reason and usage, each from the same bytes."""
    body = (STREAMS / name).read_bytes()
    state = ChatCompletionStreamState()
    for row in rows_of(body):
        state.handle_chunk(ChatCompletionChunk.model_validate(row))
    theirs = state.current_completion_snapshot
    ours = whole(decoder, body)
    message = theirs.choices[0].message
    text = "".join(ours.text)
    if "<think>" in (message.content or ""):
        text = f"<think>{''.join(ours.thinking)}</think>\n\n{text}"
    assert text == (message.content or "")
    assert [(c.id, c.name, c.arguments) for c in ours.calls] == [
        (c.id, c.function.name, c.function.arguments or "{}") for c in message.tool_calls or []
    ]
    assert ours.finished is not None
    assert ours.finished.raw == theirs.choices[0].finish_reason
    if theirs.usage is not None:
        assert ours.usage is not None
        assert ours.usage.prompt_total == theirs.usage.prompt_tokens
        assert ours.usage.output_total == theirs.usage.completion_tokens


def rows_of(body: bytes) -> list[dict[str, Any]]:
    lines = body.decode().replace("\r\n", "\n").split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def test_usage_classes_are_disjoint() -> None:
    usage = read("text.sse").usage
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.cache_write) == (48, 64, 8)
    assert (usage.output, usage.reasoning) == (14, 30)
    assert not usage.estimated


def test_trap_08_reasoning_beside_the_answer_is_added_not_lost() -> None:
    """A host whose total is larger than prompt and answer thinks beside the answer."""
    row = {
        "choices": [],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 40},
    }
    usage = whole(decoder, chunks(delta("x", "stop"), row)).usage
    assert usage is not None
    assert (usage.output, usage.reasoning) == (5, 25)


def test_trap_09_cumulative_usage_is_overwritten_not_added() -> None:
    rows = [
        {**delta("a"), "usage": {"prompt_tokens": 5, "completion_tokens": n, "total_tokens": 5 + n}}
        for n in (1, 2, 3)
    ]
    usage = whole(decoder, chunks(*rows, delta(finish="stop"))).usage
    assert usage is not None
    assert (usage.input, usage.output) == (5, 3)


def test_trap_16_errors_after_200_in_every_shape() -> None:
    shapes: list[Any] = [
        {"error": {"message": "overloaded", "type": "server_error", "code": 503}},
        {"error": "overloaded"},
        {"error": {"code": 502, "message": "up", "metadata": {"error_type": "x"}}},
        {**delta(""), "error": {"code": 429, "message": "slow"}},
        {"choices": [{"delta": {"content": ""}, "error": {"message": "x", "code": 500}}]},
    ]
    for shape in shapes:
        for body in (chunks(delta("half"), shape), chunks(delta("half"), shape, done=True)):
            with pytest.raises(ProviderError) as caught:
                whole(decoder, body)
            assert caught.value.status is None, shape


def test_trap_16_a_bare_json_error_where_events_belong() -> None:
    body = b'{\n "error": {"message": "no such model", "code": "model_not_found"}\n}'
    with pytest.raises(ProviderError) as caught:
        whole(decoder, body)
    assert caught.value.error_kind is ErrorKind.MODEL_NOT_FOUND


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b"data: [DONE]\n\n", b"data: {}\n\n"])
def test_nothing_like_an_answer_is_never_an_empty_answer(body: bytes) -> None:
    with pytest.raises(ProviderError):
        whole(decoder, body)
    with pytest.raises(ProviderError):
        whole(lambda: decoder(stream=False), body)


def test_trap_17_comments_and_data_without_a_space() -> None:
    body = b": OPENROUTER PROCESSING\n\ndata:" + json.dumps(delta("a", "stop")).encode()
    assert "".join(whole(decoder, body + b"\n\ndata:[DONE]\n\n").text) == "a"


def test_trap_18_chunks_without_choices() -> None:
    rows: list[Any] = [
        {"choices": [], "prompt_filter_results": []},
        {"choices": None},
        {},
        {"choices": [{"delta": None}]},
        delta("a", "stop"),
    ]
    assert "".join(whole(decoder, chunks(*rows)).text) == "a"


@pytest.mark.parametrize(
    ("fragments", "wanted"),
    [
        (
            [[{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]],
            [("a", "f", "{}")],
        ),
        ([[{"function": {"name": "f", "arguments": {"x": 1}}}]], [("call_0", "f", '{"x": 1}')]),
        (
            [
                [{"id": "a", "function": {"name": "f", "arguments": '{"x":'}}],
                [{"id": None, "function": {"arguments": "1}"}}],
            ],
            [("a", "f", '{"x":1}')],
        ),
        (
            [
                [{"id": "a", "function": {"name": "f", "arguments": "{}"}}],
                [{"id": "b", "function": {"name": "g", "arguments": "{}"}}],
            ],
            [("a", "f", "{}"), ("b", "g", "{}")],
        ),
        (
            [
                [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}],
                [{"index": 1, "id": "b", "function": {"name": "g", "arguments": ""}}],
                [{"index": 0, "id": "", "function": {"arguments": "}"}}],
            ],
            [("a", "f", "{}"), ("b", "g", "{}")],
        ),
    ],
)
def test_trap_20_tool_call_fragments(
    fragments: list[Any], wanted: list[tuple[str, str, str]]
) -> None:
    rows = [delta(tool_calls=piece) for piece in fragments]
    found = whole(decoder, chunks(*rows, delta(finish="tool_calls"))).calls
    assert [(c.id, c.name, c.arguments) for c in found] == wanted


def test_trap_23_stop_with_a_tool_call_means_tool_calls() -> None:
    row = delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}])
    finished = whole(decoder, chunks(row, delta(finish="stop"))).finished
    assert finished == Finished(reason=FinishReason.TOOL_CALLS, raw="stop")


def test_trap_24_reasoning_details_are_kept_for_the_next_turn() -> None:
    part = read("openrouter.sse").opaque[0]
    assert (part.provider, part.model) == ("acme", "m")
    assert part.payload["reasoning_details"][0]["text"] == "Let me see"


def test_trap_41_unknown_words_do_not_break_a_stream() -> None:
    rows = [
        {"object": "new.kind", "choices": [{"index": 0, "delta": {"holo": {"x": 1}}}]},
        delta("a"),
        delta(finish="bored"),
    ]
    found = whole(decoder, chunks(*rows))
    assert found.finished == Finished(reason=FinishReason.UNKNOWN, raw="bored")


def test_trap_48_an_error_ending_is_not_a_stop() -> None:
    finished = whole(decoder, chunks(delta("a"), delta(finish="error"))).finished
    assert finished is not None
    assert finished.reason is FinishReason.ERROR


def test_a_refusal_is_a_filtered_answer() -> None:
    found = whole(decoder, chunks(delta(refusal="I cannot"), delta(finish="stop")))
    assert "".join(found.text) == "I cannot"
    assert found.finished is not None
    assert found.finished.reason is FinishReason.CONTENT_FILTER


def dollars() -> Decoder:
    return decoder("cost_in_dollars")


def test_what_the_provider_charged_is_kept() -> None:
    usage = whole(dollars, (STREAMS / "openrouter.sse").read_bytes()).usage
    assert usage is not None
    assert usage.reported_cost == usd("0.00042")
    row = {
        "choices": [],
        "usage": {
            "prompt_tokens": 1,
            "completion_tokens": 1,
            "cost": 0.001,
            "is_byok": True,
            "cost_details": {"upstream_inference_cost": 0.02},
        },
    }
    usage = whole(dollars, chunks(delta("a", "stop"), row)).usage
    assert usage is not None
    assert usage.reported_cost == usd("0.021")


def _costing(cost: object) -> bytes:
    counts = {"prompt_tokens": 1, "completion_tokens": 1, "cost": cost}
    row = {"choices": [], "usage": counts}
    return chunks(delta("a", "stop"), row, row)


@pytest.mark.parametrize("cost", [0.5, 999_999])
def test_a_cost_in_an_unknown_money_is_said_and_not_believed(cost: float) -> None:
    """Rupees, cents or credits: only a host that is known to send dollars is taken at its word."""
    found = whole(decoder, _costing(cost))
    assert found.usage is not None
    assert found.usage.reported_cost is None
    assert len([text for text in found.notices if "in which money" in text]) == 1
    found = whole(dollars, _costing(cost))
    assert found.usage is not None
    assert found.usage.reported_cost == usd(str(cost))
    assert not found.notices


@pytest.mark.parametrize("cost", [1e300, -3, True, "0.5", {"total": 1}, float("nan"), None])
def test_a_cost_that_cannot_be_one_counts_for_none(cost: object) -> None:
    for made in (decoder, dollars):
        found = whole(made, _costing(cost))
        assert found.usage is not None
        assert found.usage.reported_cost is None
        assert not found.notices


def test_a_server_without_a_done_marker_is_whole_by_its_finish_reason() -> None:
    body = chunks(delta("a", "stop"), done=False)
    with pytest.raises(ProviderError):
        whole(decoder, body)
    assert whole(lambda: decoder("no_done_marker"), body).finished is not None


PLAIN = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "m-1",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "Let me look.",
                "reasoning_content": "hm",
                "tool_calls": [
                    {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7},
}


def test_a_plain_answer_is_read_by_the_same_rules() -> None:
    body = json.dumps(PLAIN).encode()

    def plain() -> Any:
        return decoder(stream=False)

    same_however_cut(plain, body, rounds=10)
    never_done_early(plain, body, len(body))
    ours = whole(plain, body)
    theirs = ChatCompletion.model_validate(PLAIN)
    assert "".join(ours.text) == theirs.choices[0].message.content
    assert ours.calls[0].arguments == "{}"
    assert "".join(ours.thinking) == "hm"
    assert ours.usage is not None
    assert ours.usage.input == 3
