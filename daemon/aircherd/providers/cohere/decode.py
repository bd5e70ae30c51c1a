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
from aircherd.providers.base import Host
from aircherd.providers.cohere.refusals import broken
from aircherd.providers.decoding import NO_TEXT, EventStream, JsonBody, as_object
from aircherd.providers.failures import error_object, failure

FINISH = {
    "COMPLETE": FinishReason.STOP,
    "STOP_SEQUENCE": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "TOOL_CALL": FinishReason.TOOL_CALLS,
}
_BROKEN = ("ERROR", "TIMEOUT")


class Stream(EventStream):
    """Server-sent events to ours."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._calls: dict[Any, dict[str, str]] = {}
        self._plan: list[str] = []
        self._thoughts: list[str] = []
        self._finished: Finished | None = None

    def closing(self) -> Iterator[StreamEvent]:
        """How it ended."""
        if self._finished is None:
            raise self.cut_off()
        yield self._finished

    def text_of(self, data: str) -> str | None:
        """The text of a delta of the answer."""
        if self._finished is not None:
            return None
        try:
            event = self.scanned(data)
            part = event["delta"]["message"]["content"]
            text = part["text"]
            if event["type"] != "content-delta" or part.get("thinking"):
                return None
        except NO_TEXT:
            return None
        return text if type(text) is str and text else None

    def take(self, data: str) -> Iterator[StreamEvent]:
        """The events of one server-sent event."""
        if data.strip() == "[DONE]" or self._finished is not None:
            return
        event = self.parsed(data)
        if not isinstance(event, dict):
            return
        kind, delta = event.get("type"), as_object(event.get("delta"))
        message = as_object(delta.get("message"))
        if kind is None and (event.get("error") or event.get("message")):
            raise error_object(self._host.name, event.get("error") or event, self._host.key)
        if kind == "message-start":
            yield from self.start(event)
        elif kind in ("content-start", "content-delta"):
            yield from self.content(as_object(message.get("content")))
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
        index = index if isinstance(index, int | str) else None
        call = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = as_object(piece.get("function"))
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


class Plain(JsonBody):
    """One JSON body to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._stream = Stream(host, request)

    def read(self, value: Any) -> Iterator[StreamEvent]:
        """The events of a whole answer."""
        if not isinstance(value, dict) or not value.get("finish_reason"):
            raise failure(self._host.name, 502, {}, bytes(self._body), key=self._host.key)
        message = as_object(value.get("message"))
        yield from self._stream.start(value)
        content = message.get("content")
        for part in content if isinstance(content, list) else [{"text": content}]:
            yield from self._stream.content(as_object(part))
        yield from self._stream.plan(message.get("tool_plan"))
        for place, call in enumerate(message.get("tool_calls") or []):
            self._stream.fragment(place, call)
        yield from self._stream.last(value["finish_reason"], value.get("usage"), None)
        yield from self._stream.end()


def usage_of(usage: dict[str, Any]) -> Usage:
    """What is billed, which is less than what went through the model: its own frames are free."""
    billed, all_of = as_object(usage.get("billed_units")), as_object(usage.get("tokens"))
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
