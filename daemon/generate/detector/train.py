"""Makes daemon/aircherd/tasks/model.bin from the rows and the lexicon beside this file.

    python daemon/generate/detector/train.py [--check]

The calibration (temperature, threshold) in calibration.json comes from measuring, which
`tests/bench/detector.py --write` does before it makes the weights too. Two trainings on the same
rows have come out different, so `--check` finding a difference proves nothing stale; what does is
the digest of all it was made of, which the file names.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import zlib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from digest import made_of
from fit import Fitted, Numbers, fit
from noise import reword, surroundings
from row import Row
from rows import read_lexicon, read_rows
from situations import SOURCE as SITUATIONS

from aircherd.core.tasks import TaskKind
from aircherd.tasks.context import Situation, facts
from aircherd.tasks.features import Features, features
from aircherd.tasks.lexicon import HANGUL, Lexicon, beginning
from aircherd.tasks.model import LABELS, MIDDLE, TAG, slots
from aircherd.tasks.text import read

TARGET = Path(__file__).parents[2] / "aircherd" / "tasks" / "model.bin"
CALIBRATION = Path(__file__).parent / "calibration.json"
BITS = 18
WEAK = 0.03
"""Features whose weights are all smaller are left out."""
STRONG = 0.9995
"""Weights above this share of all are cut, so that the others are rounded less."""
STRENGTH = 1.0
FOLDS = 8
NOISES = (("typo", 0.5), ("polite", 0.3), ("marks", 0.4))


def see(message: str, situation: Situation, lexicon: Lexicon) -> Features:
    """The features of one message."""
    return features(read(message), facts(situation), lexicon)


@cache
def senses() -> dict[str, Numbers]:
    """Vectors of common words: what English ones mean (senses.py), then of all languages
    (tongues.py); zeros where one of the two does not know the word."""
    first, second = (_stored(f"{name}.npz") for name in ("senses", "tongues"))
    widths = [len(next(iter(part.values()))) for part in (first, second)]
    nothing = [np.zeros(width, dtype=np.float32) for width in widths]
    found = {
        word: np.concatenate([first.get(word, nothing[0]), second.get(word, nothing[1])])
        for word in {**first, **second}
    }
    begun: dict[str, list[Numbers]] = {}
    for word, vector in found.items():
        stem = beginning(word)
        if stem is not None:
            begun.setdefault(stem, []).append(vector)
    found.update({stem: np.mean(vectors, axis=0) for stem, vectors in begun.items()})
    return found


def plain() -> str:
    """Words of scripts without spaces that stand for no idea, to cut by."""
    return " ".join(w for w in _stored("tongues.npz") if "\u2fff" < w[0] < HANGUL and len(w) > 1)


def _stored(name: str) -> dict[str, Numbers]:
    with np.load(Path(__file__).with_name(name)) as stored:
        vectors = stored["vectors"].astype(np.float32) * float(stored["step"])
        return dict(zip(str(stored["words"]).split("\n"), vectors, strict=True))


def material(rows: list[Row], lexicon: Lexicon) -> tuple[list[Features], list[int], list[float]]:
    """Rows as written, and each again reworded and in surroundings that mean nothing."""
    found: list[Features] = []
    labels: list[int] = []
    weights: list[float] = []
    counts = Counter(row.task for row in rows)
    usual = len(rows) / len(counts)
    for row in rows:
        weight = (usual / counts[row.task]) ** 0.5
        for seen, share in _copies(row, lexicon):
            found.append(seen)
            labels.append(LABELS.index(row.task))
            weights.append(weight * share)
    return found, labels, weights


@cache
def _copies(row: Row, lexicon: Lexicon) -> list[tuple[Features, float]]:
    """A row in its dresses, with what each counts. What a row becomes hangs on it alone."""
    chance = random.Random(f"{row.source} {row.message} {row.situation}")  # noqa: S311
    changed = row.message
    for kind, likelihood in NOISES:
        if chance.random() < likelihood:
            changed = reword(changed, kind, chance)
    vague = see(row.message, Situation(), lexicon)
    silent = any(name.startswith("x:V") for name in vague.facts)
    bare = row.situation == Situation() and not silent
    copies = [
        (row.message, row.situation, 1.0),
        (changed, surroundings(chance) if bare else row.situation, 0.6),
    ]
    if bare:
        copies.append((row.message, surroundings(chance), 0.5))
    return [(see(message, around, lexicon), share) for message, around, share in copies]


def lexicon_words() -> dict[str, Any]:
    """What the model's lexicon is made of."""
    return {**read_lexicon(), "plain": plain()}


