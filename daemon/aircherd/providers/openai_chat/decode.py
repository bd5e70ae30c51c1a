"""Answers of the chat completions family: chunks to events.

Tolerant of everything seen in the wild: empty or missing choices, null deltas, tool-call fragments
without index or with a whole object for arguments, usage anywhere or nowhere, unknown finish words.
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
    UsageReport,
)
from aircherd.providers.base import Host
from aircherd.providers.decoding import NO_TEXT, EventStream, JsonBody
from aircherd.providers.failures import error_object, failure
from aircherd.providers.openai_chat.usage import unbelieved, usage_of
from aircherd.providers.think import ThinkSplitter

FINISH = {
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
_SAID = frozenset({"content", "role"})
_MORE = frozenset({"error", "usage", "x_groq"})
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")


class Stream(EventStream):
    """Server-sent chunks to events."""

    # OpenAI and Mistral add noise that hides the length of the text; some engines the second.
    VARYING = ("obfuscation", "p", "created")

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._think = ThinkSplitter()
        self._calls: dict[int, dict[str, str]] = {}
        self._details: list[Any] = []
        self._thoughts: list[str] = []
        self._finish: str | None = None
        self._refused = False
        self._done = False
        self._told = False

    def closing(self) -> Iterator[StreamEvent]:
        """How it ended."""
        whole = self._done or "no_done_marker" in self._host.quirks
        if self._finish is None or not whole:
            raise self.cut_off()
        yield from self._think.end()
        yield from self._tool_calls()
        yield from self._state()
        reason = FINISH.get(self._finish, FinishReason.UNKNOWN)
        if self._calls and reason is FinishReason.STOP:
            reason = FinishReason.TOOL_CALLS
        if self._refused and reason is FinishReason.STOP:
            reason = FinishReason.CONTENT_FILTER
        yield Finished(reason=reason, raw=self._finish)

    def text_of(self, data: str) -> str | None:
        """The text of a chunk that brings nothing else, as nearly all of an answer do."""
        if self._think.state != "after" or self._done:
            return None
        try:
            chunk = self.scanned(data)
            (choice,) = chunk["choices"]
            delta = choice["delta"]
            text = delta["content"]
            if type(text) is not str or not text or choice.get("finish_reason"):
                return None
            for name, value in delta.items():
                if value and name not in _SAID:
                    return None
            for place in (chunk, choice):
                for name, value in place.items():
                    if value and name in _MORE:
                        return None
        except NO_TEXT:
            return None
        return text

    def take(self, data: str) -> Iterator[StreamEvent]:
        """The events of one server-sent event."""
        if data.strip() == "[DONE]" or self._done:
            self._done = True
            return
        chunk = self.parsed(data)
        if not isinstance(chunk, dict):
            return
        if chunk.get("error"):
            raise error_object(self._host.name, chunk["error"], self._host.key)
        yield from self.chunk(chunk)

    def chunk(self, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        """Takes one chunk, or a whole plain answer: the same rules read both."""
        if not self._started:
            self._started = True
            yield Started(
                model=_text(chunk.get("model")), provider_request_id=_text(chunk.get("id"))
            )
        vendor = chunk.get("x_groq")
        usage = chunk.get("usage") or (vendor.get("usage") if isinstance(vendor, dict) else None)
        if isinstance(usage, dict):
            yield UsageReport(usage=usage_of(usage, self._host))
            said = unbelieved(usage, self._host)
            if said is not None and not self._told:
                self._told = True
                yield Notice(text=said)
        choices = chunk.get("choices")
        # Only the first choice: one is asked for, and two answers must not be mixed.
        for choice in choices[:1] if isinstance(choices, list) else []:
            if isinstance(choice, dict):
                yield from self._choice(choice)

    def _choice(self, choice: dict[str, Any]) -> Iterator[StreamEvent]:
        if choice.get("error"):
            raise error_object(self._host.name, choice["error"], self._host.key)
        delta = choice.get("delta") or choice.get("message")
        delta = delta if isinstance(delta, dict) else {}
        thought = next((delta[name] for name in _THOUGHTS if delta.get(name)), None)
        if isinstance(thought, str):
            self._thoughts.append(thought)
            yield ThinkingDelta(thought)
        details = delta.get("reasoning_details")
        if isinstance(details, list):
            self._details += details
        if isinstance(delta.get("content"), str) and delta["content"]:
            yield from self._think.feed(delta["content"])
        if isinstance(delta.get("refusal"), str) and delta["refusal"]:
            self._refused = True
            yield TextDelta(delta["refusal"])
        calls = delta.get("tool_calls")
        for place, fragment in enumerate(calls if isinstance(calls, list) else []):
            if isinstance(fragment, dict):
                self._fragment(place, fragment)
        if choice.get("finish_reason"):
            self._finish = str(choice["finish_reason"])

    def _fragment(self, place: int, fragment: dict[str, Any]) -> None:
        index = fragment.get("index")
        if not isinstance(index, int):
            known = self._calls.get(place)
            fresh = known is not None and fragment.get("id") not in (None, "", known["id"])
            index = len(self._calls) if fresh else place
        call = self._calls.setdefault(index, {"id": "", "name": "", "arguments": ""})
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        call["id"] = call["id"] or str(fragment.get("id") or "")
        call["name"] = call["name"] or str(function.get("name") or "")
        arguments = function.get("arguments") or ""
        call["arguments"] += arguments if isinstance(arguments, str) else json.dumps(arguments)

    def _tool_calls(self) -> Iterator[StreamEvent]:
        for index, call in sorted(self._calls.items()):
            yield ToolCallDelta(
                call=ToolCallPart(
                    id=call["id"] or f"call_{index}",
                    name=call["name"],
                    arguments=call["arguments"] or "{}",
                )
            )

    def _state(self) -> Iterator[StreamEvent]:
        payload: dict[str, Any] = {}
        if self._details:
            payload["reasoning_details"] = self._details
        if self._calls and self._thoughts and "replay_reasoning" in self._host.quirks:
            payload["reasoning_content"] = "".join(self._thoughts)
        if payload:
            yield OpaqueDelta(
                part=OpaquePart(
                    provider=self._host.name, model=self._request.model, payload=payload
                )
            )


class Plain(JsonBody):
    """One JSON body to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._stream = Stream(host, request)

    def read(self, value: Any) -> Iterator[StreamEvent]:
        """The events of a whole answer."""
        if isinstance(value, dict) and not value.get("error") and value.get("choices"):
            yield from self._stream.chunk(value)
            yield from self._stream.feed(b"data: [DONE]\n\n")
            yield from self._stream.end()
            return
        error = value.get("error") if isinstance(value, dict) else None
        body = bytes(self._body)
        raise (
            error_object(self._host.name, error, self._host.key)
            if error
            else failure(self._host.name, 502, {}, body, key=self._host.key)
        )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
