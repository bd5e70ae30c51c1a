"""Answers of Ollama: lines of JSON to events. A plain answer is a stream of one line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    Notice,
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
from aircherd.providers.failures import error_object, made
from aircherd.providers.ndjson import LINE_END, NdjsonDecoder
from aircherd.providers.shortcut import Shortcut
from aircherd.providers.think import ThinkSplitter

_LIKELY_BYTES_PER_TOKEN = 3.3
_FEWEST_TO_JUDGE = 1_000
"""Expected prompt tokens below which a short count says nothing."""
_FINISH = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    # An empty conversation only loads or unloads the model.
    "load": FinishReason.STOP,
    "unload": FinishReason.STOP,
}


class Stream:
    """Lines of JSON to events."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._request = request
        self._lines = NdjsonDecoder()
        self._think = ThinkSplitter()
        self._started = False
        self._calls = 0
        self._ended = False
        self._shortcut = Shortcut(self._alone, ("created_at",))

    def feed(self, data: bytes) -> Iterable[StreamEvent]:
        """Takes the next bytes. Text that came together is given together."""
        text = self._shortcut.text(data) if self._lines.between else None
        return self._fed(data) if text is None else (TextDelta(text),)

    def _fed(self, data: bytes) -> Iterator[StreamEvent]:
        texts: list[str] = []
        at = 0
        while at < len(data):
            whole = self._lines.between
            if whole:
                at = self._shortcut.texts(data, at, texts)
                if at == len(data):
                    break
            # One line the long way, and then on in the short one.
            end = LINE_END.search(data, at)
            line = data[at : len(data) if end is None else end.end()]
            at += len(line)
            try:
                rows = self._lines.feed(line)
            except ValueError as error:
                if texts:
                    yield TextDelta("".join(texts))
                raise self._broken(f"sent a line that is no JSON ({error})") from None
            for row in rows:
                text = self._text(row)
                if text is not None:
                    texts.append(text)
                    if whole:
                        self._shortcut.judged(line, text)
                    continue
                self._shortcut.armed = False
                if texts:
                    yield TextDelta("".join(texts))
                    texts.clear()
                yield from self._row(row)
        if texts:
            yield TextDelta("".join(texts))

    def _text(self, row: dict[str, Any]) -> str | None:
        """The text of a line that brings nothing else."""
        message = row.get("message")
        if not self._started or self._ended or not isinstance(message, dict):
            return None
        if self._think.state != "after" or row.get("error") or row.get("done"):
            return None
        text = message.get("content")
        if message.get("thinking") or message.get("tool_calls"):
            return None
        return text if isinstance(text, str) and text else None

    def _alone(self, line: str) -> str | None:
        try:
            (row,) = NdjsonDecoder().feed(line.encode("utf-8"))
        except ValueError:
            return None
        return self._text(row)

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
        if self._ended:
            return  # an answer ends once, whatever comes after it
        if row.get("error"):
            raise error_object(self._host.name, row["error"], self._host.key)
        if not self._started:
            self._started = True
            model = row.get("model")
            yield Started(model=model if isinstance(model, str) else None)
        message = row.get("message")
        message = message if isinstance(message, dict) else {}
        if message.get("thinking"):
            yield ThinkingDelta(str(message["thinking"]))
        if message.get("content"):
            yield from self._think.feed(str(message["content"]))
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            yield from self._call(call)
        if row.get("done"):
            yield from self._done(row)

    def _call(self, call: Any) -> Iterator[StreamEvent]:
        """A tool call, which comes whole; its arguments are an object, and its id may be absent."""
        if not isinstance(call, dict):
            return
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        arguments = function.get("arguments") or {}
        text = (
            arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        )
        yield ToolCallDelta(
            call=ToolCallPart(
                id=str(call.get("id") or f"call_{self._calls}"),
                name=str(function.get("name") or ""),
                arguments=text,
            )
        )
        self._calls += 1

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
        reason = _FINISH.get(str(raw), FinishReason.UNKNOWN)
        if self._calls:
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
