"""Shows a message while a model writes it: only what will stay, as far as can be told."""

from __future__ import annotations

from aircherd.commits.clean import StreamCleaner
from aircherd.core.sink import Sink


class CleaningSink:
    """A sink before a sink: fences, introductions and thinking never come through."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._cleaner = StreamCleaner()

    def append(self, text: str) -> None:
        """More of what the model says."""
        ready = self._cleaner.feed(text)
        if ready:
            self._sink.append(ready)

    def replace(self, text: str) -> None:
        """The whole text so far is this instead."""
        self._cleaner = StreamCleaner()
        self._sink.replace(text)

    def thinking(self, text: str) -> None:
        """What the model thinks aloud."""
        self._sink.thinking(text)

    def finish(self, text: str) -> None:
        """The message as it was settled on; told only what is not shown yet."""
        shown = self._cleaner.shown
        if shown and text.startswith(shown):
            self._sink.append(text[len(shown) :])
        elif text != shown:
            self._sink.replace(text)
