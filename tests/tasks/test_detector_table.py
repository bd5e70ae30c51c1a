"""The table of weights: every feature that was packed is found again, and no other is."""

from __future__ import annotations

import hashlib
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from aircherd.core.errors import InvalidRequest
from aircherd.tasks.lexicon import Lexicon, beginning
from aircherd.tasks.model import LABELS, SPARE, Model

SCRIPTS = Path(__file__).parents[2] / "daemon" / "generate" / "detector"
WORDS = {"exact": {}, "stems": {}, "phrases": {}, "plain": ""}
CALIBRATION = {"temperature": 1.0, "threshold": 0.3}
NAMES = [f"w:{hashlib.sha256(bytes([n >> 8, n & 255])).hexdigest()[:9]}" for n in range(3_000)]
"""So many that a dozen of them point to the place of another."""


def weight(n: int) -> float:
    return n / len(NAMES) + 0.5


@pytest.fixture(scope="module")
def packed() -> bytes:
    sys.path.insert(0, str(SCRIPTS))
    try:
        from fit import Fitted
        from train import pack
    finally:
        sys.path.remove(str(SCRIPTS))
    weights = {name: np.full(len(LABELS), weight(n), np.float32) for n, name in enumerate(NAMES)}
    return pack(Fitted(weights, np.zeros(len(LABELS), np.float32)), WORDS, CALIBRATION)


def test_names_that_point_to_one_place_keep_their_weights_apart(packed: bytes) -> None:
    model = Model(packed)
    places = {zlib.crc32(name.encode()) >> (32 - model.bits) for name in NAMES}
    assert len(places) < len(NAMES) - 5
    for n, name in enumerate(NAMES):
        assert model.weights((name,))[0] == pytest.approx(weight(n), abs=model.step)


def test_names_never_packed_weigh_nothing(packed: bytes) -> None:
    model = Model(packed)
    assert sum(any(model.weights((f"b{name}",))) for name in NAMES) <= 1


def test_a_table_without_an_end_is_refused(packed: bytes) -> None:
    """Else a search for a name that is not there would run past it."""
    raw = bytearray(zlib.decompress(packed))
    start = raw.index(b"\n") + 1
    last = start + 2 * ((1 << Model(packed).bits) + SPARE - 1)
    raw[last] = 1
    with pytest.raises(InvalidRequest, match="install aircher again"):
        Model(zlib.compress(bytes(raw)))


def test_words_without_spaces_are_cut_by_words_that_mean_nothing_yet() -> None:
    lexicon = Lexicon({"修复": "FIX"}, {}, {}, "按钮 加载")
    assert lexicon.cut("修复按钮吧") == [("修复", "FIX"), ("按钮", None), ("吧", None)]


@pytest.mark.parametrize(
    ("word", "stem"),
    [
        ("funktioniert", "funkti~"),
        ("приходят", "приход~"),
        ("button", None),
        ("버튼을", "버튼~"),
        ("加载不出来", None),
    ],
)
def test_long_words_are_looked_up_by_their_beginning_too(word: str, stem: str | None) -> None:
    assert beginning(word) == stem
