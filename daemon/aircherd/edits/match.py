"""Finds where a block belongs in a text, and makes the smallest replacement of it.

A block is looked for as it is, then without trailing white space, then at another depth. Where it
stands more than once, the one in the selection counts; otherwise it is refused: a guess would be
an overwrite nobody asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

from aircherd.core.document import Document
from aircherd.edits.indent import leading, reindented, unit
from aircherd.edits.model import Block, DoesNotFit, Replacement

_SHOWN = 80
_MOST = 1_000
"""Lines between the first and the last difference that are compared one by one."""


def fit(
    document: Document,
    blocks: Sequence[Block],
    within: tuple[int, int] | None = None,
    shown: Sequence[str] | None = None,
) -> tuple[Replacement, ...]:
    """The replacements all blocks make together, in the order of the text.

    `within` are the first and last line, 0-based, that are preferred where a block stands more
    than once; `shown` the lines as the model saw them, where that is not as they are. Raises
    DoesNotFit: then nothing is to be changed.
    """
    lines = list(shown) if shown is not None else document.lines()
    found: list[Replacement] = []
    taken: list[tuple[int, int]] = []
    for block in blocks:
        if block.search == block.replace:
            continue
        first, replacement = _located(lines, block, within, taken)
        size = len(_cut(block.search))
        taken.append((first, first + size))
        found += replace_lines(document, first, first + size, replacement, lines)
    if not found:
        raise DoesNotFit("it changes nothing")
    found.sort()
    for one, other in pairwise(found):
        if other.start < one.end:
            raise DoesNotFit("two of its parts change the same lines")
    return tuple(found)


def replace_lines(
    document: Document,
    first: int,
    stop: int,
    lines: Sequence[str],
    shown: Sequence[str] | None = None,
) -> list[Replacement]:
    """What turns the document's lines `first` to `stop` (not included) into these lines.

    Lines that stay are not touched, so that their line ends, and what was not shown of them, stay
    as they are.
    """
    old = list((shown if shown is not None else document.lines())[first:stop])
    head = tail = 0
    while head < min(len(old), len(lines)) and old[head] == lines[head]:
        head += 1
    while tail < min(len(old), len(lines)) - head and old[-1 - tail] == lines[-1 - tail]:
        tail += 1
    before, after = old[head : len(old) - tail], list(lines[head : len(lines) - tail])
    if max(len(before), len(after)) > _MOST:
        # Comparing line by line takes the square of their number.
        return [_lines_for(document, first + head, first + head + len(before), after)]
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        _lines_for(document, first + head + a, first + head + b, after[c:d])
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]


def _lines_for(document: Document, first: int, stop: int, new: Sequence[str]) -> Replacement:
    end = document.line_end
    count, text = document.line_count, document.text
    if first >= count:
        return Replacement(len(text), len(text), end + end.join(new))
    start = document.starts[first]
    if first == stop:
        return Replacement(start, start, "".join(line + end for line in new))
    after = document.starts[stop] if stop < count else len(text)
    if new:
        last = document.starts[stop - 1] + len(document.line(stop - 1))
        return Replacement(start, last, end.join(new))
    if stop >= count and first > 0:
        before = document.starts[first - 1] + len(document.line(first - 1))
        return Replacement(before, after, "")
    return Replacement(start, after, "")


def _located(
    lines: list[str],
    block: Block,
    within: tuple[int, int] | None,
    taken: Sequence[tuple[int, int]],
) -> tuple[int, tuple[str, ...]]:
    """The line a block begins at, and its new lines at that depth."""
    search = _cut(block.search)
    replace = block.replace
    if not search:
        raise DoesNotFit("it does not say which lines it replaces")
    for same in (_same, _same_but_for_the_end, _same_but_for_the_depth):
        places = [
            n
            for n in _places(lines, search, same)
            if not any(n < b and a < n + len(search) for a, b in taken)
        ]
        if not places:
            continue
        place = _chosen(places, len(search), within)
        if place is None:
            raise DoesNotFit(
                f"the lines it replaces stand {len(places)} times, from {_quoted(search)} on"
            )
        if same is _same_but_for_the_depth:
            replace = _shifted(lines, place, search, replace)
        return place, _cut_like(block, replace)
    raise DoesNotFit(f"the lines it replaces are not there: {_quoted(search)}")


def _places(lines: list[str], search: Sequence[str], same: Callable[[str, str], bool]) -> list[int]:
    first, size = search[0], len(search)
    return [
        n
        for n in range(len(lines) - size + 1)
        if same(lines[n], first) and all(map(same, lines[n : n + size], search))
    ]


def _chosen(places: list[int], size: int, within: tuple[int, int] | None) -> int | None:
    if len(places) == 1:
        return places[0]
    if within is None:
        return None
    first, last = within
    inside = [n for n in places if n <= last and n + size > first]
    return inside[0] if len(inside) == 1 else None


def _same(one: str, other: str) -> bool:
    return one == other


def _same_but_for_the_end(one: str, other: str) -> bool:
    return one.rstrip() == other.rstrip()


def _same_but_for_the_depth(one: str, other: str) -> bool:
    return one.strip() == other.strip()


def _shifted(
    lines: list[str], place: int, search: Sequence[str], replace: tuple[str, ...]
) -> tuple[str, ...]:
    at = next((n for n, line in enumerate(search) if line.strip()), 0)
    return reindented(replace, leading(search[at]), leading(lines[place + at]), unit(lines))


def _cut(search: Sequence[str]) -> tuple[str, ...]:
    """Without the blank lines around it, which models add and leave out at will."""
    first, last = 0, len(search)
    while first < last and not search[first].strip():
        first += 1
    while last > first and not search[last - 1].strip():
        last -= 1
    return tuple(search[first:last])


def _cut_like(block: Block, replace: tuple[str, ...]) -> tuple[str, ...]:
    """The new lines without as many blank ones as were taken off what is looked for."""
    kept = list(replace)
    for line in block.search:
        if line.strip():
            break
        if kept and not kept[0].strip():
            kept.pop(0)
    for line in reversed(block.search):
        if line.strip():
            break
        if kept and not kept[-1].strip():
            kept.pop()
    return tuple(kept)


def _quoted(search: Sequence[str]) -> str:
    text = search[0].strip()
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
