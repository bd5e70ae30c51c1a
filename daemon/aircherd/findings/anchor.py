"""Holds each claim to the lines it quotes: at a changed line, or dropped.

A line number is only ever used to choose between places where the same quote stands.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from aircherd.findings.model import RANK, Claim, Dropped, Found, Ground

_MARK = re.compile(r"^[+\-]\s?(?=\S)|^\s*\d+\s*[|:]\s?")


def anchored(
    claims: Sequence[Claim], grounds: Sequence[Ground]
) -> tuple[tuple[Found, ...], tuple[Dropped, ...]]:
    """Findings by file and line, and what was dropped."""
    found: list[Found] = []
    dropped: list[Dropped] = []
    for claim in claims:
        placed = _place(claim, grounds)
        if isinstance(placed, str):
            dropped.append(Dropped(title=claim.title, why=placed))
        else:
            found.append(placed)
    kept, doubles = merged(found)
    return kept, (*dropped, *doubles)


def merged(found: Sequence[Found]) -> tuple[tuple[Found, ...], tuple[Dropped, ...]]:
    """Findings that say the same of the same lines become one: the gravest."""
    kept: list[Found] = []
    doubles: list[Dropped] = []
    for one in sorted(found, key=lambda f: (f.path, f.first, RANK[f.severity], f.last)):
        twin = next((k for k in kept if _same(k, one)), None)
        if twin is None:
            kept.append(one)
        else:
            doubles.append(Dropped(title=one.title, why=f"the same as `{twin.title}`"))
    return tuple(kept), tuple(doubles)


def _same(one: Found, other: Found) -> bool:
    if one.path != other.path or one.last < other.first or other.last < one.first:
        return False
    if (one.first, one.last) == (other.first, other.last):
        return _alike(one, other) > 0.2
    return _alike(one, other) > 0.5


def _alike(one: Found, other: Found) -> float:
    a, b = _words(f"{one.title} {one.why}"), _words(f"{other.title} {other.why}")
    title = _overlap(_words(one.title), _words(other.title))
    return max(title, _overlap(a, b))


def _overlap(a: set[str], b: set[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


_COMMON = frozenset(
    (
        "a", "an", "and", "are", "as", "at", "be", "by", "can", "code", "could", "do", "does",
        "for", "has", "have", "if", "in", "is", "it", "its", "line", "may", "might", "no", "not",
        "of", "on", "or", "should", "that", "the", "this", "to", "was", "were", "when", "will",
        "with", "would",
    )
)  # fmt: skip


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[\w.]+", text.lower()) if word not in _COMMON}


def _place(claim: Claim, grounds: Sequence[Ground]) -> Found | str:
    ground = _file(claim.file, grounds)
    quote = _lines(claim.quote)
    if not quote:
        return "it quotes no line"
    candidates = [ground] if ground is not None else list(grounds)
    best: list[tuple[Ground, int, int]] = []
    shown = False
    for same in (_exactly, _loosely, _within):
        for one in candidates:
            for first, last in _stand(one, quote, same):
                shown = True
                if any(n in one.changed for n in range(first, last + 1)):
                    best.append((one, first, last))
        if best:
            break
    if not best and len(quote) > 1:
        # Several lines of which not all are as quoted: the first changed one that is counts.
        return _any_line(claim, candidates, quote)
    if not best:
        if shown:
            return "the line it quotes was not changed"
        if ground is None and claim.file:
            return f"{claim.file} is not under review"
        return "the line it quotes is not in the change"
    where = _nearest(best, claim.line)
    if where is None:
        return "the line it quotes stands in several places, and nothing says which is meant"
    return _found(claim, *where)


def _any_line(claim: Claim, candidates: Sequence[Ground], quote: Sequence[str]) -> Found | str:
    for line in quote:
        if len(line.strip()) < 4:
            continue
        hits = [
            (one, n, n)
            for one in candidates
            for n, text in one.lines.items()
            if n in one.changed and _loosely(text, line)
        ]
        where = _nearest(hits, claim.line) if hits else None
        if where is not None:
            # The remedy was meant for other lines than the one that was found.
            return replace(_found(claim, *where), fix=None)
    return "the lines it quotes are not in the change"


def _nearest(
    places: Sequence[tuple[Ground, int, int]], line: int | None
) -> tuple[Ground, int, int] | None:
    unique = list(dict.fromkeys((id(g), a, b) for g, a, b in places))
    if len(unique) == 1:
        return places[0]
    if line is None:
        return None
    return min(places, key=lambda place: abs(place[1] + 1 - line))


def _found(claim: Claim, ground: Ground, first: int, last: int) -> Found:
    changed = [n for n in range(first, last + 1) if n in ground.changed]
    # What the lines around a change say is context: the finding stands where something changed.
    a, b = changed[0], changed[-1]
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
        fix=claim.fix if (a, b) == (first, last) else None,
    )


def _file(name: str, grounds: Sequence[Ground]) -> Ground | None:
    """The file that is meant: by its path, or by the end of it when only one ends so."""
    wanted = name.strip().strip("`'\"").removeprefix("./")
    wanted = re.sub(r"^[ab]/(?=\S)", "", wanted) if _none_is(wanted, grounds) else wanted
    for ground in grounds:
        if ground.path == wanted:
            return ground
    if not wanted:
        return grounds[0] if len(grounds) == 1 else None
    ends = [g for g in grounds if g.path.endswith(f"/{wanted}") or wanted.endswith(f"/{g.path}")]
    return ends[0] if len(ends) == 1 else None


def _none_is(name: str, grounds: Sequence[Ground]) -> bool:
    return all(ground.path != name for ground in grounds)


def _lines(quote: str) -> list[str]:
    lines = [
        line for line in quote.replace("\r", "").split("\n") if not line.strip().startswith("```")
    ]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return [line.strip("`") if len(lines) == 1 else line for line in lines]


def _stand(
    ground: Ground, quote: Sequence[str], same: Callable[[str, str], bool]
) -> list[tuple[int, int]]:
    """Where consecutive lines of the file are as the quote has them."""
    found = []
    for n in ground.lines:
        if all(
            n + k in ground.lines and same(ground.lines[n + k], line)
            for k, line in enumerate(quote)
        ):
            found.append((n, n + len(quote) - 1))
    return found


def _exactly(text: str, quote: str) -> bool:
    return text.rstrip() == quote.rstrip()


def _loosely(text: str, quote: str) -> bool:
    """White space does not count, nor a diff's sign or a line number in front."""
    wanted = _squeezed(quote)
    if not wanted:
        return not text.strip()
    return _squeezed(text) in (wanted, _squeezed(_MARK.sub("", quote)))


def _within(text: str, quote: str) -> bool:
    """Part of a line, long enough to be told apart."""
    wanted = _squeezed(_MARK.sub("", quote)).rstrip("…").removesuffix("...")
    return len(wanted) >= 8 and wanted in _squeezed(text)


def _squeezed(text: str) -> str:
    return "".join(text.split())
