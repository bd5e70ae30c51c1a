"""What every decoder of JSON answers does alike: bodies, event streams, values of any type."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from aircherd.core.chat import ChatRequest, StreamEvent, TextDelta
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host
from aircherd.providers.failures import failure, made
from aircherd.providers.sse import ServerEvent, SseDecoder


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

    def __init__(self, host: Host, request: ChatRequest) -> None:
        self._host = host
        self._request = request
        self._sse = SseDecoder()
        self._started = False

    @abstractmethod
    def take(self, data: str) -> Iterator[StreamEvent]:
        """The events of one server-sent event."""

    @abstractmethod
    def closing(self) -> Iterator[StreamEvent]:
        """What the end brings. Raises ProviderError when the answer is not complete."""

    def text_of(self, data: str) -> str | None:
        """The text of a server-sent event that brings nothing else; None leaves it to `take`.

        Most events of an answer are such. A family that can tell quickly says so here.
        """
        return None

    def feed(self, data: bytes) -> Iterator[StreamEvent]:
        """Takes the next bytes. Text that came together is given together."""
        return self._each(lambda: self._sse.feed(data))

    def end(self) -> Iterator[StreamEvent]:
        """The body ended."""
        yield from self._each(self._sse.end)
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
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise broken(self._host, "sent an event that is not JSON") from None

    def _each(self, read: Callable[[], Iterable[ServerEvent]]) -> Iterator[StreamEvent]:
        try:
            events = read()
        except ValueError as error:
            what = f"sent bytes that are no event stream ({error})"
            raise broken(self._host, what) from None
        texts: list[str] = []
        for event in events:
            text = self.text_of(event.data)
            if text is not None:
                texts.append(text)
                continue
            if texts:
                yield TextDelta("".join(texts))
                texts.clear()
            yield from self.take(event.data)
        if texts:
            yield TextDelta("".join(texts))


def _may_be_billed(body: bytes) -> bool:
    """Whether JSON in a stream's place, sent with status 200, may be an answer all the same."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return True
    answers = ("choices", "output", "content", "candidates", "usage")
    return isinstance(value, dict) and not value.get("error") and any(n in value for n in answers)


def broken(host: Host, what: str) -> ProviderError:
    """The error of an answer that broke off, or is none."""
    return made(host.name, ErrorKind.INTERRUPTED, what)


def as_object(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one: a field of another type says nothing."""
    return value if isinstance(value, dict) else {}


def as_count(value: Any) -> int | None:
    """The value if it is a count, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
