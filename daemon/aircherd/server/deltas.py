"""Text on its way to a result: `aircher/delta`, numbered without gaps, one a screen's frame."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aircher_protocol.types import DeltaKind, DeltaParams, WaitingParams

GATHER_SECONDS = 0.016
"""What comes so soon after what was sent waits for the rest of it: more than one change in a frame
of a screen is seen by nobody. What comes later is sent at once."""


class Deltas:
    """A sink that sends. Applying everything it sent, in order, gives the final text."""

    def __init__(self, token: str | int, send: Callable[[DeltaParams], None]) -> None:
        self._token = token
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
        self._held.append(text)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            if self._seq == 0 or loop.time() >= self._next:
                self.flush()
                self._next = loop.time() + GATHER_SECONDS
            else:
                self._timer = loop.call_at(self._next, self._due)

    def _due(self) -> None:
        self._timer = None
        self.flush()
        self._next = asyncio.get_running_loop().time() + GATHER_SECONDS

    def _out(self, kind: DeltaKind, text: str) -> None:
        self._seq += 1
        self._send(DeltaParams(token=self._token, seq=self._seq, kind=kind, text=text))


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


def waiting(token: str | int, name: str, place: int, seconds: float | None) -> WaitingParams:
    """What `aircher/waiting` says: the place in line for a provider, and how long that may take."""
    return WaitingParams(token=token, provider=name, place=place, expected_seconds=seconds)
