"""Chooses the type of a commit by weighing the evidence against the repository's habits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aircherd.commits.composition import composition
from aircherd.commits.evidence import Material, facts
from aircherd.commits.habits import EVERYTHING, habit
from aircherd.commits.model import Convention
from aircherd.commits.types import ALIASES
from aircherd.commits.weights import BIAS, HABIT_OF_ALL, HABIT_OF_PART, TYPES, WEIGHTS

_BRANCH = 3.0
_STRANGER = -1.0
_BRANCH_TYPE = re.compile(r"(?:^|/)([a-z]{2,14})[/_-]")
_ENOUGH = 20


def choose_type(material: Material, convention: Convention, branch: str | None = None) -> str:
    """The type that fits best among those the convention allows."""
    part = composition([c.role for c in material.changes])
    scores = dict(zip(TYPES, BIAS, strict=True))
    for fact in set(facts(material)):
        for kind, weight in zip(TYPES, WEIGHTS.get(fact, ()), strict=False):
            scores[kind] += weight
    of_part = habit(convention.type_habits, part, TYPES)
    of_all = habit(convention.type_habits, EVERYTHING, TYPES)
    for kind in TYPES:
        scores[kind] += HABIT_OF_PART * of_part[kind] + HABIT_OF_ALL * of_all[kind]
        if convention.types and kind not in convention.types:
            if convention.types_enforced:
                del scores[kind]
            elif convention.learned_from >= _ENOUGH:
                scores[kind] += _STRANGER
    named = branch_type(branch)
    if named in scores:
        scores[named] += _BRANCH
    if own := _own_type(convention, part):
        return own
    if not scores:
        return convention.types[0]
    return max(scores, key=lambda kind: scores[kind])


def branch_type(branch: str | None) -> str:
    """`fix` from `fix/crash-on-start` or `ada/bugfix-42`; empty where the name says nothing."""
    found = _BRANCH_TYPE.search((branch or "").lower())
    if found is None:
        return ""
    word = ALIASES.get(found[1], found[1])
    return word if word in TYPES else ""


def _own_type(convention: Convention, part: str) -> str:
    """A type only this repository has, where most changes of this part got it."""
    counts = {kind: n for where, kind, n in convention.type_habits if where == part}
    if not counts:
        return ""
    best = max(counts, key=lambda kind: counts[kind])
    common: Sequence[str] = TYPES
    if best in common or best == "revert" or counts[best] < 3 or best not in convention.types:
        return ""
    return best if counts[best] * 10 >= sum(counts.values()) * 6 else ""
