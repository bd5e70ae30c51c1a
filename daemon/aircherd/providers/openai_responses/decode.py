"""Answers of the Responses family: events to ours.

Facts from the official SDK's `types/responses/response_*_event.py`. A response ends with one event
that carries it whole; what no delta brought is taken from there, so that a server that sends
fewer events than OpenAI is read as well. Events of unknown types are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aircherd.core.chat import (
    ChatRequest,
    Finished,
    Started,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCallPart,
    UsageReport,
)
from aircherd.providers.base import Host
from aircherd.providers.decoding import NO_TEXT, EventStream, JsonBody, as_object
from aircherd.providers.failures import failure
from aircherd.providers.openai_responses.ending import error_of, finished_as, kept_order, usage_of

_THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_TEXT = "response.output_text.delta"
_LAST = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


class Stream(EventStream):
    """Server-sent events to ours."""

    VARYING = ("sequence_number", "obfuscation")

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._refused = False
        self._said = False
        self._items: dict[Any, dict[str, Any]] = {}
        self._calls: dict[Any, dict[str, str]] = {}
        self._given: set[str] = set()
        self._part: tuple[Any, Any] | None = None
        self._finished: Finished | None = None

    def closing(self) -> Iterator[StreamEvent]:
        """How it ended."""
        if self._finished is None:
            raise self.cut_off()
        yield self._finished

    def text_of(self, data: str) -> str | None:
        """The text of a delta of the answer."""
        try:
            event = self.scanned(data)
            text = event["delta"]
            if event["type"] != _TEXT or type(text) is not str or not text:
                return None
        except NO_TEXT:
            return None
        if self._finished is not None or "response" in event:
            return None
        self._said = True
        return text

    def take(self, data: str) -> Iterator[StreamEvent]:
        """The events of one server-sent event."""
        if data.strip() == "[DONE]" or self._finished is not None:
            return
        event = self.parsed(data)
        if not isinstance(event, dict):
            return
        kind = event.get("type")
        if kind == "error" or (kind is None and event.get("error")):
            raise error_of(self._host, event.get("error") or event)
        if kind in _LAST:
            yield from self.last(as_object(event.get("response")))
        elif isinstance(event.get("response"), dict):
            yield from self._start(event["response"])
        elif isinstance(kind, str):
            yield from self._piece(kind, event)

    def _start(self, response: dict[str, Any]) -> Iterator[StreamEvent]:
        if not self._started:
            self._started = True
            yield Started(
                model=_text(response.get("model")), provider_request_id=_text(response.get("id"))
            )

    def _piece(self, kind: str, event: dict[str, Any]) -> Iterator[StreamEvent]:
        delta = event.get("delta")
        if kind in (_TEXT, "response.refusal.delta"):
            self._refused = self._refused or kind == "response.refusal.delta"
            if isinstance(delta, str) and delta:
                self._said = True
                yield TextDelta(delta)
        elif kind in _THOUGHTS:
            if isinstance(delta, str) and delta:
                yield ThinkingDelta(self._apart(event) + delta)
        elif kind == "response.function_call_arguments.delta":
            if isinstance(delta, str):
                self._call(event)["arguments"] += delta
        elif kind == "response.function_call_arguments.done":
            self._call(event)["arguments"] = str(event.get("arguments") or "")
        elif kind == "response.output_item.added":
            self._named(event)
        elif kind == "response.output_item.done":
            item = as_object(event.get("item"))
            self._items[_place(event)] = item
            if item.get("type") == "function_call":
                yield from self._whole(self._named(event))

    def _apart(self, event: dict[str, Any]) -> str:
        """Blank line between two thoughts: they are parts of a list, not of one text."""
        before, self._part = self._part, (_place(event), event.get("summary_index"))
        return "\n\n" if before is not None and before != self._part else ""

    def _call(self, event: dict[str, Any]) -> dict[str, str]:
        # Fragments name the item, never the call: results have to name the call.
        return self._calls.setdefault(_place(event), {"id": "", "name": "", "arguments": ""})

    def _named(self, event: dict[str, Any]) -> dict[str, str]:
        item = as_object(event.get("item"))
        if item.get("type") != "function_call":
            return {}
        call = self._call(event)
        call["id"] = str(item.get("call_id") or item.get("id") or call["id"])
        call["name"] = str(item.get("name") or call["name"])
        call["arguments"] = str(item.get("arguments") or call["arguments"])
        return call

    def _whole(self, call: dict[str, str]) -> Iterator[StreamEvent]:
        if call["id"] not in self._given:
            self._given.add(call["id"])
            part = ToolCallPart(
                id=call["id"], name=call["name"], arguments=call["arguments"] or "{}"
            )
            yield ToolCallDelta(call=part)

    def last(self, response: dict[str, Any]) -> Iterator[StreamEvent]:
        """Takes the whole response that ends a stream, or is a plain answer."""
        yield from self._start(response)
        if isinstance(response.get("usage"), dict):
            yield UsageReport(usage=usage_of(response["usage"]))
        if response.get("status") == "failed" or response.get("error"):
            raise error_of(self._host, response.get("error") or {})
        output = response.get("output")
        whole = [item for item in output if isinstance(item, dict)] if output else []
        whole = whole or list(self._items.values())
        yield from self._missed(whole)
        for call in self._calls.values():
            if call["name"]:
                yield from self._whole(call)
        yield from kept_order(self._host, self._request, whole)
        self._finished = finished_as(response, calls=bool(self._given), refused=self._refused)

    def _missed(self, whole: list[dict[str, Any]]) -> Iterator[StreamEvent]:
        said = self._said
        thought = self._part is not None
        for place, item in enumerate(whole):
            if item.get("type") == "function_call":
                yield from self._whole(self._named({"output_index": place, "item": item}))
            elif item.get("type") == "message" and not said:
                for part in _objects(item.get("content")):
                    text = part.get("text") or part.get("refusal")
                    self._refused = self._refused or part.get("type") == "refusal"
                    if isinstance(text, str) and text:
                        yield TextDelta(text)
            elif item.get("type") == "reasoning" and not thought:
                parts = [*_objects(item.get("summary")), *_objects(item.get("content"))]
                for number, part in enumerate(parts):
                    event = {"output_index": place, "summary_index": number}
                    if isinstance(part.get("text"), str) and part["text"]:
                        yield ThinkingDelta(self._apart(event) + part["text"])


class Plain(JsonBody):
    """One JSON body to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._stream = Stream(host, request)

    def read(self, value: Any) -> Iterator[StreamEvent]:
        """The events of a whole answer."""
        if not isinstance(value, dict) or not isinstance(value.get("output"), list):
            if isinstance(value, dict) and value.get("error"):
                raise error_of(self._host, value["error"])
            raise failure(self._host.name, 502, {}, bytes(self._body), key=self._host.key)
        yield from self._stream.last(value)
        yield from self._stream.end()


def _place(event: dict[str, Any]) -> Any:
    index = event.get("output_index")
    return index if isinstance(index, int) else event.get("item_id") or event.get("id")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
