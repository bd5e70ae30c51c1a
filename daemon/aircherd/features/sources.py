"""What the commands read: documents, and repositories through the one door to git.

Everything here blocks: call it in a thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aircherd.commits.diff import parse
from aircherd.commits.model import FileDiff
from aircherd.config.load import LARGEST_FILE, read
from aircherd.config.resolve import narrowed
from aircherd.core.document import Document
from aircherd.core.errors import InvalidRequest, NotARepository, Withheld
from aircherd.core.settings import Settings
from aircherd.excerpts.excerpt import Reading
from aircherd.features import neighbours
from aircherd.features.beneath import decoded, last, relative
from aircherd.features.holding import folders_of, held_back, rules_for
from aircherd.features.inner import Inner, within
from aircherd.features.neighbours import Near, Neighbour
from aircherd.features.places import Place, plain
from aircherd.outbound.paths import PathRules
from aircherd.roots import FILE
from aircherd.workspace.languages import language
from aircherd.workspace.repositories import Repositories


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A document a caller names."""

    uri: str
    path: str | None
    """Absolute; None when the URI is no file's, as of a text that was never saved."""
    document: Document | None
    """What the caller sent, or the editor keeps in step; None has the file read."""
    language: str | None = None
    near: tuple[Near, ...] = ()
    """What the editor's own symbols say stands near what is asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document, and how it is called to a model."""

    document: Document
    name: str
    """Its path in the work tree; its file name when it is in none."""
    place: Place
    reading: Reading
    """Its lines, looked at."""
    near: tuple[Neighbour, ...] = ()
    """Lines that stand near, and may be shown."""
    far: tuple[tuple[str, str], ...] = ()
    """Those that may not, each with why."""
    scope: tuple[int, int] | None = None
    """First and last line of the definition around the selection, where the editor knows it."""


