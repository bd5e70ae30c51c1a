"""Where in a text a secret can stand: what keeps 220 patterns from reading every character.

The text comes as ASCII bytes of the same length (other characters as `?`), so that a place is the
same number in both. Each step here is one pass in C.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_TOKEN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+~"


def _classes() -> bytes:
    table = bytearray(b"x" * 256)
    for chars, sign in ((_TOKEN, b"a"), (b"=", b"e"), (b":>?|,", b"o"), (b"'\"` \t", b"q")):
        for char in chars:
            table[char] = sign[0]
    table[10] = ord("n")
    return bytes(table)


_CLASSES = _classes()
_ONE_CLASS = bytes.maketrans(b"e", b"a")
_LONG = 16 * b"a"
_VALUE = 10 * b"a"
"""Plain texts: they are searched for without trying a pattern everywhere."""
_REST = re.compile(rb"a*+")
_ASSIGNED = re.compile(rb"[oe][qeo]{0,6}\Z")
_PADDED = re.compile(rb"a*+e{0,3}")
_REACH = 110
"""How far before its value a name can begin: 50 of prefix, the keyword, 20 behind it, operators."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Pieces of a text joined into a shorter one, and where they came from."""

    text: bytes
    """As written, a space between two pieces."""
    lower: bytes
    different: bytes
    """The pieces in lower case, each once: what is not in here need not be looked for."""
    starts: tuple[int, ...]
    """Where in `text` each piece begins."""
    origins: tuple[int, ...]
    """Where in the whole text each piece begins."""
    lengths: tuple[int, ...] = ()

    def holding(self, words: Sequence[bytes]) -> Iterator[int]:
        """Numbers of the pieces that hold one of the words, ascending for each word."""
        for word in words:
            at, last = self.lower.find(word), -1
            while at >= 0:
                number = bisect_right(self.starts, at) - 1
                if number != last:
                    yield number
                last = number
                at = self.lower.find(word, self.starts[number] + self.lengths[number])


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Everything found in one pass over a text."""

    data: bytes
    lower: bytes
    runs: Pieces
    """Unbroken stretches long enough to be a token."""
    names: Pieces
    """What stands before each value that is assigned; a secret's name, perhaps."""
    values: tuple[tuple[int, int], ...]
    """Those values: begin and end in the whole text."""


def places(data: bytes) -> Places:
    """Reads a text once."""
    lower = data.lower()
    classes = data.translate(_CLASSES)
    spans = _stretches(classes.translate(_ONE_CLASS) if b"=" in data else classes)
    values: list[tuple[int, int]] = []
    names: list[tuple[int, int]] = []
    for begin, end, whole in _assigned(classes):
        # Names and words are assigned all day; what is random has digits, or is long.
        if end - begin < 24 and data[begin:end].translate(None, _NO_DIGITS) == b"":
            continue
        if data.endswith(b"<secret:", 0, begin):
            continue
        values.append((begin, whole))
        names.append((max(0, begin - _REACH), begin))
    return Places(
        data=data,
        lower=lower,
        runs=_joined(data, spans),
        names=_joined(data, names),
        values=tuple(values),
    )


def _stretches(classes: bytes) -> list[tuple[int, int]]:
    """Begin and end of each run of token characters that is long enough to be one."""
    found: list[tuple[int, int]] = []
    begin = classes.find(_LONG)
    while begin >= 0:
        end = _end(_REST, classes, begin + len(_LONG))
        found.append((begin, end))
        begin = classes.find(_LONG, end)
    return found


def _assigned(classes: bytes) -> Iterator[tuple[int, int, int]]:
    """Each value behind an operator: its begin, its end, and the end with what fills it up."""
    begin, over = classes.find(_VALUE), 0
    while begin >= 0:
        whole = _end(_PADDED, classes, begin + len(_VALUE))
        # What fills up the value before is no operator of this one.
        if _ASSIGNED.search(classes, max(over, begin - 7), begin):
            yield begin, _end(_REST, classes, begin + len(_VALUE)), whole
            over = whole
        begin = classes.find(_VALUE, whole)


def _end(pattern: re.Pattern[bytes], text: bytes, at: int) -> int:
    """Where a pattern that fits everywhere ends."""
    found = pattern.match(text, at)
    assert found is not None
    return found.end()


_NO_DIGITS = bytes(set(_TOKEN) - set(b"0123456789"))


def _joined(data: bytes, spans: Sequence[tuple[int, int]]) -> Pieces:
    if not spans:
        return _NONE
    text = b" ".join([data[begin:end] for begin, end in spans])
    starts: list[int] = []
    at = 0
    for begin, end in spans:
        starts.append(at)
        at += end - begin + 1
    lower = text.lower()
    return Pieces(
        text=text,
        lower=lower,
        different=b" ".join(set(lower.split(b" "))),
        starts=tuple(starts),
        origins=tuple(begin for begin, _ in spans),
        lengths=tuple(end - begin for begin, end in spans),
    )


_NONE = Pieces(text=b"", lower=b"", different=b"", starts=(), origins=())
