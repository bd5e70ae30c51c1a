"""Google's generateContent: what is sent and what is read, against its official SDK."""

# ruff: noqa: E501 - one refusal a line

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.genai import types as official
from pydantic import ValidationError

from aircherd.config.catalogue import bundled
from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec
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
from aircherd.core.operations import EmbedRequest, PictureRequest
from aircherd.providers.base import Decoder, Host
from aircherd.providers.gemini import Gemini
from aircherd.providers.gemini.turns import UNSIGNED
from providers.cuts import never_done_early, same_however_cut, whole

FAMILY = Gemini()
HOST = Host(
    name="gemini",
    family="gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta",
    key="k-1",
    key_header="x-goog-api-key",
)
STREAMS = Path(__file__).parent / "streams"
RECORDED = sorted(path.name for path in STREAMS.glob("*.sse"))
TOOL = Tool(name="read", description="Reads", parameters={"$ref": "#/x", "type": "object"})
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}


def request(*messages: Message, **more: Any) -> ChatRequest:
    fields: dict[str, Any] = {
        "model": "gemini-3.8-flash",
        "messages": messages or (Message.of("user", "hi"),),
        "max_output": 4_096,
    }
    return ChatRequest(**(fields | more))


def known(model: str) -> ModelSpec:
    spec = ModelSpec(ref=ModelRef("gemini", model), local=False)
    return bundled().fill(spec, datetime(2026, 11, 21, tzinfo=UTC))


def fits(body: dict[str, Any]) -> dict[str, Any]:
    """The official SDK knows every part of this body."""
    for content in body["contents"]:
        official.Content.model_validate(content)
    if "systemInstruction" in body:
        official.Content.model_validate(body["systemInstruction"])
    for tool in body.get("tools", []):
        official.Tool.model_validate(tool)
    if "toolConfig" in body:
        official.ToolConfig.model_validate(body["toolConfig"])
    official.GenerationConfig.model_validate(body["generationConfig"])
    top = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig"}
    assert set(body) <= top
    return body


def sent(asked: ChatRequest) -> dict[str, Any]:
    return fits(json.loads(FAMILY.encode(HOST, asked).body))


def decoder() -> Decoder:
    return FAMILY.decoder(HOST, request())


def test_the_validator_itself_can_fail() -> None:
    with pytest.raises(ValidationError):
        fits({"contents": [{"role": "user", "parts": [{"txt": "x"}]}], "generationConfig": {}})