class Sources:
    """Reads what a command is about."""

    def __init__(self, settings: Callable[[], Settings], repositories: Repositories) -> None:
        self._settings = settings
        self._repositories = repositories

    def place(self, path: str | None) -> Place:
        """Where a path is; a path in no repository is a plain folder. Raises GitRefused."""
        if path is not None:
            try:
                return self.repository(path)
            except NotARepository:
                pass
        settings = self._settings()
        if path is None:
            held = settings.outbound
            rules = PathRules(None, withhold=held.withhold, local_only=held.local_only)
            return Place(root=None, branch=None, repository=None, settings=settings, rules=rules)
        return plain(path, settings)

    def repository(self, path: str) -> Place:
        """The work tree around a path. Raises NotARepository, GitRefused."""
        known = self._repositories.at(path)
        text = known.read(FILE, LARGEST_FILE + 1)
        values, _ = read(Path(known.root) / FILE, workspace=True, text=text or "")
        inner, settings = within(known.root, (path,), narrowed(self._settings(), values))
        return Place(
            root=known.root,
            branch=known.head()[1],
            repository=known,
            settings=settings,
            rules=rules_for(known, settings),
            inner=inner,
        )

    def source(self, wanted: Wanted, workspace: str | None = None) -> Source:
        """A document: as it was sent, as the editor has it, or as it is on disk.

        Raises InvalidRequest when it lies in no workspace, or cannot be read; Withheld when no
        model is to see it.
        """
        place = self.place(wanted.path or workspace)
        root = place.root
        if root is None and workspace is not None and os.path.isdir(workspace):
            root = os.path.realpath(workspace)
        name = _name(wanted, root)
        ways = _names(wanted, place, name)
        why = next((why for rules, one in ways if (why := rules.why_withheld(one))), None)
        if why is not None:
            raise Withheld(f"{name} is {why}; no model sees it. Ask about another file.")
        if any(rules.is_local_only(one) for rules, one in ways):
            place = replace(place, settings=replace(place.settings, egress="local"))
        document = wanted.document
        if document is None:
            document = self._read(wanted, root)
        if document.language is None:
            known = wanted.language or language(os.fsencode(name))
            document = replace(document, language=known)
        near, far = neighbours.read(
            wanted.near, place.root or place.folder, place.rules, place.settings
        )
        return Source(
            document=document,
            name=name,
            place=place,
            reading=Reading(document).look(),
            near=near,
            far=far,
            scope=neighbours.enclosing_of(wanted.near, wanted.uri),
        )

    def later(
        self, wanted: Wanted | None, workspace: str | None, now: Callable[[], Document | None]
    ) -> Callable[[], Document | None]:
        """What gives a document anew: as the editor has it, else, where it was read from disk, as
        it is there; None when nothing newer can be known."""

        def look() -> Document | None:
            kept = now()
            if kept is not None or wanted is None or wanted.document is not None:
                return kept
            return self.source(wanted, workspace).document

        return look

    def text(self, place: Place, name: str) -> str | None:
        """A text file of a work tree; None when there is none that a model may see."""
        path, both = os.fsencode(name), (place.rules, place.inner)
        if place.root is None or any(one.why_withheld(path) is not None for one in both):
            return None
        if any(one.is_local_only(path) for one in both) and place.settings.egress != "local":
            return None
        if not place.inner.knows(path):
            # Its folder's own settings were not looked at, nor their acceptance asked for.
            return None
        return decoded(place.root, name)

    def staged(self, place: Place) -> tuple[FileDiff, ...]:
        """The staged change."""
        assert place.repository is not None
        found = place.repository.staged_diff(place.settings.diff_cap_bytes)
        return parse(found.patch, found.unread)

    def held(self, place: Place, files: Sequence[FileDiff]) -> tuple[Place, tuple[FileDiff, ...]]:
        """The files without what no model sees; the place, on this machine if one of them is."""
        root, settings = place.root or "/", place.settings
        inner, settings = within(root, (*place.inner.folders, *folders_of(files, root)), settings)
        kept, settings = held_back(files, place.rules, settings, inner)
        return replace(place, settings=settings, inner=inner), kept

    def _read(self, wanted: Wanted, root: str | None) -> Document:
        if wanted.path is None:
            raise InvalidRequest(f"{wanted.uri} is no file; send its text along.")
        if root is None:
            raise InvalidRequest(
                f"{wanted.path} is in no workspace, so it is not read; send its text along, or "
                "name the workspace it belongs to."
            )
        inside = relative(wanted.path, root)
        text = None if inside is None else decoded(root, inside)
        if text is None:
            raise InvalidRequest(
                f"{wanted.path} is no text file inside {root} that can be read; check the path, or "
                "send its text along."
            )
        return Document(uri=wanted.uri, text=text)


def _names(wanted: Wanted, place: Place, name: str) -> tuple[tuple[PathRules | Inner, bytes], ...]:
    """What a document is called, and what the file is that a link of that name leads to."""
    ways: tuple[tuple[PathRules | Inner, bytes], ...] = ((place.rules, os.fsencode(name)),)
    root = place.root or place.folder
    if wanted.path is None or root is None:
        return ways
    true = os.path.realpath(wanted.path)
    called = relative(wanted.path, root)
    if called is not None:
        ways = (*ways, (place.inner, os.fsencode(called)))
    inside = relative(true, root)
    if inside is not None:
        return (*ways, (place.rules, os.fsencode(inside)), (place.inner, os.fsencode(inside)))
    held, folder = place.settings.outbound, os.path.dirname(true)
    rules = PathRules(folder, withhold=held.withhold, local_only=held.local_only)
    return (*ways, (rules, os.fsencode(last(true))))


def _name(wanted: Wanted, root: str | None) -> str:
    if wanted.path is None:
        return last(wanted.uri) or "untitled"
    inside = relative(wanted.path, root) if root is not None else None
    return inside or last(wanted.path)
