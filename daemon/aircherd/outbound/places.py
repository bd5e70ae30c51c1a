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
_RUN = re.compile(16 * b"a" + rb"a*+")
"""A plain text of that length first: it is searched for without trying the pattern everywhere."""
_ASSIGNED = re.compile(rb"[oe][qeo]{0,6}(a{10,}+)e{0,3}")
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
            if word not in self.different:
                continue
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
    spans = [match.span() for match in _RUN.finditer(classes.translate(_ONE_CLASS))]
    values: list[tuple[int, int]] = []
    names: list[tuple[int, int]] = []
    for match in _ASSIGNED.finditer(classes):
        begin, end = match.span(1)
        # Names and words are assigned all day; what is random has digits, or is long.
        if end - begin < 24 and data[begin:end].translate(None, _NO_DIGITS) == b"":
            continue
        if data.endswith(b"<secret:", 0, begin):
            continue
        values.append((begin, match.end()))
        names.append((max(0, begin - _REACH), begin))
    return Places(
        data=data,
        lower=lower,
        runs=_joined(data, spans),
        names=_joined(data, names),
        values=tuple(values),
    )


_NO_DIGITS = bytes(set(_TOKEN) - set(b"0123456789"))


def _joined(data: bytes, spans: Sequence[tuple[int, int]]) -> Pieces:
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
