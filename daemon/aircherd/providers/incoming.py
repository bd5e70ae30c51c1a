"""An answer as it comes in: what llhttp, the parser of Node.js (httptools), makes of its bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from httptools import HttpResponseParser

MOST_HEAD = 128 * 1024
"""Bytes the head of an answer may have."""


class Incoming:
    """One answer after the other, as far as each is there. llhttp calls its `on_` methods."""

    def __init__(self) -> None:
        self._parser: HttpResponseParser | None = None
        self._chunks: list[bytes] = []
        self.on_body: Callable[[bytes], None] = self._chunks.append
        """What llhttp hands each piece of the body: a stream has one in every chunk of it."""
        self._ends: int | None = None
        self._interim = self._begun = self._whole = self._keep = self._to_the_end = False
        self._head_size = 0
        self.status = 0
        """Of the answer, once its head is there."""
        self.headers: dict[str, str] = {}
        """Of the answer, names in lower case; repeated ones are joined by commas."""

    def _expect(self) -> None:
        """The next answer is to begin."""
        from httptools import HttpResponseParser

        self._parser = HttpResponseParser(self)
        self._interim = self._begun = self._whole = self._keep = self._to_the_end = False
        self._head_size = 0
        self._ends = None
        self.status, self.headers = 0, {}

    def _over(self) -> None:
        """The answer is whole."""

    def _joined(self) -> bytes:
        """What came of the body since the last time, in one piece."""
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.clear()
        return data

    def on_message_begin(self) -> None:
        """An answer begins."""
        if self._whole:
            self._keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of the head, or of what stands behind a body in chunks."""
        if self._begun:
            return
        word, said = name.decode("latin-1").lower(), value.decode("latin-1")
        before = self.headers.get(word)
        self.headers[word] = said if before is None else f"{before}, {said}"

    def on_headers_complete(self) -> None:
        """The head is there."""
        if self._whole:
            return
        assert self._parser is not None
        status = self._parser.get_status_code()
        if 100 <= status < 200:
            # Not the answer yet.
            self._interim = True
            self.headers = {}
            return
        self.status = status
        self._begun = True
        self._keep = self._parser.should_keep_alive()
        bare = status in (204, 304)
        named = "content-length" in self.headers or "transfer-encoding" in self.headers
        self._to_the_end = not bare and not named

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self._interim:
            self._interim = False
            return
        if not self._whole:
            self._whole, self._ends = True, len(self._chunks)
        self._over()
