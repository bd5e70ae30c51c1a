"""Text on its way to a result: `aircher/delta`, numbered without gaps, one a screen's frame."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from aircher_protocol.jsontext import dump
from aircher_protocol.types import DeltaKind, WaitingParams

GATHER_SECONDS = 0.016
"""What comes so soon after what was sent waits for the rest of it: more than one change in a frame
of a screen is seen by nobody. What comes later is sent at once."""


_quoted: Callable[[str], str] = json.encoder.encode_basestring
_HEAD = b'{"jsonrpc":"2.0","method":"aircher/delta","params":{"token":'
_KIND = {kind: b',"kind":"%b","text":' % kind.value.encode() for kind in DeltaKind}


class Deltas:
    """A sink that sends. Applying everything it sent, in order, gives the final text."""

    def __init__(self, token: str | int, send: Callable[[bytes], None]) -> None:
        """`send` takes the body of a notification."""
        # Of the whole message only a number and the text differ: the rest is written once.
        self._head = _HEAD + dump(token) + b',"seq":'
        self._send = send
        self._seq = 0
        self._held: list[str] = []
        self._kind = DeltaKind.APPEND
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0.0

    def append(self, text: str) -> None:
        """More of the text."""
        self._add(DeltaKind.APPEND, text)

    def thinking(self, text: str) -> None:
        """What the model thinks aloud."""
        self._add(DeltaKind.THINKING, text)

    def replace(self, text: str) -> None:
        """The whole text so far is this instead."""
        self.flush()
        self._out(DeltaKind.REPLACE, text)

    def flush(self) -> None:
        """Sends what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            text = "".join(self._held)
            self._held.clear()
            self._out(self._kind, text)

    def _add(self, kind: DeltaKind, text: str) -> None:
        if not text:
            return
        if kind is not self._kind:
            self.flush()
        self._kind = kind
        if self._timer is not None:
            self._held.append(text)
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= self._next or self._seq == 0:
            self._next = now + GATHER_SECONDS
            self._out(kind, text)
        else:
            self._held.append(text)
            self._timer = loop.call_at(self._next, self._due)

    def _due(self) -> None:
        self._timer = None
        self.flush()
        self._next = asyncio.get_running_loop().time() + GATHER_SECONDS

    def _out(self, kind: DeltaKind, text: str) -> None:
        self._seq += 1
        quoted = _quoted(text).encode("utf-8", "replace")
        self._send(b"%b%d%b%b}}" % (self._head, self._seq, _KIND[kind], quoted))


class NoDeltas:
    """A sink for callers that only want the result."""

    def append(self, text: str) -> None:
        """Swallows it."""

    def thinking(self, text: str) -> None:
        """Swallows it."""

    def replace(self, text: str) -> None:
        """Swallows it."""

    def flush(self) -> None:
        """Nothing to send."""


def waiting(
    token: str | int, name: str, place: int, seconds: float | None, shared: bool = False
) -> WaitingParams:
    """What `aircher/waiting` says: the place in line for a provider, and how long that may take."""
    return WaitingParams(
        token=token, provider=name, place=place, expected_seconds=seconds, shared=shared
    )
