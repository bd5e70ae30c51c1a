"""What a person sees: text made inert, one line of account, errors as one sentence."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from aircher_protocol.types import Answer, DeltaParams

_UNSAFE = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[^\\[]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


class Failed(Exception):
    """A command could not do its work. The text is for the user and says what to do."""


def inert(text: str) -> str:
    """Text of a model or a repository that can do nothing to a terminal."""
    return _UNSAFE.sub("", text)


def complain(text: str) -> None:
    """One sentence on stderr."""
    print(f"aircher: {inert(text)}", file=sys.stderr)


def styled(text: str, code: str, out: TextIO) -> str:
    """The text in a style, where the terminal shows styles and the user wants them."""
    if not out.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


class Stream:
    """Shows text while it comes. A replacement begins anew below a line that says so.

    Until the first word a terminal shows what is being waited for.
    """

    def __init__(self, out: TextIO, waiting: str = "asking") -> None:
        self._out = out
        self._text = ""
        self._thought = 0
        self._waits = out.isatty() and os.environ.get("TERM") != "dumb"
        if self._waits:
            print(styled(f"{waiting} …", "2", out), end="", file=out, flush=True)

    def __call__(self, delta: DeltaParams) -> None:
        text = inert(delta.text)
        if delta.kind == "thinking":
            self._thinks(text)
            return
        self.clear()
        if delta.kind == "append":
            self._text += text
            print(text, end="", file=self._out, flush=True)
        elif delta.kind == "replace":
            self._begin_anew()
            self._text = text
            print(text, end="", file=self._out, flush=True)

    def finish(self, text: str) -> None:
        """Shows what is missing of the final text."""
        self.clear()
        text = inert(text)
        if not text.startswith(self._text):
            self._begin_anew()
            self._text = ""
        print(text[len(self._text) :], file=self._out, flush=True)

    def clear(self) -> None:
        """Takes away what stands where the first word will be."""
        if self._waits:
            self._waits = False
            print("\r\x1b[K", end="", file=self._out, flush=True)

    def _thinks(self, text: str) -> None:
        """Says that a model thinks, and how much, without showing what."""
        before = self._thought // 200
        self._thought += len(text)
        if self._waits and self._thought // 200 != before:
            line = f"\r\x1b[Kthinking … {self._thought:,} characters"
            print(styled(line, "2", self._out), end="", file=self._out, flush=True)

    def _begin_anew(self) -> None:
        if not self._text:
            return
        if self._out.isatty():
            # Up to where it began, and everything below is cleared.
            width = os.get_terminal_size(self._out.fileno()).columns
            rows = sum(1 + max(0, len(line) - 1) // width for line in self._text.split("\n"))
            up = f"\x1b[{rows - 1}A" if rows > 1 else ""
            print(f"\r{up}\x1b[J", end="", file=self._out)
        else:
            print("\n(mended)", file=self._out)


def account(answer: Answer, out: TextIO) -> None:
    """Who answered, why, what it cost; then what else the user should know."""
    where = "on this machine" if answer.local else "hosted"
    first = answer.reason.candidates[0].why if answer.reason.candidates else "no model is set up"
    asked = [a for a in answer.attempts if a.outcome != "done"]
    if answer.model == "rules":
        first = "no model answered" if asked or answer.reason.candidates else first
    about = "about " if answer.cost.estimated and answer.cost.nano_usd else ""
    parts = [
        f"{answer.provider}/{answer.model}",
        where,
        first,
        f"{about}{answer.cost.text}",
        f"today {answer.today.text}",
        f"{answer.duration_ms / 1000:.1f} s",
    ]
    print(styled(" · ".join(inert(part) for part in parts), "2", out), file=out)
    for attempt in asked:
        line = f"tried {attempt.provider}/{attempt.model}: {attempt.error or attempt.outcome}"
        print(styled(inert(line), "33", out), file=out)
    for notice in answer.notices:
        print(styled(inert(notice), "33", out), file=out)


def plain(value: Any) -> str:
    """A result as JSON."""
    import json

    from aircher_protocol.codec import unstructure

    return json.dumps(unstructure(value), ensure_ascii=False, indent=2)
