"""Finds secrets in a text. Linear in its length, and never past its time.

Three kinds of places are looked at (`places`, `shapes`), each by the patterns whose keyword stands
there, and once more where a text in quotes goes on in the next line (`seams`).
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from aircherd.core.errors import Withheld
from aircherd.outbound.places import Pieces, Places, places
from aircherd.outbound.ruleset import Rule, Ruleset, Words, ruleset
from aircherd.outbound.seams import closed, wrapped
from aircherd.outbound.shapes import shapes

SECONDS_PER_MB = 4.0
"""A text that takes longer is not sent: it is made to be slow."""
_CHUNK = 1 << 20
_OVERLAP = 1 << 13
_LONGEST = 1 << 13
"""Characters of the longest secret that is one token."""


class Unscannable(Withheld):
    """A text could not be looked through in time; it is not sent."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """A secret in a text."""

    begin: int
    end: int
    """Characters; the secret alone, without its name and quotes."""
    rule: str
    secret: str
    """The secret without the seams of a text that goes on in the next line."""


def scan(text: str) -> tuple[Finding, ...]:
    """Every secret, in order, none inside another. Raises Unscannable. Run it in a thread."""
    if len(text) < 8:
        return ()
    rules = ruleset()
    deadline = time.monotonic() + 2.0 + SECONDS_PER_MB * len(text) / 1e6
    # A byte a character, so that places are the same; a carriage return alone ends no line.
    data = text.encode("ascii", "replace").replace(b"\r", b" ")
    found: set[tuple[int, int, str, str]] = set()
    for begin in range(0, len(data), _CHUNK):
        chunk = data[begin : begin + _CHUNK + _OVERLAP]
        for rule, start, end in _in_chunk(chunk, rules, deadline):
            at, to = begin + start, begin + end
            found.add((at, to, rule, text[at:to]))
        joined = closed(chunk)
        if joined is not None:
            for rule, start, end in _in_chunk(joined.text, rules, deadline):
                at, to = joined.origin(start), joined.origin(end - 1) + 1
                if joined.crosses(start, end):
                    secret = joined.text[start:end].decode("ascii")
                    found.add((begin + at, begin + to, rule, secret))
        folded = wrapped(chunk) if b"\n" in chunk else None
        if folded is not None:
            for rule, start, end in _in_runs(folded.text, rules, deadline):
                if folded.crosses(start, end):
                    at, to = folded.origin(start), folded.origin(end - 1) + 1
                    secret = folded.text[start:end].decode("ascii")
                    found.add((begin + at, begin + to, rule, secret))
    return _apart(found)


def _apart(found: set[tuple[int, int, str, str]]) -> tuple[Finding, ...]:
    """The findings without those that lie in another, or over one that begins before."""
    kept: list[Finding] = []
    general = ("generic-api-key", "quoted-secret", "bare-secret", "model-provider-key")
    ranked = sorted(found, key=lambda one: (one[0], one[2] in general, -one[1], one[2]))
    for begin, end, rule, secret in ranked:
        last = kept[-1] if kept else None
        if last is not None and begin < last.end:
            if end > last.end or last.rule in general:
                # Two that overlap become one: nothing of either may be left standing.
                name = rule if last.rule in general and rule not in general else last.rule
                to = max(end, last.end)
                whole = secret if (begin, end) == (last.begin, to) else last.secret
                kept[-1] = Finding(begin=last.begin, end=to, rule=name, secret=whole)
            continue
        kept.append(Finding(begin=begin, end=end, rule=rule, secret=secret))
    return tuple(kept)


def _in_chunk(data: bytes, rules: Ruleset, deadline: float) -> Iterator[tuple[str, int, int]]:
    seen = places(data)
    for rule in _wanted(rules.runs, seen.runs.different):
        yield from _in_pieces(rule, rules, seen.runs, deadline)
    for rule in _named(rules, seen.names.different):
        yield from _assigned(rule, rules, seen, deadline)
    for rule in _wanted(rules.apart, seen.lower):
        yield from _around(rule, rules, seen, deadline)
    _in_time(deadline)
    yield from shapes(data, seen.lower)


def _in_runs(data: bytes, rules: Ruleset, deadline: float) -> Iterator[tuple[str, int, int]]:
    """What has a form of its own. Names and values say nothing about words put together."""
    runs = places(data).runs
    for rule in _wanted(rules.runs, runs.different):
        yield from _in_pieces(rule, rules, runs, deadline)


def _wanted(words: Words, text: bytes) -> list[Rule]:
    """The rules of which a keyword stands in a text; in most there is none of any."""
    if not text:
        return []
    # As `str`: of bytes, `in` first tries whether the word is a number, which takes ten times as
    # long as to look for it.
    read = text.decode("ascii")
    found = [rule for word, rule in words if word in read]
    return found if len(found) < 2 else list({rule.name: rule for rule in found}.values())


_CALM: dict[str, None] = {}
"""Words met lately beside a value that hold no keyword of a rule about names."""
_MOST_CALM = 2048
_LONGEST_CALM = 24


def _named(rules: Ruleset, text: bytes) -> list[Rule]:
    """The rules of which a keyword stands in words before values. No keyword holds a space, so a
    word says the same wherever it stands: one that said nothing is not looked into again."""
    unknown = [word for word in text.decode("ascii").split(" ") if word not in _CALM]
    if not unknown:
        return []
    found = _wanted(rules.assigned, " ".join(unknown).encode("ascii"))
    if not found:
        if len(_CALM) > _MOST_CALM:
            _CALM.clear()
        # Words alone: what has digits in it may be half of a secret, and is not kept.
        _CALM.update((word, None) for word in unknown if _is_plain(word))
    return found


def _is_plain(word: str) -> bool:
    bare = word.strip(_MARKS)
    return len(word) <= _LONGEST_CALM and (not bare or bare.isalpha())


_MARKS = "\n\t.,;:!?()[]{}<>\"'`=_-"


def _in_pieces(
    rule: Rule, rules: Ruleset, pieces: Pieces, deadline: float
) -> Iterator[tuple[str, int, int]]:
    for number in pieces.holding(rule.keywords):
        begin = pieces.starts[number]
        end = begin + min(pieces.lengths[number], _LONGEST)
        # The blanks around the piece belong to it: some patterns want to see a border.
        for match in rule.regex.finditer(pieces.text, max(0, begin - 1), end + 1):
            at, to = rule.secret_of(match)
            secret = pieces.text[at:to]
            if rules.is_secret(rule, secret, match.group(), pieces.text[begin:end]):
                origin = pieces.origins[number] - begin
                yield rule.name, at + origin, to + origin
        _in_time(deadline)


def _assigned(
    rule: Rule, rules: Ruleset, seen: Places, deadline: float
) -> Iterator[tuple[str, int, int]]:
    for number in seen.names.holding(rule.keywords):
        begin, end = seen.values[number]
        start = seen.names.origins[number]
        match = _last(rule.regex, seen.data, start, min(end, begin + _LONGEST))
        if match is not None:
            at, to = rule.secret_of(match)
            line = _line(seen.data, at)
            if at >= begin and rules.is_secret(rule, seen.data[at:to], match.group(), line):
                yield rule.name, at, to
        _in_time(deadline)


def _last(regex: re.Pattern[bytes], data: bytes, begin: int, end: int) -> re.Match[bytes] | None:
    """The last match before `end`: a value may have another name and value before it."""
    found = None
    for match in regex.finditer(data, begin, end):
        found = match
    return found


def _around(
    rule: Rule, rules: Ruleset, seen: Places, deadline: float
) -> Iterator[tuple[str, int, int]]:
    done = 0
    for word in rule.keywords:
        at = seen.lower.find(word)
        while at >= 0:
            begin, end = max(done, at - 60), min(len(seen.data), at + 500)
            for match in rule.regex.finditer(seen.data, begin, end):
                start, to = rule.secret_of(match)
                line = _line(seen.data, start)
                if rules.is_secret(rule, seen.data[start:to], match.group(), line):
                    yield rule.name, start, to
                done = max(done, match.end())
            at = seen.lower.find(word, max(at + len(word), done))
            _in_time(deadline)


def _line(data: bytes, at: int) -> bytes:
    end = data.find(b"\n", at)
    return data[data.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(data)][:2_000]


def _in_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise Unscannable(
            "The text takes too long to be searched for secrets, so it was not sent; "
            "leave out the file it comes from with .aircherignore, or use a local model."
        )
