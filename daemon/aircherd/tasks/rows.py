"""The table of weights, and sums of its rows.

The upper bits of the CRC-32 of a feature's name tell where to look for its row, the lower ones are
its tag; what lies there already moves a row on to the next free one, and an empty one ends the
search. For summing, a row is one large integer of 16-bit lanes: nine weights are added in one
addition, and hundreds of rows in one call of `sum`.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from struct import Struct
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


class Rows:
    """Rows by the names of their features. An unknown name has the row 0, which adds nothing."""

    def __init__(self, bits: int, tags: array[int], weights: bytes) -> None:
        """`tags` and `weights` hold `slots(bits)` rows; a weight is a byte."""
        self._shift = 32 - bits
        self._tags = tags
        self._weights = weights
        self._names: dict[str, int] = {}
        self._pairs: dict[tuple[str, str], int] = {}
        self._mixed: dict[tuple[str, str], int] = {}

    def row(self, name: str) -> int:
        """The weights of one feature as a number of lanes."""
        tags = self._tags
        code = crc32(name.encode("utf-8", "replace"))
        at = code >> self._shift
        tag = code & TAG or 1
        there = tags[at]
        while there and there != tag:
            at += 1
            there = tags[at]
        if not there:
            return 0
        spread = bytearray(_LANES)
        spread[::2] = self._weights[at * WIDE : at * WIDE + WIDE]
        return int.from_bytes(spread, "little") - _MIDDLES

    # What was asked lately is remembered, for people say much the same words: at most `_MOST` of a
    # kind, all forgotten when more come, and none that is as long as a key or a token.

    def named(self, names: Collection[str]) -> int:
        """The sum of the rows of these names."""
        known = self._names
        try:
            return sum(filter(None, map(known.__getitem__, names)))
        except KeyError:
            if len(known) + len(names) > _MOST:
                known = self._names = {}
            new = {name: self.row(name) for name in names if name not in known}
            total = sum([known[name] if name in known else new[name] for name in names])
            known.update((name, row) for name, row in new.items() if len(name) <= LONGEST_KEPT)
            return total

    def beside(self, pairs: Collection[tuple[str, str]]) -> int:
        """The sum of the rows of words with the word before them (`b:`)."""
        try:
            return sum(filter(None, map(self._pairs.__getitem__, pairs)))
        except KeyError:
            if len(self._pairs) + len(pairs) > _MOST:
                self._pairs = {}
            return self._met(self._pairs, "b", pairs)

    def mixed(self, pairs: Collection[tuple[str, str]]) -> int:
        """The same with ideas in place of words that tell something (`m:`)."""
        try:
            return sum(filter(None, map(self._mixed.__getitem__, pairs)))
        except KeyError:
            if len(self._mixed) + len(pairs) > _MOST:
                self._mixed = {}
            return self._met(self._mixed, "m", pairs)

    def _met(
        self, known: dict[tuple[str, str], int], kind: str, pairs: Iterable[tuple[str, str]]
    ) -> int:
        total = 0
        row = self.row
        for pair in pairs:
            found = known.get(pair)
            if found is None:
                one, other = pair
                name = f"{kind}:{one} {other}"
                found = row(name)
                if len(name) <= 2 * LONGEST_KEPT:
                    known[pair] = found
            total += found
        return total
