"""Answers of generateContent: fragments of a response, or the whole of one, to our events."""

from __future__ import annotations

import json
from collections.abc import Iterator
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
from aircherd.providers.decoding import (
    NO_TEXT,
    EventStream,
    JsonBody,
    as_count,
    as_object,
    broken,
)
from aircherd.providers.gemini.refusals import error_of
from aircherd.providers.gemini.turns import OURS

_FILTERED = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "LANGUAGE",
        "MODEL_ARMOR",
        "ESCALATION",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)
_FAILED = frozenset(
    {
        "MALFORMED_FUNCTION_CALL",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
        "MALFORMED_RESPONSE",
        "OTHER",
        "NO_IMAGE",
        "IMAGE_OTHER",
        "PUP_LIMITED_DISABLED",
    }
)
FINISH = {
    "STOP": FinishReason.STOP,
    "MAX_TOKENS": FinishReason.LENGTH,
    "CONTINUATION": FinishReason.PAUSE,
    **dict.fromkeys(_FILTERED, FinishReason.CONTENT_FILTER),
    **dict.fromkeys(_FAILED, FinishReason.ERROR),
}


_ONLY_TEXT = frozenset({"text", "thought", "thoughtSignature"})
_MORE = ("error", "usageMetadata", "promptFeedback")


class Stream(EventStream):
    """Server-sent fragments to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        # Ids of ours go on where the conversation's own calls end: another provider that takes it
        # over may want them all different.
        self._calls = self._before = sum(
            isinstance(part, ToolCallPart) for turn in request.messages for part in turn.parts
        )
        self._finish: str | None = None
        self._blocked: str | None = None

    def closing(self) -> Iterator[StreamEvent]:
        """How it ended."""
        if self._finish is None and self._blocked is None:
            stray = "\n".join(self._sse.stray).strip()
            if stray[:1] in ("{", "["):
                # Errors come as pretty-printed JSON where events belong.
                raise error_of(self._host, _parsed(stray))
        yield from self.finished()

    def finished(self) -> Iterator[StreamEvent]:
        """How it ended. Raises ProviderError where the answer does not say."""
        if self._finish is None and self._blocked is None:
            raise broken(self._host, "ended before the answer was complete")
        raw = self._finish or self._blocked
        reason = FINISH.get(str(raw), FinishReason.UNKNOWN)
        if self._finish is None:
            reason = FinishReason.CONTENT_FILTER
        if self._calls > self._before and reason in (FinishReason.STOP, FinishReason.UNKNOWN):
            reason = FinishReason.TOOL_CALLS
        yield Finished(reason=reason, raw=raw)

    def fragment(self, value: dict[str, Any]) -> Iterator[StreamEvent]:
        """Takes one fragment; a whole plain answer is one as well."""
        if value.get("error"):
            raise error_of(self._host, value)
        if not self._started:
            self._started = True
            model, number = value.get("modelVersion"), value.get("responseId")
            yield Started(
                model=model if isinstance(model, str) else None,
                provider_request_id=number if isinstance(number, str) else None,
            )
        if isinstance(value.get("usageMetadata"), dict):
            # Cumulative: the last one counts.
            yield UsageReport(usage=usage_of(value["usageMetadata"]))
        blocked = as_object(value.get("promptFeedback")).get("blockReason")
        if blocked:
            self._blocked = str(blocked)
        candidates = value.get("candidates")
        for candidate in candidates[:1] if isinstance(candidates, list) else []:
            content = as_object(as_object(candidate).get("content"))
            parts = content.get("parts")
            for part in parts if isinstance(parts, list) else []:
                yield from self._part(as_object(part))
            if as_object(candidate).get("finishReason"):
                self._finish = str(candidate["finishReason"])

    def _part(self, part: dict[str, Any]) -> Iterator[StreamEvent]:
        signature = part.get("thoughtSignature")
        call = part.get("functionCall")
        if isinstance(call, dict):
            number = str(call.get("id") or f"{OURS}{self._calls}")
            self._calls += 1
            if signature:
                yield self._kept({"part": part, "callId": number})
            arguments = json.dumps(call.get("args") or {}, ensure_ascii=False)
            name = str(call.get("name") or "")
            yield ToolCallDelta(call=ToolCallPart(id=number, name=name, arguments=arguments))
            return
        text = part.get("text")
        if isinstance(text, str) and text:
            yield ThinkingDelta(text) if part.get("thought") else TextDelta(text)
        if signature and not part.get("thought"):
            yield self._kept({"part": {"text": "", "thoughtSignature": signature}})

    def _kept(self, payload: dict[str, Any]) -> OpaqueDelta:
        return OpaqueDelta(
            part=OpaquePart(provider=self._host.name, model=self._request.model, payload=payload)
        )

    def text_of(self, data: str) -> str | None:
        """The text of a fragment without a count of tokens (Google's own have one)."""
        if not self._started:
            return None
        try:
            value = self.scanned(data)
            candidate = value["candidates"][0]
            (part,) = candidate["content"]["parts"]
            text = part["text"]
            if candidate.get("finishReason") or any(value.get(name) for name in _MORE):
                return None
            if part.keys() - _ONLY_TEXT or part.get("thought") or part.get("thoughtSignature"):
                return None
        except (*NO_TEXT, IndexError):
            return None
        return text if type(text) is str and text else None

    def take(self, data: str) -> Iterator[StreamEvent]:
        """The events of one server-sent event."""
        if data.strip() == "[DONE]":
            return
        value = self.parsed(data)
        if isinstance(value, dict):
            yield from self.fragment(value)


class Plain(JsonBody):
    """One JSON body to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        super().__init__(host, request)
        self._stream = Stream(host, request)

    def read(self, value: Any) -> Iterator[StreamEvent]:
        """The events of a whole answer."""
        known = isinstance(value, dict) and (value.get("candidates") or value.get("promptFeedback"))
        if not known:
            raise error_of(self._host, value)
        yield from self._stream.fragment(value)
        yield from self._stream.finished()


def usage_of(usage: dict[str, Any]) -> Usage:
    """Disjoint classes: cached tokens are inside the prompt, thoughts beside the answer."""
    prompt = as_count(usage.get("promptTokenCount"))
    tools = as_count(usage.get("toolUsePromptTokenCount")) or 0
    cached = as_count(usage.get("cachedContentTokenCount")) or 0
    return Usage(
        input=None if prompt is None else max(0, prompt + tools - cached),
        # Left out while nothing was said yet, and when thinking took all there was.
        output=as_count(usage.get("candidatesTokenCount")) or (0 if prompt is not None else None),
        cache_read=cached,
        reasoning=as_count(usage.get("thoughtsTokenCount")) or 0,
    )


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return {}
