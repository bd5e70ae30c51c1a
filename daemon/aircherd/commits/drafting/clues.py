"""What the changed lines themselves say about why they changed.

Names that took another name's place, new command-line options, conditions that now guard
something, errors that are now caught or raised, and sentences people wrote: test titles,
comments, changelog entries, headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aircherd.commits.drafting.changes import FileChange, Shape
from aircherd.commits.drafting.languages import comment_of
from aircherd.commits.model import Hunk
from aircherd.commits.roles import Role

_TOKEN = re.compile(r"[A-Za-z_$][\w$]*(?:-[A-Za-z]\w*)*|\d+(?:\.\d+)*|[^\w\s]")
_NAME = re.compile(r"[A-Za-z_$][\w$]{2,60}")
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9]+(?:-[a-z0-9]+)*")
_GUARD = re.compile(
    r"\s*(?:\} ?)?(?:el)?(?:else )?(?:if|unless|guard)\b\s?\(?\s*(?:not |!|let )?\s*([A-Za-z_$][\w$.]{1,40})"
    r"(\)?\s*(?:is None|is not None|===? ?(?:null|undefined|nil|0|\"\"|'')|!==? ?(?:null|undefined|nil)|== None"
    r"|\.is_empty\(\)|\.isEmpty\(\)|\.is_none\(\)|\.empty\(\)|\.length|\)|:|\s*\{|;))"
)
_OPTIONAL = re.compile(r"([A-Za-z_$][\w$]{1,40})(?:\?\.|\?\[)")
_CATCH = re.compile(
    r"\s*(?:\} ?)?(?:except|catch|rescue)\b\s*\(?(?:const |final )?([A-Z][\w.]{2,50})?"
)
_RAISE = re.compile(r"\s*(?:raise|throw(?: new)?)\s+([A-Z][\w.]{2,50})")
_ERROR_TEXT = re.compile(
    r"(?:errors\.New|fmt\.Errorf|bail!|anyhow!|panic!|new Error)\(\s*\"([^\"]{6,80})"
)
_ISSUE = re.compile(
    r"(?:(?:fix|close|resolve)(?:s|d|es)?:?\s+|\bissues?/|\bGH-|\()#?(\d{2,6})\b", re.IGNORECASE
)
_COMMENT_SIGN = re.compile(r"^[\s/*#;!<>-]+|[\s*/>-]+$")
_HEADING = re.compile(r"#{1,5} +(.{2,80})")
_ENTRY = re.compile(r"\s*(?:[-*+]|\d+\.)\s+(.{6,300})")
_PROSE_START = re.compile(r"[A-Z`]?[a-z`'][\w`'-]*[ ,]")
_PAIRS = 300


@dataclass(slots=True)
class Clues:
    """What was found. Most telling first."""

    swaps: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(before, after): a stretch of tokens replaced in otherwise equal lines."""
    pairs: int = 0
    """How many removed lines have an added line of the same place."""
    options_added: list[str] = field(default_factory=list)
    options_removed: list[str] = field(default_factory=list)
    guards: list[str] = field(default_factory=list)
    """Names that are now checked before they are used."""
    caught: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    """Titles of new tests, as written or from their names."""
    comments: list[str] = field(default_factory=list)
    """New comments in source files that are sentences."""
    entries: list[str] = field(default_factory=list)
    """New entries of a changelog."""
    headings: list[str] = field(default_factory=list)
    names_added: Counter[str] = field(default_factory=Counter)
    names_removed: Counter[str] = field(default_factory=Counter)
    issues: list[str] = field(default_factory=list)


def read_clues(changes: Sequence[FileChange]) -> Clues:
    """Reads all changes; files that only moved or were laid out anew say nothing."""
    clues = Clues()
    options_before: set[str] = set()
    for change in sorted(changes, key=lambda c: -c.weight):
        if change.shape not in (Shape.EDIT, Shape.COMMENT, Shape.IMPORTS):
            continue
        if change.role in (
            Role.SOURCE,
            Role.STYLESHEET,
            Role.MARKUP,
            Role.MIGRATION,
            Role.OTHER,
            Role.EXAMPLE,
        ):
            _source(change, clues, options_before)
        elif change.role is Role.TEST:
            _test(change, clues)
        elif change.role is Role.CHANGELOG:
            clues.entries += _entries(change)
        elif change.role is Role.DOCS:
            clues.headings += _headings(change)
            _options(change, clues, options_before)
        if clues.pairs < _PAIRS and change.role not in (Role.LOCK, Role.GENERATED):
            for hunk in change.file.hunks[:60]:
                _swaps(hunk, clues)
    clues.options_added = [o for o in dict.fromkeys(clues.options_added) if o not in options_before]
    now = set(clues.options_added)
    clues.options_removed = [o for o in dict.fromkeys(clues.options_removed) if o not in now]
    return clues


