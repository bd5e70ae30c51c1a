"""What a message may say about a change: verbs, things and places, not yet words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from os.path import commonprefix

from aircherd.commits.drafting.changes import DULL_FOLDERS, FileChange
from aircherd.commits.drafting.clues import split_words
from aircherd.commits.drafting.evidence import Material
from aircherd.commits.drafting.topics import topic_of
from aircherd.commits.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One statement, from which `wording` makes text in more or less detail."""

    verb: str
    """A key of the wording tables, such as `add`; `say` for a sentence somebody wrote."""
    items: tuple[str, ...] = ()
    """What it is about, most important first; for `say` the sentence alone."""
    noun: str = ""
    """A key of the wording tables that tells what the items are, such as `option`."""
    where: str = ""
    old: str = ""
    new: str = ""
    group: str = "source"
    """The part of the project it speaks of; statements of several groups make a body worthwhile."""


_TEST_AFFIX = re.compile(
    r"^(?:test[s]?[_.-]|test(?=[A-Z]))|(?:[._-](?:tests?|specs?|e2e|unit)|(?<=[a-z0-9])(?:Tests?|Spec|TestCase|IT))$"
)


def part_of(changes: Sequence[FileChange]) -> str:
    """A short name for where the files live: the file's own, or the folder they share."""
    if not changes:
        return ""
    if len(changes) == 1:
        return changes[0].stem
    paths = [c.path for c in changes]
    folders = commonprefix([p.rpartition("/")[0].split("/") for p in paths])
    for folder in reversed(folders):
        if folder.lower() not in DULL_FOLDERS:
            return folder
    stems = {c.stem for c in changes}
    return stems.pop() if len(stems) == 1 else ""


def tested_part(changes: Sequence[FileChange]) -> str:
    """What test files test, from their names."""
    stems = list(dict.fromkeys(tested_stem(c) for c in changes))
    if len(stems) == 1:
        return stems[0]
    return part_of(changes)


def tested_stem(change: FileChange) -> str:
    """`billing` from `tests/test_billing.py`, `Parser` from `ParserTest.java`."""
    stem = change.name.split(".")[0]
    bare = _TEST_AFFIX.sub("", stem)
    if not bare or bare.lower() in DULL_FOLDERS or bare == "conftest":
        folders = [f for f in change.path.split("/")[:-1] if f.lower() not in DULL_FOLDERS]
        return folders[-1] if folders else stem
    return bare


def listed(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, in order."""
    return tuple(dict.fromkeys(n for n in names if n))


def group_of(role: Role) -> str:
    """The part of the project a role belongs to, as bodies tell them apart."""
    if role in (Role.TEST, Role.DOCS, Role.CI):
        return role.value
    if role is Role.CHANGELOG:
        return "docs"
    if role in (Role.BUILD, Role.MANIFEST, Role.LOCK, Role.CONFIG):
        return "build"
    return "source"


def alone(changes: Sequence[FileChange], material: Material) -> bool:
    """Whether these files are all there is, so that clues from all files are clues about them."""
    mine = {id(c) for c in changes}
    return all(id(c) in mine or c.role in (Role.LOCK, Role.GENERATED) for c in material.changes)


def about_phrases(changes: Sequence[FileChange], group: str, place: str) -> Iterator[Phrase]:
    """What the changed lines speak of most, for want of anything better."""
    about = topic_of(changes, fresh_first=group == "docs")
    if about and not share_a_word(about, place):
        grown = sum(c.added_count for c in changes) > 2 * sum(c.removed_count for c in changes)
        verb = "document" if group == "docs" and grown else "update"
        yield Phrase(verb=verb, items=(about,), where=place, group=group)


def share_a_word(a: str, b: str) -> bool:
    return bool(set(split_words(a.lower())) & set(map(str.lower, split_words(b))))


def in_group(phrases: Iterator[Phrase], group: str) -> Iterator[Phrase]:
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


def same_word(a: str, b: str) -> bool:
    def squeeze(text: str) -> str:
        return re.sub(r"[\W_]", "", text).lower()

    return squeeze(a) == squeeze(b)


def unless_same(place: str, name: str) -> str:
    return "" if same_word(place, name) else place
