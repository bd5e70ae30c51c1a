"""Statements about everything around the program: dependencies, docs, tests, CI, settings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from aircherd.commits.changes import FileChange, Shape
from aircherd.commits.dependencies import Bump, Source
from aircherd.commits.evidence import Material
from aircherd.commits.phrases import Phrase, group_of, listed, part_of, tested_part, tested_stem
from aircherd.commits.roles import Role
from aircherd.commits.sentences import from_entry, plain
from aircherd.commits.settings_keys import Setting, read_settings
from aircherd.commits.source_phrases import file_moves

_CODE = re.compile(r"`([^`\s]{2,40})`")
_URL = re.compile(r"https?://[^\s)>\]\"']{4,200}")
_LISTED = re.compile(r"\s*(?:[-*|]|\d+\.)\s*\|?\s*\[([^\]]{2,60})\]\(")
_STEP = re.compile(r"\s*- name:\s*[\"']?(.{3,60}?)[\"']?\s*$")
_MATRIX = re.compile(r"[\"']?(\d+\.\d+|\d{2})(?:\.x)?[\"']?")


def bump_phrases(bumps: Sequence[Bump]) -> Iterator[Phrase]:
    """Dependencies: one with its versions, several by name."""
    libraries = [b for b in bumps if b.source is not Source.OWN]
    added = [b for b in libraries if b.added and b.source is not Source.LOCK]
    removed = [b for b in libraries if b.new is None and b.source is not Source.LOCK]
    moved = [b for b in libraries if b.old and b.new]
    if moved:
        yield _moved(moved)
    if added and removed and len(added) == len(removed) == 1:
        yield Phrase(
            verb="replace", items=(short(removed[0].name),), new=short(added[0].name), group="build"
        )
        return
    if added:
        yield Phrase(
            verb="add", noun="dependency", items=listed(short(b.name) for b in added), group="build"
        )
    if removed:
        yield Phrase(
            verb="remove",
            noun="dependency",
            items=listed(short(b.name) for b in removed),
            group="build",
        )


def _moved(moved: Sequence[Bump]) -> Phrase:
    names = listed(short(b.name) for b in moved)
    group = "ci" if all(b.source is Source.ACTION for b in moved) else "build"
    versions = {(b.old, b.new) for b in moved}
    family = _family(names)
    if len(versions) == 1:
        old, new = versions.pop()
        items = names if len(names) < 3 or not family else (family,)
        return Phrase(verb="bump", items=items, old=old or "", new=new or "", group=group)
    if len(moved) > 4 and all(b.source is Source.LOCK for b in moved):
        return Phrase(verb="bump", noun="locked", items=names, group=group)
    noun = (
        "action" if len(moved) > 3 and group == "ci" else "dependencies" if len(moved) > 3 else ""
    )
    return Phrase(
        verb="bump", noun=noun, items=(family,) if family and not noun else names, group=group
    )


def short(name: str) -> str:
    """`urfave/cli` from `github.com/urfave/cli/v2`."""
    parts = [p for p in name.split("/") if not re.fullmatch(r"v\d+", p)]
    return "/".join(parts[1:]) if len(parts) > 1 and "." in parts[0] else name


def _family(names: Sequence[str]) -> str:
    """`@babel` for packages of one scope."""
    heads = {n.split("/")[0] for n in names if n.startswith("@")}
    return (
        heads.pop()
        if len(names) > 2 and len(heads) == 1 and all(n.startswith("@") for n in names)
        else ""
    )


def docs_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Documentation: typos, links, sections, entries, new pages."""
    clues = material.clues
    new = [c for c in changes if c.new]
    gone = [c for c in changes if c.gone]
    place = _page(changes)
    moves = [c for c in changes if c.shape is Shape.MOVE]
    if moves and len(moves) * 2 >= len(changes):
        yield from _grouped(file_moves(moves), "docs")
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
    if swaps and small:
        typos = [(a, b) for a, b in swaps if _typo(a, b)]
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
    if headings and not new:
        yield Phrase(
            verb="add", noun="section", items=listed(headings[:3]), where=place, group="docs"
        )
    terms = Counter(_CODE.findall(added))
    terms.subtract(_CODE.findall(removed))
    best = [t for t, n in terms.most_common(3) if n > 0]
    if best:
        yield Phrase(verb="document", items=listed(best[:2]), where=place, group="docs")
    elif not removed.strip() and added.strip():
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


