"""Where text goes while it is being written."""

from __future__ import annotations

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
