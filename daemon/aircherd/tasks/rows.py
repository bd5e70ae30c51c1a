"""The table of weights, and sums of its rows.

The upper bits of the CRC-32 of a feature's name tell where to look for its row, the lower ones are
its tag; what lies there already moves a row on to the next free one, and an empty one ends the
search. For summing, a row is one large integer of 16-bit lanes: nine weights are added in one
addition, and hundreds of rows in one call of `sum`.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable
from struct import Struct
from typing import TypeVar
from zlib import crc32

from aircherd.core.tasks import TaskKind
from aircherd.tasks.memo import LONGEST_KEPT

WIDE = len(TaskKind)
"""Weights of a row, one a label."""
MIDDLE = 128
"""The byte that stands for a weight of zero."""
TAG = 0x3FFF
SPARE = 1_000
"""Rows behind the last place a name can point to; the last one is always empty."""
_LANES = 2 * WIDE
_unpack = Struct(f"<{WIDE}h").unpack
_SIGNS = sum(0x8000 << 16 * lane for lane in range(WIDE))
_MIDDLES = sum(MIDDLE << 16 * lane for lane in range(WIDE))
_MOST = 4096


def slots(bits: int) -> int:
    """Rows of a table."""
    return (1 << bits) + SPARE


def lanes(total: int) -> tuple[int, ...]:
    """A sum of up to 250 rows as a number of steps for each label."""
    # Adding what no lane falls below keeps each to itself; taking it out again leaves the sign.
    return _unpack(((total + _SIGNS) ^ _SIGNS).to_bytes(_LANES, "little"))


_K = TypeVar("_K", str, tuple[str, str])


class Rows:
    """Rows by the names of their features. An unknown name has the row 0, which adds nothing.

    What was asked lately is remembered, for people say much the same words: at most `_MOST` of a
    kind, all forgotten when more come, and none that is as long as a key or a token.
    """

    def __init__(self, bits: int, tags: array[int], weights: bytes) -> None:
        """`tags` and `weights` hold `slots(bits)` rows; a weight is a byte."""
        self._shift = 32 - bits
        self._tags = tags
        self._weights = weights
        self._names: dict[str, int] = {}
        self._letters: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._mixed: dict[tuple[str, str], int] = {}

    def named(self, names: Collection[str]) -> int:
        """The sum of the rows of these names."""
        try:
            return sum(filter(None, map(self._names.__getitem__, names)))
        except KeyError:
            return self._met(self._names, names, list)

    def spelled(self, letters: Collection[str]) -> int:
        """The same for some letters, kept apart: there are more of them than of words."""
        try:
            return sum(filter(None, map(self._letters.__getitem__, letters)))
        except KeyError:
            return self._met(self._letters, letters, list)

    def beside(self, pairs: Collection[tuple[str, str]]) -> int:
        """The sum of the rows of words with the word before them (`b:`)."""
        try:
            return sum(filter(None, map(self._pairs.__getitem__, pairs)))
        except KeyError:
            return self._met(self._pairs, pairs, _name_pairs)

    def mixed(self, pairs: Collection[tuple[str, str]]) -> int:
        """The same with ideas in place of words that tell something (`m:`)."""
        try:
            return sum(filter(None, map(self._mixed.__getitem__, pairs)))
        except KeyError:
            return self._met(self._mixed, pairs, _name_mixed)

    def _met(
        self, known: dict[_K, int], keys: Collection[_K], name: Callable[[Iterable[_K]], list[str]]
    ) -> int:
        """The sum where some have to be looked for first.

        Several threads may ask: what is in the table is taken once, for it may be forgotten at any
        moment, and nothing is put there that must be taken out again.
        """
        found = list(map(known.get, keys))
        new = [key for key, row in zip(keys, found, strict=True) if row is None]
        names = name(new)
        try:
            codes = list(map(crc32, map(str.encode, names)))
        except UnicodeEncodeError:  # half a character
            codes = [crc32(name.encode("utf-8", "replace")) for name in names]
        rows = self._looked_up(codes)
        if len(known) + len(new) > _MOST:
            known.clear()
        for key, long, row in zip(new, names, rows, strict=True):
            if len(long) <= LONGEST_KEPT:
                known[key] = row
        return sum(filter(None, found)) + sum(rows)

    def _looked_up(self, codes: Iterable[int]) -> list[int]:
        tags, shift, weights = self._tags, self._shift, self._weights
        rows: list[int] = []
        for code in codes:
            at = code >> shift
            there = tags[at]
            if there:
                tag = code & TAG or 1
                while there and there != tag:
                    at += 1
                    there = tags[at]
            if there:
                spread = bytearray(_LANES)
                spread[::2] = weights[at * WIDE : at * WIDE + WIDE]
                rows.append(int.from_bytes(spread, "little") - _MIDDLES)
            else:
                rows.append(0)
        return rows


def _name_pairs(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"b:{one} {other}" for one, other in pairs]


def _name_mixed(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"m:{one} {other}" for one, other in pairs]
