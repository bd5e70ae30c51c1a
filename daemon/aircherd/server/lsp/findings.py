"""What reviews found, for one editor, held to the lines they are about while those move."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aircherd.commits.inert import inert, one_line
from aircherd.core.document import Document
from aircherd.server.lsp.incremental import bare_lines

MOST = 500
"""Findings of one editor."""
_NEAR = 20
"""Places of the same line that are looked at, up and down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding, at the place it has now. Ranges and edits are plain values, as on the wire."""

    id: str
    operation: str
    """The review it came from."""
    uri: str
    first: int
    """Its first line, from 0."""
    range: dict[str, Any]
    severity: str
    title: str
    why: str
    quote: str
    """The lines it is about, word for word."""
    fix: dict[str, Any] | None = None
    moved: int = 0
    """Lines it has moved by since the review."""

    def overlaps(self, first: int, last: int) -> bool:
        """Whether it touches any of these lines."""
        return bool(self.range["start"]["line"] <= last and first <= self.range["end"]["line"])


def of_wire(found: dict[str, Any], operation: str) -> Finding:
    """A finding out of a review's result, inert: some editors print what they are given."""
    return Finding(
        id=found["id"],
        operation=operation,
        uri=found["uri"],
        first=found["range"]["start"]["line"],
        range=found["range"],
        severity=found["severity"],
        title=one_line(found["title"]),
        why=inert(found["why"]).strip(),
        quote=found["quote"],
        fix=found.get("fix"),
    )


@dataclass(slots=True)
class Findings:
    """All that is shown now, by URI."""

    by_uri: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    """URIs whose diagnostics were sent rather than asked for."""
    moving: set[str] = field(default_factory=set)
    """URIs that changed a moment ago."""

    def replace(self, found: Iterable[Finding], only: str | None = None) -> set[str]:
        """Takes a review's findings in place of the ones before, of one document or of all; the
        URIs for which something may be different."""
        before = {only} & set(self.by_uri) if only is not None else set(self.by_uri)
        for uri in before:
            del self.by_uri[uri]
        room = MOST - sum(len(each) for each in self.by_uri.values())
        for one in tuple(found)[: max(0, room)]:
            self.by_uri[one.uri] = (*self.by_uri.get(one.uri, ()), one)
        return before | set(self.by_uri)

    def at(self, uri: str, content: Document | None) -> tuple[Finding, ...]:
        """A document's findings where their lines are now; those whose line is gone are left out.

        Without a text, as of a file that is not open, they are where the review saw them.
        """
        found = self.by_uri.get(uri, ())
        if content is None:
            return found
        if not found:
            return ()
        lines = [line.rstrip() for line in bare_lines(content.text)]
        wanted = {quote[0]: list[int]() for one in found if (quote := _quoted(one))}
        for number, line in enumerate(lines):
            if line in wanted:
                wanted[line].append(number)
        return tuple(one for f in found if (one := _anchored(f, lines, wanted)) is not None)

    def find(self, number: str) -> Finding | None:
        """One by its id."""
        every = (one for found in self.by_uri.values() for one in found)
        return next((one for one in every if one.id == number), None)

    def drop(self, number: str) -> None:
        """Forgets one."""
        for uri, found in tuple(self.by_uri.items()):
            left = tuple(one for one in found if one.id != number)
            if left:
                self.by_uri[uri] = left
            else:
                del self.by_uri[uri]


def _anchored(
    finding: Finding, lines: Sequence[str], stands: Mapping[str, Sequence[int]]
) -> Finding | None:
    """A finding moved to the nearest place where its lines stand as quoted; None without one.

    Whoever edits the lines has seen the finding: it is about what they were. `stands` tells where
    first lines of quotes are.
    """
    quote = _quoted(finding)
    if not quote:
        return finding
    places = stands[quote[0]]
    near = bisect_left(places, finding.first)
    around = places[max(0, near - _NEAR) : near + _NEAR]
    for first in sorted(around, key=lambda line: abs(line - finding.first)):
        if list(lines[first : first + len(quote)]) == quote:
            return _shifted(finding, first - finding.first)
    return None


def _quoted(finding: Finding) -> list[str]:
    return [line.rstrip() for line in bare_lines(finding.quote)] if finding.quote.strip() else []


def _shifted(finding: Finding, by: int) -> Finding:
    if not by:
        return finding
    return replace(finding, range=_moved(finding.range, by), moved=by)


def remedy(finding: Finding, version: int | None) -> dict[str, Any] | None:
    """A finding's fix as an edit of the document at this version, moved as the finding was."""
    if finding.fix is None:
        return None
    changes = []
    for change in finding.fix["documentChanges"]:
        if "textDocument" not in change or change["textDocument"]["uri"] != finding.uri:
            return None
        edits = [{**one, "range": _moved(one["range"], finding.moved)} for one in change["edits"]]
        document = {"uri": finding.uri, "version": version}
        changes.append({"textDocument": document, "edits": edits})
    return {**finding.fix, "documentChanges": changes}


def _moved(span: dict[str, Any], by: int) -> dict[str, Any]:
    return {end: {**place, "line": place["line"] + by} for end, place in span.items()}
