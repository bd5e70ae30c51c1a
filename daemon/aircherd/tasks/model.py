"""The trained weights, and the sums over them.

The file is a zlib stream: a line of JSON, a tag of two bytes for each row, and rows of one byte a
label. The upper bits of the CRC-32 of a feature's name tell where to look for its row, the lower
ones are its tag; what lies there already moves a row on to the next free one, and an empty one ends
the search. For summing, a row is one large integer of 16-bit lanes: nine weights are added in one
addition.
"""

from __future__ import annotations

import json
import math
import sys
import zlib
from array import array
from collections.abc import Sequence

from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.tasks.features import Features
from aircherd.tasks.lexicon import Lexicon

LABELS = tuple(TaskKind)
_WIDE = len(LABELS)
_LANES = 2 * _WIDE
MIDDLE = 128
"""The byte that stands for a weight of zero."""
_MOST_SEEN = 4096
LARGEST = 8_000_000
"""Bytes a model may unpack to."""
TAG = 0x3FFF
SPARE = 1_000
"""Rows behind the last place a name can point to; the last one is always empty."""
SCALES = {"ideas": (4.0, 16), "words": (4.5, 9), "letters": (5.0, 16), "senses": (2.5, 4)}
"""Of each group: its factor, and the count up to which it is not damped."""


def slots(bits: int) -> int:
    """Rows of a table."""
    return (1 << bits) + SPARE


class Model:
    """Weights of features for each label. Raises InvalidRequest for a file that is none."""

    def __init__(self, packed: bytes) -> None:
        try:
            opened = zlib.decompressobj()
            raw = opened.decompress(packed, LARGEST)
            line, _, table = raw.partition(b"\n")
            header = json.loads(line)
            self.bits = int(header["bits"])
            self.step = float(header["step"])
            self.bias = tuple(float(value) for value in header["bias"])
            self.temperature = float(header["temperature"])
            self.threshold = float(header["threshold"])
            words = header["lexicon"]
            self.lexicon = Lexicon(**words)
            count = slots(self.bits)
            fits = len(table) == count * (2 + _WIDE) and len(self.bias) == _WIDE
            if header["labels"] != list(LABELS) or not fits:
                raise ValueError("made for other labels")
            tags = array("H", table[: 2 * count])
            if sys.byteorder == "big":
                tags.byteswap()
            if tags[-1]:
                raise ValueError("its table has no end")
        except (zlib.error, ValueError, KeyError, TypeError) as broken:
            raise InvalidRequest(
                f"The task detector's weights cannot be read ({broken}); install aircher again."
            ) from None
        self._tags = tags
        lanes = bytearray(2 * _WIDE * count)
        lanes[0::2] = table[2 * count :]
        self._lanes = bytes(lanes)
        self._seen: dict[str, int | None] = {}
        """Rows of names met lately; people say much the same words. None: never trained on."""

    def _rows(self, names: Sequence[str]) -> tuple[int, int]:
        """The sum of the rows of features that are known, and how many they are."""
        seen = self._seen
        if len(seen) > _MOST_SEEN:
            seen = self._seen = {}
        total = known = 0
        for name in names:
            row = seen.get(name, 0)
            if row == 0:
                row = seen[name] = self._row(name)
            if row is not None:
                total += row
                known += 1
        return total, known

    def _row(self, name: str) -> int | None:
        tags = self._tags
        code = zlib.crc32(name.encode("utf-8", "replace"))
        at = code >> 32 - self.bits
        tag = code & TAG or 1
        there = tags[at]
        while there and there != tag:
            at += 1
            there = tags[at]
        if not there:
            return None
        # No row is 0: a weight of zero is `MIDDLE`.
        return int.from_bytes(self._lanes[at * _LANES : at * _LANES + _LANES], "little")

    def weights(self, names: Sequence[str]) -> list[float]:
        """The sum of the weights of features, a number a label."""
        total, known = self._rows(names)
        middle = MIDDLE * known
        return [((total >> 16 * lane & 0xFFFF) - middle) * self.step for lane in range(_WIDE)]

    def scores(self, found: Features) -> list[float]:
        """What speaks for each label, before it is made a probability."""
        total = list(self.bias)
        for group, scale in scales(found):
            for lane, weight in enumerate(self.weights(group)):
                total[lane] += scale * weight
        return total

    def probabilities(self, scores: Sequence[float]) -> list[float]:
        """Scores as calibrated probabilities that add up to one."""
        top = max(scores)
        powers = [math.exp((score - top) / self.temperature) for score in scores]
        whole = sum(powers)
        return [power / whole for power in powers]


def scales(found: Features) -> list[tuple[list[str], float]]:
    """Each group of features with the factor its weights are multiplied by."""
    groups = [(found.facts, 1.0)]
    for name, group in (
        ("ideas", found.ideas),
        ("words", found.words),
        ("letters", found.letters),
        ("senses", found.senses),
    ):
        factor, count = SCALES[name]
        groups.append((group, factor / math.sqrt(max(len(group), count))))
    return groups
