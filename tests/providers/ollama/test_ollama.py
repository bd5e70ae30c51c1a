"""Ollama's native API: what is sent, what comes out of the bytes, against its official client."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ollama._types import ChatRequest as OfficialChat
from ollama._types import ChatResponse as OfficialAnswer
from ollama._types import EmbedRequest as OfficialEmbed
from ollama._types import EmbedResponse as OfficialVectors
from ollama._types import ListResponse as OfficialList
from ollama._types import Message as OfficialMessage
from ollama._types import ProcessResponse as OfficialRunning
from ollama._types import Tool as OfficialTool
from pydantic import ValidationError

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    ImagePart,
    Message,
    ResponseFormat,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
    Transcript,
)
from aircherd.core.errors import ErrorKind, ProviderError, Unsupported
from aircherd.core.operations import EmbedRequest
from aircherd.providers.base import Decoder, Host
from aircherd.providers.ollama import Ollama, window_for
from providers.conform import fits
from providers.cuts import never_done_early, same_however_cut, whole

FAMILY = Ollama()
HOST = Host(
    name="ollama",
    family="ollama",
    base_url="http://127.0.0.1:11434",
    local=True,
    needs_key=False,
    keep_alive="10m",
)
STREAMS = Path(__file__).parent / "streams"
RECORDED = sorted(path.name for path in STREAMS.glob("*.ndjson"))


def request(*messages: Message, **more: Any) -> ChatRequest:
    fields: dict[str, Any] = {
        "model": "qwen3.5:4b",
        "messages": messages or (Message.of("user", "hi"),),
        "max_output": 64,
    }
    return ChatRequest(**(fields | more))


def taken(body: dict[str, Any]) -> None:
    """The official client has a type for every part; as a whole it lets any mapping pass."""
    # `truncate` is the server's own and newer than the client's types (api/types.go).
    fits(OfficialChat, body, beside=frozenset({"truncate"}))
    for message in body.get("messages", []):
        # A picture is an object there that becomes bare base64 on the wire.
        images = [{"value": image} for image in message.get("images", [])]
        fits(OfficialMessage, {**message, **({"images": images} if images else {})})
    for tool in body.get("tools", []):
        fits(OfficialTool, tool)


def sent(asked: ChatRequest, host: Host = HOST) -> dict[str, Any]:
    body = json.loads(FAMILY.encode(host, asked).body)
    taken(body)
    assert isinstance(body, dict)
    return body


def decoder() -> Decoder:
    return FAMILY.decoder(HOST, request())


def lines(*rows: Any) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def spec(*capabilities: Capability, **traits: Any) -> ModelSpec:
    return ModelSpec(
        ref=ModelRef("ollama", "m"),
        local=True,
        capabilities=frozenset({Capability.CHAT, *capabilities}),
        traits=Traits(**traits),
    )


@pytest.mark.parametrize(
    "spoilt",
    [
        {"messages": [{"role": "user", "content": "x", "colour": "red"}]},
        {"messages": [{"role": "user", "content": ["x"]}]},
        {"max_tokens": 5},
        {"tools": [{"type": "function", "name": "f"}]},
    ],
)
def test_the_validator_itself_can_fail(spoilt: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        taken({"model": "m", "stream": True, **spoilt})


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_events_however_cut_and_never_done_early(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    same_however_cut(decoder, body)
    # The last line counts as soon as its object is whole; only its line end is missing then.
    never_done_early(decoder, body, len(body) - 1)


@pytest.mark.parametrize("name", RECORDED)
def test_our_reading_equals_the_official_client_s(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    parts = [OfficialAnswer.model_validate_json(line) for line in body.split(b"\n") if line]
    ours = whole(decoder, body)
    text = "".join(part.message.content or "" for part in parts)
    thought = "".join(part.message.thinking or "" for part in parts)
    if text.startswith("<think>"):
        thought, _, text = text.removeprefix("<think>").partition("</think>\n\n")
    assert ("".join(ours.text), "".join(ours.thinking)) == (text, thought)
    calls = [call for part in parts for call in part.message.tool_calls or []]
    assert [(c.name, json.loads(c.arguments)) for c in ours.calls] == [
        (c.function.name, dict(c.function.arguments)) for c in calls
    ]
    assert ours.finished is not None
    assert ours.finished.raw == parts[-1].done_reason
    assert ours.usage is not None
    assert ours.usage.output == parts[-1].eval_count
    assert ours.usage.input == (parts[-1].prompt_eval_count or None)


def read(name: str) -> Transcript:
    return whole(decoder, (STREAMS / name).read_bytes())


def test_trap_23_stop_with_tool_calls_means_tool_calls() -> None:
    found = read("tools.ndjson")
    assert found.finished == Finished(reason=FinishReason.TOOL_CALLS, raw="stop")
    assert [call.id for call in found.calls] == ["call_0", "x1"]


def test_trap_33_a_missing_prompt_count_is_unknown_not_zero() -> None:
    usage = read("think_tags.ndjson").usage
    assert usage is not None
    assert usage.input is None


def test_an_error_line_and_an_engine_that_went_away() -> None:
    half = {"message": {"content": "half"}, "done": False}
    with pytest.raises(ProviderError, match="out of memory"):
        whole(decoder, lines(half, {"error": "model requires more memory: out of memory"}))
    with pytest.raises(ProviderError) as caught:
        whole(decoder, lines(half, {"message": {"content": ""}, "done": True, "done_reason": ""}))
    assert caught.value.error_kind is ErrorKind.INTERRUPTED


@pytest.mark.parametrize("body", [b"", b"<html>\n", b"[]\n", b"{}\n", b'{"done": true}\n'])
def test_nothing_like_an_answer_is_never_an_empty_answer(body: bytes) -> None:
    with pytest.raises(ProviderError):
        whole(decoder, body)


def test_trap_32_the_window_fits_the_prompt_and_an_overflow_is_an_error() -> None:
    long = request(Message.of("user", "x" * 60_000), num_ctx=32_768)
    body = sent(long)
    assert body["options"]["num_ctx"] == 32_768
    assert body["truncate"] is False
    assert window_for(request(), None, None, None) == 4_096
    assert window_for(long, None, None, None) == 32_768
    assert window_for(long, 8_192, None, None) == 8_192, "never more than the model can"
    assert window_for(request(), None, None, 32_768) == 32_768, "a change reloads the model"
    assert window_for(long, None, 16_384, None) == 16_384, "the user's cap"


def test_trap_32_a_prompt_the_engine_cut_is_said() -> None:
    asked = request(Message.of("user", "word " * 8_000), num_ctx=4_096)
    row = {"message": {"content": "ok"}, "done": True, "done_reason": "stop"}
    row |= {"prompt_eval_count": 2_050, "eval_count": 2}
    found = whole(lambda: FAMILY.decoder(HOST, asked), lines(row))
    assert "saw 2,050 of about" in found.notices[0]
    row["prompt_eval_count"] = 11_000
    assert not whole(lambda: FAMILY.decoder(HOST, asked), lines(row)).notices


def test_trap_33_stream_is_always_said_and_options_are_numbers() -> None:
    body = sent(request(stream=False, temperature=0.1, seed=7, stop=("x",), presence_penalty=0.2))
    assert body["stream"] is False
    options = {"num_predict": 64, "temperature": 0.1, "seed": 7, "presence_penalty": 0.2}
    assert body["options"] == options | {"stop": ["x"]}
    assert body["keep_alive"] == "10m"
    assert "think" not in body


@pytest.mark.parametrize(
    ("effort", "known", "wanted"),
    [
        (Effort.OFF, spec(Capability.THINKING), False),
        (Effort.HIGH, spec(Capability.THINKING), True),
        (Effort.OFF, spec(), None),
        (Effort.OFF, None, False),
        (Effort.OFF, spec(Capability.THINKING, thinking=frozenset({"levels"})), "low"),
        (Effort.MEDIUM, spec(Capability.THINKING, thinking=frozenset({"levels"})), "medium"),
        (Effort.MAX, spec(Capability.THINKING, thinking=frozenset({"levels"})), "high"),
    ],
)
def test_thinking_in_the_form_the_model_takes(
    effort: Effort, known: ModelSpec | None, wanted: bool | str | None
) -> None:
    assert sent(request(effort=effort, spec=known)).get("think") == wanted


def test_trap_34_tools_and_their_results() -> None:
    tool = Tool(name="read", description="d", parameters={"type": "object", "properties": {}})
    turns = (
        Message.of("user", "q"),
        Message(
            role="assistant",
            parts=(ToolCallPart(id="c1", name="read", arguments='{"p": 1}'),),
        ),
        Message(
            role="tool",
            parts=(
                ToolResultPart(call_id="c1", name="read", content="A"),
                ToolResultPart(call_id="c2", name="read", content="B"),
            ),
        ),
    )
    encoded = FAMILY.encode(HOST, request(*turns, tools=(tool,), tool_choice="required"))
    body = json.loads(encoded.body)
    assert [m["role"] for m in body["messages"]] == ["user", "assistant", "tool", "tool"]
    assert body["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"p": 1}
    assert body["messages"][2]["tool_name"] == "read"
    assert encoded.notices, "the choice cannot be forced, and that is said"
    assert "tools" not in sent(request(tools=(tool,), tool_choice="none"))


def test_arguments_that_are_no_object_do_not_break_the_history() -> None:
    for text, wanted in (("", {}), ("[1]", {"_": [1]}), ("{bad", {"_": "{bad"})):
        call = ToolCallPart(id="c", name="f", arguments=text)
        body = sent(request(Message(role="assistant", parts=(call,))))
        assert body["messages"][0]["tool_calls"][0]["function"]["arguments"] == wanted


def test_trap_31_pictures_are_bare_base64_and_addresses_refused() -> None:
    message = Message(role="user", parts=(TextPart("what"), ImagePart(data=b"\x89PNG")))
    assert sent(request(message))["messages"][0]["images"] == ["iVBORw=="]
    address = Message(role="user", parts=(ImagePart(url="https://example.com/a.png"),))
    with pytest.raises(Unsupported, match="give the file"):
        FAMILY.encode(HOST, request(address))


def test_json_by_word_or_schema() -> None:
    assert sent(request(response_format=ResponseFormat()))["format"] == "json"
    schema = {"type": "object", "properties": {}}
    assert sent(request(response_format=ResponseFormat(json_schema=schema)))["format"] == schema


def test_installed_models_and_those_that_run_elsewhere() -> None:
    body = json.dumps(
        {
            "models": [
                {
                    "name": "qwen3.5:4b",
                    "model": "qwen3.5:4b",
                    "size": 3_000_000_000,
                    "details": {"family": "qwen35", "context_length": 262144},
                    "capabilities": ["completion", "tools", "thinking", "vision"],
                },
                {"model": "gpt-oss:120b-cloud", "remote_host": "https://ollama.com:443"},
                {"model": "nomic-embed", "capabilities": ["embedding"]},
                {"model": "gpt-oss:20b", "details": {"family": "gptoss"}},
                {"size": 1},
            ]
        }
    ).encode()
    OfficialList.model_validate_json(body)
    found = {spec.ref.model: spec for spec in FAMILY.parse_models(HOST, body)}
    qwen = found["qwen3.5:4b"]
    assert (qwen.context, qwen.local, qwen.effort_off) == (262144, True, True)
    assert {Capability.TOOLS, Capability.VISION, Capability.THINKING} <= qwen.capabilities
    assert not found["gpt-oss:120b-cloud"].local, "it leaves the machine and costs money"
    assert Capability.CHAT not in found["nomic-embed"].capabilities
    assert found["gpt-oss:20b"].traits.thinking == {"levels"}
    assert not found["gpt-oss:20b"].effort_off
    shown = FAMILY.parse_show(
        replace(qwen, context=None),
        json.dumps(
            {
                "model_info": {"general.architecture": "qwen35", "qwen35.context_length": 4096},
                "capabilities": ["completion"],
            }
        ).encode(),
    )
    assert shown.context == 4096


def test_a_pull_sums_its_layers_and_ends_only_with_success() -> None:
    rows = [
        {"status": "pulling manifest"},
        {"status": "pulling a", "digest": "a", "total": 100, "completed": 40},
        {"status": "pulling b", "digest": "b", "total": 50},
        {"status": "pulling a", "digest": "a", "total": 100, "completed": 100},
        {"status": "success"},
    ]
    body = lines(*rows)
    stream = FAMILY.pull_decoder(HOST)
    found = [*stream.feed(body[:70]), *stream.feed(body[70:]), *stream.end()]
    assert [(p.completed, p.total) for p in found] == [
        (None, None),
        (40, 100),
        (40, 150),
        (100, 150),
        (100, 150),
    ]
    assert found[-1].done
    short = FAMILY.pull_decoder(HOST)
    list(short.feed(lines(*rows[:-1])))
    with pytest.raises(ProviderError, match="before the model was fetched"):
        list(short.end())
    with pytest.raises(ProviderError, match="manifest"):
        list(FAMILY.pull_decoder(HOST).feed(lines({"error": "pull model manifest: no such"})))


def test_vectors_health_what_runs_and_loading() -> None:
    asked = EmbedRequest(model="e", texts=("a", "b"), dimensions=2)
    fits(OfficialEmbed, json.loads(FAMILY.embed_request(HOST, asked).body))
    body = b'{"model":"e","embeddings":[[1,2],[3,4]],"prompt_eval_count":5}'
    OfficialVectors.model_validate_json(body)
    found = FAMILY.parse_embeddings(HOST, asked, body)
    assert found.vectors == ((1.0, 2.0), (3.0, 4.0))
    assert found.usage.input == 5
    assert FAMILY.parse_health(HOST, b'{"version":"0.33.0"}') == "version 0.33.0"
    running = json.dumps({"models": [{"model": "m", "size_vram": 9, "context_length": 4096}]})
    OfficialRunning.model_validate_json(running)
    assert FAMILY.parse_running(HOST, running.encode())[0].context == 4096
    assert json.loads(FAMILY.load_request(HOST, "m", keep=False).body)["keep_alive"] == 0
    assert json.loads(FAMILY.load_request(HOST, "m", keep=True).body)["messages"] == []


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, {"error": "model 'x' not found, try pulling it first"}, ErrorKind.MODEL_NOT_FOUND),
        (400, {"error": "x does not support tools"}, ErrorKind.INVALID_REQUEST),
        (400, {"error": "the input length exceeds the context length"}, ErrorKind.CONTEXT_LENGTH),
        (401, {"error": "unauthorized", "signin_url": "u"}, ErrorKind.AUTHENTICATION),
        (503, {"error": "server busy, please try again"}, ErrorKind.SERVER_ERROR),
        (500, {"error": "model requires more system memory"}, ErrorKind.SERVER_ERROR),
    ],
)
def test_refusals(status: int, body: dict[str, str], kind: ErrorKind) -> None:
    error = FAMILY.classify(HOST, status, {}, json.dumps(body).encode())
    assert error.error_kind is kind
    assert error.message.startswith("ollama: ")
