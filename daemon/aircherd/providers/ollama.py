"""Ollama's native API, after its own source (docs/api.md, server/routes.go).

Native, because its OpenAI-like face cannot set the context window: there, a long prompt is cut from
the front without a word.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec
from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    ImagePart,
    Message,
    Notice,
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
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.failures import error_object, failure, made
from aircherd.providers.jsonpost import json_request
from aircherd.providers.ndjson import NdjsonDecoder
from aircherd.providers.think import ThinkSplitter

BUCKETS = (4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144)
"""Windows that are asked for. Few, because another window reloads the model."""
_LIKELY_BYTES_PER_TOKEN = 3.3
_FEWEST_TO_JUDGE = 1_000
"""Expected prompt tokens below which a short count says nothing."""
_CAPABILITIES = {
    "tools": Capability.TOOLS,
    "vision": Capability.VISION,
    "thinking": Capability.THINKING,
    "embedding": Capability.EMBEDDINGS,
}


def window_for(request: ChatRequest, context: int | None, cap: int | None, now: int | None) -> int:
    """The context window to allocate for a request.

    `context` is what the model was trained for, `cap` the user's limit, `now` what was asked for
    last: it is kept while it is large enough, because a change reloads the model.
    """
    needed = request.prompt_bytes // 2 + request.max_output + 256
    wanted = next((bucket for bucket in BUCKETS if bucket >= needed), BUCKETS[-1])
    if now is not None and now >= wanted:
        wanted = now
    for most in (context, cap):
        if most is not None:
            wanted = min(wanted, most)
    return wanted


class Ollama:
    """Encode, decode, classify for this family."""

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat."""
        options: dict[str, Any] = {"num_predict": request.max_output}
        if request.num_ctx is not None:
            options["num_ctx"] = request.num_ctx
        for name in ("temperature", "top_p", "seed"):
            value = getattr(request, name)
            if value is not None:
                options[name] = value
        if request.stop:
            options["stop"] = list(request.stop)
        body: dict[str, Any] = {
            "model": request.model,
            "messages": [_message(message) for message in request.messages],
            # Absent means true there.
            "stream": request.stream,
            "options": options,
            # An overflow becomes an error instead of a prompt cut from the front.
            "truncate": False,
        }
        if host.keep_alive is not None:
            body["keep_alive"] = host.keep_alive
        if request.effort is Effort.OFF:
            body["think"] = False
        elif request.effort is not None:
            body["think"] = True
        if request.tools and request.tool_choice != "none":
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
        if request.response_format is not None:
            body["format"] = request.response_format.json_schema or "json"
        return json_request(host, "POST", "/api/chat", body)

    def window(self, host: Host, request: ChatRequest, context: int | None, now: int | None) -> int:
        """Tokens to allocate for a request."""
        return window_for(request, context, host.num_ctx_cap, now)

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder; a plain answer is a stream of one line."""
        return _Stream(host, request)

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """What a refusal means."""
        return failure(host.name, status, headers, body, key=host.key)

    def list_request(self, host: Host) -> HttpRequest:
        """The request for installed models."""
        return json_request(host, "GET", "/api/tags", None)

    def show_request(self, host: Host, model: str) -> HttpRequest:
        """The request for what one model is."""
        return json_request(host, "POST", "/api/show", {"model": model})

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """The installed models. Those named `…:cloud` run elsewhere and are not local."""
        found: list[ModelSpec] = []
        for row in json.loads(body).get("models", []):
            name = row.get("model") or row.get("name")
            if not isinstance(name, str):
                continue
            remote = bool(row.get("remote_host")) or name.endswith(("cloud", "-cloud"))
            size = row.get("size")
            spec = ModelSpec(
                ref=ModelRef(host.name, name),
                local=host.local and not remote,
                size_bytes=size if isinstance(size, int) else None,
            )
            details = row.get("details") or {}
            found.append(_described(spec, row.get("capabilities"), details.get("context_length")))
        return tuple(spec for spec in found if Capability.CHAT in spec.capabilities)

    def parse_show(self, spec: ModelSpec, body: bytes) -> ModelSpec:
        """The model with its window and capabilities."""
        value = json.loads(body)
        info = value.get("model_info") or {}
        family = info.get("general.architecture")
        return _described(spec, value.get("capabilities"), info.get(f"{family}.context_length"))


def _described(spec: ModelSpec, names: Any, context: Any) -> ModelSpec:
    capabilities = set(spec.capabilities)
    if isinstance(names, list):
        capabilities |= {_CAPABILITIES[name] for name in names if name in _CAPABILITIES}
        if "completion" not in names:
            capabilities -= {Capability.CHAT}
    window = context if isinstance(context, int) and context > 0 else spec.context
    return replace(spec, context=window, capabilities=frozenset(capabilities), effort_off=True)


def _message(message: Message) -> dict[str, Any]:
    item: dict[str, Any] = {"role": message.role, "content": message.text}
    for part in message.parts:
        match part:
            case ImagePart():
                # Bare base64, without the data: prefix OpenAI wants.
                image = base64.b64encode(part.data or b"").decode("ascii")
                item.setdefault("images", []).append(image)
            case ToolCallPart():
                item.setdefault("tool_calls", []).append(
                    {"function": {"name": part.name, "arguments": json.loads(part.arguments)}}
                )
            case ToolResultPart():
                item |= {"role": "tool", "tool_name": part.name, "content": part.content}
            case _:
                pass
    return item


class _Stream:
    """Lines of JSON to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._request = request
        self._lines = NdjsonDecoder()
        self._think = ThinkSplitter()
        self._started = False
        self._called = False
        self._ended = False

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Takes the next bytes."""
        try:
            rows = self._lines.feed(data)
        except ValueError as error:
            raise self._broken(f"sent a line that is no JSON ({error})") from None
        for row in rows:
            yield from self._row(row)

    def end(self) -> Iterator[StreamEvent]:
        """The body ended."""
        try:
            rows = self._lines.end()
        except ValueError:
            raise self._broken("ended before the answer was complete") from None
        for row in rows:
            yield from self._row(row)
        if not self._ended:
            raise self._broken("ended before the answer was complete")

    def _row(self, row: dict[str, Any]) -> Iterator[StreamEvent]:
        if row.get("error"):
            raise error_object(self._host.name, row["error"], self._host.key)
        if not self._started:
            self._started = True
            model = row.get("model")
            yield Started(model=model if isinstance(model, str) else None)
        message = row.get("message") or {}
        if message.get("thinking"):
            yield ThinkingDelta(str(message["thinking"]))
        if message.get("content"):
            yield from self._think.feed(str(message["content"]))
        for place, call in enumerate(message.get("tool_calls") or []):
            self._called = True
            function = call.get("function") or {}
            yield ToolCallDelta(
                call=ToolCallPart(
                    id=str(call.get("id") or f"call_{place}"),
                    name=str(function.get("name") or ""),
                    arguments=json.dumps(function.get("arguments") or {}, ensure_ascii=False),
                )
            )
        if row.get("done"):
            yield from self._done(row)

    def _done(self, row: dict[str, Any]) -> Iterator[StreamEvent]:
        raw = row.get("done_reason")
        if not raw:
            # An empty reason is how the server passes on that its engine went away.
            raise self._broken("stopped in the middle of the answer")
        self._ended = True
        yield from self._think.end()
        prompt, answer = row.get("prompt_eval_count"), row.get("eval_count")
        yield UsageReport(
            usage=Usage(
                input=prompt if isinstance(prompt, int) and prompt > 0 else None,
                output=answer if isinstance(answer, int) and answer > 0 else None,
            )
        )
        yield from self._was_cut(prompt)
        reason = {"stop": FinishReason.STOP, "length": FinishReason.LENGTH}.get(
            str(raw), FinishReason.UNKNOWN
        )
        if self._called:
            reason = FinishReason.TOOL_CALLS
        yield Finished(reason=reason, raw=str(raw))

    def _was_cut(self, prompt: Any) -> Iterator[StreamEvent]:
        """Says when the engine read much less than was sent: it was cut without an error."""
        window = self._request.num_ctx
        expected = round(self._request.prompt_bytes / _LIKELY_BYTES_PER_TOKEN)
        if not isinstance(prompt, int) or window is None or expected < _FEWEST_TO_JUDGE:
            return
        # Close to the window and far below what was sent; a warm cache only makes it smaller.
        if window * 0.4 <= prompt < expected * 0.6:
            yield Notice(
                text=f"The model saw {prompt:,} of about {expected:,} tokens: its window of "
                f"{window:,} was too small. Raise providers.{self._host.name}.num_ctx or use a "
                "model with a larger window."
            )

    def _broken(self, what: str) -> ProviderError:
        return made(self._host.name, ErrorKind.INTERRUPTED, what)