@pytest.mark.parametrize("name", RECORDED)
def test_the_same_events_however_cut_and_never_done_early(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    same_however_cut(decoder, body)
    # The last event is whole once its line is: only line ends are missing then.
    never_done_early(decoder, body, len(body.rstrip()))


@pytest.mark.parametrize("name", RECORDED)
def test_our_reading_equals_the_official_sdk_s(name: str) -> None:
    body = (STREAMS / name).read_bytes()
    rows = [
        official.GenerateContentResponse.model_validate_json(line.strip()[6:])
        for line in body.decode().split("\n")
        if line.startswith("data: ")
    ]
    parts = [p for row in rows for p in (row.candidates or [])[0].content.parts or []]  # type: ignore[union-attr]
    ours = whole(decoder, body)
    assert "".join(ours.text) == "".join(p.text or "" for p in parts if not p.thought)
    assert "".join(ours.thinking) == "".join(p.text or "" for p in parts if p.thought)
    calls = [p.function_call for p in parts if p.function_call]
    assert [(c.name, json.loads(c.arguments)) for c in ours.calls] == [
        (c.name, c.args) for c in calls
    ]
    last = rows[-1].usage_metadata
    assert last is not None
    assert ours.usage is not None
    assert ours.usage.prompt_total == last.prompt_token_count
    total = (last.candidates_token_count or 0) + (last.thoughts_token_count or 0)
    assert ours.usage.output_total == total


def test_trap_08_and_09_thoughts_are_beside_and_chunks_are_cumulative() -> None:
    usage = whole(decoder, (STREAMS / "thinking_and_tools.sse").read_bytes()).usage
    assert usage is not None
    assert (usage.input, usage.output, usage.reasoning) == (50, 9, 20)
    usage = whole(decoder, (STREAMS / "text.sse").read_bytes()).usage
    assert usage is not None
    assert (usage.input, usage.cache_read) == (40, 60), "trap 07: cached is inside the prompt"


def test_trap_23_stop_with_a_call_means_tool_calls() -> None:
    found = whole(decoder, (STREAMS / "thinking_and_tools.sse").read_bytes())
    assert found.finished == Finished(reason=FinishReason.TOOL_CALLS, raw="STOP")
    assert len({call.id for call in found.calls}) == 2


def test_trap_24_signatures_go_back_with_their_calls_and_only_to_their_maker() -> None:
    found = whole(decoder, (STREAMS / "thinking_and_tools.sse").read_bytes())
    turn = Message(
        role="assistant",
        parts=(TextPart("Reading."), found.opaque[0], *found.calls, found.opaque[1]),
    )
    results = Message(
        role="tool",
        parts=tuple(ToolResultPart(call_id=c.id, name=c.name, content="A") for c in found.calls),
    )
    history = (Message.of("user", "q"), turn, results)
    body = sent(request(*history, spec=known("gemini-3.8-flash"), model="m"))
    mine = [
        OpaquePart(provider="gemini", model="gemini-3.8-flash", payload=p.payload)
        for p in found.opaque
    ]
    assert [p.payload for p in mine] == [p.payload for p in found.opaque]
    model = body["contents"][1]["parts"]
    assert model[1]["thoughtSignature"] == UNSIGNED, "another model: no signature of its own"
    body = sent(request(*history, spec=known("gemini-3.8-flash")))
    model = body["contents"][1]["parts"]
    assert [sorted(p) for p in model] == [
        ["text"],
        ["functionCall", "thoughtSignature"],
        ["functionCall"],
        ["text", "thoughtSignature"],
    ]
    assert model[1]["thoughtSignature"] == "U2ln"
    answers = body["contents"][2]["parts"]
    assert "id" not in answers[0]["functionResponse"], "an id of ours is none of theirs"
    assert answers[1]["functionResponse"]["id"] == "fc2"
    assert body["contents"][2]["role"] == "user"


def test_trap_16_and_17_raw_json_where_events_belong() -> None:
    error = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    for text in (json.dumps(error, indent=2), json.dumps([error], indent=2)):
        with pytest.raises(ProviderError) as caught:
            whole(decoder, text.encode())
        assert (caught.value.error_kind, caught.value.can_retry) == (K.SERVER_ERROR, True)
        assert caught.value.status is None
    half = b'data: {"candidates":[{"content":{"parts":[{"text":"a"}]}}]}\n\n'
    with pytest.raises(ProviderError):
        whole(decoder, half + b"data: " + json.dumps(error).encode() + b"\n\n")


def test_a_blocked_prompt_is_a_filtered_answer() -> None:
    body = json.dumps({"promptFeedback": {"blockReason": "SAFETY"}}).encode()
    wanted = Finished(reason=FinishReason.CONTENT_FILTER, raw="SAFETY")
    assert whole(decoder, b"data: " + body + b"\n\n").finished == wanted
    assert whole(lambda: FAMILY.decoder(HOST, request(stream=False)), body).finished == wanted


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"null"])
def test_nothing_like_an_answer_is_never_an_empty_answer(body: bytes) -> None:
    with pytest.raises(ProviderError):
        whole(decoder, body)
    with pytest.raises(ProviderError):
        whole(lambda: FAMILY.decoder(HOST, request(stream=False)), body)


@pytest.mark.parametrize("word", [r.value for r in official.FinishReason])
def test_every_reason_the_sdk_knows_is_known_here(word: str) -> None:
    row = {"candidates": [{"content": {"parts": [{"text": "a"}]}, "finishReason": word}]}
    finished = whole(decoder, f"data: {json.dumps(row)}\n\n".encode()).finished
    assert finished is not None
    assert finished.raw == word
    unknown = finished.reason is FinishReason.UNKNOWN
    assert unknown == (word == "FINISH_REASON_UNSPECIFIED")


