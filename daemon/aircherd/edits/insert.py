"""New lines at a place, at the depth of what stands there."""

from __future__ import annotations

import re

from aircherd.core.document import Document
from aircherd.edits.indent import common, leading, reindented, unit
from aircherd.edits.model import Replacement

_GOES_ON = re.compile(r"(?:[=(\[{,+\-*/|&<>?.\\!~^%:]|\b(?:return|await|yield|in|and|or|not|is))$")
"""What a line ends with that is not done yet: the first line of the code goes right behind it."""
_COMMENT = re.compile(r"\s*(?:#|//|--)")


def inserted(document: Document, start: int, end: int, code: str) -> Replacement:
    """The code instead of what stands between two offsets, at the depth of the line it begins in.

    On a line that is blank before the place, all of it is at that depth; behind text, only its
    further lines are. Behind a comment, or a line that is done, the code has lines of its own.
    """
    lines = code.replace("\r\n", "\n").strip("\n").split("\n")
    own = document.lines()
    at = document.place(start).line
    before = document.text[document.starts[at] : start]
    depth = leading(document.line(at)) if before.strip() else before
    if not before.strip() and (start != end or not document.line(at).strip()):
        depth = leading(document.line(at))
    moved = list(reindented(lines, common(lines), depth, unit(own)))
    own_lines = start == end and _own_lines(document, start, before, code)
    if own_lines:
        moved.insert(0, "")
    elif before.strip():
        moved[0] = moved[0].lstrip(" \t")
    elif moved:
        # What stands before the place on its line is there already.
        moved[0] = moved[0].removeprefix(before)
    text = document.line_end.join(moved)
    after = document.text[end : end + 1]
    if before.strip() == "" and start == end and after not in ("", "\n", "\r"):
        # In front of code: the new lines get a line of their own.
        text += document.line_end + depth
    elif document.text[start:end].endswith(("\n", "\r")):
        # Whole lines were selected: what comes after them stays on a line of its own.
        text += document.line_end
    return Replacement(start, end, text)


def _own_lines(document: Document, at: int, before: str, code: str) -> bool:
    """Whether code at the end of a line that holds text begins a new one."""
    rest = document.line(document.place(at).line)[len(before) :]
    if not before.strip() or rest.strip():
        return False
    if code.lstrip(" \t\r").startswith("\n") or _COMMENT.match(before):
        return True
    several = "\n" in code.strip("\n")
    return several and _GOES_ON.search(before.rstrip()) is None


def appended(document: Document, code: str) -> Replacement:
    """The code at the end of the text, with a blank line before it."""
    end, text = document.line_end, document.text
    lines = code.replace("\r\n", "\n").strip("\n").split("\n")
    gap = "" if not text else end if text.endswith(("\n", "\r")) else end + end
    return Replacement(len(text), len(text), gap + end.join(lines) + end)
