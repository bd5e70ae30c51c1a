"""Statements about one thing put in another's place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from aircherd.commits.drafting.changes import FileChange
from aircherd.commits.drafting.clues import Clues
from aircherd.commits.drafting.names import COMMON_NAMES
from aircherd.commits.drafting.phrases import (
    Phrase,
    part_of,
)

_LITERAL = re.compile(r"^[\"'`][^\"'`]{1,40}[\"'`]$")


_WORDY = re.compile(r"^[A-Za-z_$][\w$.-]*$")


_NUMBER = re.compile(r"^v?\d[\d._]*$")


def swapped(focus: Sequence[FileChange], clues: Clues, kind: str) -> Iterator[Phrase]:
    """One thing in another's place, in most of the changed lines."""
    if not clues.swaps or not clues.pairs:
        return
    (old, new), count = clues.swaps.most_common(1)[0]
    lines = sum(c.added_count for c in focus)
    if count * 3 < clues.pairs or (count == 1 and lines > 3) or not old or not new:
        return
    place = part_of(focus)
    if _NUMBER.match(old) and _NUMBER.match(new):
        name = _assigned(focus, new)
        if name:
            yield Phrase(verb="change", items=(name,), old=old, new=new, where=place)
    elif old.lower() in COMMON_NAMES and new.lower() in COMMON_NAMES:
        return
    elif _WORDY.match(old) and _WORDY.match(new) and max(len(old), len(new)) < 40:
        if _like_a_typo(old, new):
            yield Phrase(verb="fix", noun="typo", where=place)
        elif len(old) < 3 or len(new) < 3:
            return
        elif count > 1 and _is_renamed(old, new, focus, clues):
            yield Phrase(verb="rename", old=old, new=new, where=place)
        else:
            yield Phrase(verb="use", items=(new,), old=old, where=place)
    elif _LITERAL.match(old) and _LITERAL.match(new):
        yield Phrase(verb="use", items=(new.strip("'\"`"),), old=old.strip("'\"`"), where=place)


def _is_renamed(old: str, new: str, focus: Sequence[FileChange], clues: Clues) -> bool:
    """Whether the old name is gone with its definition, rather than used no longer."""
    if clues.names_added[old] or clues.names_removed[new] or not old.isidentifier():
        return False
    defined = re.compile(
        rf"\b(?:let|const|var|val|def|func|fn|class|type|struct|interface|enum|mut)\s+{old}\b"
        rf"|(?<![.\w]){old}\s*(?::?=[^=]|:[^:])"
    )
    return any(defined.search(line) for c in focus[:20] for line in c.removed[:200])


def _assigned(focus: Sequence[FileChange], number: str) -> str:
    for change in focus:
        for line in change.added:
            found = re.search(
                rf"([A-Za-z_][\w.-]{{2,40}})[\"']?\s*(?:[:=]|:=)[^=]{{0,30}}?{re.escape(number)}",
                line[:200],
            )
            if found:
                return found[1]
    return ""


def _like_a_typo(old: str, new: str) -> bool:
    if not (old.isalpha() and new.isalpha() and len(old) > 4 and abs(len(old) - len(new)) < 2):
        return False
    if old.lower() == new.lower() or old.islower() != new.islower():
        return False
    return (
        sum((Counter(old) - Counter(new)).values()) + sum((Counter(new) - Counter(old)).values())
        <= 2
    )


def is_typo(old: str, new: str) -> bool:
    a, b = old.lower(), new.lower()
    if (
        not (a.isalpha() and b.isalpha())
        or a == b
        or min(len(a), len(b)) < 3
        or abs(len(a) - len(b)) > 2
    ):
        return False
    return sum((Counter(a) - Counter(b)).values()) + sum((Counter(b) - Counter(a)).values()) <= 2