def _source(change: FileChange, clues: Clues, options_before: set[str]) -> None:
    _options(change, clues, options_before)
    _test(change, clues)
    clues.names_removed.update(_NAME.findall("\n".join(change.removed)))
    clues.names_added.update(_NAME.findall("\n".join(change.added)))
    comment = comment_of(change.path)
    before = {line.strip() for line in change.removed}
    for line in change.added:
        bare = line.strip()
        if bare in before:
            continue
        if comment is not None and comment.match(line):
            clues.comments += _sentence(bare)
        elif found := _GUARD.match(line):
            clues.guards.append(found[1])
        elif found := _CATCH.match(line):
            clues.caught.append(found[1] or "")
        elif found := _RAISE.match(line):
            clues.raised.append(found[1])
        elif "?" in line and (found := _OPTIONAL.search(line)):
            clues.guards.append(found[1])
        if ("#" in line or "ssue" in line) and (found := _ISSUE.search(line)):
            clues.issues.append(found[1])


def _options(change: FileChange, clues: Clues, before: set[str]) -> None:
    added = _OPTION.findall("\n".join(change.added))
    removed = _OPTION.findall("\n".join(change.removed))
    before.update(removed)
    clues.options_added += added
    clues.options_removed += [o for o in removed if o not in added]


def _test(change: FileChange, clues: Clues) -> None:
    gone = {s.name for s in change.edits.removed}
    for symbol in change.edits.added:
        title = test_title(symbol.kind, symbol.name)
        if title and symbol.name not in gone:
            clues.tests.append(title)


def test_title(kind: str, name: str) -> str:
    """What a test says it is about: its title, or its name as words; empty if it is no test."""
    if kind == "test" and " " in name:
        return " ".join(name.split())
    bare = re.sub(
        r"^(?:Test|Benchmark|Fuzz|Example|test|should|it)_?|_?[tT]ests?$", "", name.strip("`")
    )
    if not bare or (bare == name and kind != "test" and not name.startswith("`")):
        return ""
    words = split_words(bare)
    return " ".join(words) if words else ""


def split_words(name: str) -> list[str]:
    """`parseHTTPHeader_fast` as `parse HTTP header fast`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", name)
    words = [w for w in re.split(r"[\s_\-./:]+", spaced) if w]
    return [w if w.isupper() and len(w) > 1 else w.lower() for w in words]


def _sentence(bare: str) -> Iterator[str]:
    """The comment's text, if it reads like one sentence a person wrote."""
    text = _COMMENT_SIGN.sub("", bare).strip()
    if 12 <= len(text) <= 110 and _PROSE_START.match(text) and 3 <= text.count(" ") <= 16:
        code = sum(text.count(c) for c in "(){}[];=<>|$@\\")
        if code <= 2:
            yield text


def _entries(change: FileChange) -> Iterator[str]:
    before = {line.strip() for line in change.removed}
    for line in change.added[:60]:
        if line.strip() not in before and (found := _ENTRY.match(line)):
            yield found[1].strip()


def _headings(change: FileChange) -> Iterator[str]:
    before = {line.strip() for line in change.removed}
    for line in change.added:
        if line.strip() not in before and (found := _HEADING.match(line)):
            yield found[1].strip().strip("#*` ")


def _swaps(hunk: Hunk, clues: Clues) -> None:
    """Pairs each run of removed lines with the run of added lines that follows it."""
    lines, at, end = hunk.lines, 0, len(hunk.lines)
    while at < end and clues.pairs < _PAIRS:
        if not lines[at].startswith("-"):
            at += 1
            continue
        start = at
        while at < end and lines[at].startswith(("-", "\\")):
            at += 1
        middle = at
        while at < end and lines[at].startswith(("+", "\\")):
            at += 1
        if at - middle == middle - start:
            for old, new in zip(lines[start:middle], lines[middle:at], strict=True):
                clues.pairs += 1
                if (swap := _swap(old[1:200], new[1:200])) is not None:
                    clues.swaps[swap] += 1


def _swap(old: str, new: str) -> tuple[str, str] | None:
    """The stretch that differs in two lines; None where it is most of the line."""
    before, after = list(_TOKEN.finditer(old)), list(_TOKEN.finditer(new))
    low, high = 0, min(len(before), len(after))
    while low < high and before[low][0] == after[low][0]:
        low += 1
    back = 0
    while back < high - low and before[-1 - back][0] == after[-1 - back][0]:
        back += 1
    left, right = before[low : len(before) - back], after[low : len(after) - back]
    if low + back == 0 or len(left) > 4 or len(right) > 4 or not (left or right):
        return None
    return _stretch(old, left), _stretch(new, right)


def _stretch(line: str, tokens: Sequence[re.Match[str]]) -> str:
    return line[tokens[0].start() : tokens[-1].end()] if tokens else ""
