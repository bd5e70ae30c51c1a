"""Shows an answer while it comes: what it says in words, without the blocks and fences in it."""

from __future__ import annotations

import re

from aircherd.core.sink import Sink
from aircherd.features.prompting import plain

_OPENS = re.compile(
    r"^\s*(?:<{5,9}\s*(?:SEARCH|ORIGINAL|HEAD)?\s*:?\s*$|`{3,}|~{3,}|--- \S|<think)"
)
_MAY_OPEN = ("<", "`", "~", "-")


class ProseSink:
    """A sink before a sink. Holds back from the first block on, or, with `whole`, nothing."""

    def __init__(self, sink: Sink, *, whole: bool = False) -> None:
        self._sink = sink
        self._whole = whole
        self._line = ""
        """What came of a line and is not shown yet."""
        self._begun = False
        """Whether the beginning of that line is shown, so that it can open nothing."""
        self._gap = ""
        """White space that is shown once something follows it."""
        self._shown = ""
        self._held = False

    def append(self, text: str) -> None:
        """More of what the model says."""
        if self._whole:
            self._show(text)
            return
        if self._held:
            return
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if not self._begun and _OPENS.match(line):
                self._held = True
                return
            self._show(line + "\n")
            self._begun = False
        start = self._line.lstrip()
        if self._begun or (start and not start.startswith(_MAY_OPEN)):
            # This line opens nothing: its whole words may be shown.
            cut = self._line.rfind(" ") + 1
            self._show(self._line[:cut])
            self._line, self._begun = self._line[cut:], self._begun or cut > 0

    def replace(self, text: str) -> None:
        """The whole text so far is this instead."""
        self._line, self._gap, self._begun, self._held = "", "", False, False
        self._shown = text
        self._sink.replace(text)

    def thinking(self, text: str) -> None:
        """What the model thinks aloud."""
        self._sink.thinking(text)

    def finish(self, text: str) -> None:
        """The text as it was settled on; told only what is not shown yet."""
        if self._shown and text.startswith(self._shown):
            if text != self._shown:
                self._sink.append(text[len(self._shown) :])
        elif text != self._shown:
            self._sink.replace(text)

    def _show(self, text: str) -> None:
        ready = self._gap + plain(text)
        kept = ready.rstrip()
        self._gap = ready[len(kept) :]
        if kept and not self._shown:
            kept = kept.lstrip("\n")
        if kept:
            self._shown += kept
            self._sink.append(kept)
