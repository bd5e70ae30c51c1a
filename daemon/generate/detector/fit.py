"""Multinomial logistic regression on sparse features, with numpy alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aircherd.tasks.features import Features
from aircherd.tasks.model import LABELS, scales

Numbers = NDArray[np.float32]
RARE = 2
"""Features in fewer rows get no weight."""


@dataclass
class Fitted:
    """Weights by name of feature, and the bias."""

    weights: dict[str, Numbers]
    bias: Numbers

    def scores(self, found: Features) -> Numbers:
        """As the daemon will reckon it, before rounding."""
        total = self.bias.astype(np.float32).copy()
        for group, scale in scales(found):
            for name in group:
                weight = self.weights.get(name)
                if weight is not None:
                    total += scale * weight
        return total


def fit(
    found: list[Features],
    labels: list[int],
    importance: list[float],
    *,
    senses: Mapping[str, Numbers],
    strength: float = 1.0,
    rounds: int = 80,
) -> Fitted:
    """Weights that make the labels likely, pulled towards zero by `strength`.

    A feature `v:word` has no weights of its own: they are its word's vector in `senses` times a
    matrix that is fitted with the rest, so that words no row holds get weights from their likes.
    """
    seen: Counter[str] = Counter()
    flat = [[(name, s) for group, s in scales(f) for name in group] for f in found]
    for row in flat:
        seen.update({name for name, _ in row if not name.startswith("v:")})
    names = {name: at for at, name in enumerate(n for n, c in seen.items() if c >= RARE)}
    rows, columns, values = [], [], []
    for at, row in enumerate(flat):
        for name, scale in row:
            if name in names:
                rows.append(at)
                columns.append(names[name])
                values.append(scale)
    depth = len(next(iter(senses.values()))) if senses else 0
    meaning = np.zeros((len(found), depth), dtype=np.float32)
    for at, row in enumerate(flat):
        for name, scale in row:
            vector = senses.get(name[2:]) if name.startswith("v:") else None
            if vector is not None:
                meaning[at] += scale * vector
    width = len(names)
    problem = _Problem(
        np.array(rows, dtype=np.int64),
        np.array(columns, dtype=np.int64),
        np.array(values, dtype=np.float32),
        np.array(labels),
        np.array(importance, dtype=np.float32),
        width,
        meaning,
        strength,
    )
    best = _descend(problem, rounds)
    matrix = best.reshape(width + 1 + depth, len(LABELS))
    weights = {n: matrix[at] for n, at in names.items()}
    turned = matrix[width + 1 :]
    weights.update({f"v:{word}": vector @ turned for word, vector in senses.items()})
    return Fitted(weights, matrix[width])


class _Sparse:
    """A sparse matrix without empty rows. A column of the other side at a time stays in the cache,
    which is eight times as fast as whole rows of it."""

    def __init__(self, columns: NDArray[Any], values: Numbers, starts: NDArray[Any]) -> None:
        self.columns, self.values, self.starts = columns, values, starts
        self._space = np.empty(len(values), dtype=np.float32)

    def __matmul__(self, other: Numbers) -> Numbers:
        out = np.empty((other.shape[1], len(self.starts)), dtype=np.float32)
        for column, sums in zip(np.ascontiguousarray(other.T), out, strict=True):
            column.take(self.columns, out=self._space, mode="clip")
            np.multiply(self._space, self.values, out=self._space)
            np.add.reduceat(self._space, self.starts, out=sums)
        return np.ascontiguousarray(out.T)


class _Problem:
    """The loss and its gradient."""

    def __init__(
        self,
        rows: NDArray[Any],
        columns: NDArray[Any],
        values: Numbers,
        labels: NDArray[Any],
        importance: Numbers,
        width: int,
        meaning: Numbers,
        strength: float,
    ) -> None:
        count, wide = len(labels), len(LABELS)
        # A column of ones at the end is the bias; it also makes every row and column non-empty.
        rows = np.concatenate([rows, np.arange(count)])
        columns = np.concatenate([columns, np.full(count, width)])
        values = np.concatenate([values, np.ones(count, dtype=np.float32)])
        by_row = np.lexsort((columns, rows))
        starts = np.searchsorted(rows[by_row], np.arange(count))
        self.by_row = _Sparse(columns[by_row], values[by_row], starts)
        by_column = np.lexsort((rows, columns))
        starts = np.searchsorted(columns[by_column], np.arange(width + 1))
        self.by_column = _Sparse(rows[by_column], values[by_column], starts)
        self.target = np.zeros((count, wide), dtype=np.float32)
        self.target[np.arange(count), labels] = 1
        self.importance = importance[:, None] / importance.sum() * count
        self.meaning = meaning
        self.shape = (width + 1 + meaning.shape[1], wide)
        self.pull = np.full((self.shape[0], 1), strength, dtype=np.float32)
        self.pull[width] = 0.01

    def __call__(self, flat: Numbers) -> tuple[float, Numbers]:
        weights = flat.reshape(self.shape)
        scores = self.by_row @ weights
        scores += self.meaning @ weights[len(self.by_column.starts) :]
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        chances = powers / powers.sum(axis=1, keepdims=True)
        log = np.log(np.maximum((chances * self.target).sum(axis=1), 1e-12))
        loss = float(-(log * self.importance[:, 0]).sum())
        loss += 0.5 * float((self.pull * weights * weights).sum())
        wrong = (chances - self.target) * self.importance
        slope = np.concatenate([self.by_column @ wrong, self.meaning.T @ wrong])
        return loss, (slope + self.pull * weights).ravel()


def _descend(problem: _Problem, rounds: int, memory: int = 8) -> Numbers:
    """L-BFGS with a backtracking line search."""
    at = np.zeros(problem.shape[0] * problem.shape[1], dtype=np.float32)
    loss, slope = problem(at)
    steps: list[tuple[Numbers, Numbers, float]] = []
    for number in range(rounds):
        way = -slope
        shares = []
        for step, bend, inner in reversed(steps):
            share = float(step @ way) / inner
            shares.append(share)
            way = way - share * bend
        if steps:
            step, bend, inner = steps[-1]
            way = way * (inner / float(bend @ bend))
        for (step, bend, inner), share in zip(steps, reversed(shares), strict=True):
            way = way + (share - float(bend @ way) / inner) * step
        size = 1.0 if number else 1.0 / float(np.abs(slope).sum() / 100)
        down = float(way @ slope)
        for _ in range(12):
            there = at + size * way
            loss_there, slope_there = problem(there)
            if loss_there <= loss + 1e-4 * size * down:
                break
            size /= 2
        else:
            break
        step, bend = there - at, slope_there - slope
        inner = float(step @ bend)
        if inner > 1e-8:
            steps = [*steps, (step, bend, inner)][-memory:]
        if loss - loss_there < 1e-5 * loss:
            break
        at, loss, slope = there, loss_there, slope_there
    return at
