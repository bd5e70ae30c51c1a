"""Texts that go on in the next line: quoted pieces put together, lines that end in `\\`, and words
that are simply wrapped, as they stand in a file or in the added lines of a diff."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_QUOTES = tuple(
    # A pattern for each sign, beginning with it, and the sign, which memchr looks for first.
    (quote, re.compile(
        quote + rb"[ \t]{0,8}+(?:[+.&\\]|\.\.|\|\|)?+[ \t]{0,8}+"
        rb"(?:\n[+\- ]?+[ \t]{0,60}+(?:[+.&]|\.\.|\|\|)?+[ \t]{0,8}+[rbuf]?+)?+"
        + quote + rb"(?=[A-Za-z0-9+/=_.-])"
    ))
    for quote in (b'"', b"'", b"`")
)  # fmt: skip
_BROKEN = re.compile(rb"\\\n[+\- ]?[ \t]{0,60}(?=[A-Za-z0-9+/=_.-])")
_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_.-")
_RUN = b"A-Za-z0-9_+/=.~-"
_WRAPPED = re.compile(
    # A line end behind a word, then the sign of a diff, a mark of a comment, and a word again.
    rb"\n(?:(?<=[%(run)s]{5}\n)|(?<=[%(run)s]{5} \n))[+\- ]?+[ \t]{0,60}+"
    rb"(?:(?:#|//|\*|;|>|\|)[ \t]{0,8}+)?+([%(run)s]{5,}+)" % {b"run": _RUN}
)
_RUN_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/=.~-"
_LONGEST_RUN = 2_000
_LONG = 24
_REACH = 400
"""Characters on both sides of a seam that are looked at as one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The surroundings of all seams, without the seams."""

    text: bytes
    starts: tuple[int, ...]
    """Where in `text` each piece begins."""
    origins: tuple[int, ...]
    """Where in the whole text each piece begins."""
    seams: frozenset[int]
    """The pieces that begin behind a seam."""

    def origin(self, at: int) -> int:
        """The place in the whole text of one in this."""
        number = bisect_right(self.starts, at) - 1
        return self.origins[number] + at - self.starts[number]

    def crosses(self, begin: int, end: int) -> bool:
        """Whether a seam lies between the two places."""
        first, last = bisect_right(self.starts, begin), bisect_right(self.starts, end - 1)
        return any(number in self.seams for number in range(first, last))


def closed(data: bytes) -> Closed | None:
    """What stands around the seams; None for a text without any."""
    parts: list[bytes] = []
    starts: list[int] = []
    origins: list[int] = []
    seams: set[int] = set()
    length = 0
    found = _seams(data)

    def add(begin: int, end: int) -> None:
        nonlocal length
        starts.append(length)
        origins.append(begin)
        parts.append(data[begin:end])
        length += end - begin

    for number, (begin, end) in enumerate(found):
        before = found[number - 1][1] if number else -_REACH - 1
        near = begin - before <= _REACH
        if not near:
            if number:
                add(before, min(before + _REACH, len(data)))
                starts.append(length)
                origins.append(min(before + _REACH, len(data) - 1))
                parts.append(b"\n")
                length += 1
            add(max(0, before, begin - _REACH), begin)
        elif number:
            add(before, begin)
        seams.add(len(starts))
        if number + 1 == len(found):
            add(end, min(end + _REACH, len(data)))
    if not found:
        return None
    return Closed(
        text=b"".join(parts), starts=tuple(starts), origins=tuple(origins), seams=frozenset(seams)
    )


def wrapped(data: bytes) -> Closed | None:
    """Words that are broken at the end of a line, put together; None for a text without any.

    Short ones only with a digit in them: names and prose are wrapped all day.
    """
    parts: list[bytes] = []
    starts: list[int] = []
    origins: list[int] = []
    seams: set[int] = set()
    length, last = 0, -1
    for match in _WRAPPED.finditer(data):
        begin, end = match.span(1)
        at = match.start() - (data[match.start() - 1] == 32)
        if at == last:  # the third line of one word
            before = b""
        else:
            near = data[max(0, at - _LONGEST_RUN) : at]
            before = near[len(near.rstrip(_RUN_BYTES)) :]
            # A sign of the diff is no part of the word behind it.
            first = at - len(before)
            if before[:1] in (b"+", b"-") and (not first or data[first - 1] == 10):
                before = before[1:]
            short = len(before) + end - begin < _LONG
            if short and not _DIGIT.search(before) and not _DIGIT.search(data, begin, end):
                continue
            if parts:
                starts.append(length)
                origins.append(at - len(before))
                parts.append(b"\n")
                length += 1
            starts.append(length)
            origins.append(at - len(before))
            parts.append(before)
            length += len(before)
        seams.add(len(starts))
        starts.append(length)
        origins.append(begin)
        parts.append(data[begin:end])
        length += end - begin
        last = end
    if not parts:
        return None
    return Closed(
        text=b"".join(parts), starts=tuple(starts), origins=tuple(origins), seams=frozenset(seams)
    )


_DIGIT = re.compile(rb"[0-9]")


def _seams(data: bytes) -> list[tuple[int, int]]:
    """Begin and end of each seam, in order, none over another."""
    found = [
        match.span()
        for quote, quotes in _QUOTES
        if quote in data
        for match in quotes.finditer(data)
        if match.start() and data[match.start() - 1] in _WORD
    ]
    at = data.find(b"\\\n")
    while at >= 0:
        match = _BROKEN.match(data, at)
        if match is not None and at and data[at - 1] in _WORD:
            found.append(match.span())
        at = data.find(b"\\\n", at + 2)
    found.sort()
    last = 0
    apart: list[tuple[int, int]] = []
    for begin, end in found:
        if begin >= last:
            apart.append((begin, end))
            last = end
    return apart
