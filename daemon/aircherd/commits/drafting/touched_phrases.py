"""Statements about what was worked on, for want of anything more definite."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.changes import FileChange
from aircherd.commits.drafting.clues import Clues, split_words
from aircherd.commits.drafting.phrases import (
    Phrase,
    listed,
    part_of,
    unless_same,
)
from aircherd.commits.drafting.topics import topic
from aircherd.commits.symbols import Symbol


def touched(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """The definitions or files most lines were changed in, and what those lines speak of most."""
    verb = _GENERIC.get(kind, "update")
    added = sum(c.added_count for c in focus)
    removed = sum(c.removed_count for c in focus)
    if verb == "rework" and removed > added * 1.15:
        verb = "simplify"
    names, place = _most_touched(focus)
    about = topic(clues.names_added, clues.names_removed) or topic(
        clues.names_added + clues.names_removed
    )
    target = names[0] if len(names) == 1 else part_of(focus)
    if about and not (set(about.lower().split()) & set(map(str.lower, split_words(target)))):
        noun = _ABOUT.get(verb, "handling")
        yield Phrase(
            verb="add" if kind == "feat" else verb, noun=noun, items=(about,), where=target
        )
    yield Phrase(verb=verb, items=names, where=place)


_ABOUT = {"extend": "support", "fix": "handling", "rework": "handling", "simplify": "handling"}


def _most_touched(focus: Sequence[FileChange]) -> tuple[tuple[str, ...], str]:
    """Names of the definitions or files changed most, and the place around them."""
    counted: Counter[Symbol] = Counter()
    for change in focus:
        for symbol, lines in change.edits.touched.items():
            if symbol.kind not in ("impl", "module", "namespace", "extension"):
                counted[symbol] += lines
    top = counted.most_common(3)
    if top and top[0][1] * 3 >= sum(counted.values()) and len(focus) <= 6:
        symbol = top[0][0]
        owner = next((c for c in focus if symbol in c.edits.touched), focus[0])
        name = symbol.name if symbol.name not in _CONSTRUCTORS else symbol.owner or owner.stem
        place = symbol.owner if symbol.owner and symbol.owner != name else owner.stem
        return (name,), unless_same(place, name)
    if top and len(focus) == 1:
        return listed(s.name for s, _ in top[:2]), focus[0].stem
    if len(focus) > 3 and (place := part_of(focus)):
        return (place,), ""
    return listed(c.stem for c in focus), ""


_CONSTRUCTORS = frozenset(
    {"__init__", "constructor", "init", "new", "main", "setup", "default", "run", "__call__"}
)


_GENERIC = {
    "feat": "extend",
    "fix": "fix",
    "refactor": "rework",
    "perf": "speed",
    "style": "format",
    "docs": "document",
    "test": "test",
    "chore": "update",
    "build": "update",
    "ci": "update",
}


def touched_name(focus: Sequence[FileChange]) -> str:
    counted: Counter[str] = Counter()
    for change in focus[:6]:
        for symbol, lines in change.edits.touched.items():
            if symbol.callable or symbol.kind in ("class", "struct"):
                name = symbol.owner or change.stem if symbol.name in _CONSTRUCTORS else symbol.name
                counted[name] += lines
    top = counted.most_common(1)
    return top[0][0] if top and top[0][1] * 2 >= sum(counted.values()) else ""
