"""Findings that say the same of the same lines become one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aircherd.findings.model import RANK, Dropped, Found

_COMMON = frozenset(
    (
        "a", "an", "and", "are", "as", "at", "be", "by", "can", "code", "could", "do", "does",
        "for", "has", "have", "if", "in", "is", "it", "its", "line", "may", "might", "no", "not",
        "of", "on", "or", "should", "that", "the", "this", "to", "was", "were", "when", "will",
        "with", "would",
    )
)  # fmt: skip
_SAME_LINES, _OVERLAPPING = 0.3, 0.5
"""Share of the words two findings must have in common to be taken for one."""


def merged(found: Sequence[Found]) -> tuple[tuple[Found, ...], tuple[Dropped, ...]]:
    """By file and line, the gravest of each; and those it stands for."""
    kept: list[Found] = []
    doubles: list[Dropped] = []
    for one in sorted(found, key=lambda f: (f.path, f.first, RANK[f.severity], f.last)):
        twin = next((k for k in kept if _same(k, one)), None)
        if twin is None:
            kept.append(one)
        else:
            doubles.append(Dropped(title=one.title, why=f"the same as `{twin.title}`"))
    return tuple(kept), tuple(doubles)


def _same(one: Found, other: Found) -> bool:
    if one.path != other.path or one.last < other.first or other.last < one.first:
        return False
    alike = max(
        _overlap(_words(one.title), _words(other.title)),
        _overlap(_words(f"{one.title} {one.why}"), _words(f"{other.title} {other.why}")),
    )
    exactly = (one.first, one.last) == (other.first, other.last)
    return alike > (_SAME_LINES if exactly else _OVERLAPPING)


def _overlap(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if word not in _COMMON}
