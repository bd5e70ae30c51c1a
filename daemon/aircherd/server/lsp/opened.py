"""The documents of an editor as the features know them: by URI, at the version it has now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aircherd.core.document import Document
from aircherd.server.lsp.documents import Documents


class Opened(Mapping[str, Document]):
    """A view of what stands open.

    To ask for a document whose text is not kept raises InvalidRequest with the reason: what is on
    the disk may not be what the editor shows.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def __getitem__(self, uri: str) -> Document:
        found = self._documents.get(uri)
        if found is None:
            raise KeyError(uri)
        return Document(
            uri=found.uri,
            text=found.read().text,
            version=found.version,
            language=found.language or None,
        )

    def __iter__(self) -> Iterator[str]:
        return (d.uri for d in self._documents if d.content is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
