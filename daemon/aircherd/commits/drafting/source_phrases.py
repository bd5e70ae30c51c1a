"""Statements about changes to the program itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.changes import FileChange
from aircherd.commits.drafting.clues import Clues
from aircherd.commits.drafting.composition import PRODUCT
from aircherd.commits.drafting.evidence import Material
from aircherd.commits.drafting.move_phrases import moved, renamed
from aircherd.commits.drafting.names import COMMON_NAMES
from aircherd.commits.drafting.phrases import Phrase, listed, part_of, unless_same
from aircherd.commits.drafting.sentences import from_comment, from_entry, from_test
from aircherd.commits.drafting.swap_phrases import swapped
from aircherd.commits.drafting.symbol_phrases import deleted, introduced, parameters
from aircherd.commits.drafting.touched_phrases import touched, touched_name
from aircherd.commits.roles import Role

_CALLED = re.compile(r"([A-Za-z_$][\w$]{2,60})(?:::<[^>]{1,40}>)? ?[(!]")


def source_phrases(material: Material, kind: str) -> list[Phrase]:
    """Statements about product files, the most telling first. `kind` is the type of commit."""
    focus = sorted(
        (c for c in material.changes if c.role in PRODUCT and c.role is not Role.TRANSLATION),
        key=lambda c: -c.weight,
    )
    if not focus:
        return []
    clues = material.clues
    makers = _ORDER.get(kind, _ORDER["refactor"])
    return [phrase for make in makers for phrase in make(focus, clues, kind)]


def written(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """What people wrote about it: a changelog entry."""
    if 0 < len(clues.entries) <= 3 and (text := from_entry(clues.entries[0])):
        yield Phrase(verb="say", items=(text,))


def commented(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """A comment that starts with what the code is to do."""
    for comment in clues.comments[:12]:
        if text := from_comment(comment):
            yield Phrase(verb="say", items=(text,))
            return


def tested(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """The title of the test that came with it."""
    if 0 < len(clues.tests) <= 4:
        for title in clues.tests:
            if text := from_test(title, kind):
                yield Phrase(verb="say", items=(text,))
                return


def options(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Command-line options that came or went."""
    added, removed = clues.options_added, clues.options_removed
    if added and len(added) <= 6:
        yield Phrase(verb="add", noun="option", items=listed(added))
    elif removed and not added and len(removed) <= 6 and kind not in ("feat", "fix"):
        yield Phrase(verb="remove", noun="option", items=listed(removed))


def guarded(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """Conditions and error handling that were not there before."""
    place = touched_name(focus) or part_of(focus)
    caught = [
        e
        for e in clues.caught
        if e and e not in ("Exception", "Throwable", "Error", "BaseException")
    ]
    if caught and len(clues.caught) <= 3:
        yield Phrase(verb="handle", items=listed(caught), where=place)
    names = [
        g
        for g in listed(clues.guards)
        if g.split(".")[-1].lower() not in COMMON_NAMES and g.lower() not in ("err", "is", "not")
    ]
    if names and len(clues.guards) <= 4 and sum(c.added_count for c in focus) <= 40:
        yield Phrase(verb="check", items=(names[0],), where=unless_same(place, names[0]))
    if (
        clues.raised
        and len(clues.raised) <= 2
        and clues.names_added[clues.raised[0]] > clues.names_removed[clues.raised[0]]
    ):
        yield Phrase(verb="raise", items=listed(clues.raised[:1]), where=place)


def called(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """A name the changed lines use and did not before."""
    if sum(c.added_count for c in focus) > 120:
        return
    fresh = clues.names_added - clues.names_removed
    defined = {s.name for c in focus for s in (*c.edits.added, *c.edits.touched)}
    calls = Counter(_CALLED.findall("\n".join(line for c in focus for line in c.added)))
    for name, count in sorted(fresh.items(), key=lambda p: (-calls[p[0]], -p[1], -len(p[0]))):
        if (
            count
            and calls[name]
            and name.lower() not in COMMON_NAMES
            and name not in defined
            and name not in clues.names_removed
            and len(name) > 4
        ):
            yield Phrase(verb="use", items=(name,), where=touched_name(focus) or part_of(focus))
            return


_ORDER = {
    "feat": (written, options, introduced, tested, swapped, parameters, touched),
    "fix": (written, tested, deleted, swapped, guarded, introduced, parameters, options, touched),
    "refactor": (renamed, swapped, moved, introduced, called, deleted, parameters, touched),
    "perf": (written, guarded, introduced, swapped, touched),
    "style": (swapped, touched),
    "docs": (swapped, touched),
    "chore": (written, renamed, swapped, introduced, moved, deleted, options, touched),
}