@pytest.mark.parametrize(
    ("model", "effort", "wanted"),
    [
        ("gemini-3.8-flash", Effort.OFF, {"thinkingLevel": "LOW", "includeThoughts": False}),
        ("gemini-3.8-flash", Effort.MAX, {"thinkingLevel": "HIGH", "includeThoughts": True}),
        ("gemini-3.5-flash-lite", Effort.OFF, {"thinkingLevel": "MINIMAL", "includeThoughts": False}),
        ("gemini-2.5-flash", Effort.OFF, {"thinkingBudget": 0, "includeThoughts": False}),
        ("gemini-2.5-pro", Effort.OFF, {"thinkingBudget": 1_024, "includeThoughts": False}),
        ("gemini-2.5-flash", Effort.MAX, {"thinkingBudget": -1, "includeThoughts": True}),
        ("gemini-of-tomorrow", Effort.HIGH, None),
    ],
)  # fmt: skip
def test_thinking_by_level_or_by_budget(model: str, effort: Effort, wanted: Any) -> None:
    body = sent(request(model=model, effort=effort, spec=known(model)))
    assert body["generationConfig"].get("thinkingConfig") == wanted


def test_trap_30_plain_schemas_go_where_they_are_taken() -> None:
    body = sent(request(tools=(TOOL,), tool_choice="read"))
    [entry] = body["tools"]
    assert entry["functionDeclarations"][0]["parametersJsonSchema"]["$ref"] == "#/x"
    assert body["toolConfig"]["functionCallingConfig"] == {
        "mode": "ANY",
        "allowedFunctionNames": ["read"],
    }
    config = sent(request(response_format=ResponseFormat(json_schema=SCHEMA)))["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"] == SCHEMA


def test_trap_04_what_is_ignored_or_refused_is_left_out_with_a_word() -> None:
    asked = request(temperature=0.1, presence_penalty=0.2, seed=3, spec=known("gemini-3.8-flash"))
    encoded = FAMILY.encode(HOST, asked)
    config = json.loads(encoded.body)["generationConfig"]
    assert set(config) == {"maxOutputTokens", "seed"}
    assert len(encoded.notices) == 2
    config = sent(request(temperature=0.1, stop=tuple("abcdef")))["generationConfig"]
    assert config["temperature"] == 0.1
    assert config["stopSequences"] == list("abcde")


def test_trap_31_pictures_are_bytes_only_and_trap_50_no_empty_parts() -> None:
    parts = (TextPart(""), TextPart("what"), ImagePart(data=b"\x89PNG"))
    body = sent(request(Message.of("assistant", ""), Message(role="user", parts=parts)))
    [turn] = body["contents"]
    assert turn["parts"][1]["inlineData"] == {"mimeType": "image/png", "data": "iVBORw=="}
    address = Message(role="user", parts=(ImagePart(url="https://example.com/a.png"),))
    with pytest.raises(Unsupported, match="give the file"):
        FAMILY.encode(HOST, request(address))


def test_trap_44_the_key_is_never_in_the_address() -> None:
    encoded = FAMILY.encode(HOST, request())
    assert encoded.headers["x-goog-api-key"] == "k-1"
    assert "k-1" not in encoded.url
    assert encoded.url.endswith("/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse")
    odd = FAMILY.encode(HOST, request(model="models/../x?key=1#", stream=False))
    assert odd.url.endswith("/v1beta/models/..%2Fx%3Fkey%3D1%23:generateContent")