def _typo(old: str, new: str) -> bool:
    a, b = old.lower(), new.lower()
    if (
        not (a.isalpha() and b.isalpha())
        or a == b
        or min(len(a), len(b)) < 3
        or abs(len(a) - len(b)) > 2
    ):
        return False
    return sum((Counter(a) - Counter(b)).values()) + sum((Counter(b) - Counter(a)).values()) <= 2


def _text(changes: Sequence[FileChange], which: str) -> str:
    return "\n".join("\n".join(getattr(c, which)) for c in changes)


def comment_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Comments in source files, when nothing else changed."""
    place = part_of(changes)
    swaps = [(a, b) for a, b in material.clues.swaps if _typo(a, b)]
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


def test_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Tests: what the new ones are about, or whose tests changed."""
    part = tested_part(changes)
    titles = [t for t in material.clues.tests if 3 < len(t) <= 70]
    new = [c for c in changes if c.new]
    gone = [c for c in changes if c.gone]
    moves = [c for c in changes if c.shape is Shape.MOVE]
    if moves and len(moves) * 2 >= len(changes):
        yield from _grouped(file_moves(moves), "test")
    if gone and len(gone) * 2 > len(changes):
        yield Phrase(
            verb="remove", noun="tests", items=listed(tested_stem(c) for c in gone), group="test"
        )
    if new and sum(c.added_count for c in new) * 2 > sum(c.added_count for c in changes):
        yield Phrase(
            verb="add", noun="tests", items=listed(tested_stem(c) for c in new), group="test"
        )
    if len(titles) == 1:
        text = re.sub(r"^(?:it )?(?:should|must) ", "", titles[0])
        yield Phrase(verb="add", noun="test", items=(text,), group="test")
    elif titles:
        yield Phrase(
            verb="add", noun="tests", items=(part,) if part else (titles[0],), group="test"
        )
    removed = [s.name for c in changes for s in c.edits.removed]
    if removed and sum(c.removed_count for c in changes) > 2 * sum(c.added_count for c in changes):
        yield Phrase(verb="remove", noun="tests", items=(part,), group="test")
    helpers = [s.name for c in changes for s in c.edits.added if s.public and s.kind != "test"]
    if helpers and not titles and len(helpers) <= 3:
        yield Phrase(verb="add", items=listed(helpers), where=part, group="test")
    yield Phrase(verb="update", noun="tests", items=(part,) if part else (), group="test")


def ci_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Workflows and pipelines."""
    names = listed(c.stem for c in changes)
    if all(c.new for c in changes):
        yield Phrase(verb="add", noun="workflow", items=names, group="ci")
    elif all(c.gone for c in changes):
        yield Phrase(verb="remove", noun="workflow", items=names, group="ci")
    place = names[0] if len(names) == 1 else ""
    before = {m[1] for c in changes for line in c.removed if (m := _STEP.match(line))}
    steps = [
        m[1] for c in changes for line in c.added if (m := _STEP.match(line)) and m[1] not in before
    ]
    if steps and len(steps) <= 4:
        yield Phrase(verb="add", noun="step", items=listed(steps[:2]), where=place, group="ci")
    yield from setting_phrases(changes, "ci")
    yield Phrase(verb="update", noun="workflow", items=names, group="ci")


def build_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Build files, manifests and settings of tools."""
    new = [c for c in changes if c.new]
    gone = [c for c in changes if c.gone]
    lines = sum(c.added_count for c in changes)
    if new and sum(c.added_count for c in new) * 2 > lines:
        yield Phrase(verb="add", items=listed(c.name for c in new), group="build")
    if gone and len(gone) * 2 >= len(changes):
        yield Phrase(verb="remove", items=listed(c.name for c in gone), group="build")
    for change in changes:
        if change.name.endswith("ignore") and change.name.startswith("."):
            yield from _ignored(change)
    yield from setting_phrases(changes, "build")
    swaps = material.clues.swaps.most_common(1)
    if swaps and all(re.fullmatch(r"[\w./@:+-]{2,40}", s) for s in swaps[0][0]):
        (old, new_text), _ = swaps[0]
        yield Phrase(
            verb="use", items=(new_text,), old=old, where=part_names(changes), group="build"
        )
    yield Phrase(verb="update", items=listed(c.name for c in changes), group="build")