def train(rows: list[Row], lexicon: Lexicon, strength: float = STRENGTH) -> Fitted:
    """Weights from rows."""
    return fit(*material(rows, lexicon), senses=senses(), strength=strength)


def folds(rows: list[Row]) -> list[list[str]]:
    """The written sources in groups; a group is answered by a model that saw none of it."""
    sources = sorted({row.source for row in rows} - {SITUATIONS})
    return [sources[at::FOLDS] for at in range(FOLDS)]


def calibrate(answers: list[tuple[Row, Numbers]]) -> tuple[float, float]:
    """(temperature, threshold): the likeliest, and the one with the best accuracy."""
    scores = np.array([score for _, score in answers])
    truth = np.array([LABELS.index(row.task) for row, _ in answers])

    def surprise(temperature: float) -> float:
        chances = _softmax(scores / temperature)
        return float(-np.log(chances[np.arange(len(truth)), truth] + 1e-12).mean())

    temperature = min((t / 20 for t in range(6, 61)), key=surprise)
    chances = _softmax(scores / temperature)
    best, firm = chances.argmax(axis=1), chances.max(axis=1)
    nothing = LABELS.index(TaskKind.DEFAULT)

    def right(threshold: float) -> float:
        return float((np.where(firm < threshold, nothing, best) == truth).mean())

    # The highest threshold that costs no more than half a point against the best.
    tries = [t / 100 for t in range(15, 60)]
    top = max(right(t) for t in tries)
    return temperature, max(t for t in tries if right(t) >= top - 0.005)


def _softmax(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float32)


def pack(fitted: Fitted, words: dict[str, Any], calibration: dict[str, float]) -> bytes:
    """The file the daemon reads: see `aircherd/tasks/model.py`."""
    size = slots(BITS)
    tags = np.zeros(size, dtype="<u2")
    table = np.full((size, len(LABELS)), MIDDLE, dtype=np.uint8)
    firm = {name: float(np.abs(weights).max()) for name, weights in fitted.weights.items()}
    step = float(np.quantile(list(firm.values()), STRONG)) / 127
    for name in sorted(firm, key=lambda name: (-firm[name], name)):
        rounded = np.rint(fitted.weights[name] / step).astype(int)
        if firm[name] < WEAK or not rounded.any():
            continue
        code = zlib.crc32(name.encode())
        at = code >> (32 - BITS)
        while tags[at]:
            at += 1
        tags[at] = code & TAG or 1
        table[at] = np.clip(rounded + MIDDLE, 1, 255)
    header = {
        "bits": BITS,
        "step": round(step, 8),
        "bias": [round(float(b), 5) for b in fitted.bias],
        **calibration,
        "labels": list(LABELS),
        "lexicon": words,
        "made_of": made_of(),
    }
    line = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    return zlib.compress(line + b"\n" + tags.tobytes() + table.tobytes(), 9)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of write")
    given = parser.parse_args()
    rows, words = read_rows(), lexicon_words()
    lexicon = Lexicon(**words)
    calibration = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    packed = pack(train(rows, lexicon), words, calibration)
    if given.check:
        same = TARGET.exists() and TARGET.read_bytes() == packed
        sys.stdout.write("same\n" if same else "differs\n")
        return 0 if same else 1
    TARGET.write_bytes(packed)
    sys.stdout.write(f"{TARGET.name}: {len(packed)} bytes from {len(rows)} rows\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
