"""Where text goes while it is being written."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol


class Sink(Protocol):
    """Takes pieces of an answer as they come. Never blocks; applying all gives the final text."""

    def append(self, text: str) -> None:
        """More of the text."""
        ...

    def replace(self, text: str) -> None:
        """The whole text so far is this instead."""
        ...

    def thinking(self, text: str) -> None:
        """What the model thinks aloud; no part of the text."""
        ...


class InLine(Protocol):
    """Hears where a request stands in a line."""

    def __call__(
        self, provider: str, place: int, seconds: float | None, shared: bool = False, /
    ) -> None:
        """A provider, the place in its line (1 is next, 0 whose turn came), the seconds that may
        take or None, and whether it is the place of another's request that is the same."""
        ...


in_line: ContextVar[InLine] = ContextVar("in_line", default=lambda *_: None)
"""Whom to tell that the request of this task got in line, or moved on in it."""
