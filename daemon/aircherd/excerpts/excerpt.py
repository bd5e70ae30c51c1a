"""The lines of a file a model is shown, within a number of bytes; what is left out is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from aircherd.core.document import Document
from aircherd.excerpts.scope import LONGEST, enclosing, heads, imports

_AROUND = 20
"""Lines before and behind what is shown in any case."""
_LONGEST_LINE = 2_000


class Reading:
    """A file's lines, and what they define and import, looked at once.

    Excerpts for window after window are then made in a time that depends on the window alone.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self._scopes: dict[tuple[int, int], tuple[int, int] | None] = {}

    @cached_property
    def lines(self) -> list[str]:
        """All of them, without their ends."""
        return self.document.lines()

    @cached_property
    def heads(self) -> list[int]:
        """Where definitions begin."""
        return heads(self.lines)

    @cached_property
    def imports(self) -> list[tuple[int, int]]:
        """Stretches of imports."""
        return imports(self.lines)

    def scope(self, first: int, last: int) -> tuple[int, int] | None:
        """The definition around some lines."""
        if (first, last) not in self._scopes:
            self._scopes[first, last] = enclosing(self.lines, first, last)
        return self._scopes[first, last]

    def believe(self, first: int, last: int, scope: tuple[int, int]) -> None:
        """Takes an editor's word for the definition around some lines, where it can be that."""
        count = len(self.lines)
        if scope[0] <= first and last <= scope[1] < count and scope[1] - scope[0] < LONGEST:
            self._scopes[first, last] = scope

    def look(self, selected: tuple[int, int] | None = None) -> Reading:
        """Looks at everything now. Takes its time: call it in a thread."""
        if selected is not None:
            self.scope(*selected)
        assert self.heads is not None
        assert self.imports is not None
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Lines of one file."""

    text: str
    """The lines, with a line of `…` where some are left out."""
    lines: tuple[tuple[int, int], ...]
    """Stretches that are shown, 0-based, first and last."""
    left_out: str | None
    """What is not shown, such as `lines 41-300 of 420`; None when all of it is."""


def whole(reading: Reading, budget: int) -> Excerpt:
    """As much of a file as fits: all of it, or its beginning and the heads of its definitions."""
    lines = reading.lines
    if _fits(lines, budget):
        return _made(lines, [(0, len(lines) - 1)])
    used, stop = 0, 0
    half = budget // 2
    for line in lines:
        used += _size(line)
        if used > half:
            break
        stop += 1
    chosen = [(0, stop - 1)] if stop else []
    for n in reading.heads:
        if n < stop:
            continue
        used += _size(lines[n]) + 4
        if used > budget:
            break
        chosen.append((n, n))
    return _made(lines, chosen)


def around(reading: Reading, first: int, last: int, budget: int) -> Excerpt:
    """The lines `first` to `last`, then, as far as they fit: the definition around them, the
    file's imports, some lines before and behind."""
    lines = reading.lines
    last = min(last, len(lines) - 1)
    first = min(first, last)
    chosen: list[tuple[int, int]] = [(first, last)]
    if not _fits(lines[first : last + 1], budget):
        return _made(lines, [_cut(lines, first, last, budget)])
    used = _bytes(lines[first : last + 1])
    wanted: list[tuple[int, int]] = []
    scope = reading.scope(first, last)
    if scope is not None:
        wanted.append(scope)
    wanted += reading.imports
    inner = scope or (first, last)
    wanted.append((max(0, inner[0] - _AROUND), min(len(lines) - 1, inner[1] + _AROUND)))
    for stretch in wanted:
        more = [n for n in range(stretch[0], stretch[1] + 1) if not _in(chosen, n)]
        size = _bytes(lines[n] for n in more)
        if used + size > budget:
            continue
        used += size
        chosen.append(stretch)
    return _made(lines, chosen)


def selection(reading: Reading, first: int, last: int, budget: int) -> str:
    """The lines themselves, as far as they fit."""
    lines = reading.lines
    a, b = _cut(lines, first, min(last, len(lines) - 1), budget)
    return "\n".join(lines[a : b + 1])


def _cut(lines: Sequence[str], first: int, last: int, budget: int) -> tuple[int, int]:
    used = 0
    for n in range(first, last + 1):
        used += _size(lines[n])
        if used > budget:
            return first, max(first, n - 1)
    return first, last


def _made(lines: Sequence[str], chosen: Iterable[tuple[int, int]]) -> Excerpt:
    stretches: list[tuple[int, int]] = []
    for a, b in sorted(chosen):
        if stretches and a <= stretches[-1][1] + 1:
            stretches[-1] = (stretches[-1][0], max(b, stretches[-1][1]))
        else:
            stretches.append((a, b))
    parts: list[str] = []
    for number, (a, b) in enumerate(stretches):
        if number or a > 0:
            parts.append("…")
        parts += [_short(line) for line in lines[a : b + 1]]
    if not stretches or stretches[-1][1] < len(lines) - 1:
        parts.append("…")
    return Excerpt(
        text="\n".join(parts), lines=tuple(stretches), left_out=_named(stretches, len(lines))
    )


def _named(stretches: list[tuple[int, int]], count: int) -> str | None:
    gaps: list[str] = []
    at = 0
    for a, b in (*stretches, (count, count)):
        if a > at:
            gaps.append(f"{at + 1}-{a}" if a > at + 1 else str(a))
        at = b + 1
    if not gaps:
        return None
    more = f" and {len(gaps) - 4} more" if len(gaps) > 4 else ""
    return f"lines {', '.join(gaps[:4])}{more} of {count}"


def _in(stretches: list[tuple[int, int]], n: int) -> bool:
    return any(a <= n <= b for a, b in stretches)


def _short(line: str) -> str:
    over = len(line) - _LONGEST_LINE
    return f"{line[:_LONGEST_LINE]} … {over} characters more" if over > 0 else line


def _size(line: str) -> int:
    return min(len(line.encode("utf-8", "surrogatepass")), _LONGEST_LINE * 4) + 1


def _fits(lines: Iterable[str], budget: int) -> bool:
    """Whether they are so many bytes at most; looks no further than that."""
    used = 0
    for line in lines:
        used += _size(line)
        if used > budget:
            return False
    return True


def _bytes(lines: Iterable[str]) -> int:
    return sum(map(_size, lines))
