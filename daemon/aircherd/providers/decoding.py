"""What every decoder of JSON answers does alike: bodies, event streams, values of any type."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, ClassVar

from aircherd.core.chat import ChatRequest, StreamEvent, TextDelta
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host
from aircherd.providers.failures import failure, made
from aircherd.providers.shortcut import Shortcut
from aircherd.providers.sse import ServerEvent, SseDecoder, single

# The decoder's own scanner, without the two calls of Python's around it; its stubs leave it out.
_SCAN: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder().scan_once  # type: ignore[attr-defined]
_BLANK_LINE = re.compile(rb"(?>\r\n?|\n)(?>\r\n?|\n)")


class JsonBody(ABC):
    """One JSON body to events. A family says in `read` what the body means."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._body = bytearray()

    @abstractmethod
    def read(self, value: Any) -> Iterator[StreamEvent]:
        """The events of a body. Raises ProviderError for one that is no answer."""

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Takes the next bytes."""
        self._body += data
        return iter(())

    def end(self) -> Iterator[StreamEvent]:
        """The body ended. Raises ProviderError when it is not JSON."""
        try:
            value = json.loads(self._body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise broken(self._host, "sent an answer that is not JSON") from None
        yield from self.read(value)


class EventStream(ABC):
    """Server-sent events to ours. A family says in `take` what one means and in `closing` what is
    left to say when the stream ends."""

    VARYING: ClassVar[tuple[str, ...]] = ()
    """Names of numbers and strings that `text_of` does not look at and that differ by event."""

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._request = request
        self._sse = SseDecoder()
        self._started = False
        self._last: tuple[str | None, Any] = (None, None)
        self._shortcut = Shortcut(self._alone, self.VARYING)

    @abstractmethod
    def take(self, data: str) -> Iterator[StreamEvent]:
        """The events of one server-sent event."""

    @abstractmethod
    def closing(self) -> Iterator[StreamEvent]:
        """What the end brings. Raises ProviderError when the answer is not complete."""

    def text_of(self, data: str) -> str | None:
        """The text of a server-sent event that brings nothing else; None leaves it to `take`.

        Most events of an answer are such. What it says of one must hold for every event that is
        the same but for its text, and `VARYING`, until `take` is called: those are not asked about.
        The text is never empty.
        """
        return None

    def feed(self, data: bytes) -> Iterable[StreamEvent]:
        """Takes the next bytes. Text that came together is given together."""
        text = self._shortcut.text(data) if self._sse.between else None
        return self._fed(data) if text is None else (TextDelta(text),)

    def _fed(self, data: bytes) -> Iterator[StreamEvent]:
        texts: list[str] = []
        at = 0
        while at < len(data):
            whole = self._sse.between
            if whole:
                at = self._shortcut.texts(data, at, texts)
                if at == len(data):
                    break
            if whole or self._sse.fresh:
                event, end = single(data, at)
                if event is not None:
                    self._sse.skipped()
                    yield from self._brought(event, texts, data[at:end])
                    at = end
                    continue
            # One event the long way, and then on in the short one.
            blank = _BLANK_LINE.search(data, at)
            piece = data[at : len(data) if blank is None else blank.end()]
            at += len(piece)
            try:
                events = self._sse.feed(piece)
            except ValueError as error:
                if texts:
                    yield TextDelta("".join(texts))
                raise self._no_stream(error) from None
            yield from self._each(events, texts, piece if whole else None)
        if texts:
            yield TextDelta("".join(texts))

    def end(self) -> Iterator[StreamEvent]:
        """The body ended."""
        texts: list[str] = []
        try:
            events = self._sse.end()
        except ValueError as error:
            raise self._no_stream(error) from None
        yield from self._each(events, texts, None)
        if texts:
            yield TextDelta("".join(texts))
        yield from self.closing()

    def cut_off(self) -> ProviderError:
        """The error of a stream that ended too early, or that was an error's body all along."""
        stray = "\n".join(self._sse.stray).encode()
        if not self._started and stray.lstrip()[:1] in (b"{", b"["):
            if _may_be_billed(stray):
                return broken(self._host, "sent something else where a stream was asked for")
            return failure(self._host.name, 502, {}, stray, key=self._host.key)
        return broken(self._host, "ended before the answer was complete")

    def parsed(self, data: str) -> Any:
        """The value of one event. Raises ProviderError when it is not JSON."""
        if self._last[0] is data:
            return self._last[1]
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise broken(self._host, "sent an event that is not JSON") from None

    def scanned(self, data: str) -> dict[str, Any]:
        """The object an event is, as `scanned` gives it; `parsed` need not read it again."""
        value = scanned(data)
        self._last = (data, value)
        return value

    def _each(
        self, events: list[ServerEvent], texts: list[str], piece: bytes | None
    ) -> Iterator[StreamEvent]:
        """What these events bring, but for text at their end, which is added to `texts`.

        `piece` is the bytes of the one event, where they are known.
        """
        for event in events:
            yield from self._brought(event.data, texts, piece if len(events) == 1 else None)

    def _brought(self, data: str, texts: list[str], piece: bytes | None) -> Iterable[StreamEvent]:
        text = self.text_of(data)
        if text is not None:
            texts.append(text)
            if piece is not None:
                self._shortcut.judged(piece, text)
            return ()
        self._shortcut.armed = False
        if not texts:
            return self.take(data)
        before = TextDelta("".join(texts))
        texts.clear()
        return chain((before,), self.take(data))

    def _no_stream(self, error: ValueError) -> ProviderError:
        return broken(self._host, f"sent bytes that are no event stream ({error})")

    def _alone(self, event: str) -> str | None:
        """`text_of` an event as it stands in the stream."""
        sse = SseDecoder()
        events = sse.feed(b"\n" + event.encode("utf-8"))
        return self.text_of(events[0].data) if len(events) == 1 and sse.between else None


def _may_be_billed(body: bytes) -> bool:
    """Whether JSON in a stream's place, sent with status 200, may be an answer all the same."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return True
    answers = ("choices", "output", "content", "candidates", "usage")
    return isinstance(value, dict) and not value.get("error") and any(n in value for n in answers)


def scanned(data: str) -> dict[str, Any]:
    """The JSON object a text is, with nothing around it. Raises one of `NO_TEXT` for any other."""
    value, end = _SCAN(data, 0)
    if end != len(data) or type(value) is not dict:
        raise ValueError
    return value


NO_TEXT = (KeyError, ValueError, TypeError, AttributeError, StopIteration, RecursionError)
"""What looking for the text of an event may raise where it is of another kind."""


def broken(host: Host, what: str) -> ProviderError:
    """The error of an answer that broke off, or is none."""
    return made(host.name, ErrorKind.INTERRUPTED, what)


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one: a field of another type says nothing."""
    return value if isinstance(value, dict) else {}


def as_count(value: Any) -> int | None:
    """The value if it is a count, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
