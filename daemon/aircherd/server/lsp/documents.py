"""The documents that stand open in one editor, as it told them, within bounds."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from aircherd.core.errors import InvalidRequest
from aircherd.server.lsp.text import UTF16, Place, Text

log = logging.getLogger(__name__)

LARGEST = 2 << 20
"""Characters of one document. Beyond it the text is not kept: no model could read it."""
LARGEST_TOGETHER = 64 << 20
"""Characters of all documents of one editor."""
MOST = 1000
"""Documents of one editor; of further ones only the number is known."""

Change = tuple[tuple[Place, Place] | None, str]
"""A range and its new text; None in place of the range: the whole text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One open document at one version."""

    uri: str
    language: str
    """The editor's own name for it; empty when it gives none."""
    version: int
    content: Text | None
    """None when it is not kept; `missing` then says why."""
    missing: str = ""
    unsaved: bool = False

    @property
    def path(self) -> str | None:
        """The local path; None for a document that is no file here."""
        return local_path(self.uri)

    def read(self) -> Text:
        """The text. Raises InvalidRequest when it is not kept."""
        if self.content is None:
            raise InvalidRequest(self.missing)
        return self.content


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


class Documents:
    """Open documents by URI. What an editor tells wrongly costs that document its text, no more."""

    def __init__(self) -> None:
        self.encoding = UTF16
        """Units of the session's positions."""
        self._open: dict[str, Document] = {}
        self._size = 0

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._open.values()))

    def __len__(self) -> int:
        return len(self._open)

    def get(self, uri: str) -> Document | None:
        """A document, if it is open here."""
        return self._open.get(uri)

    def open(self, uri: str, language: str, version: int, text: str) -> bool:
        """Takes a document; whether there was room for it."""
        if uri not in self._open and len(self._open) >= MOST:
            log.warning("an editor opened more than %s documents; the rest is not followed", MOST)
            return False
        made = Document(uri=uri, language=language, version=version, content=Text(text))
        self._put(made)
        return True

    def change(self, uri: str, version: int, changes: Sequence[Change]) -> None:
        """Applies changes in their order."""
        before = self._open.get(uri)
        if before is None:
            return
        content, missing = before.content, before.missing
        for span, new in changes:
            if span is None:
                content, missing = Text(new), ""
            elif content is not None:
                try:
                    content = content.replaced(*span, new, self.encoding)
                except ValueError as error:
                    log.warning("lost the text of an open document: %s", error)
                    content = None
                    missing = f"The editor's changes to {uri} could not be followed; reopen it."
        self._put(replace(before, version=version, content=content, missing=missing, unsaved=True))

    def saved(self, uri: str, text: str | None = None) -> None:
        """A document was written to disk; some editors send what was written."""
        before = self._open.get(uri)
        if before is None:
            return
        content = before.content if text is None else Text(text)
        self._put(replace(before, content=content, unsaved=False))

    def close(self, uri: str) -> None:
        """Forgets a document."""
        gone = self._open.pop(uri, None)
        if gone is not None and gone.content is not None:
            self._size -= len(gone.content.text)

    def _put(self, document: Document) -> None:
        self.close(document.uri)
        size = 0 if document.content is None else len(document.content.text)
        why = ""
        if size > LARGEST:
            why = f"{document.uri} is larger than {LARGEST >> 20} Mi characters; ask about a part."
        elif self._size + size > LARGEST_TOGETHER:
            why = "The documents open in this editor are too large together; close some."
        if why:
            document, size = replace(document, content=None, missing=why), 0
        self._open[document.uri] = document
        self._size += size