@pytest.mark.parametrize(
    ("status", "inner", "kind", "retry", "wait"),
    [
        (400, {"status": "INVALID_ARGUMENT", "message": "API key not valid", "details": [{"reason": "API_KEY_INVALID"}]}, K.AUTHENTICATION, False, None),
        (400, {"status": "INVALID_ARGUMENT", "message": "The input token count exceeds the maximum number of tokens allowed"}, K.CONTEXT_LENGTH, False, None),
        (400, {"status": "FAILED_PRECONDITION", "message": "billing"}, K.QUOTA_EXCEEDED, False, None),
        (403, {"status": "PERMISSION_DENIED", "message": "x"}, K.AUTHENTICATION, False, None),
        (404, {"status": "NOT_FOUND", "message": "models/x is not found"}, K.MODEL_NOT_FOUND, False, None),
        (429, {"status": "RESOURCE_EXHAUSTED", "message": "x", "details": [{"retryDelay": "46s"}]}, K.RATE_LIMIT, True, 46.0),
        (429, {"status": "RESOURCE_EXHAUSTED", "message": "x", "details": [{"violations": [{"quotaId": "GenerateRequestsPerDay"}]}]}, K.QUOTA_EXCEEDED, False, None),
        (429, {"status": "RESOURCE_EXHAUSTED", "message": "x", "details": [{"retryDelay": "36000s"}]}, K.QUOTA_EXCEEDED, False, None),
        (499, {"status": "CANCELLED", "message": "x"}, K.TIMEOUT, True, None),
        (500, {"status": "INTERNAL", "message": "x"}, K.SERVER_ERROR, True, None),
        (503, {"status": "UNAVAILABLE", "message": "x"}, K.SERVER_ERROR, True, None),
        (504, {"status": "DEADLINE_EXCEEDED", "message": "x"}, K.TIMEOUT, True, None),
    ],
)  # fmt: skip
def test_trap_13_to_15_refusals(
    status: int, inner: dict[str, Any], kind: K, retry: bool, wait: float | None
) -> None:
    for value in ({"error": {"code": status, **inner}}, [{"error": {"code": status, **inner}}]):
        error = FAMILY.classify(HOST, status, {}, json.dumps(value).encode())
        assert (error.error_kind, error.can_retry, error.retry_after) == (kind, retry, wait)
        assert error.message.startswith("gemini: ")


def test_lists_counts_and_vectors() -> None:
    row = {
        "name": "models/gemini-3.8-flash",
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": True,
    }
    other = {"name": "models/gemini-embedding-2", "supportedGenerationMethods": ["embedContent"]}
    body = json.dumps({"models": [row, other], "nextPageToken": "a b"}).encode()
    flash, vectors = FAMILY.parse_models(HOST, body)
    assert (flash.ref.model, flash.context) == ("gemini-3.8-flash", 1_048_576)
    assert vectors.capabilities == {Capability.EMBEDDINGS}
    page = FAMILY.next_page(HOST, body)
    assert page is not None
    assert page.url.endswith("pageToken=a%20b")
    asked = request(Message.of("system", "s"), Message.of("user", "u"), tools=(TOOL,))
    count = FAMILY.count_request(HOST, asked)
    assert count is not None
    inner = json.loads(count.body)["generateContentRequest"]
    assert inner["model"] == "models/gemini-3.8-flash"
    assert {"contents", "systemInstruction", "tools"} <= set(inner)
    assert FAMILY.parse_count(HOST, b'{"totalTokens": 31}') == 31
    embed = EmbedRequest(model="gemini-embedding-2", texts=("a", "b"), purpose="query")
    rows = json.loads(FAMILY.embed_request(HOST, embed).body)["requests"]
    assert [r["taskType"] for r in rows] == ["RETRIEVAL_QUERY"] * 2
    found = FAMILY.parse_embeddings(HOST, embed, b'{"embeddings":[{"values":[1]},{"values":[2]}]}')
    assert found.vectors == ((1.0,), (2.0,))
    assert found.usage.input is None, "not told, so not known"


def test_pictures_out() -> None:
    asked = PictureRequest(model="gemini-3.1-flash-image", prompt="a cat", size="16:9")
    body = json.loads(FAMILY.picture_request(HOST, asked).body)
    assert body["generationConfig"]["imageConfig"] == {"aspectRatio": "16:9"}
    with pytest.raises(Unsupported, match="16:9"):
        FAMILY.picture_request(HOST, PictureRequest(model="m", prompt="p", size="1024x1024"))
    part = {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}}
    answer = {"candidates": [{"content": {"parts": [{"text": "Here"}, part]}}]}
    found = FAMILY.parse_pictures(HOST, asked, json.dumps(answer).encode())
    assert (found.pictures[0].data, found.text) == (b"\x89PNG", "Here")


def test_a_call_another_model_made_needs_no_signature_from_it() -> None:
    call = ToolCallPart(id="x", name="read", arguments="{}")
    history = (Message.of("user", "q"), Message(role="assistant", parts=(call,)))
    old = sent(request(*history, model="gemini-2.5-flash", spec=known("gemini-2.5-flash")))
    assert "thoughtSignature" not in old["contents"][1]["parts"][0]
