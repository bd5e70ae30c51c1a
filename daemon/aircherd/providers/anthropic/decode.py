"""Answers of the Messages API: events of a stream, or a whole message, to our events.

Unknown events, blocks and deltas are passed over: new ones come every month.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    Notice,
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
from aircherd.providers.anthropic.refusals import error_of
from aircherd.providers.base import Host
from aircherd.providers.decoding import (
    NO_TEXT,
    EventStream,
    JsonBody,
    as_count,
    as_object,
)

FINISH = {
    "end_turn": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "tool_use": FinishReason.TOOL_CALLS,
    "refusal": FinishReason.CONTENT_FILTER,
    "pause_turn": FinishReason.PAUSE,
}
_OPAQUE = ("thinking", "redacted_thinking")


class Stream(EventStream):
    """Server-sent events to our events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._blocks: dict[int, dict[str, Any]] = {}
        self._usage: dict[str, Any] = {}
        self._stop: dict[str, Any] = {}
        self._ended = False

    def closing(self) -> Iterator[StreamEvent]:
        """How it ended."""
        if not self._ended:
            raise self.cut_off()
        yield from self._finished()

    def whole(self, message: dict[str, Any]) -> Iterator[StreamEvent]:
        """Takes a plain answer: the same blocks, each at once."""
        yield from self._begun(message)
        for index, block in enumerate(message.get("content") or []):
            if isinstance(block, dict):
                yield from self._opened(index, block)
                yield from self._closed(index)
        self._stop = message
        yield from self._counted({})
        self._ended = True
        yield from self._finished()

    def text_of(self, data: str) -> str | None:
        """The text of a delta of a block that stands open."""
        if self._ended:
            return None
        try:
            value = self.scanned(data)
            delta = value["delta"]
            text = delta["text"]
            if value["type"] != "content_block_delta" or delta["type"] != "text_delta":
                return None
        except NO_TEXT:
            return None
        index = value.get("index")
        known = type(index) is int and index in self._blocks
        return text if known and type(text) is str and text else None

    def take(self, data: str) -> Iterator[StreamEvent]:
        """The events of one server-sent event."""
        value = self.parsed(data)
        if isinstance(value, dict) and not self._ended:
            yield from self._event(value)

    def _event(self, value: dict[str, Any]) -> Iterator[StreamEvent]:
        index = value.get("index")
        index = index if isinstance(index, int) else 0
        match value.get("type"):
            case "message_start":
                yield from self._begun(as_object(value.get("message")))
            case "content_block_start":
                yield from self._opened(index, as_object(value.get("content_block")))
            case "content_block_delta":
                yield from self._grown(index, as_object(value.get("delta")))
            case "content_block_stop":
                yield from self._closed(index)
            case "message_delta":
                self._stop |= as_object(value.get("delta"))
                yield from self._counted(as_object(value.get("usage")))
            case "message_stop":
                self._ended = True
            case "error":
                raise error_of(self._host, value)
            case _:
                pass

    def _begun(self, message: dict[str, Any]) -> Iterator[StreamEvent]:
        self._started = True
        model, number = message.get("model"), message.get("id")
        yield Started(
            model=model if isinstance(model, str) else None,
            provider_request_id=number if isinstance(number, str) else None,
        )
        yield from self._counted(as_object(message.get("usage")))

    def _opened(self, index: int, block: dict[str, Any]) -> Iterator[StreamEvent]:
        kept = self._blocks[index] = dict(block)
        if kept.get("type") == "text" and kept.get("text"):
            yield TextDelta(str(kept["text"]))
        if kept.get("type") == "thinking" and kept.get("thinking"):
            yield ThinkingDelta(str(kept["thinking"]))
        kept["json"] = ""

    def _grown(self, index: int, delta: dict[str, Any]) -> Iterator[StreamEvent]:
        block = self._blocks.setdefault(index, {"type": "text", "json": ""})
        match delta.get("type"):
            case "text_delta":
                yield TextDelta(str(delta.get("text") or ""))
            case "thinking_delta":
                text = str(delta.get("thinking") or "")
                block["thinking"] = str(block.get("thinking") or "") + text
                yield ThinkingDelta(text)
            case "signature_delta":
                block["signature"] = str(block.get("signature") or "") + str(delta["signature"])
            case "input_json_delta":
                block["json"] += str(delta.get("partial_json") or "")
            case _:
                pass

    def _closed(self, index: int) -> Iterator[StreamEvent]:
        block = self._blocks.pop(index, None)
        if block is None:
            return
        fragments = block.pop("json", "")
        if block.get("type") == "tool_use":
            given = json.dumps(block.get("input") or {}, ensure_ascii=False)
            yield ToolCallDelta(
                call=ToolCallPart(
                    id=str(block.get("id") or f"call_{index}"),
                    name=str(block.get("name") or ""),
                    arguments=fragments or given,
                )
            )
        elif block.get("type") in _OPAQUE:
            # An empty thought with a signature is usual and has to go back all the same.
            part = OpaquePart(provider=self._host.name, model=self._request.model, payload=block)
            yield OpaqueDelta(part=part)

    def _counted(self, usage: dict[str, Any]) -> Iterator[StreamEvent]:
        # Cumulative: each report replaces what it repeats and keeps what it leaves out.
        self._usage |= {name: value for name, value in usage.items() if value is not None}
        if self._usage:
            yield UsageReport(usage=usage_of(self._usage))

    def _finished(self) -> Iterator[StreamEvent]:
        raw = self._stop.get("stop_reason")
        why = as_object(self._stop.get("stop_details")).get("explanation")
        if isinstance(why, str) and why:
            yield Notice(text=f"{self._host.name}: {why[:300]}")
        yield Finished(
            reason=FINISH.get(str(raw), FinishReason.UNKNOWN),
            raw=raw if isinstance(raw, str) else None,
        )


class Plain(JsonBody):
    """One JSON body to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._stream = Stream(host, request)

    def read(self, value: Any) -> Iterator[StreamEvent]:
        """The events of a whole answer."""
        if not isinstance(value, dict) or value.get("type") != "message":
            raise error_of(self._host, value if isinstance(value, dict) else {})
        yield from self._stream.whole(value)


def usage_of(usage: dict[str, Any]) -> Usage:
    """Disjoint as they come, but for thinking, which is inside the output."""
    written = as_count(usage.get("cache_creation_input_tokens")) or 0
    long = as_count(as_object(usage.get("cache_creation")).get("ephemeral_1h_input_tokens")) or 0
    details = as_object(usage.get("output_tokens_details"))
    thought = as_count(details.get("thinking_tokens")) or 0
    output = as_count(usage.get("output_tokens"))
    return Usage(
        input=as_count(usage.get("input_tokens")),
        output=None if output is None else max(0, output - thought),
        cache_read=as_count(usage.get("cache_read_input_tokens")) or 0,
        cache_write=max(0, written - long),
        cache_write_long=min(long, written) if written else long,
        reasoning=thought,
    )
