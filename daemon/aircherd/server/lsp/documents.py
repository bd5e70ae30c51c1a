"""The documents that stand open in one editor, as it told them, within bounds."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aircherd.core.document import Document, Encoding
from aircherd.core.errors import InvalidRequest
from aircherd.server.lsp.incremental import Change, edited

log = logging.getLogger(__name__)

LARGEST = 1 << 20
"""Characters of one document. Beyond it the text is not kept: no model could read it."""
LARGEST_TOGETHER = 64 << 20
"""Characters of all documents of one editor."""
MOST = 1000
"""Documents of one editor; further ones are not followed."""
_LOST = "The editor's changes to {uri} could not be followed; close it and open it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """One open document at one version."""

    document: Document
    missing: str = ""
    """Why its text is not kept; empty when it is."""
    unsaved: bool = False

    @property
    def version(self) -> int:
        """The editor's."""
        return self.document.version or 0

    @property
    def path(self) -> str | None:
        """The local path; None for a document that is no file here."""
        return local_path(self.document.uri)


def local_path(uri: str) -> str | None:
    """The path of a file URI on this machine; None for any other."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = unquote(parts.path)
    return None if "\0" in path else path


class Documents(Mapping[str, Document]):
    """Open documents by URI. What an editor tells wrongly costs that document its text, no more.

    To ask for a document whose text is not kept raises InvalidRequest with the reason: what is on
    the disk may not be what the editor shows.
    """

    def __init__(self) -> None:
        self.encoding = Encoding.UTF16
        """Units of the session's positions."""
        self._open: dict[str, Open] = {}
        self._size = 0

    def __getitem__(self, uri: str) -> Document:
        found = self._open[uri]
        if found.missing:
            raise InvalidRequest(found.missing)
        return found.document

    def __iter__(self) -> Iterator[str]:
        return iter([uri for uri, found in self._open.items() if not found.missing])

    def __len__(self) -> int:
        return sum(not found.missing for found in self._open.values())

    def kept(self, uri: str) -> Document | None:
        """A document if it is open and its text is kept."""
        found = self._open.get(uri)
        return None if found is None or found.missing else found.document

    def standing(self, uri: str) -> Open | None:
        """How an open document stands, its text kept or not; None for one that is not open."""
        return self._open.get(uri)

    @property
    def every(self) -> tuple[Open, ...]:
        """All that is open."""
        return tuple(self._open.values())

    def open(self, uri: str, language: str | None, version: int, text: str) -> bool:
        """Takes a document; whether there was room for it."""
        if uri not in self._open and len(self._open) >= MOST:
            log.warning("an editor opened more than %s documents; the rest is not followed", MOST)
            return False
        made = Document(uri=uri, text=text, version=version, language=language or None)
        self._put(Open(document=made))
        return True

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> None:
        """Applies changes in their order."""
        before = self._open.get(uri)
        if before is None:
            return
        text: str | None = None if before.missing else before.document.text
        missing = before.missing
        try:
            text = edited(text, changes, self.encoding)
            missing = "" if text is not None else missing
        except ValueError as error:
            log.warning("lost the text of an open document: %s", error)
            text, missing = None, _LOST.format(uri=uri)
        document = replace(before.document, text=text or "", version=version)
        self._put(Open(document=document, missing=missing, unsaved=True))

    def doubt(self, uri: str) -> None:
        """A change was told in a way that cannot be read: what is kept is no longer the text."""
        before = self._open.get(uri)
        if before is not None:
            self._put(replace(before, missing=_LOST.format(uri=uri), unsaved=True))

    def saved(self, uri: str, text: str | None = None) -> None:
        """A document was written to disk; some editors send what was written."""
        before = self._open.get(uri)
        if before is None:
            return
        if text is not None:
            before = Open(document=replace(before.document, text=text))
        self._put(replace(before, unsaved=False))

    def close(self, uri: str) -> None:
        """Forgets a document."""
        gone = self._open.pop(uri, None)
        if gone is not None:
            self._size -= len(gone.document.text)

    def _put(self, found: Open) -> None:
        uri, missing = found.document.uri, found.missing
        self._size -= len(self._open[uri].document.text) if uri in self._open else 0
        size = len(found.document.text)
        if size > LARGEST:
            missing = f"{uri} is larger than {LARGEST >> 20} Mi characters; ask about a part of it."
        elif self._size + size > LARGEST_TOGETHER:
            missing = "The documents open in this editor are too large together; close some."
        if missing:
            found = replace(found, document=replace(found.document, text=""), missing=missing)
        self._open[uri] = found
        self._size += len(found.document.text)


def name_of(uri: str) -> str:
    """The last part of a URI, for a sentence."""
    return Path(unquote(uri)).name or uri
