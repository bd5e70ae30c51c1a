"""New lines at a place, at the depth of what stands there."""

from __future__ import annotations

from aircherd.core.document import Document
from aircherd.edits.indent import common, leading, reindented, unit
from aircherd.edits.model import Replacement


def inserted(document: Document, start: int, end: int, code: str) -> Replacement:
    """The code instead of what stands between two offsets, at the depth of the line it begins in.

    On a line that is blank before the place, all of it is at that depth; behind text, only its
    further lines are.
    """
    lines = code.replace("\r\n", "\n").strip("\n").split("\n")
    own = document.lines()
    at = document.place(start).line
    before = document.text[document.starts[at] : start]
    depth = leading(document.line(at)) if before.strip() else before
    if not before.strip() and (start != end or not document.line(at).strip()):
        depth = leading(document.line(at))
    moved = list(reindented(lines, common(lines), depth, unit(own)))
    if before.strip():
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


def appended(document: Document, code: str) -> Replacement:
    """The code at the end of the text, with a blank line before it."""
    end, text = document.line_end, document.text
    lines = code.replace("\r\n", "\n").strip("\n").split("\n")
    gap = "" if not text else end if text.endswith(("\n", "\r")) else end + end
    return Replacement(len(text), len(text), gap + end.join(lines) + end)
