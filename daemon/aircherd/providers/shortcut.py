"""Text straight from the bytes of a stream whose events are alike but for it. Pure.

Most events of an answer differ from the one before in a word. Once a family has read one the long
way and says that it brings nothing but text, what stands before and behind the text is remembered;
events that have just that around theirs need no parser. Whatever is not alike goes the long way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from functools import cache

_scan_string: Callable[[str, int], tuple[str, int]] = json.decoder.scanstring  # type: ignore[attr-defined]
_STRING = re.compile(r'"([^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+)"')
_PADDING = re.compile(r" +(?=\}\r?\n)")
_FEWEST, _MOST = 2_048, 65_536
"""Bytes looked at in one step: more while all of them are alike, so that no stream of mixed events
is gone through again and again."""
_FIRST = 3
"""Events of text before one is learned: a short answer is over by then."""
_TRIES = 4
"""Times a stream's events are learned before that has to have paid."""


class Shortcut:
    """What the events of one stream have around their texts."""

    def __init__(self, judge: Callable[[str], str | None], varying: Collection[str] = ()) -> None:
        """`judge` gives the text of an event that brings nothing else, or None; it is asked about
        events like one it said so of, and only its text may differ. `varying` are names of numbers
        and strings it does not look at, wherever they stand."""
        self._judge = judge
        self._varying = _values_of(tuple(varying))
        self._loose = False
        self._head = self._tail = self._between = ""
        self._head_bytes = self._tail_bytes = self._end = b""
        self._step = _FEWEST
        self._seen = self._learned = self._taken = 0
        self.armed = False
        """Whether nothing but text came since the family last judged one; to be unset when an
        event that brings something else is read."""

    def text(self, data: bytes) -> str | None:
        """The text of bytes that are just one event that is alike; None for anything else."""
        if not self.armed or len(data) > _MOST:
            return None
        try:
            if self._loose:
                event = self._level(data.decode("utf-8"))
                begin, end = len(self._head), -len(self._tail)
                inside = event[begin:end] if self._fits(event) else ""
            elif data.startswith(self._head_bytes) and data.endswith(self._tail_bytes):
                inside = data[len(self._head_bytes) : -len(self._tail_bytes)].decode("utf-8")
            else:
                return None
        except UnicodeDecodeError:
            return None
        # A line end in it, as between two events, is read by nobody.
        return _read(inside) if inside else None

    def texts(self, data: bytes, at: int, found: list[str]) -> int:
        """Adds the texts of the events from byte `at` on that are alike; where they end."""
        while self.armed and at < len(data):
            last = data.rfind(self._end, at, at + self._step)
            if last < 0:
                break
            last += len(self._end)
            try:
                events = data[at:last].decode("utf-8")
            except UnicodeDecodeError:
                self._step = _FEWEST
                break
            taken, everything = self._split(self._level(events) if self._loose else events, found)
            self._taken += taken
            if not everything:
                self._step = _FEWEST
                for _ in range(taken):
                    at = data.index(self._end, at) + len(self._end)
                break
            at = last
            self._step = min(2 * self._step, _MOST)
        return at

    def judged(self, event: bytes, text: str) -> None:
        """Takes note of an event, with its end, that the family says is only this text."""
        try:
            whole = event.decode("utf-8")
        except UnicodeDecodeError:
            return
        if self._fits(self._level(whole) if self._loose else whole):
            self.armed = True
            return
        self._seen += 1
        paid = self._learned < _TRIES or self._taken > 8 * self._learned
        if self._seen >= _FIRST and paid:
            # Learned once more: is it only what may vary that differs?
            level = self._level(whole)
            around = self._level(self._head), self._level(self._tail)
            known = self._learned > 0
            self._loose = known and level.startswith(around[0]) and level.endswith(around[1])
            self._learned += 1
            self.armed = self._learn(level if self._loose else whole, text)

    def _level(self, events: str) -> str:
        """Events without what may vary in them."""
        if self._varying is not None:
            events = self._varying.sub('"":0', events)
        if " }\n" in events or " }\r" in events:
            # Anthropic pads events before their last brace.
            events = _PADDING.sub("", events)
        return events

    def _fits(self, event: str) -> bool:
        around = len(self._head) + len(self._tail)
        if not self._head or len(event) <= around:
            return False
        return event.startswith(self._head) and event.endswith(self._tail)

    def _learn(self, event: str, text: str) -> bool:
        end = event[len(event.rstrip("\r\n")) :]
        if end not in ("\n", "\r\n", "\n\n", "\r\n\r\n"):
            return False
        for place in _STRING.finditer(event):
            head, tail = event[: place.start(1)], event[place.end(1) :]
            other = place[1] + "~"
            if _read(place[1]) == text and self._judge(f"{head}{other}{tail}") == _read(other):
                break
        else:
            return False
        self._end = end.encode("ascii")
        self._head, self._tail, self._between = head, tail, tail + head
        self._head_bytes, self._tail_bytes = head.encode("utf-8"), tail.encode("utf-8")
        return True

    def _split(self, events: str, found: list[str]) -> tuple[int, bool]:
        """Adds the texts at the beginning of these events; how many, and whether that is all."""
        head, tail = self._head, self._tail
        if not events.startswith(head):
            return 0, False
        # A text has no line end in it: its line is found by counting them.
        each, first = head.count("\n") + tail.count("\n"), head.count("\n")
        begin, behind = len(head) - head.rfind("\n") - 1, tail.index("\n")
        pieces = [line[begin:-behind] for line in events.split("\n")[first:-1:each]]
        everything = head + self._between.join(pieces) + tail == events
        if not everything:
            pieces = self._before_others(events)
        joined = "".join(pieces)
        if not joined or "" in pieces:
            return 0, False
        if "\\" not in joined:
            # A quotation mark in it would end it early.
            if _read(joined) is None:
                return 0, False
            found.append(joined)
        else:
            read = [_read(piece) for piece in pieces]
            if None in read:
                return 0, False
            found += [text for text in read if text is not None]
        return len(pieces), everything

    def _before_others(self, events: str) -> list[str]:
        pieces: list[str] = []
        at = 0
        while events.startswith(self._head, at):
            begin = at + len(self._head)
            end = events.find(self._tail, begin)
            if end < 0 or "\n" in (piece := events[begin:end]):
                break
            pieces.append(piece)
            at = end + len(self._tail)
        return pieces


@cache
def _values_of(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Names with the number or string behind them, wherever they stand.

    Only a key stands between quotation marks behind one of these signs and before a colon.
    """
    if not names:
        return None
    said = "|".join(map(re.escape, names))
    value = r'(?:"[^"\\\x00-\x1f]*+"|-?[0-9]++(?:\.[0-9]++)?+)'
    return re.compile(rf'"(?<=[{{, ]")(?:{said})" ?: ?{value}')


def _read(inside: str) -> str | None:
    """What stands between the quotation marks of a JSON string; None when it cannot stand there."""
    try:
        text, end = _scan_string(f'{inside}"', 0)
    except (json.JSONDecodeError, IndexError):
        return None
    return text if end == len(inside) + 1 else None
