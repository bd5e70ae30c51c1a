"""Indentation: what a text uses, and lines moved from one depth to another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce


def leading(line: str) -> str:
    """The white space a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def common(lines: Sequence[str]) -> str:
    """What all lines that are not blank begin with, of white space."""
    found = [leading(line) for line in lines if line.strip()]
    if not found:
        return ""
    first, last = min(found), max(found)
    at = 0
    while at < min(len(first), len(last)) and first[at] == last[at]:
        at += 1
    return first[:at]


def unit(lines: Sequence[str]) -> str:
    """One step of indentation as these lines have it: a tab, or some spaces; four by default."""
    tabs = sum(line.startswith("\t") for line in lines)
    widths = [len(leading(line)) for line in lines if line.startswith(" ") and line.strip()]
    if tabs > len(widths):
        return "\t"
    steps = [width for width in widths if width > 1]
    step = reduce(math.gcd, steps, 0)
    return " " * (step if 2 <= step <= 8 else 4)


def reindented(lines: Sequence[str], old: str, new: str, step: str) -> tuple[str, ...]:
    """Lines that stood at depth `old`, put at depth `new`; deeper ones keep their distance.

    `step` is one step of the target; where the lines use another kind of white space it is
    translated. Blank lines become empty.
    """
    found: list[str] = []
    theirs = unit(lines)
    translate = ("\t" in step) != ("\t" in theirs) and any(leading(line) for line in lines)
    for line in lines:
        if not line.strip():
            found.append("")
            continue
        before = leading(line)
        if before.startswith(old):
            rest = before[len(old) :]
        elif len(before) < len(old):
            # Shallower than the first line: taken off the target's depth as well.
            short = len(old) - len(before)
            found.append(new[: max(0, len(new) - short)] + line.lstrip(" \t"))
            continue
        else:
            rest = before[len(old) :]
        if translate and rest:
            steps = rest.count("\t") + rest.count(" ") // max(1, len(theirs.replace("\t", " ")))
            rest = step * steps
        found.append(new + rest + line.lstrip(" \t"))
    return tuple(found)
