"""The OpenAI chat completions family: OpenAI itself and the many servers that speak like it.

Facts from the official SDK's types and the servers' own sources; what differs between hosts is a
named quirk in providers.toml:

- `max_completion_tokens`  the answer limit goes by this name (OpenAI refuses `max_tokens`)
- `no_stream_options`      the server refuses `stream_options`
- `reasoning_effort`       thinking is set by `reasoning_effort`
- `no_json_object`         JSON mode has to be asked for by a schema
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from aircherd.core.catalog import Effort, ModelRef, ModelSpec
from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    ImagePart,
    Message,
    Started,
    StreamEvent,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallPart,
    ToolResultPart,
    Usage,
    UsageReport,
)
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.money import usd
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.failures import error_object, failure, made
from aircherd.providers.jsonpost import json_request
from aircherd.providers.sse import SseDecoder
from aircherd.providers.think import ThinkSplitter

_FINISH = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "tool_calls": FinishReason.TOOL_CALLS,
    "function_call": FinishReason.TOOL_CALLS,
    "content_filter": FinishReason.CONTENT_FILTER,
    "eos_token": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "abort": FinishReason.CANCELLED,
    "error": FinishReason.ERROR,
    "insufficient_system_resource": FinishReason.ERROR,
}
_EFFORT = {Effort.OFF: "none", Effort.MINIMAL: "low", Effort.MAX: "high"}


class OpenAIChat:
    """Encode, decode, classify for this family."""

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat."""
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [item for message in request.messages for item in _message(message)],
            "stream": request.stream,
        }
        limit = "max_completion_tokens" if "max_completion_tokens" in host.quirks else "max_tokens"
        body[limit] = request.max_output
        if request.stream and "no_stream_options" not in host.quirks:
            body["stream_options"] = {"include_usage": True}
        for name in ("temperature", "top_p", "seed"):
            value = getattr(request, name)
            if value is not None:
                body[name] = value
        if request.stop:
            body["stop"] = list(request.stop)
        if request.effort is not None and "reasoning_effort" in host.quirks:
            body["reasoning_effort"] = _EFFORT.get(request.effort, str(request.effort))
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                }
                for tool in request.tools
            ]
            if request.tool_choice in ("auto", "none", "required"):
                body["tool_choice"] = request.tool_choice
            elif request.tool_choice:
                body["tool_choice"] = {
                    "type": "function",
                    "function": {"name": request.tool_choice},
                }
        if request.response_format is not None:
            body["response_format"] = _format(host, request)
        return json_request(host, "POST", "/chat/completions", body)

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder."""
        return _Stream(host) if request.stream else _Plain(host)

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """What a refusal means."""
        return failure(host.name, status, headers, body, key=host.key)

    def list_request(self, host: Host) -> HttpRequest:
        """The request for the host's models."""
        return json_request(host, "GET", "/models", None)

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """Its models; windows from vLLM's `max_model_len` or llama.cpp's `meta.n_ctx_train`."""
        value = json.loads(body)
        rows = value.get("data", []) if isinstance(value, dict) else value
        found: list[ModelSpec] = []
        for row in rows if isinstance(rows, list) else []:
            if not isinstance(row, dict) or not isinstance(row.get("id"), str):
                continue
            meta = row.get("meta")
            meta = meta if isinstance(meta, dict) else {}
            window = (
                row.get("max_model_len")
                or row.get("context_length")
                or meta.get("n_ctx")
                or meta.get("n_ctx_train")
            )
            found.append(
                ModelSpec(
                    ref=ModelRef(host.name, row["id"]),
                    local=host.local,
                    context=window if isinstance(window, int) and window > 0 else None,
                )
            )
        return tuple(found)


def _format(host: Host, request: ChatRequest) -> dict[str, Any]:
    wanted = request.response_format
    assert wanted is not None
    if wanted.json_schema is None and "no_json_object" not in host.quirks:
        return {"type": "json_object"}
    schema = wanted.json_schema or {"type": "object"}
    return {"type": "json_schema", "json_schema": {"name": wanted.name, "schema": schema}}


def _message(message: Message) -> Iterator[dict[str, Any]]:
    results = [part for part in message.parts if isinstance(part, ToolResultPart)]
    for result in results:
        yield {"role": "tool", "tool_call_id": result.call_id, "content": result.content}
    if results:
        return
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    images = [part for part in message.parts if isinstance(part, ImagePart)]
    item: dict[str, Any] = {"role": message.role, "content": message.text}
    if images:
        # Text-only content stays a plain string: some servers accept nothing else.
        item["content"] = [
            {"type": "text", "text": message.text},
            *({"type": "image_url", "image_url": {"url": _image(image)}} for image in images),
        ]
    if calls:
        item["content"] = message.text or None
        item["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in calls
        ]
    yield item


def _image(image: ImagePart) -> str:
    if image.url is not None:
        return image.url
    data = base64.b64encode(image.data or b"").decode("ascii")
    return f"data:{image.media_type or 'image/png'};base64,{data}"


