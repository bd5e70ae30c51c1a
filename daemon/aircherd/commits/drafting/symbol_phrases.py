"""Statements about definitions and files that came or went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.changes import FileChange, Shape
from aircherd.commits.drafting.clues import Clues
from aircherd.commits.drafting.phrases import (
    Phrase,
    listed,
    part_of,
    same_word,
    unless_same,
)
from aircherd.commits.symbols import Symbol


def introduced(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """New files and new definitions."""
    gone = {s.name for c in focus for s in c.edits.removed}
    fresh = [c for c in focus if c.new and c.shape is not Shape.EMPTY]
    lines = sum(c.added_count for c in focus) or 1
    if fresh and sum(c.added_count for c in fresh) * 2 >= lines:
        yield _new_files(fresh, gone)
        return
    ranked: list[tuple[float, Symbol, FileChange]] = []
    for change in focus:
        for n, symbol in enumerate(change.edits.added):
            if (
                symbol.name in gone
                or symbol.kind in ("impl", "field_", "module")
                or symbol.kind == "test"
            ):
                continue
            score = change.weight * (1.5 if symbol.public else 0.6)
            score *= {
                "class": 1.4,
                "struct": 1.4,
                "interface": 1.3,
                "trait": 1.4,
                "constant": 0.5,
                "field": 0.7,
                "property": 0.8,
                "type": 0.9,
                "selector": 0.7,
                "variable": 0.5,
            }.get(symbol.kind, 1.0)
            # The names a definition's own file is called after, and those used elsewhere, matter more.
            score *= 1 + min(clues.names_added[symbol.name], 6) / 6
            ranked.append((score / (1 + n * 0.03), symbol, change))
    ranked.sort(key=lambda r: -r[0])
    if not ranked or (kind not in ("feat",) and not ranked[0][1].public and kind != "refactor"):
        return
    best, first, change = ranked[0]
    same = [
        s for score, s, c in ranked if score > best * 0.5 and s.kind == first.kind and c is change
    ]
    place = first.owner or change.stem
    if kind == "refactor" and first.callable and sum(c.removed_count for c in focus) > 3:
        yield Phrase(
            verb="extract",
            items=listed(s.name for s in same[:3]),
            where=unless_same(place, first.name),
        )
        return
    noun = first.kind if first.kind in ("field", "column", "table", "index", "variable") else ""
    yield Phrase(
        verb="add",
        noun=noun,
        items=listed(s.name for s in same),
        where=unless_same(place, first.name),
    )


def _new_files(fresh: Sequence[FileChange], gone: set[str]) -> Phrase:
    main = max(fresh, key=lambda c: c.weight)
    names = [
        s
        for s in main.edits.added
        if s.public
        and s.name not in gone
        and s.kind not in ("test", "impl", "constant", "field", "variable", "selector", "module")
    ]
    named = [s for s in names if same_word(s.name, main.stem)]
    if len(fresh) == 1 or all(same_word(c.stem, main.stem) for c in fresh):
        if named:
            return Phrase(verb="add", items=(named[0].name,), where=_folder(main))
        if len(names) == 1:
            return Phrase(
                verb="add", items=(names[0].name,), where=unless_same(main.stem, names[0].name)
            )
        return Phrase(
            verb="add",
            noun="module" if main.language is not None and main.language.name != "css" else "",
            items=(main.stem,),
            where=_folder(main),
        )
    items = listed(c.stem for c in sorted(fresh, key=lambda c: -c.weight))
    return Phrase(verb="add", items=items, where=unless_same(part_of(fresh), items[0]))


def _folder(change: FileChange) -> str:
    folder = change.path.rpartition("/")[0].rpartition("/")[2]
    return "" if same_word(folder, change.stem) else part_of([change, change]) if folder else ""


def parameters(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Parameters a function takes now."""
    found = [(s, p) for c in focus for s, p in c.edits.parameters if not s.name.startswith("_")]
    if 0 < len(found) <= 8:
        counted = Counter(p for _, p in found)
        name, _ = counted.most_common(1)[0]
        symbol = next(s for s, p in found if p == name)
        place = (
            symbol.name if symbol.name not in ("__init__", "constructor", "new") else symbol.owner
        )
        yield Phrase(verb="add", noun="parameter", items=(name,), where=place or "")


def deleted(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Files and definitions that are gone."""
    kept = {s.name for c in focus for s in c.edits.added}
    gone = [c for c in focus if c.gone]
    added = sum(c.added_count for c in focus)
    removed = sum(c.removed_count for c in focus)
    if gone and sum(c.removed_count for c in gone) * 2 >= removed and added * 2 <= removed:
        items = listed(c.stem for c in gone)
        place = part_of(gone) if len(gone) > 1 else ""
        yield Phrase(verb="remove", items=items, where=unless_same(place, items[0]))
        return
    if added > removed:
        return
    names = [
        (s, c) for c in focus for s in c.edits.removed if s.name not in kept and s.kind != "impl"
    ]
    if names:
        names.sort(key=lambda p: (-p[1].weight, not p[0].public))
        symbol, change = names[0]
        items = listed(s.name for s, c in names if c is change and s.kind == symbol.kind)
        place = symbol.owner or change.stem
        yield Phrase(
            verb="remove",
            noun="unused" if kind == "refactor" and not symbol.public else "",
            items=items,
            where=unless_same(place, items[0]),
        )
