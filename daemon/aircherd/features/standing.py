"""Where findings stand in the files as they are now, and the small remedies they bring.

A review is of what is staged or committed; the file in the editor may have moved on. A line is
followed by its text, never by its number; one that is gone takes its finding with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aircherd.core.document import Document
from aircherd.core.errors import InvalidRequest, Withheld
from aircherd.edits.indent import common, reindented, unit
from aircherd.edits.match import replace_lines
from aircherd.edits.model import Replacement, applied
from aircherd.edits.syntax import breaks
from aircherd.features.homes import file_uri
from aircherd.features.places import Place
from aircherd.features.sources import Source, Sources, Wanted
from aircherd.findings.model import Dropped, Found

_MOST_LINES = 12
"""Lines a remedy may have; a larger one is no small one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A finding in a document as it is now."""

    found: Found
    document: Document
    first: int
    """0-based."""
    last: int
    remedy: tuple[Replacement, ...] = ()


def standing(
    sources: Sources,
    place: Place,
    source: Source | None,
    findings: Sequence[Found],
    opened: Mapping[str, Document],
) -> tuple[tuple[Standing, ...], tuple[Dropped, ...]]:
    """Findings by file and line, and those whose lines are gone. Reads files."""
    stand: list[Standing] = []
    gone: list[Dropped] = []
    documents: dict[str, Document | None] = {}
    for one in findings:
        if one.path not in documents:
            documents[one.path] = _document(sources, place, source, one.path, opened)
        document = documents[one.path]
        first = None if document is None else followed(document, one)
        if document is None or first is None:
            gone.append(Dropped(title=one.title, why="the line it is about is not there any more"))
            continue
        last = first + one.last - one.first
        stand.append(
            Standing(
                found=one,
                document=document,
                first=first,
                last=last,
                remedy=_remedy(document, one, first, last),
            )
        )
    stand.sort(key=lambda s: (s.found.path, s.first))
    return tuple(stand), tuple(gone)


def followed(document: Document, one: Found) -> int | None:
    """The line a finding's quote begins at now: the nearest to where it was."""
    quote = one.quote.split("\n")
    lines = document.lines()
    places = [
        n
        for n in range(len(lines) - len(quote) + 1)
        if all(lines[n + k].rstrip() == text.rstrip() for k, text in enumerate(quote))
    ]
    return min(places, key=lambda n: abs(n - one.first)) if places else None


def _document(
    sources: Sources,
    place: Place,
    source: Source | None,
    path: str,
    opened: Mapping[str, Document],
) -> Document | None:
    if path in opened:
        return opened[path]
    if source is not None:
        return source.document
    root = place.root or ""
    try:
        wanted = Wanted(uri=file_uri(root, path), path=f"{root}/{path}", document=None)
        return sources.source(wanted).document
    except (InvalidRequest, Withheld):
        return None


def _remedy(document: Document, one: Found, first: int, last: int) -> tuple[Replacement, ...]:
    """The model's `fix` instead of the quoted lines, when it is small and does not break them."""
    if one.fix is None or not one.fix.strip():
        return ()
    new = [line for line in one.fix.split("\n") if not line.strip().startswith("```")]
    if not new or len(new) > _MOST_LINES or last - first >= _MOST_LINES:
        return ()
    old = document.lines(first, last)
    own = common(old)
    new = list(reindented(new, common(new), own, unit(document.lines())))
    if [line.rstrip() for line in new] == [line.rstrip() for line in old]:
        return ()
    replacements = tuple(replace_lines(document, first, last + 1, new))
    after = applied(document.text, replacements)
    _, broken = breaks(document.text, after, document.language)
    return () if broken else replacements
