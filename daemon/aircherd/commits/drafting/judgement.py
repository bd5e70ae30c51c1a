"""Chooses the type of a commit by weighing the evidence against the repository's habits."""

from __future__ import annotations

import re

from aircherd.commits.drafting.composition import composition
from aircherd.commits.drafting.evidence import Material, facts
from aircherd.commits.drafting.habits import EVERYTHING, habit, usual_name
from aircherd.commits.drafting.weights import BIAS, HABIT_OF_ALL, HABIT_OF_PART, TYPES, WEIGHTS
from aircherd.commits.model import Convention
from aircherd.commits.types import ALIASES

_BRANCH = 3.0
_STRANGER = -1.0
_BRANCH_TYPE = re.compile(r"(?:^|/)([a-z]{2,14})[/_-]")
_ENOUGH = 20
_IMPOSSIBLE = {
    "only layout": ("feat", "fix", "perf"),
    "only comments": ("feat", "fix", "perf", "build"),
    "only imports": ("feat", "perf"),
    "only moves": ("feat", "fix", "perf", "style"),
}
"""Types no weight of habit makes right for such changes."""


def choose_type(material: Material, convention: Convention, branch: str | None = None) -> str:
    """The type that fits best among those the convention allows, as the convention spells it."""
    part = composition([c.role for c in material.changes])
    allowed = {usual_name(t): t for t in reversed(convention.types)}
    if own := _own_type(convention, part):
        return own
    scores = _weighed(material, convention, part)
    for kind in list(scores):
        if allowed and kind not in allowed:
            if convention.types_enforced:
                del scores[kind]
            elif convention.learned_from >= _ENOUGH:
                scores[kind] += _STRANGER
    named = branch_type(branch)
    if named in scores:
        scores[named] += _BRANCH
    if not scores:
        return convention.types[0]
    best = max(scores, key=lambda kind: scores[kind])
    return allowed.get(best, best)


def _weighed(material: Material, convention: Convention, part: str) -> dict[str, float]:
    """A score for every usual type that is possible for such a change."""
    scores = dict(zip(TYPES, BIAS, strict=True))
    known = set(facts(material))
    for fact in known:
        for kind, weight in zip(TYPES, WEIGHTS.get(fact, ()), strict=False):
            scores[kind] += weight
    of_part = habit(convention.type_habits, part, TYPES)
    of_all = habit(convention.type_habits, EVERYTHING, TYPES)
    for kind in TYPES:
        scores[kind] += HABIT_OF_PART * of_part[kind] + HABIT_OF_ALL * of_all[kind]
    for fact, kinds in _IMPOSSIBLE.items():
        if fact in known:
            left = {k: v for k, v in scores.items() if k not in kinds}
            scores = left or scores
    return scores


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
    if best in TYPES or best == "revert" or counts[best] < 3 or best not in convention.types:
        return ""
    return best if counts[best] * 10 >= sum(counts.values()) * 6 else ""
