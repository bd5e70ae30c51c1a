"""Statements about everything around the program: dependencies, docs, tests, CI, settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from aircherd.commits.drafting.build_phrases import build_phrases, ci_phrases
from aircherd.commits.drafting.changes import FileChange, Shape
from aircherd.commits.drafting.docs_phrases import docs_phrases
from aircherd.commits.drafting.evidence import Material
from aircherd.commits.drafting.move_phrases import file_moves
from aircherd.commits.drafting.phrases import (
    Phrase,
    group_of,
    in_group,
    listed,
    part_of,
    share_a_word,
    tested_part,
    tested_stem,
)
from aircherd.commits.drafting.topics import topic_of
from aircherd.commits.roles import Role

_MATRIX = re.compile(r"[\"']?(\d+\.\d+|\d{2})(?:\.x)?[\"']?")


def test_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Tests: what the new ones are about, or whose tests changed."""
    part = tested_part(changes)
    titles = [t for t in material.clues.tests if 3 < len(t) <= 70]
    new = [c for c in changes if c.new]
    gone = [c for c in changes if c.gone]
    moves = [c for c in changes if c.shape is Shape.MOVE]
    if moves and len(moves) * 2 >= len(changes):
        yield from in_group(file_moves(moves), "test")
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
    about = topic_of(changes)
    if about and not share_a_word(about, part):
        yield Phrase(verb="update", noun="tests", items=(about,), where=part, group="test")
    yield Phrase(verb="update", noun="tests", items=(part,) if part else (), group="test")


def other_phrases(changes: Sequence[FileChange], material: Material) -> Iterator[Phrase]:
    """Images, translations, examples, generated files and the rest."""
    group = group_of(changes[0].role)
    names = listed(c.name for c in changes)
    new, gone = all(c.new for c in changes), all(c.gone for c in changes)
    verb = "add" if new else "remove" if gone else "update"
    role = changes[0].role
    if role is Role.TRANSLATION:
        yield Phrase(verb=verb, noun="translations", items=_languages(changes), group=group)
    elif role is Role.EXAMPLE:
        yield Phrase(
            verb=verb,
            noun="example",
            items=_examples(changes),
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


def _languages(changes: Sequence[FileChange]) -> tuple[str, ...]:
    """Language codes from names such as `values-de/strings.xml` and `locales/fr.json`."""
    found = []
    for change in changes:
        parts = (change.name.split(".")[0], *reversed(change.path.split("/")[:-1]))
        codes = (_LANGUAGE.fullmatch(p.removeprefix("values-")) for p in parts)
        found.append(next((m[0] for m in codes if m), ""))
    return listed(found) if len(set(found)) <= 4 else ()


_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_]r?[A-Z]{2})?(?:[-_][A-Z][a-z]{3})?")


def _examples(changes: Sequence[FileChange]) -> tuple[str, ...]:
    part = changes[0].stem if len(changes) == 1 else part_of(changes)
    return (
        (part,) if part and part.lower() not in ("example", "examples", "samples", "demo") else ()
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
