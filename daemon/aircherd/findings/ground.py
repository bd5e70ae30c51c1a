"""What a review stands on: which lines there are, and which of them changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aircherd.findings.model import Ground


def of_lines(path: str, lines: Sequence[str], first: int, last: int) -> Ground:
    """A file of which the lines `first` to `last`, 0-based, are all under review."""
    shown = {n: lines[n] for n in range(first, min(last, len(lines) - 1) + 1)}
    return Ground(path=path, lines=shown, changed=frozenset(shown))


def of_hunks(path: str, hunks: Iterable[tuple[int, Sequence[str]]]) -> Ground:
    """A file as its hunks show it: (first new line, 1-based, and the lines with their signs).

    A line that was taken out has no place in the new text: what is said of it is said of the line
    that came instead or, where none did, of the one that stands there now.
    """
    shown: dict[int, str] = {}
    changed: set[int] = set()
    removed: dict[int, tuple[str, ...]] = {}
    for start, lines in hunks:
        at = max(0, start - 1)
        out: list[str] = []
        for line in lines:
            sign, text = line[:1], line[1:].rstrip("\r")
            if sign == "-":
                out.append(text)
                continue
            if sign == "\\":
                continue
            if out:
                removed[at] = (*removed.get(at, ()), *out)
                out = []
            if sign == "+":
                changed.add(at)
            shown[at] = text
            at += 1
        if out:
            # At the end of what is shown: the line before is the nearest there is.
            place = at if at in shown else at - 1
            removed[place] = (*removed.get(place, ()), *out)
    return Ground(path=path, lines=shown, changed=frozenset(changed), removed=removed)
