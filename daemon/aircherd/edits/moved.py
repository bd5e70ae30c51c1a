"""Follows lines from one version of a text to a later one."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from aircherd.core.document import Document
from aircherd.edits.model import DoesNotFit, Replacement

_MOST = 1_500
"""Lines between the first and the last difference that are compared one by one."""


class LineMap:
    """Where each line of a text stands in another."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        head = 0
        while head < min(len(old), len(new)) and old[head] == new[head]:
            head += 1
        tail = 0
        while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        self._equal: list[tuple[int, int, int]] = [(0, 0, head)]
        middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
        if len(middle_old) <= _MOST and len(middle_new) <= _MOST:
            matcher = SequenceMatcher(None, middle_old, middle_new, autojunk=False)
            self._equal += [
                (head + a, head + b, size) for a, b, size in matcher.get_matching_blocks()
            ]
        self._equal.append((len(old) - tail, len(new) - tail, tail))
        self._joined()

    def _joined(self) -> None:
        """Stretches that touch in both texts become one."""
        found: list[tuple[int, int, int]] = []
        for a, b, size in self._equal:
            if not size:
                continue
            if found and found[-1][0] + found[-1][2] == a and found[-1][1] + found[-1][2] == b:
                found[-1] = (found[-1][0], found[-1][1], found[-1][2] + size)
            else:
                found.append((a, b, size))
        self._equal = found

    def line(self, number: int) -> int | None:
        """The same line in the new text; None when it is gone."""
        return self.stretch(number, number)

    def stretch(self, first: int, last: int) -> int | None:
        """Where these lines begin in the new text, when all of them are there and together."""
        for a, b, size in self._equal:
            if a <= first and last < a + size:
                return b + first - a
        return None


def moved(
    replacements: Sequence[Replacement], seen: Document, now: Document
) -> tuple[Replacement, ...]:
    """The same replacements in a later version of the text.

    Raises DoesNotFit when a line that is replaced, or one an insertion stands at, was changed.
    """
    if seen.text == now.text:
        return tuple(replacements)
    lines = LineMap(seen.lines(), now.lines())
    found: list[Replacement] = []
    for one in replacements:
        first, last = seen.place(one.start).line, seen.place(one.end).line
        place = lines.stretch(first, last)
        if place is None:
            raise DoesNotFit("the lines it changes were edited in the meantime")
        by = now.starts[place] - seen.starts[first]
        end = now.starts[place + last - first] + one.end - seen.starts[last]
        found.append(Replacement(one.start + by, end, one.text))
    return tuple(found)
