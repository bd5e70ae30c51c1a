"""An answer as it comes, and, where a terminal can go back to its beginning, in its form then."""

from __future__ import annotations

import os
from typing import TextIO

from aircher.show import Stream, inert


class MarkdownStream(Stream):
    """Shows text while it comes; once it is whole, as the Markdown it is."""

    def __init__(self, out: TextIO, waiting: str = "asking") -> None:
        super().__init__(out, waiting)
        self._screen = out

    def finish(self, text: str) -> None:
        """Shows the final text: in its form, if it is still on the screen, else what is missing."""
        if not self._fits(text):
            super().finish(text)
            return
        from rich.console import Console
        from rich.markdown import Markdown

        self._waiting.end()
        self._begin_anew()
        self._text = ""
        # Links are shown as text: what a model wrote is never one click from being followed.
        console = Console(file=self._screen, highlight=False)
        console.print(Markdown(inert(text), hyperlinks=False))

    def _fits(self, text: str) -> bool:
        if not self._screen.isatty() or os.environ.get("TERM") == "dumb":
            return False
        try:
            size = os.get_terminal_size(self._screen.fileno())
        except (OSError, ValueError):
            return False
        rows = sum(1 + len(line) // max(1, size.columns) for line in text.split("\n"))
        return rows < size.lines - 1
