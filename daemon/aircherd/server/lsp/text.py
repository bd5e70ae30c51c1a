"""A text with LSP's positions: lines, and characters counted in the units a session agreed on.

pygls has this too, but breaks lines where `str.splitlines` does, at form feeds and U+2028 among
others; LSP breaks them at `\\n`, `\\r\\n` and `\\r` alone, so that its positions would drift apart
from the editor's in a file that holds any of the rest.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

UTF8, UTF16, UTF32 = "utf-8", "utf-16", "utf-32"
ENCODINGS = (UTF8, UTF16, UTF32)
"""Units a position's character may count: bytes, UTF-16 units, or code points."""

_BREAK = re.compile("\r\n|\n|\r")
Place = tuple[int, int]
"""Line and character, both from 0; the character in a session's units."""


def units(text: str, encoding: str) -> int:
    """Length of a text in units of an encoding."""
    if encoding == UTF32 or text.isascii():
        return len(text)
    if encoding == UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Text:
    """An immutable text that knows where its lines begin."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Offsets at which lines begin; the first is 0."""
        return (0, *(found.end() for found in _BREAK.finditer(self.text)))

    @property
    def lines(self) -> int:
        """How many lines there are; a text that ends with a line break has an empty last one."""
        return len(self.starts)

    def line(self, number: int) -> str:
        """One line without its break; empty beyond the end."""
        if not 0 <= number < len(self.starts):
            return ""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[number] : end].rstrip("\r\n")

    def offset(self, place: Place, encoding: str) -> int:
        """Where a place is. Beyond a line's end means its end, beyond the last line the text's.

        LSP asks for the former; the latter is how editors say "up to the end". A character in the
        middle of one that takes several units means its beginning. Raises ValueError below 0.
        """
        line, character = place
        if line < 0 or character < 0:
            raise ValueError("a position is below zero")
        if line >= len(self.starts):
            return len(self.text)
        return self.starts[line] + _index(self.line(line), character, encoding)

    def place(self, offset: int, encoding: str) -> Place:
        """The position of an offset, which is cut to the text."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.starts, offset) - 1
        before = self.text[self.starts[line] : offset]
        return line, units(before.rstrip("\r\n"), encoding)

    def between(self, start: Place, end: Place, encoding: str) -> str:
        """The text of a range."""
        return self.text[self.offset(start, encoding) : self.offset(end, encoding)]

    def replaced(self, start: Place, end: Place, new: str, encoding: str) -> Text:
        """The text with a range replaced. Raises ValueError for a range that runs backwards."""
        first, last = self.offset(start, encoding), self.offset(end, encoding)
        if first > last:
            raise ValueError("a range ends before it starts")
        return Text(self.text[:first] + new + self.text[last:])


def _index(line: str, character: int, encoding: str) -> int:
    """Units into a line as an index into it."""
    if encoding == UTF32 or line.isascii():
        return min(character, len(line))
    if encoding == UTF8:
        cut = line.encode("utf-8", "surrogatepass")[:character]
        # Bytes that go on a character (10xxxxxx) do not begin one.
        whole = line.encode("utf-8", "surrogatepass")[character : character + 1]
        begun = sum(byte & 0xC0 != 0x80 for byte in cut)
        inside = bool(whole) and whole[0] & 0xC0 == 0x80
        return begun - 1 if inside else begun
    taken = 0
    for index, letter in enumerate(line):
        taken += 2 if ord(letter) > 0xFFFF else 1
        if taken > character:
            return index
    return len(line)
