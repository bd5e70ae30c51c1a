"""Which type a repository's people gave to changes of which parts of it.

One project calls a new version of a dependency `chore`, the next `build`; one files new tests under
`test`, the next under `fix`. The history says so better than any rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import log

from aircherd.commits.drafting.composition import composition
from aircherd.commits.roles import role_of

EVERYTHING = "*"
_PATHS = 200
_USUAL = {
    "docs": {"docs": 8},
    "changelog": {"docs": 3},
    "example": {"docs": 2},
    "test": {"test": 8},
    "ci": {"ci": 8},
    "manifest": {"build": 2, "chore": 2},
    "lock": {"build": 2, "chore": 2},
    "build": {"build": 3},
    "config": {"chore": 3},
}
"""What is imagined to have been before, so that a young repository has habits too."""


def learn_habits(
    history: Iterable[tuple[str, Sequence[bytes]]],
) -> tuple[tuple[str, str, int], ...]:
    """Counts (part, type) pairs over past commits, given as (type, paths touched).

    Other names of a usual type count for that type; commits without paths for the whole only. The result fits `Convention.type_habits`.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for named, paths in history:
        kind = usual_name(named)
        counted[EVERYTHING, kind] += 1
        if paths:
            roles = [role_of(p.decode("utf-8", "replace")) for p in paths[:_PATHS]]
            counted[composition(roles), kind] += 1
    return tuple((part, kind, n) for (part, kind), n in counted.most_common())


def usual_name(kind: str) -> str:
    """`docs` for `doc` and the like; a type that is no other spelling stays itself."""
    return _SPELLINGS.get(kind.lower(), kind.lower())


_SPELLINGS = {
    "doc": "docs",
    "documentation": "docs",
    "feature": "feat",
    "features": "feat",
    "tests": "test",
    "testing": "test",
    "bug": "fix",
    "bugfix": "fix",
    "fixes": "fix",
    "refact": "refactor",
    "refactoring": "refactor",
    "performance": "perf",
    "styles": "style",
}


def habit(
    habits: Iterable[tuple[str, str, int]], part: str, types: Sequence[str]
) -> Mapping[str, float]:
    """Log-probability of each type for a part; a few imagined commits stand for no history."""
    counts = {kind: n for where, kind, n in habits if where == part}
    usual = _USUAL.get(part, {})
    counted = {t: counts.get(t, 0) + usual.get(t, 0) + 1 for t in types}
    total = sum(counted.values())
    return {t: log(n / total) for t, n in counted.items()}
