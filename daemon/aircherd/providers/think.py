"""Parts the thinking some local models write into their text, `<think>…</think>`, from the text."""

from __future__ import annotations

from collections.abc import Iterator

from aircherd.core.chat import TextDelta, ThinkingDelta

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkSplitter:
    """Text deltas in, text and thinking deltas out; tags may be cut anywhere.

    Only a tag at the very beginning of the answer counts: later on it is part of what is said.
    """

    def __init__(self) -> None:
        self._held = ""
        self.state = "before"
        """`after` when all that comes from now on is text."""

    def feed(self, text: str) -> Iterator[TextDelta | ThinkingDelta]:
        """Takes a piece of text."""
        if self.state == "closed":
            # The blank lines behind the thinking belong to neither.
            text = text.lstrip("\n")
            self.state = "after" if text else "closed"
        if self.state in ("after", "closed"):
            if text:
                yield TextDelta(text)
            return
        self._held += text
        if self.state == "before":
            start = self._held.lstrip()
            if start.startswith(_OPEN):
                self._held, self.state = start[len(_OPEN) :], "inside"
            elif _OPEN.startswith(start):
                return
            else:
                yield from self._leave("after")
                return
        thought, tag, rest = self._held.partition(_CLOSE)
        if tag:
            if thought:
                yield ThinkingDelta(thought)
            self._held = rest.lstrip("\n")
            yield from self._leave("after" if self._held else "closed")
            return
        keep = next((n for n in range(len(_CLOSE) - 1, 0, -1) if thought.endswith(_CLOSE[:n])), 0)
        ready = thought[: len(thought) - keep]
        self._held = thought[len(thought) - keep :]
        if ready:
            yield ThinkingDelta(ready)

    def end(self) -> Iterator[TextDelta | ThinkingDelta]:
        """The text ended; what was held back is given."""
        if self._held:
            kind = ThinkingDelta if self.state == "inside" else TextDelta
            yield kind(self._held)
            self._held = ""

    def _leave(self, state: str) -> Iterator[TextDelta]:
        self.state = state
        if self._held:
            yield TextDelta(self._held)
        self._held = ""
