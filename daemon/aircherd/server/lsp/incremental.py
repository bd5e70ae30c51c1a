"""Incremental changes: a batch of them applied line by line.

A rename or many cursors send thousands at once. Each touches its own lines only, so the cost of a
batch is the text once, and not the text once a change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aircherd.core.document import Encoding, Place, Span, index

Change = tuple[Span | None, str]
"""A range and its new text; None in place of the range: the whole text."""

MOST = 20_000
"""Changes in one batch."""
_FEW = 4
"""Changes for which a large text is searched rather than taken apart: what typing sends."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


def edited(text: str | None, changes: Sequence[Change], encoding: Encoding) -> str | None:
    """The text after changes, each of which sees what the ones before it left.

    None stays None until a change brings the whole text. Raises ValueError for ranges that are
    none, and for more changes than anybody types.
    """
    if len(changes) > MOST:
        raise ValueError(f"there are more than {MOST} changes in one message")
    if text is not None and len(changes) <= _FEW and "\r" not in text:
        quick = _spliced(text, changes, encoding)
        if quick is not None:
            return quick
    lines = None if text is None else split(text)
    for span, new in changes:
        if span is None:
            lines = split(new)
        elif lines is not None:
            _replace(lines, span, new, encoding)
    return None if lines is None else "".join(lines)


def split(text: str) -> list[str]:
    """Lines with their ends; the last one has none and may be empty."""
    found = _LINE.findall(text)
    if not found or found[-1][-1] in "\r\n":
        found.append("")
    return found


def bare_lines(text: str) -> list[str]:
    """Lines without their ends."""
    return text.split("\n") if "\r" not in text else re.split("\r\n|\n|\r", text)


def _spliced(text: str, changes: Sequence[Change], encoding: Encoding) -> str | None:
    """The same for a few changes of a text without carriage returns; None when one comes in."""
    for span, new in changes:
        if span is None or "\r" in new:
            return None
        start = _offset(text, span.start, encoding)
        end = _offset(text, span.end, encoding)
        if start > end:
            raise ValueError("a range ends before it starts")
        text = text[:start] + new + text[end:]
    return text


def _offset(text: str, place: Place, encoding: Encoding) -> int:
    if place.line < 0 or place.character < 0:
        raise ValueError("a position is below zero")
    start = 0
    for _ in range(place.line):
        start = text.find("\n", start) + 1
        if not start:
            return len(text)
    end = text.find("\n", start)
    # Most characters take one unit or more, so that what stands behind these is not looked at.
    line = text[start : min(end if end >= 0 else len(text), start + place.character)]
    return start + index(line, place.character, encoding)


def _replace(lines: list[str], span: Span, new: str, encoding: Encoding) -> None:
    first, head = _cut(lines, span.start, encoding)
    last, tail = _cut(lines, span.end, encoding)
    if (first, head) > (last, tail):
        raise ValueError("a range ends before it starts")
    text = lines[first][:head] + new + lines[last][tail:]
    last += 1
    # A carriage return and a line feed that come to stand together are one end of a line.
    if text.startswith("\n") and first and lines[first - 1].endswith("\r"):
        first -= 1
        text = lines[first] + text
    if text.endswith("\r") and last < len(lines) and lines[last].startswith("\n"):
        text += lines[last]
        last += 1
    fresh = split(text)
    if last < len(lines) and fresh[-1] == "":
        # The empty rest of a line that is not the text's last is no line of its own.
        fresh.pop()
    elif last < len(lines):
        fresh[-1] += lines[last]
        last += 1
    lines[first:last] = fresh


def _cut(lines: list[str], place: Place, encoding: Encoding) -> tuple[int, int]:
    """Line and index in it. Beyond a line's end means its end, beyond the last line the text's."""
    if place.line < 0 or place.character < 0:
        raise ValueError("a position is below zero")
    if place.line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    line = lines[place.line].rstrip("\r\n")
    return place.line, index(line, place.character, encoding)