class _Stream:
    """Server-sent chunks to events."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._sse = SseDecoder()
        self._think = ThinkSplitter()
        self._calls: dict[int, dict[str, str]] = {}
        self._finish: str | None = None
        self._started = False
        self._done = False

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Takes the next bytes."""
        try:
            events = self._sse.feed(data)
        except ValueError as error:
            raise self._broken(f"sent bytes that are no event stream ({error})") from None
        for event in events:
            yield from self._event(event.data)

    def end(self) -> Iterator[StreamEvent]:
        """The body ended."""
        try:
            rest = self._sse.end()
        except ValueError as error:
            raise self._broken(f"sent bytes that are no event stream ({error})") from None
        for event in rest:
            yield from self._event(event.data)
        if self._finish is None:
            stray = "\n".join(self._sse.stray).encode()
            if not self._started and stray.lstrip()[:1] in (b"{", b"["):
                raise failure(self._host.name, 502, {}, stray, key=self._host.key)
            raise self._broken("ended before the answer was complete")
        yield from self._think.end()
        for _, call in sorted(self._calls.items()):
            yield ToolCallDelta(
                call=ToolCallPart(
                    id=call["id"], name=call["name"], arguments=call["arguments"] or "{}"
                )
            )
        reason = _FINISH.get(self._finish, FinishReason.UNKNOWN)
        if self._calls and reason is FinishReason.STOP:
            reason = FinishReason.TOOL_CALLS
        yield Finished(reason=reason, raw=self._finish)

    def _event(self, data: str) -> Iterator[StreamEvent]:
        if data.strip() == "[DONE]" or self._done:
            self._done = True
            return
        try:
            chunk = json.loads(data)
        except ValueError:
            raise self._broken("sent an event that is not JSON") from None
        if not isinstance(chunk, dict):
            return
        if chunk.get("error"):
            raise error_object(self._host.name, chunk["error"], self._host.key)
        if not self._started:
            self._started = True
            yield Started(
                model=_text(chunk.get("model")), provider_request_id=_text(chunk.get("id"))
            )
        usage = chunk.get("usage") or (chunk.get("x_groq") or {}).get("usage")
        if isinstance(usage, dict):
            yield UsageReport(usage=usage_of(usage))
        for choice in chunk.get("choices") or []:
            yield from self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> Iterator[StreamEvent]:
        delta = choice.get("delta") or choice.get("message") or {}
        thought = delta.get("reasoning_content") or delta.get("reasoning") or delta.get("thinking")
        if isinstance(thought, str) and thought:
            yield ThinkingDelta(thought)
        text = delta.get("content") or delta.get("refusal")
        if isinstance(text, str) and text:
            yield from self._think.feed(text)
        for place, fragment in enumerate(delta.get("tool_calls") or []):
            self._fragment(place, fragment)
        if choice.get("finish_reason"):
            self._finish = str(choice["finish_reason"])

    def _fragment(self, place: int, fragment: dict[str, Any]) -> None:
        index = fragment.get("index")
        index = index if isinstance(index, int) else place
        call = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = fragment.get("function") or {}
        call["id"] = call["id"] or str(fragment.get("id") or f"call_{index}")
        call["name"] = call["name"] or str(function.get("name") or "")
        arguments = function.get("arguments") or ""
        call["arguments"] += arguments if isinstance(arguments, str) else json.dumps(arguments)

    def _broken(self, what: str) -> ProviderError:
        return made(self._host.name, ErrorKind.INTERRUPTED, what)


class _Plain:
    """One JSON body to events."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._body = bytearray()

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Takes the next bytes."""
        self._body += data
        return iter(())

    def end(self) -> Iterator[StreamEvent]:
        """The body ended."""
        try:
            value = json.loads(self._body.decode("utf-8"))
        except ValueError:
            raise made(
                self._host.name, ErrorKind.INTERRUPTED, "sent an answer that is not JSON"
            ) from None
        if value.get("error"):
            raise error_object(self._host.name, value["error"], self._host.key)
        # A whole answer is a stream of one chunk; the same rules read both.
        stream = _Stream(self._host)
        chunk = json.dumps(value).encode()
        yield from stream.feed(b"data: " + chunk + b"\n\n")
        yield from stream.end()


def usage_of(usage: dict[str, Any]) -> Usage:
    """Disjoint classes: OpenAI counts cached tokens in the prompt and reasoning in the answer."""
    prompt, answer = _number(usage.get("prompt_tokens")), _number(usage.get("completion_tokens"))
    details = usage.get("prompt_tokens_details") or {}
    read = _number(details.get("cached_tokens")) or _number(usage.get("prompt_cache_hit_tokens"))
    write = _number(details.get("cache_write_tokens"))
    reasoning = _number((usage.get("completion_tokens_details") or {}).get("reasoning_tokens"))
    read, write, reasoning = read or 0, write or 0, reasoning or 0
    cost = usage.get("cost")
    reported = usd(str(cost)) if isinstance(cost, int | float) and 0 <= cost < 1e6 else None
    return Usage(
        input=None if prompt is None else max(0, prompt - read - write),
        output=None if answer is None else max(0, answer - reasoning),
        cache_read=read,
        cache_write=write,
        reasoning=reasoning,
        reported_cost=reported,
    )


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
