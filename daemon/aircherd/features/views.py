"""What of a file a model is shown for a task: the selection, and its neighbours."""

from __future__ import annotations

from aircherd.core.document import Document, Encoding, Span
from aircherd.excerpts.excerpt import around, selection, whole
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


def views(
    source: Source, lines: tuple[int, int] | None, budget: int
) -> tuple[tuple[Part, ...], tuple[tuple[str, str], ...]]:
    """The parts to show, within so many bytes, and what of the file is not in them."""
    document = source.document
    kind = f", {document.language}" if document.language else ""
    title = f"The file {source.name}{kind}"
    if lines is None:
        shown = whole(source.reading, budget)
        why = shown.left_out
        return (
            (Part(title=title, text=shown.text, path=source.name),),
            ((source.name, why),) if why else (),
        )
    first, last = lines
    count = document.line_count
    picked = selection(source.reading, first, last, budget // 2)
    rest = budget - len(picked.encode("utf-8", "surrogatepass"))
    shown = around(source.reading, first, last, max(0, min(rest, 4 * SMALL)))
    chosen = Part(
        title=f"Selected, lines {first + 1} to {last + 1} of {count}",
        text=picked,
        path=source.name,
    )
    parts = (Part(title=f"{title}, as far as it matters here", text=shown.text, path=source.name),)
    left = ((source.name, shown.left_out),) if shown.left_out else ()
    if shown.text.strip() == picked.strip():
        return (Part(title=f"{title}, selected lines", text=picked, path=source.name),), left
    return (*parts, chosen), left
