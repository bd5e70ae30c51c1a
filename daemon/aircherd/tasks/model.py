"""The trained weights, and the sums over them.

The file is a zlib stream: a line of JSON, a tag of two bytes for each row, and rows of one byte a
label. `rows.py` tells how a row is found and summed.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Collection, Sequence
from math import exp, sqrt
from typing import Any

from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.tasks.features import Features
from aircherd.tasks.lexicon import Lexicon
from aircherd.tasks.memo import Memo
from aircherd.tasks.rows import MIDDLE, SPARE, TAG, WIDE, Rows, lanes, slots

__all__ = ["LABELS", "MIDDLE", "SPARE", "TAG", "Model", "scales", "slots"]

LABELS = tuple(TaskKind)
LARGEST = 8_000_000
"""Bytes a model may unpack to."""
_PIECE = 65_536
_MOST_LEANINGS = 1024


class Model:
    """Weights of features for each label. Raises InvalidRequest for a file that is none."""

    def __init__(self, packed: bytes) -> None:
        try:
            header, tags, weights = _unpacked(packed)
            self.bits = int(header["bits"])
            self.step = float(header["step"])
            self.bias = tuple(float(value) for value in header["bias"])
            self.temperature = float(header["temperature"])
            self.threshold = float(header["threshold"])
            self.lexicon = Lexicon(**header["lexicon"])
            if header["labels"] != list(LABELS) or len(self.bias) != WIDE:
                raise ValueError("made for other labels")
            if tags[-1]:
                raise ValueError("its table has no end")
        except (zlib.error, ValueError, KeyError, TypeError) as broken:
            raise InvalidRequest(
                f"The task detector's weights cannot be read ({broken}); install aircher again."
            ) from None
        self._rows = Rows(self.bits, tags, weights)
        self.leanings = Memo(self._leaning, _MOST_LEANINGS)
        """How much more a feature speaks for each label than for all of them, unscaled. A word
        (`w:`) is taken together with what its meaning (`v:`) weighs."""

    def weights(self, names: Collection[str]) -> list[float]:
        """The sum of the weights of features, a number a label."""
        step = self.step
        return [lane * step for lane in lanes(self._rows.named(names))]

    def scores(self, found: Features) -> list[float]:
        """What speaks for each label, before it is made a probability."""
        step, rows = self.step, self._rows
        words = rows.named(found.alone) + rows.beside(found.pairs) + rows.mixed(found.mixed)
        i, w, e, s = factors(found)
        return [
            bias
            + fact * step
            + i * (idea * step)
            + w * (word * step)
            + e * (letter * step)
            + s * (sense * step)
            for bias, fact, idea, word, letter, sense in zip(
                self.bias,
                lanes(rows.named(found.facts)),
                lanes(rows.named(found.ideas)),
                lanes(words),
                lanes(rows.spelled(found.letters)),
                lanes(rows.named(found.senses)),
                strict=True,
            )
        ]

    def _leaning(self, name: str) -> tuple[float, ...]:
        weights = self.weights((name, f"v:{name[2:]}") if name[:2] == "w:" else (name,))
        mean = sum(weights) / WIDE
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
    if count * (2 + WIDE) > LARGEST:
        raise ValueError("its table is too large")
    first = begun + opened.decompress(rest, max(1, 2 * count - len(begun)))
    weights = first[2 * count :] + opened.decompress(opened.unconsumed_tail, WIDE * count + 1)
    tags = array("H", first[: 2 * count])
    if len(tags) != count or len(weights) != WIDE * count:
        raise ValueError("made for other labels")
    if sys.byteorder == "big":
        tags.byteswap()
    return header, tags, weights


def factors(found: Features) -> tuple[float, float, float, float]:
    """What the weights of ideas, words, letters and senses are multiplied by."""
    ideas, words = len(found.ideas), found.count
    letters, senses = len(found.letters), len(found.senses)
    return (
        4.0 / sqrt(ideas if ideas > 16 else 16),
        4.5 / sqrt(words if words > 9 else 9),
        5.0 / sqrt(letters if letters > 16 else 16),
        2.5 / sqrt(senses if senses > 4 else 4),
    )


def scales(found: Features) -> list[tuple[Sequence[str], float]]:
    """Each group of features by name, with its factor: what weights are fitted to."""
    ideas, words, letters, senses = factors(found)
    return [
        (found.facts, 1.0),
        (found.ideas, ideas),
        (found.words, words),
        (tuple(found.letters), letters),
        (found.senses, senses),
    ]
