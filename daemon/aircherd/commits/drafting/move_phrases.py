"""Statements about what only has another place or name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.changes import FileChange, Shape
from aircherd.commits.drafting.clues import Clues
from aircherd.commits.drafting.phrases import (
    Phrase,
    listed,
    part_of,
)


def moved(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Definitions that left one file for another."""
    source = {s.name: c for c in focus for s in c.edits.removed if len(s.name) > 3}
    found: dict[tuple[str, str], list[str]] = {}
    for change in focus:
        for symbol in change.edits.added:
            before = source.get(symbol.name)
            if before is not None and before is not change:
                found.setdefault((before.stem, change.stem), []).append(symbol.name)
    for (before_stem, after_stem), names in sorted(found.items(), key=lambda p: -len(p[1]))[:2]:
        if before_stem != after_stem:
            yield Phrase(verb="move", items=listed(names), where=after_stem)
    yield from _moved_files(focus)


def _moved_files(focus: Sequence[FileChange]) -> Iterator[Phrase]:
    pairs = [(c.file.old_path, c) for c in focus if c.file.old_path and c.shape is Shape.MOVE]
    if pairs and len(pairs) * 2 >= len(focus):
        yield from file_moves([c for _, c in pairs])


def file_moves(changes: Sequence[FileChange]) -> Iterator[Phrase]:
    """Files that only have another path now."""
    names = [(_old_name(c), c) for c in changes]
    if len(names) == 1:
        old, change = names[0]
        before, _, base = old.rpartition("/")
        after, _, name = change.path.rpartition("/")
        if base != name and before == after:
            yield Phrase(verb="rename", old=base, new=name)
        elif base == name:
            yield Phrase(verb="move", items=(name,), where=after or "the root")
        else:
            yield Phrase(verb="move", items=(base,), where=change.path)
        return
    folders = Counter((o.rpartition("/")[0], c.path.rpartition("/")[0]) for o, c in names)
    (before, after), _ = folders.most_common(1)[0]
    while before and after and before.rpartition("/")[2] == after.rpartition("/")[2]:
        before, after = before.rpartition("/")[0], after.rpartition("/")[0]
    if before != after and len({old for old, _ in folders}) <= 3 and before and after:
        if before.rpartition("/")[0] == after.rpartition("/")[0]:
            yield Phrase(verb="rename", old=before.rpartition("/")[2], new=after.rpartition("/")[2])
        else:
            yield Phrase(verb="move", items=(before.rpartition("/")[2],), where=after)
    else:
        where = part_of(changes)
        yield Phrase(verb="move", items=listed(c.stem for _, c in names), where=where)


def _old_name(change: FileChange) -> str:
    return (change.file.old_path or b"").decode("utf-8", "backslashreplace")


def renamed(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Definitions with another name now."""
    pairs = [(b, a, c) for c in focus for b, a in c.edits.renamed]
    if 0 < len(pairs) <= 6:
        counted = sorted(pairs, key=lambda p: -clues.swaps[(p[0].name, p[1].name)])
        before, after, change = counted[0]
        place = after.owner or ("" if len(focus) > 3 else change.stem)
        yield Phrase(verb="rename", old=before.name, new=after.name, where=place)
