"""Holds each claim to the lines it quotes: at a changed line, or dropped.

A line number is only ever used to choose between places where the same quote stands. A claim that
quotes a line that was taken out stands where that line stood.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from aircherd.findings.lookup import Lookup
from aircherd.findings.merge import merged
from aircherd.findings.model import Claim, Dropped, Found, Ground

_NEAR = 3
"""Lines between a removal and a line that is said to suffer from it."""
_Places = list[tuple[Lookup, int, int]]


def anchored(
    claims: Sequence[Claim], grounds: Sequence[Ground]
) -> tuple[tuple[Found, ...], tuple[Dropped, ...]]:
    """Findings by file and line, and what was dropped."""
    lookups = [Lookup(ground) for ground in grounds]
    found: list[Found] = []
    dropped: list[Dropped] = []
    for claim in claims:
        placed = _place(claim, lookups)
        if isinstance(placed, str):
            dropped.append(Dropped(title=claim.title, why=placed))
        else:
            found.append(placed)
    kept, doubles = merged(found)
    return kept, (*dropped, *doubles)


def _place(claim: Claim, lookups: Sequence[Lookup]) -> Found | str:
    own = _file(claim.file, lookups)
    quote = _lines(claim.quote)
    if not quote:
        return "it quotes no line"
    candidates = [own] if own is not None else list(lookups)
    hits: _Places = []
    shown = False
    for look in (Lookup.exactly, Lookup.loosely, Lookup.partly):
        standing = [(one, a, b) for one in candidates for a, b in look(one, quote)]
        shown = shown or bool(standing)
        hits = [hit for hit in standing if _changed(*hit)]
        if hits:
            break
    hits = hits or [(one, a, b) for one in candidates for a, b in one.removed(quote)]
    hits = hits or _beside_removed(candidates, quote)
    if not hits and len(quote) > 1:
        # Several lines of which not all are as quoted: the first changed one that is counts.
        return _any_line(claim, candidates, quote)
    if not hits:
        if shown:
            return "the line it quotes was not changed"
        if own is None and claim.file:
            return f"{claim.file} is not under review"
        return "the line it quotes is not in the change"
    where = _nearest(hits, claim.line)
    if where is None:
        return "the line it quotes stands in several places, and nothing says which is meant"
    return _found(claim, *where)


def _changed(one: Lookup, first: int, last: int) -> bool:
    return any(n in one.ground.changed for n in range(first, last + 1))


def _beside_removed(candidates: Sequence[Lookup], quote: Sequence[str]) -> _Places:
    """Where lines were taken out and none put in, beside a quoted line: what was removed is what
    is meant, and a model can only quote what is left."""
    found: _Places = []
    for one in candidates:
        ground = one.ground
        for at in ground.removed:
            bare = at in ground.lines and at not in ground.changed
            if bare and any(a - _NEAR <= at <= b + _NEAR for a, b in one.loosely(quote)):
                found.append((one, at, at))
    return found


def _any_line(claim: Claim, candidates: Sequence[Lookup], quote: Sequence[str]) -> Found | str:
    for line in quote:
        if len(line.strip()) < 4:
            continue
        hits = [
            (one, a, b) for one in candidates for a, b in one.loosely([line]) if _changed(one, a, b)
        ]
        where = _nearest(hits, claim.line) if hits else None
        if where is not None:
            # The remedy was meant for other lines than the one that was found.
            return replace(_found(claim, *where), fix=None)
    return "the lines it quotes are not in the change"


def _nearest(places: _Places, line: int | None) -> tuple[Lookup, int, int] | None:
    if len({(id(one), a, b) for one, a, b in places}) == 1:
        return places[0]
    if line is None:
        return None
    return min(places, key=lambda place: abs(place[1] + 1 - line))


def _found(claim: Claim, one: Lookup, first: int, last: int) -> Found:
    ground = one.ground
    changed = [n for n in range(first, last + 1) if n in ground.changed]
    # What the lines around a change say is context: the finding stands where something changed.
    a, b = (changed[0], changed[-1]) if changed else (first, last)
    text = "\n".join(ground.lines[n] for n in range(a, b + 1))
    mark = f"{ground.path}\0{text.strip()}\0{claim.title.lower()}"
    return Found(
        id=hashlib.sha256(mark.encode("utf-8", "replace")).hexdigest()[:12],
        path=ground.path,
        first=a,
        last=b,
        quote=text,
        severity=claim.severity,
        title=claim.title,
        why=claim.why,
        # A remedy is of the lines that were quoted, and of no others.
        fix=claim.fix if changed and (a, b) == (first, last) else None,
    )


def _file(name: str, lookups: Sequence[Lookup]) -> Lookup | None:
    """The file that is meant: by its path, or by the end of it when only one ends so."""
    wanted = name.strip().strip("`'\"").removeprefix("./")
    if not wanted:
        return lookups[0] if len(lookups) == 1 else None
    for one in (wanted, re.sub(r"^[ab]/(?=\S)", "", wanted)):
        for lookup in lookups:
            if lookup.ground.path == one:
                return lookup
    ends = [
        lookup
        for lookup in lookups
        if lookup.ground.path.endswith(f"/{wanted}") or wanted.endswith(f"/{lookup.ground.path}")
    ]
    return ends[0] if len(ends) == 1 else None


def _lines(quote: str) -> list[str]:
    plain = quote.replace("\r", "").split("\n")
    lines = [line for line in plain if not line.strip().startswith("```")]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return [line.strip("`") if len(lines) == 1 else line for line in lines]
