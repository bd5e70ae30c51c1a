"""What an editor's own symbols say stands near a selection: the definition around it, what it
uses, what uses it.

An editor only names places. The text is read here, beneath the same folder as the document's and
under the same rules: what no model may see, what only this machine may, and what lies elsewhere is
left out and named. A caller that names no places loses nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aircherd.core.document import Document, Span
from aircherd.core.errors import InvalidRequest
from aircherd.core.settings import Settings
from aircherd.excerpts.scope import enclosing
from aircherd.features.beneath import decoded, relative
from aircherd.features.prompting import Part
from aircherd.outbound.paths import PathRules
from aircherd.roots import FILE

MOST = 24
"""Places that are looked at; an editor may name more."""
_LONGEST = 40
"""Lines of a definition that are shown."""
_AROUND = 2
"""Lines before and behind a place that uses something."""

Kind = Literal["enclosing", "definition", "reference"]
_TITLES = {
    "definition": "A definition it uses",
    "reference": "A place that uses it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A place an editor names."""

    kind: Kind
    uri: str
    path: str | None
    """Absolute; None when the URI is no file's."""
    span: Span
    document: Document | None = None
    """As the editor keeps it in step; None has the file read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Lines that stand near, and may be shown."""

    kind: Kind
    name: str
    """The file's path in the workspace."""
    first: int
    last: int
    """0-based, the last included."""
    text: str

    @property
    def part(self) -> Part:
        """To be shown to a model."""
        lines = f"line {self.first + 1}"
        if self.last > self.first:
            lines = f"lines {self.first + 1} to {self.last + 1}"
        title = f"{_TITLES[self.kind]}, {self.name} {lines}"
        return Part(title=title, text=self.text, path=self.name)

    @property
    def size(self) -> int:
        """Bytes of its text and its title."""
        return len(self.text.encode("utf-8", "surrogatepass")) + len(self.name) + 80


LeftOut = tuple[tuple[str, str], ...]
"""Files and lines that are not shown, each with why."""


def enclosing_of(near: Sequence[Near], uri: str) -> tuple[int, int] | None:
    """The first and last line of what the editor says stands around the selection."""
    for one in near:
        if one.kind == "enclosing" and one.uri == uri:
            return _lines(one.span)
    return None


def read(
    near: Sequence[Near], root: str | None, rules: PathRules, settings: Settings
) -> tuple[tuple[Neighbour, ...], LeftOut]:
    """The neighbours that may be shown, in the order they were named. Reads files."""
    found: list[Neighbour] = []
    left: list[tuple[str, str]] = []
    for one in near[:MOST]:
        if one.kind == "enclosing":
            continue
        read = _read(one, root, rules, settings)
        if isinstance(read, Neighbour):
            if not any(_same(read, other) for other in found):
                found.append(read)
        elif read not in left:
            left.append(read)
    return tuple(found), tuple(left)


def chosen(
    near: Sequence[Neighbour], name: str, shown: Sequence[tuple[int, int]], budget: int
) -> tuple[tuple[Part, ...], LeftOut]:
    """Those that are shown within so many bytes; the rest is named.

    `shown` are the stretches of the file `name` that stand in the prompt already.
    """
    parts: list[Part] = []
    left: list[tuple[str, str]] = []
    for one in near:
        if one.name == name and any(a <= one.first and one.last <= b for a, b in shown):
            continue
        if one.size > budget:
            left.append((one.name, f"lines {one.first + 1}-{one.last + 1}: no room for them"))
            continue
        budget -= one.size
        parts.append(one.part)
    return tuple(parts), tuple(left)


def _read(
    one: Near, root: str | None, rules: PathRules, settings: Settings
) -> Neighbour | tuple[str, str]:
    """The lines, or a name and why they are not shown."""
    tail = one.uri.rstrip("/").rpartition("/")[2]
    inside = relative(one.path, root) if root is not None and one.path is not None else None
    if inside is None or root is None or one.path is None:
        return tail, "outside the workspace"
    true = relative(os.path.realpath(one.path), root)
    if true is None:
        return inside, "leads out of the workspace"
    for name in {inside, true}:
        why = rules.why_withheld(os.fsencode(name))
        if why is not None:
            return inside, why
        if rules.is_local_only(os.fsencode(name)) and settings.egress != "local":
            return inside, "only models on this machine may see it"
    if _of_another(root, inside) or _of_another(root, true):
        return inside, "it is of another workspace"
    try:
        text = one.document.text if one.document is not None else decoded(root, inside)
    except InvalidRequest:
        text = None
    if text is None:
        return inside, "cannot be read"
    return _cut(one, inside, Document(uri=one.uri, text=text))


def _of_another(root: str, name: str) -> bool:
    """Whether a workspace lies between this one and a file: it has rules of its own."""
    folder = os.path.dirname(name)
    while folder:
        if any(os.path.lexists(os.path.join(root, folder, mark)) for mark in (".git", FILE)):
            return True
        folder = os.path.dirname(folder)
    return False


def _cut(one: Near, name: str, document: Document) -> Neighbour | tuple[str, str]:
    first, last = _lines(one.span)
    end = document.line_count - 1
    if first > end:
        return name, "the file is shorter than the editor says"
    last = min(last, end)
    if one.kind == "reference":
        first, last = max(0, first - _AROUND), min(end, first + _AROUND)
    else:
        # Some servers name all of a definition, some its name alone.
        around = enclosing(document.lines(), first, last)
        if around is not None and first == last and around[0] <= first:
            first, last = around
        last = min(last, first + _LONGEST - 1)
    while last > first and not document.line(last).strip():
        last -= 1
    text = "\n".join(document.lines(first, last))
    return Neighbour(kind=one.kind, name=name, first=first, last=last, text=text)


def _lines(span: Span) -> tuple[int, int]:
    last = span.end.line
    if span.end.character == 0 and last > span.start.line:
        last -= 1
    return span.start.line, max(last, span.start.line)


def _same(one: Neighbour, other: Neighbour) -> bool:
    return one.name == other.name and one.first <= other.last and other.first <= one.last
