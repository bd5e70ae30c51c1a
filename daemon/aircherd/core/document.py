"""A text as an editor or the disk has it, and the places in it.

Lines end where LSP 3.17 says they do: at `\\n`, `\\r\\n` and `\\r`, nowhere else. A place is a line
and a character, both 0-based; the character is counted in UTF-8 bytes, UTF-16 units or code points,
by the encoding the session agreed on.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

_END = re.compile("\r\n|\n|\r")


class Encoding(StrEnum):
    """What a character of a place is, by LSP's names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Between two characters."""

    line: int
    character: int


@dataclass(frozen=True, slots=True)
class Span:
    """What lies between two places, the second not included."""

    start: Place
    end: Place


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file's text at one moment."""

    uri: str
    text: str = field(repr=False)
    version: int | None = None
    """The editor's; None when it was read from disk."""
    language: str | None = None
    """LSP's `languageId`; None when nothing tells."""

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset each line begins at."""
        return (0, *(found.end() for found in _END.finditer(self.text)))

    @property
    def line_count(self) -> int:
        """At least one; a text that ends with a line end has an empty last line."""
        return len(self.starts)

    @property
    def line_end(self) -> str:
        """The line end most lines have; `\\n` where there is none."""
        ends = _END.findall(self.text)
        return max(("\n", "\r\n", "\r"), key=ends.count) if ends else "\n"

    def line(self, number: int) -> str:
        """One line without its end."""
        start = self.starts[number]
        stop = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[start:stop].rstrip("\r\n")

    def lines(self, first: int = 0, last: int | None = None) -> list[str]:
        """Lines without their ends, the last included."""
        stop = self.line_count - 1 if last is None else min(last, self.line_count - 1)
        return [self.line(number) for number in range(max(0, first), stop + 1)]

    def offset(self, place: Place, encoding: Encoding = Encoding.UTF16) -> int:
        """Where in the text a place is. What lies beyond a line or the text counts as its end."""
        if place.line < 0:
            return 0
        if place.line >= self.line_count:
            return len(self.text)
        start = self.starts[place.line]
        return start + index(self.line(place.line), place.character, encoding)

    def place(self, offset: int, encoding: Encoding = Encoding.UTF16) -> Place:
        """The place at an offset."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        before = self.text[self.starts[line] : offset].rstrip("\r\n")
        return Place(line, _units(before, encoding))

    def span(self, start: int, end: int, encoding: Encoding = Encoding.UTF16) -> Span:
        """The places of two offsets."""
        return Span(self.place(start, encoding), self.place(end, encoding))


def _units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.UTF32 or text.isascii():
        return len(text)
    if encoding is Encoding.UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def index(line: str, units: int, encoding: Encoding) -> int:
    """Characters of a line that so many units are; a place inside a character is before it.

    Without a loop in Python: an editor may keep a line of a million characters in step.
    """
    if units <= 0:
        return 0
    if encoding is Encoding.UTF32 or line.isascii():
        return min(units, len(line))
    if encoding is Encoding.UTF8:
        data = line.encode("utf-8", "surrogatepass")
        inside = data[units : units + 1].translate(None, _BEGINS) != b""
        return len(data[:units].translate(None, _CONTINUES)) - inside
    data = line.encode("utf-16-le", "surrogatepass")
    before = data[: 2 * units].decode("utf-16-le", "surrogatepass")
    # Cut between the halves of a pair, the first half was counted as a character of its own.
    return len(before) - (_half(data, units - 1, 0xD8) and _half(data, units, 0xDC))


_CONTINUES = bytes(range(0x80, 0xC0))
"""Bytes that go on a character in UTF-8."""
_BEGINS = bytes(set(range(256)) - set(_CONTINUES))


def _half(data: bytes, unit: int, first: int) -> bool:
    """Whether a UTF-16 unit is of the 1024 that begin with this byte."""
    high = data[2 * unit + 1 : 2 * unit + 2]
    return high != b"" and high[0] & 0xFC == first
