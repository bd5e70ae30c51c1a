"""Statements about documentation and comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.changes import FileChange, Shape
from aircherd.commits.drafting.evidence import Material
from aircherd.commits.drafting.move_phrases import file_moves
from aircherd.commits.drafting.phrases import (
    Phrase,
    about_phrases,
    alone,
    in_group,
    listed,
    part_of,
)
from aircherd.commits.drafting.sentences import from_entry, plain
from aircherd.commits.drafting.swap_phrases import is_typo
from aircherd.commits.drafting.topics import topic_of
from aircherd.commits.roles import Role

_CODE = re.compile(r"`([^`\s]{2,40})`")


_HEADING = re.compile(r"#{1,5} +(.{2,80})")
_URL = re.compile(r"https?://[^\s)>\]\"']{4,200}")


_LISTED = re.compile(r"\s*(?:[-*|]|\d+\.)\s*\|?\s*\[([^\]]{2,60})\]\(")


def docs_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Documentation: typos, links, sections, entries, new pages."""
    clues = material.clues
    new = [c for c in changes if c.new]
    gone = [c for c in changes if c.gone]
    place = _page(changes)
    moves = [c for c in changes if c.shape is Shape.MOVE]
    if moves and len(moves) * 2 >= len(changes):
        yield from in_group(file_moves(moves), "docs")
    if clues.entries and all(c.role is Role.CHANGELOG for c in changes):
        text = from_entry(clues.entries[0])
        if text and len(clues.entries) == 1:
            yield Phrase(verb="document", noun="change", items=(text,), where=place, group="docs")
    if new and sum(c.added_count for c in new) * 2 > sum(c.added_count for c in changes):
        titles = listed(clues.headings[:1]) if len(new) == 1 else ()
        name = new[0].stem if len(new) == 1 else part_of(new)
        if titles and len(titles[0]) <= 45 and not new[0].name.isupper():
            yield Phrase(verb="add", noun="page", items=titles, group="docs")
        else:
            items = (name,) if name else listed(c.stem for c in new)
            yield Phrase(verb="add", noun="page", items=items, group="docs")
    if gone and len(gone) * 2 > len(changes):
        yield Phrase(verb="remove", noun="page", items=listed(c.stem for c in gone), group="docs")
    swaps = material.clues.swaps
    small = sum(c.added_count + c.removed_count for c in changes) <= 24
    if swaps and small and alone(changes, material):
        (old, new_version), _ = swaps.most_common(1)[0]
        about = topic_of(changes, fresh_first=False)
        if about and all(re.fullmatch(r"v?\d+(?:\.\d+)+", v) for v in (old, new_version)):
            yield Phrase(
                verb="update", items=(about,), old=old, new=new_version, where=place, group="docs"
            )
        typos = [(a, b) for a, b in swaps if is_typo(a, b)]
        if typos and len(typos) * 2 >= len(swaps):
            yield Phrase(
                verb="fix", noun="typo" if len(typos) == 1 else "typos", where=place, group="docs"
            )
    added, removed = _text(changes, "added"), _text(changes, "removed")
    before, after = set(_URL.findall(removed)), set(_URL.findall(added))
    if before and after and before != after and small:
        yield Phrase(
            verb="fix",
            noun="link" if len(after - before) == 1 else "links",
            where=place,
            group="docs",
        )
    entries = listed(
        m[1]
        for c in changes
        for line in c.added
        if (m := _LISTED.match(line)) and m[0] not in removed
    )
    entries = tuple(e for e in entries if f"[{e}]" not in removed)
    if entries and len(entries) <= 3 and small:
        yield Phrase(
            verb="add", items=tuple(plain(e) or e for e in entries), where=place, group="docs"
        )
    headings = [_bare_heading(h) for h in clues.headings if len(h) <= 50 and "[" not in h]
    gone_headings = [
        _bare_heading(m[1]) for c in changes for r in c.removed if (m := _HEADING.match(r))
    ]
    if len(headings) == len(gone_headings) == 1:
        yield Phrase(
            verb="rename",
            noun="section",
            old=gone_headings[0],
            new=headings[0],
            where=place,
            group="docs",
        )
    elif headings and not new:
        yield Phrase(
            verb="add", noun="section", items=listed(headings[:3]), where=place, group="docs"
        )
    terms = Counter(_CODE.findall(added))
    terms.subtract(_CODE.findall(removed))
    best = [t for t, n in terms.most_common(3) if n > 0]
    if best:
        yield Phrase(verb="document", items=listed(best[:2]), where=place, group="docs")
    yield from about_phrases(changes, "docs", place)
    if not removed.strip() and added.strip():
        yield Phrase(verb="extend", items=(place,), group="docs")
    yield Phrase(verb="update", noun="docs" if not place else "", items=(place,), group="docs")


def _bare_heading(text: str) -> str:
    return re.sub(r"^[^\w`]+|[^\w`)]+$", "", text)


def _page(changes: Sequence[FileChange]) -> str:
    if len(changes) == 1:
        name = changes[0].name
        stem = name.split(".")[0]
        if stem.isupper():
            return stem
        return changes[0].stem
    return part_of(changes)


def _text(changes: Sequence[FileChange], which: str) -> str:
    return "\n".join("\n".join(getattr(c, which)) for c in changes)


def comment_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Comments in source files, when nothing else changed."""
    place = part_of(changes)
    swaps = [(a, b) for a, b in material.clues.swaps if is_typo(a, b)]
    if swaps and len(swaps) * 2 >= len(material.clues.swaps):
        yield Phrase(verb="fix", noun="comment typo", where=place, group="docs")
    names = Counter(s.name for c in changes for s in c.edits.touched)
    if not any(c.removed for c in changes) and names:
        yield Phrase(
            verb="document",
            items=listed(n for n, _ in names.most_common(2)),
            where=place,
            group="docs",
        )
    yield Phrase(verb="clarify", noun="comments", where=place, group="docs")
