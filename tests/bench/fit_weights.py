"""Fits the weights of the rule-based drafter to histories of repositories.

    python tests/bench/fit_weights.py [--commits N] [--write] REPOSITORY ...

Multinomial logistic regression on the facts of `drafting/evidence.py`, with what the repository's
own habits say as an offset whose weight is fitted too. Three commits in ten are shown without their
habits, so that the facts also stand alone. Printed is the agreement on repositories left out in
turn. Give it no repository that is in DRAFTER.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from drafter import human_type, samples

from aircherd.commits import drafting
from aircherd.commits.convention import learn
from aircherd.commits.diff import parse
from aircherd.commits.drafting.changes import read_changes
from aircherd.commits.drafting.clues import read_clues
from aircherd.commits.drafting.composition import composition
from aircherd.commits.drafting.dependencies import read_bumps
from aircherd.commits.drafting.evidence import Material, facts
from aircherd.commits.drafting.habits import EVERYTHING, habit

TYPES = ("feat", "fix", "docs", "test", "refactor", "perf", "build", "ci", "chore", "style")
RARE = 8
"""Facts seen less often get no weight."""
STRENGTH = 8.0
"""Of the pull towards zero."""
TARGET = Path(str(drafting.__file__)).with_name("weights.py")


@dataclass
class Case:
    """One commit: whose it is, its type, its facts and the habits before it."""

    repository: str
    kind: int
    facts: frozenset[str]
    part: list[float]
    everything: list[float]
    nothing: list[float]
    """The habit of its part in a repository without a history."""


def cases(place: Path, count: int) -> list[Case]:
    """The commits of one repository."""
    found = []
    for sample in samples(place, count):
        changes = read_changes(parse(sample.patch))
        bumps = read_bumps([(c.file, c.role) for c in changes])
        material = Material(changes=tuple(changes), clues=read_clues(changes), bumps=tuple(bumps))
        habits = learn(sample.history).type_habits
        part = composition([c.role for c in changes])
        of_part, of_all = habit(habits, part, TYPES), habit(habits, EVERYTHING, TYPES)
        none = habit((), part, TYPES)
        found.append(
            Case(
                str(place),
                TYPES.index(human_type(sample.subject)),
                frozenset(facts(material)),
                [of_part[t] for t in TYPES],
                [of_all[t] for t in TYPES],
                [none[t] for t in TYPES],
            )
        )
    return found


def fit(data: list[Case], known: dict[str, int], steps: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Weights (facts and a bias by types) and the two weights of habit, by Adam."""
    matrix, part, everything, nothing, kinds = arrays(data, known)
    goal = np.eye(len(TYPES))[kinds]
    random = np.random.default_rng(0)
    weights, habits = np.zeros((matrix.shape[1], len(TYPES))), np.array([0.5, 0.2])
    parameters = (weights, habits)
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    for step in range(1, steps + 1):
        shown = (random.random(len(data)) > 0.3)[:, None]
        a, b = np.where(shown, part, nothing), everything * shown
        slope = softmax(matrix @ weights + habits[0] * a + habits[1] * b) - goal
        slopes = (matrix.T @ slope + STRENGTH * weights, np.array([(slope * a).sum(), (slope * b).sum()]))  # fmt: skip
        for value, gradient, m, v in zip(parameters, slopes, first, second, strict=True):
            m[:] = 0.9 * m + 0.1 * gradient
            v[:] = 0.999 * v + 0.001 * gradient**2
            value -= 0.02 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return weights, habits


def arrays(data: list[Case], known: dict[str, int]) -> tuple[np.ndarray, ...]:
    """The cases as arrays; the last column of the first is the bias."""
    matrix = np.zeros((len(data), len(known) + 1))
    matrix[:, -1] = 1
    for row, case in enumerate(data):
        for fact in case.facts & known.keys():
            matrix[row, known[fact]] = 1
    columns = ([c.part for c in data], [c.everything for c in data], [c.nothing for c in data])
    return matrix, *(np.array(c) for c in columns), np.array([c.kind for c in data])


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities of each row."""
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def left_out(data: list[Case], known: dict[str, int]) -> float:
    """How often the type agrees in repositories the weights were not fitted to."""
    hits = 0
    for name in {c.repository for c in data}:
        weights, habits = fit([c for c in data if c.repository != name], known, 300)
        matrix, part, everything, _, kinds = arrays([c for c in data if c.repository == name], known)  # fmt: skip
        scores = matrix @ weights + habits[0] * part + habits[1] * everything
        hits += int((scores.argmax(1) == kinds).sum())
    return hits / len(data)


def module(data: list[Case], known: dict[str, int]) -> str:
    """The text of weights.py."""
    weights, habits = fit(data, known)
    weights -= weights.mean(1, keepdims=True)

    def row(values: np.ndarray) -> str:
        return "(" + ", ".join(f"{round(float(v), 1) + 0:.1f}" for v in values) + ")"

    lines = [
        f"    {json.dumps(fact)}: {row(weights[at])},"
        for fact, at in sorted(known.items())
        if np.abs(weights[at]).max() >= 0.1
    ]
    return TEXT.format(
        commits=len(data),
        repositories=len({c.repository for c in data}),
        types=", ".join(f'"{t}"' for t in TYPES),
        part=habits[0],
        everything=habits[1],
        bias=row(weights[-1]),
        weights="\n".join(lines),
    )


TEXT = '''\
"""How much each fact of `evidence.py` counts for each type of commit.

Fitted by multinomial logistic regression (`tests/bench/fit_weights.py`) to {commits} commits of
{repositories} public repositories, none of which is in `tests/bench/DRAFTER.md`; rounded to a
tenth. Positive speaks for the type.
"""

from __future__ import annotations

# fmt: off
TYPES = ({types})
# fmt: on
"""The order of the columns below."""

HABIT_OF_PART = {part:.2f}
"""How much the habit for the touched part counts."""
HABIT_OF_ALL = {everything:.2f}
"""How much the habit for all changes counts."""

# fmt: off
BIAS = {bias}

WEIGHTS: dict[str, tuple[float, ...]] = {{
{weights}
}}
# fmt: on
'''


def main() -> int:
    """Fits to the repositories named on the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY", type=Path)
    parser.add_argument("--commits", type=int, default=200, help="commits of each (200)")
    parser.add_argument("--write", action="store_true", help=f"write {TARGET.name}")
    options = parser.parse_args()
    data = [case for place in options.repositories for case in cases(place, options.commits)]
    counted = Counter(fact for case in data for fact in case.facts)
    known = {fact: n for n, fact in enumerate(sorted(f for f, c in counted.items() if c >= RARE))}
    print(f"{len(data)} commits, type agrees on repositories left out: {left_out(data, known):.1%}")
    text = module(data, known)
    if options.write:
        TARGET.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
