"""Answers of the Responses family: events to ours.

Facts from the official SDK's `types/responses/response_*_event.py`. A response ends with one event
that carries it whole; what no delta brought is taken from there, so that a server that sends
fewer events than OpenAI is read as well. Events of unknown types are passed over.
"""

from __future__ import annotations

import json
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
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host
from aircherd.providers.failures import failure, made
from aircherd.providers.openai_responses.ending import error_of, finished_as, kept_order, usage_of
from aircherd.providers.sse import SseDecoder

_THOUGHTS = ("response.reasoning_summary_text.delta", "response.reasoning_text.delta")
_LAST = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")


class Stream:
    """Server-sent events to ours."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._request = request
        self._sse = SseDecoder()
        self._started = False
        self._refused = False
        self._said = False
        self._items: dict[Any, dict[str, Any]] = {}
        self._calls: dict[Any, dict[str, str]] = {}
        self._given: set[str] = set()
        self._part: tuple[Any, Any] | None = None
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
        kind = event.get("type")
        if kind == "error" or (kind is None and event.get("error")):
            raise error_of(self._host, event.get("error") or event)
        if kind in _LAST:
            yield from self.last(_object(event.get("response")))
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
        if kind in ("response.output_text.delta", "response.refusal.delta"):
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
            item = _object(event.get("item"))
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
        item = _object(event.get("item"))
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
        if not isinstance(value, dict) or not isinstance(value.get("output"), list):
            if isinstance(value, dict) and value.get("error"):
                raise error_of(self._host, value["error"])
            raise failure(self._host.name, 502, {}, bytes(self._body), key=self._host.key)
        yield from self._stream.last(value)
        yield from self._stream.end()


def _place(event: dict[str, Any]) -> Any:
    index = event.get("output_index")
    return index if isinstance(index, int) else event.get("item_id") or event.get("id")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
