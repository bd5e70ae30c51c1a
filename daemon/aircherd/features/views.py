"""What of a file a model is shown for a task: the selection, and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.core.document import Document, Encoding, Span
from aircherd.excerpts.excerpt import Excerpt, around, selection, whole
from aircherd.features import neighbours
from aircherd.features.prompting import Part
from aircherd.features.sources import Source

SMALL = 12_000
"""Bytes of a file that is shown whole even for a selection."""


def selected(document: Document, span: Span | None, encoding: Encoding) -> tuple[int, int] | None:
    """First and last line of a selection, 0-based; None for no selection.

    A selection that ends at the beginning of a line does not take that line.
    """
    if span is None:
        return None
    start = document.place(document.offset(span.start, encoding)).line
    end = document.place(document.offset(span.end, encoding))
    last = end.line - 1 if end.character == 0 and end.line > start else end.line
    return start, last


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What of a file is shown for a task."""

    file: Part
    """The file, as far as it matters and fits."""
    chosen: Part | None = None
    """The selection by itself, where the file's part shows more."""
    near: tuple[Part, ...] = ()
    """What stands near by the editor's own symbols."""
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them, the selection last."""
        return (self.file, *self.near, *((self.chosen,) if self.chosen else ()))


def views(
    source: Source, lines: tuple[int, int] | None, budget: int
) -> tuple[tuple[Part, ...], tuple[tuple[str, str], ...]]:
    """The parts to show, within so many bytes, and what of the file is not in them."""
    found = view(source, lines, budget)
    return found.parts, found.left_out


def view(source: Source, lines: tuple[int, int] | None, budget: int) -> View:
    """The same, part by part. What stands near gets a quarter of the room at most."""
    room = min(sum(one.size for one in source.near), max(0, budget) // 4)
    file, chosen, shown = _file(source, lines, budget - room)
    near, missing = neighbours.chosen(source.near, source.name, shown.lines, room)
    left = ((source.name, shown.left_out),) if shown.left_out else ()
    return View(file=file, chosen=chosen, near=near, left_out=(*left, *missing, *source.far))


def _file(
    source: Source, lines: tuple[int, int] | None, budget: int
) -> tuple[Part, Part | None, Excerpt]:
    document = source.document
    kind = f", {document.language}" if document.language else ""
    title = f"The file {source.name}{kind}"
    if lines is None:
        shown = whole(source.reading, budget)
        return Part(title=title, text=shown.text, path=source.name), None, shown
    first, last = lines
    count = document.line_count
    if source.scope is not None:
        source.reading.believe(first, last, source.scope)
    picked = selection(source.reading, first, last, budget // 2)
    rest = budget - len(picked.encode("utf-8", "surrogatepass"))
    shown = around(source.reading, first, last, max(0, min(rest, 4 * SMALL)))
    if shown.text.strip() == picked.strip():
        title = f"{title}, selected lines"
        return Part(title=title, text=picked, path=source.name), None, shown
    chosen = Part(
        title=f"Selected, lines {first + 1} to {last + 1} of {count}",
        text=picked,
        path=source.name,
    )
    title = f"{title}, as far as it matters here"
    return Part(title=title, text=shown.text, path=source.name), chosen, shown
