"""What a person sees: text made inert, one line of account, errors as one sentence."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
import unicodedata
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from aircher_protocol.types import Answer, DeltaParams, LeftOut, WaitingParams

_UNSAFE = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]|\x1b[^\\[]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)


DAEMON = (sys.executable, "-P", "-m", "aircherd")
"""The daemon's own commands. `-P`: a module of that name in the folder one stands in, which may be
anybody's repository, is not taken for ours."""


class Failed(Exception):
    """A command could not do its work. The text is for the user and says what to do."""

    exit_code = 1


class Stopped(Failed):
    """Ctrl-C while a model was asked. The text says what came of it."""

    exit_code = 130


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


class Waiting:
    """What stands where the first word will be, until it comes; only a terminal shows it.

    With it stands the time, once that is long enough for a person to wonder.
    """

    def __init__(self, out: TextIO, text: str) -> None:
        self._out = out
        self._text = text
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        if not out.isatty() or os.environ.get("TERM") == "dumb":
            self._over.set()
            return
        self._print()
        threading.Thread(target=self._tick, daemon=True).start()

    def says(self, text: str) -> None:
        """Something else is waited for now."""
        with self._lock:
            self._text = text
            if not self._over.is_set():
                self._print()

    def end(self) -> None:
        """Takes it away, for good."""
        with self._lock:
            if not self._over.is_set():
                self._over.set()
                print("\r\x1b[K", end="", file=self._out, flush=True)

    def _tick(self) -> None:
        while not self._over.wait(1):
            with self._lock:
                if not self._over.is_set():
                    self._print()

    def _print(self) -> None:
        seconds = int(time.monotonic() - self._began)
        line = f"{self._text} …" if seconds < 2 else f"{self._text} … {seconds} s"
        line = line[: max(columns(self._out) - 1, 10)]
        print(f"\r\x1b[K{styled(line, '2', self._out)}", end="", file=self._out, flush=True)


class Stream:
    """Shows text while it comes. A replacement begins anew where the terminal can go back."""

    def __init__(self, out: TextIO, waiting: str = "asking") -> None:
        self._out = out
        self._text = ""
        self._thought = 0
        self._waiting = Waiting(out, waiting)

    def __call__(self, delta: DeltaParams) -> None:
        text = inert(delta.text)
        if delta.kind == "thinking":
            self._thinks(text)
            return
        self._waiting.end()
        if delta.kind == "append":
            self._text += text
            print(text, end="", file=self._out, flush=True)
        elif delta.kind == "replace":
            self._begin_anew()
            self._text = text
            print(text, end="", file=self._out, flush=True)

    def waits(self, line: WaitingParams) -> None:
        """Says where in line the request is."""
        if not line.place:
            again = "sharing an answer of" if line.shared else "asking"
            self._waiting.says(inert(f"{again} {line.provider}"))
            return
        seconds = line.expected_seconds
        about = "" if seconds is None else f", about {max(1, round(seconds))} s"
        self._waiting.says(inert(f"waiting for {line.provider}: place {line.place}{about}"))

    def finish(self, text: str) -> None:
        """Shows what is missing of the final text."""
        self._waiting.end()
        text = inert(text)
        if not text.startswith(self._text):
            self._begin_anew()
            self._text = ""
        print(text[len(self._text) :], file=self._out, flush=True)

    def stop(self) -> None:
        """Ends in the middle, at the beginning of a line."""
        self._waiting.end()
        if self._text:
            print(file=self._out, flush=True)
            self._text = ""

    def _thinks(self, text: str) -> None:
        """Says that a model thinks, and how much, without showing what."""
        before = self._thought // 200
        self._thought += len(text)
        if self._thought // 200 != before:
            self._waiting.says(f"thinking, {self._thought:,} characters")

    def _begin_anew(self) -> None:
        if not self._text:
            return
        if self._out.isatty():
            # Up to where it began, and everything below is cleared.
            width = columns(self._out)
            rows = sum(1 + max(0, _cells(line) - 1) // width for line in self._text.split("\n"))
            up = f"\x1b[{rows - 1}A" if rows > 1 else ""
            print(f"\r{up}\x1b[J", end="", file=self._out)
        else:
            print("\n(mended)", file=self._out)


def columns(out: TextIO) -> int:
    """How wide the terminal is; 80 where there is none."""
    try:
        return os.get_terminal_size(out.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _cells(text: str) -> int:
    """How many columns a line takes: wide letters take two, combining marks none."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def account(answer: Answer, out: TextIO) -> None:
    """Who answered, why, what it cost; then what else the user should know."""
    where = "on this machine" if answer.local else "hosted"
    asked = [a for a in answer.attempts if a.outcome != "done"]
    answered = len(answer.attempts) - len(asked)
    about = "about " if answer.cost.estimated and answer.cost.nano_usd else ""
    parts = [
        f"{answer.provider}/{answer.model}",
        where,
        _why(answer),
        f"{about}{answer.cost.text}" + (f" for {answered} calls" if answered > 1 else ""),
        f"today {answer.today.text}",
        f"{answer.duration_ms / 1000:.1f} s",
    ]
    width = columns(out) if out.isatty() else 0
    for line in _lines([inert(part) for part in parts], width):
        print(styled(line, "2", out), file=out)
    for attempt in asked:
        seen = " It may have seen the text." if attempt.sent else ""
        line = f"tried {attempt.provider}/{attempt.model}: {attempt.error or attempt.outcome}{seen}"
        print(styled(inert(line), "33", out), file=out)
    for notice in answer.notices:
        print(styled(inert(notice), "33", out), file=out)


def not_sent(left_out: tuple[LeftOut, ...], out: TextIO) -> None:
    """What the model did not see."""
    for left in left_out:
        print(styled(inert(f"not sent: {left.path} ({left.why})"), "2", out), file=out)


def _why(answer: Answer) -> str:
    """Why the one that answered did, in a few words."""
    offered = answer.reason.candidates
    if answer.model == "rules":
        if answer.requested:
            return "you asked for it"
        untouched = all(
            r.why.startswith("no key") or r.provider == "ollama" for r in answer.reason.refused
        )
        none = untouched and not answer.attempts and not offered
        return "no model is set up" if none else "no model answered"
    mine = [c.why for c in offered if (c.provider, c.model) == (answer.provider, answer.model)]
    return mine[0] if mine else "the one that could"


def _lines(parts: list[str], width: int) -> list[str]:
    """The parts in lines no wider than this, broken between parts; 0 is one line."""
    lines: list[str] = []
    for part in parts:
        if lines and (not width or _cells(lines[-1]) + 3 + _cells(part) <= width):
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return lines


def plain(value: Any) -> str:
    """A result as JSON; what would act on a terminal is written by its number."""
    import json

    from aircher_protocol.codec import unstructure

    text = json.dumps(unstructure(value), ensure_ascii=False, indent=2)
    return _UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], text)
