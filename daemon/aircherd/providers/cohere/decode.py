"""Answers of Cohere: events to ours (`v2/types/v2chat_stream_response.py` of the official SDK)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import ceil
from typing import Any

from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    OpaqueDelta,
    OpaquePart,
    Started,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallPart,
    Usage,
    UsageReport,
)
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host
from aircherd.providers.cohere.refusals import broken
from aircherd.providers.failures import error_object, failure, made
from aircherd.providers.sse import SseDecoder

FINISH = {
    "COMPLETE": FinishReason.STOP,
    "STOP_SEQUENCE": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "TOOL_CALL": FinishReason.TOOL_CALLS,
}
_BROKEN = ("ERROR", "TIMEOUT")


class Stream:
    """Server-sent events to ours."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._request = request
        self._sse = SseDecoder()
        self._started = False
        self._calls: dict[Any, dict[str, str]] = {}
        self._plan: list[str] = []
        self._thoughts: list[str] = []
        self._finished: Finished | None = None

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
        if self._finished is None:
            stray = "\n".join(self._sse.stray).encode()
            if not self._started and stray.lstrip()[:1] in (b"{", b"["):
                raise failure(self._host.name, 502, {}, stray, key=self._host.key)
            raise self._broken("ended before the answer was complete")
        yield self._finished

    def _event(self, data: str) -> Iterator[StreamEvent]:
        if data.strip() == "[DONE]" or self._finished is not None:
            return
        try:
            event = json.loads(data)
        except (ValueError, RecursionError):
            raise self._broken("sent an event that is not JSON") from None
        if not isinstance(event, dict):
            return
        kind, delta = event.get("type"), _object(event.get("delta"))
        message = _object(delta.get("message"))
        if kind is None and (event.get("error") or event.get("message")):
            raise error_object(self._host.name, event.get("error") or event, self._host.key)
        if kind == "message-start":
            yield from self.start(event)
        elif kind in ("content-start", "content-delta"):
            yield from self.content(_object(message.get("content")))
        elif kind == "tool-plan-delta":
            yield from self.plan(message.get("tool_plan"))
        elif kind in ("tool-call-start", "tool-call-delta"):
            self.fragment(event.get("index"), message.get("tool_calls"))
        elif kind == "message-end":
            yield from self.last(delta.get("finish_reason"), delta.get("usage"), delta.get("error"))

    def start(self, event: dict[str, Any]) -> Iterator[StreamEvent]:
        """Says that an answer begins; the model is not told."""
        if not self._started:
            self._started = True
            mark = event.get("id")
            yield Started(provider_request_id=mark if isinstance(mark, str) else None)

    def content(self, part: dict[str, Any]) -> Iterator[StreamEvent]:
        """Takes a piece of text or of thought."""
        text, thought = part.get("text"), part.get("thinking")
        if isinstance(thought, str) and thought:
            self._thoughts.append(thought)
            yield ThinkingDelta(thought)
        if isinstance(text, str) and text:
            yield TextDelta(text)

    def plan(self, text: Any) -> Iterator[StreamEvent]:
        """Takes a piece of what the model means to do with the tools: no part of the answer."""
        if isinstance(text, str) and text:
            self._plan.append(text)
            yield ThinkingDelta(text)

    def fragment(self, index: Any, piece: Any) -> None:
        """Takes a piece of a tool call: an object here, where others have a list."""
        piece = piece[0] if isinstance(piece, list) and piece else piece
        if not isinstance(piece, dict):
            return
        call = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = _object(piece.get("function"))
        call["id"] = call["id"] or str(piece.get("id") or "")
        call["name"] = call["name"] or str(function.get("name") or "")
        arguments = function.get("arguments") or ""
        call["arguments"] += arguments if isinstance(arguments, str) else json.dumps(arguments)

    def last(self, reason: Any, usage: Any, error: Any) -> Iterator[StreamEvent]:
        """Takes the end of an answer."""
        if isinstance(usage, dict):
            yield UsageReport(usage=usage_of(usage))
        if reason in _BROKEN:
            raise broken(self._host, reason, error)
        for place, call in enumerate(self._calls.values()):
            yield ToolCallDelta(
                call=ToolCallPart(
                    id=call["id"] or f"call_{place}",
                    name=call["name"],
                    arguments=call["arguments"] or "{}",
                )
            )
        payload = {"tool_plan": "".join(self._plan), "thinking": "".join(self._thoughts)}
        payload = {name: text for name, text in payload.items() if text}
        if payload and self._calls:
            # The next turn of a tool loop goes on from here; other turns do without.
            made_by = {"provider": self._host.name, "model": self._request.model}
            yield OpaqueDelta(part=OpaquePart(**made_by, payload=dict(payload)))
        found = FINISH.get(str(reason), FinishReason.UNKNOWN)
        if self._calls and found is FinishReason.STOP:
            found = FinishReason.TOOL_CALLS
        self._finished = Finished(reason=found, raw=reason if isinstance(reason, str) else None)

    def _broken(self, what: str) -> ProviderError:
        return made(self._host.name, ErrorKind.INTERRUPTED, what)


class Plain:
    """One JSON body to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._stream = Stream(host, request)
        self._body = bytearray()

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Takes the next bytes."""
        self._body += data
        return iter(())

    def end(self) -> Iterator[StreamEvent]:
        """The body ended."""
        try:
            value = json.loads(self._body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise made(
                self._host.name, ErrorKind.INTERRUPTED, "sent an answer that is not JSON"
            ) from None
        if not isinstance(value, dict) or not value.get("finish_reason"):
            raise failure(self._host.name, 502, {}, bytes(self._body), key=self._host.key)
        message = _object(value.get("message"))
        yield from self._stream.start(value)
        content = message.get("content")
        for part in content if isinstance(content, list) else [{"text": content}]:
            yield from self._stream.content(_object(part))
        yield from self._stream.plan(message.get("tool_plan"))
        for place, call in enumerate(message.get("tool_calls") or []):
            self._stream.fragment(place, call)
        yield from self._stream.last(value["finish_reason"], value.get("usage"), None)
        yield from self._stream.end()


def usage_of(usage: dict[str, Any]) -> Usage:
    """What is billed, which is less than what went through the model: its own frames are free."""
    billed, all_of = _object(usage.get("billed_units")), _object(usage.get("tokens"))
    into, out = (_count(billed.get(n), all_of.get(n)) for n in ("input_tokens", "output_tokens"))
    read = _count(usage.get("cached_tokens")) or 0
    if into is not None:
        read = min(read, into)
    return Usage(input=None if into is None else into - read, output=out, cache_read=read)


def _count(*values: Any) -> int | None:
    """The first that is a number of tokens; they come as floats."""
    for value in values:
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12:
            return ceil(value)
    return None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
