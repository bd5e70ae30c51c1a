"""The trained weights, and the sums over them.

The file is a zlib stream: a line of JSON, a tag of two bytes for each row, and rows of one byte a
label. The upper bits of the CRC-32 of a feature's name tell where to look for its row, the lower
ones are its tag; what lies there already moves a row on to the next free one, and an empty one ends
the search. For summing, a row is one large integer of 16-bit lanes: nine weights are added in one
addition, and hundreds of rows in one call of `sum`.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from math import exp, sqrt
from struct import Struct
from typing import Any
from zlib import crc32

from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.tasks.features import Features
from aircherd.tasks.lexicon import Lexicon
from aircherd.tasks.memo import Memo

LABELS = tuple(TaskKind)
_WIDE = len(LABELS)
_LANES = 2 * _WIDE
"""Bytes of a row that is summed: two a label."""
MIDDLE = 128
"""The byte that stands for a weight of zero."""
_ZERO = 0x8000
_unpack = Struct(f"<{_WIDE}H").unpack
_ZEROS = sum(_ZERO << 16 * lane for lane in range(_WIDE))
_MIDDLES = sum(MIDDLE << 16 * lane for lane in range(_WIDE))
_MOST_ROWS = 4096
_MOST_LEANINGS = 1024
_PIECE = 65_536
LARGEST = 8_000_000
"""Bytes a model may unpack to."""
TAG = 0x3FFF
SPARE = 1_000
"""Rows behind the last place a name can point to; the last one is always empty."""
_IDEAS, _WORDS, _LETTERS, _SENSES = (4.0, 16), (4.5, 9), (5.0, 16), (2.5, 4)
"""Of each group: its factor, and the count up to which it is not damped."""


def slots(bits: int) -> int:
    """Rows of a table."""
    return (1 << bits) + SPARE


class Model:
    """Weights of features for each label. Raises InvalidRequest for a file that is none."""

    def __init__(self, packed: bytes) -> None:
        try:
            header, tags, rows = _unpacked(packed)
            self.bits = int(header["bits"])
            self.step = float(header["step"])
            self.bias = tuple(float(value) for value in header["bias"])
            self.temperature = float(header["temperature"])
            self.threshold = float(header["threshold"])
            self.lexicon = Lexicon(**header["lexicon"])
            if header["labels"] != list(LABELS) or len(self.bias) != _WIDE:
                raise ValueError("made for other labels")
            if tags[-1]:
                raise ValueError("its table has no end")
        except (zlib.error, ValueError, KeyError, TypeError) as broken:
            raise InvalidRequest(
                f"The task detector's weights cannot be read ({broken}); install aircher again."
            ) from None
        self._tags = tags
        self._weights = rows
        self._rows = Memo(self._row, _MOST_ROWS)
        """Of names met lately; people say much the same words."""
        self._leanings = Memo(self._leaning, _MOST_LEANINGS)

    def _row(self, name: str) -> int:
        """The weights of one feature as a number of lanes; 0 for one that was never trained."""
        tags = self._tags
        code = crc32(name.encode("utf-8", "replace"))
        at = code >> 32 - self.bits
        tag = code & TAG or 1
        there = tags[at]
        while there and there != tag:
            at += 1
            there = tags[at]
        if not there:
            return 0
        lanes = bytearray(_LANES)
        lanes[::2] = self._weights[at * _WIDE : at * _WIDE + _WIDE]
        return int.from_bytes(lanes, "little") - _MIDDLES

    def _lanes(self, names: Iterable[str]) -> tuple[int, ...]:
        """The sums of the weights of features, in steps above `_ZERO`."""
        total = sum(map(self._rows.__getitem__, names))
        return _unpack((total + _ZEROS).to_bytes(_LANES, "little"))

    def weights(self, names: Iterable[str]) -> list[float]:
        """The sum of the weights of features, a number a label."""
        step = self.step
        return [(lane - _ZERO) * step for lane in self._lanes(names)]

    def scores(self, found: Features) -> list[float]:
        """What speaks for each label, before it is made a probability."""
        (facts, f), (ideas, i), (words, w), (letters, e), (senses, s) = scales(found)
        step, lanes = self.step, self._lanes
        return [
            bias
            + f * ((fact - _ZERO) * step)
            + i * ((idea - _ZERO) * step)
            + w * ((word - _ZERO) * step)
            + e * ((letter - _ZERO) * step)
            + s * ((sense - _ZERO) * step)
            for bias, fact, idea, word, letter, sense in zip(
                self.bias,
                lanes(facts),
                lanes(ideas),
                lanes(words),
                lanes(letters),
                lanes(senses),
                strict=True,
            )
        ]

    def leaning(self, name: str, label: int) -> float:
        """How much more a feature speaks for one label than for all of them, unscaled.

        A word (`w:`) is taken together with what its meaning (`v:`) weighs.
        """
        return self._leanings[name][label]

    def _leaning(self, name: str) -> tuple[float, ...]:
        weights = self.weights((name, f"v:{name[2:]}") if name[:2] == "w:" else (name,))
        mean = sum(weights) / _WIDE
        return tuple([weight - mean for weight in weights])

    def probabilities(self, scores: Sequence[float]) -> list[float]:
        """Scores as calibrated probabilities that add up to one."""
        top = max(scores)
        temperature = self.temperature
        powers = [exp((score - top) / temperature) for score in scores]
        whole = sum(powers)
        return [power / whole for power in powers]


def _unpacked(packed: bytes) -> tuple[Any, array[int], bytes]:
    """The header, the tags and the weights, one after the other: no two copies of the table."""
    opened = zlib.decompressobj()
    line = b""
    rest = packed
    while b"\n" not in line:
        more = opened.decompress(rest, _PIECE)
        rest = opened.unconsumed_tail
        line += more
        if not more or len(line) > LARGEST:
            raise ValueError("it ends in its header")
    line, _, begun = line.partition(b"\n")
    header = json.loads(line)
    count = slots(int(header["bits"]))
    if count * (2 + _WIDE) > LARGEST:
        raise ValueError("its table is too large")
    first = begun + opened.decompress(rest, max(1, 2 * count - len(begun)))
    weights = first[2 * count :] + opened.decompress(opened.unconsumed_tail, _WIDE * count + 1)
    tags = array("H", first[: 2 * count])
    if len(tags) != count or len(weights) != _WIDE * count:
        raise ValueError("made for other labels")
    if sys.byteorder == "big":
        tags.byteswap()
    return header, tags, weights


def scales(found: Features) -> list[tuple[list[str], float]]:
    """Each group of features with the factor its weights are multiplied by."""
    groups = [(found.facts, 1.0)]
    for group, (factor, few) in (
        (found.ideas, _IDEAS),
        (found.words, _WORDS),
        (found.letters, _LETTERS),
        (found.senses, _SENSES),
    ):
        many = len(group)
        groups.append((group, factor / sqrt(many if many > few else few)))
    return groups
