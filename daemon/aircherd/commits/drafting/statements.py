"""Gathers what can be said of a change, the statement for the subject first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.build_phrases import bump_phrases
from aircherd.commits.drafting.changes import FileChange, Shape
from aircherd.commits.drafting.composition import PRODUCT
from aircherd.commits.drafting.docs_phrases import comment_phrases
from aircherd.commits.drafting.evidence import Material
from aircherd.commits.drafting.judgement import branch_type
from aircherd.commits.drafting.move_phrases import file_moves
from aircherd.commits.drafting.package_lines import Source
from aircherd.commits.drafting.phrases import (
    Phrase,
    group_of,
    listed,
    part_of,
)
from aircherd.commits.drafting.sentences import imperative
from aircherd.commits.drafting.source_phrases import source_phrases
from aircherd.commits.drafting.support_phrases import BY_ROLE, other_phrases
from aircherd.commits.drafting.vocabulary import Vocabulary
from aircherd.commits.drafting.word_set import word_set
from aircherd.commits.drafting.wording import vocabulary
from aircherd.commits.roles import Role

_NOISE = frozenset({Role.LOCK, Role.GENERATED, Role.CHANGELOG})


def statements(
    material: Material, kind: str, branch: str | None, words: Vocabulary
) -> Iterator[Phrase]:
    """All statements about a change, the one for the subject first; never none."""
    seen: set[Phrase] = set()
    for phrase in (*_whole(material), *_by_group(material, kind, branch)):
        if phrase.verb == "say" and words is not vocabulary("en") and not phrase.noun:
            continue
        if phrase not in seen and (phrase.items or phrase.noun or phrase.new):
            seen.add(phrase)
            yield phrase
    if not seen:
        names = listed(c.name for c in material.changes)
        yield Phrase(verb="update", items=names or ("nothing",))


def _whole(material: Material) -> Iterator[Phrase]:
    """What is said of a change as a whole: a release, new versions, pure moves, pure layout."""
    changes = [c for c in material.changes if c.role not in _NOISE] or list(material.changes)
    if version := _released(material):
        yield Phrase(verb="release", noun="version", items=(version,), group="build")
    if changes and all(c.file.submodule for c in changes):
        yield from _submodules(changes)
    if only_bumps(material):
        yield from bump_phrases(material.bumps)
    shapes = {c.shape for c in changes}
    group = group_of(changes[0].role) if changes else "source"
    if shapes == {Shape.MOVE}:
        yield from file_moves(changes)
    elif shapes == {Shape.MODE}:
        yield Phrase(verb="make executable", items=listed(c.name for c in changes), group=group)
    elif shapes and shapes <= {Shape.SPACE, Shape.LAYOUT}:
        yield Phrase(
            verb="format",
            items=listed(c.name for c in changes)
            if len(changes) < 3
            else (part_of(changes) or "code",),
            group=group,
        )
    elif shapes == {Shape.ORDER}:
        yield Phrase(verb="sort", items=listed(c.name for c in changes), group=group)
    elif shapes and shapes <= {Shape.IMPORTS, Shape.ORDER, Shape.SPACE}:
        yield from _imports(changes)


def _released(material: Material) -> str:
    """The project's new version, if naming it is all the change does."""
    own = next((b for b in material.bumps if b.source is Source.OWN), None)
    if own is None or not own.new:
        return ""
    if any(b.source is Source.LIBRARY and b.new != own.new for b in material.bumps):
        return ""
    for change in material.changes:
        named = any(own.new in line for line in change.added)
        if change.role not in _NOISE and (not named or change.added_count > 12):
            return ""
    return own.new


def _imports(changes: Sequence[FileChange]) -> Iterator[Phrase]:
    added = sum(c.added_count for c in changes)
    verb = "remove" if not added else "update"
    noun = "unused imports" if not added else "imports"
    yield Phrase(verb=verb, noun=noun, where=part_of(changes))


def only_bumps(material: Material) -> bool:
    """Whether new versions are all there is to say."""
    if not any(b.source is not Source.OWN for b in material.bumps):
        return False
    lines = len(material.bumps)
    for change in material.changes:
        if change.role in _NOISE:
            continue
        if change.role not in (
            Role.MANIFEST,
            Role.CI,
            Role.BUILD,
            Role.CONFIG,
            Role.OTHER,
            Role.EXAMPLE,
            Role.TEST,
        ):
            return False
        if change.added_count > 3 * lines + 2:
            return False
    return True


def _submodules(changes: Sequence[FileChange]) -> Iterator[Phrase]:
    def commit(lines: Sequence[str]) -> str:
        return lines[0].removeprefix("Subproject commit ")[:7] if lines else ""

    if len(changes) == 1:
        change = changes[0]
        verb = "add" if change.new else "remove" if change.gone else "bump"
        old, new = (commit(change.removed), commit(change.added)) if verb == "bump" else ("", "")
        yield Phrase(
            verb=verb, noun="submodule", items=(change.path,), old=old, new=new, group="build"
        )
    else:
        yield Phrase(
            verb="bump", noun="submodule", items=listed(c.name for c in changes), group="build"
        )


def _by_group(material: Material, kind: str, branch: str | None) -> Iterator[Phrase]:
    """Statements about each part of the project, the part the type speaks of first."""
    groups: dict[str, list[FileChange]] = {}
    for change in material.changes:
        product = change.role in PRODUCT and change.role is not Role.TRANSLATION
        groups.setdefault("source" if product else change.role.value, []).append(change)
    order = sorted(groups, key=lambda g: -_importance(groups[g], g, kind))
    for name in order:
        changes = groups[name]
        if name == "source":
            if all(c.shape in (Shape.COMMENT, Shape.SPACE, Shape.EMPTY) for c in changes):
                yield from comment_phrases(changes, material)
            found = source_phrases(material, kind)
            if (text := _from_branch(branch, kind)) and (not found or found[0].verb in VAGUE):
                yield Phrase(verb="say", items=(text,))
            yield from found
        else:
            role = changes[0].role
            if role is Role.MANIFEST:
                yield from bump_phrases(material.bumps)
            yield from BY_ROLE.get(role, other_phrases)(changes, material)


VAGUE = word_set(
    """
    fix update rework extend simplify speed use test clarify format
    """
)


_LEADING = {
    "docs": "docs",
    "test": "test",
    "ci": "ci",
    "build": "manifest",
    "chore": "",
    "style": "",
}


def _importance(changes: Sequence[FileChange], group: str, kind: str) -> float:
    weight = sum(c.weight for c in changes)
    if _LEADING.get(kind, "source") == group or (kind == "build" and group == "build"):
        weight *= 20
    return weight


def _from_branch(branch: str | None, kind: str) -> str:
    """`crash on empty scope` from `fix/crash-on-empty-scope`, with a verb in front."""
    name = (branch or "").rpartition("/")[2]
    words = [w for w in re.split(r"[-_.]+", name) if w]
    words = [w for w in words if not w.isdigit() and not re.fullmatch(r"[A-Z]{2,10}", w)]
    if len(words) < 3 or len(name) > 70 or not branch_type(branch):
        return ""
    verb = imperative(words[0])
    if verb is None:
        words.insert(0, {"feat": "add", "fix": "fix", "docs": "document"}.get(kind, "improve"))
    return " ".join(words)