def part_names(changes: Sequence[FileChange]) -> str:
    """The file's name if there is one file only."""
    return changes[0].name if len(changes) == 1 else part_of(changes)


def _ignored(change: FileChange) -> Iterator[Phrase]:
    added = [
        s
        for line in change.added
        if (s := line.strip())
        and not s.startswith("#")
        and s not in {r.strip() for r in change.removed}
    ]
    removed = [s for line in change.removed if (s := line.strip()) and not s.startswith("#")]
    if added:
        yield Phrase(
            verb="ignore",
            items=listed(added[:3]),
            where="" if change.name == ".gitignore" else change.name,
            group="build",
        )
    elif removed:
        yield Phrase(verb="unignore", items=listed(removed[:3]), group="build")


def setting_phrases(changes: Sequence[FileChange], group: str) -> Iterator[Phrase]:
    """Keys of configuration files, with their values where those are short."""
    settings: list[tuple[Setting, FileChange]] = [
        (s, c) for c in changes if not c.new and not c.gone for s in read_settings(c)
    ]
    if not settings or len(settings) > 12:
        return
    setting, change = settings[0]
    place = change.name if group == "build" else change.stem
    if len(settings) == 1 and setting.old and setting.new:
        yield Phrase(
            verb="change",
            items=(setting.key,),
            old=setting.old,
            new=setting.new,
            where=place,
            group=group,
        )
    elif setting.old is None and all(s.old is None for s, _ in settings):
        if len(settings) == 1 and setting.new:
            yield Phrase(
                verb="set", items=(setting.key,), new=setting.new, where=place, group=group
            )
        else:
            yield Phrase(
                verb="add", items=listed(s.key for s, _ in settings), where=place, group=group
            )
    elif setting.new is None and all(s.new is None for s, _ in settings):
        yield Phrase(
            verb="remove", items=listed(s.key for s, _ in settings), where=place, group=group
        )
    else:
        yield Phrase(
            verb="change", items=listed(s.key for s, _ in settings), where=place, group=group
        )


def other_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Images, translations, examples, generated files and the rest."""
    group = group_of(changes[0].role)
    names = listed(c.name for c in changes)
    new, gone = all(c.new for c in changes), all(c.gone for c in changes)
    verb = "add" if new else "remove" if gone else "update"
    role = changes[0].role
    if role is Role.TRANSLATION:
        yield Phrase(
            verb=verb, noun="translations", items=listed(c.stem for c in changes), group=group
        )
    elif role is Role.EXAMPLE:
        yield Phrase(
            verb=verb,
            noun="example",
            items=listed([part_of(changes)] if len(changes) > 1 else [changes[0].stem]),
            group="docs",
        )
    elif role is Role.LOCK:
        yield Phrase(verb="refresh", items=names, group="build")
    elif role is Role.GENERATED:
        yield Phrase(verb="regenerate", items=names, group=group)
    elif len(changes) > 3 and (place := part_of(changes)):
        noun = "assets" if role is Role.ASSET else ""
        yield Phrase(verb=verb, noun=noun, items=(place,), group=group)
    else:
        yield Phrase(verb=verb, items=names, group=group)


def _grouped(phrases: Iterator[Phrase], group: str) -> Iterator[Phrase]:
    for p in phrases:
        yield Phrase(
            verb=p.verb,
            items=p.items,
            noun=p.noun,
            where=p.where,
            old=p.old,
            new=p.new,
            group=group,
        )


BY_ROLE: dict[Role, Callable[[Sequence[FileChange], Material], Iterator[Phrase]]] = {
    Role.DOCS: docs_phrases,
    Role.CHANGELOG: docs_phrases,
    Role.TEST: test_phrases,
    Role.CI: ci_phrases,
    Role.BUILD: build_phrases,
    Role.MANIFEST: build_phrases,
    Role.CONFIG: build_phrases,
}
