"""Content-Length framing, sans-I/O and with limits.

A header says how long the JSON body behind it is. Names are read in any case, with or without a
space, with CRLF or a bare LF. Anything that leaves the length in doubt raises FramingError: from
then on nobody knows where a message begins, so the connection must be closed.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_HEADER = 8 * 1024
"""Bytes all headers of one message may have."""
MAX_BODY = 32 * 1024 * 1024
"""Bytes one message may have."""
_MAX_DIGITS = 12
_FOREIGN = (
    b"GET ",
    b"POST ",
    b"PUT ",
    b"HEAD ",
    b"OPTIONS ",
    b"DELETE ",
    b"PATCH ",
    b"CONNECT ",
    b"PRI * ",
    b"\x16\x03",
)
"""How HTTP, WebSocket and TLS begin."""


class FramingError(ValueError):
    """The bytes are no framed messages; the connection must be closed."""


class ForeignProtocolError(FramingError):
    """The other side speaks HTTP, WebSocket or TLS; it gets no byte in answer."""


def frame(body: bytes) -> bytes:
    """A message ready to be written."""
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class FrameReader:
    """Bytes in, complete message bodies out, in linear time however the bytes are cut."""

    def __init__(self, *, max_header: int = MAX_HEADER, max_body: int = MAX_BODY) -> None:
        self._max_header = max_header
        self._max_body = max_body
        self._buffer = bytearray()
        self._scanned = 0
        self._length: int | None = None
        self._first = True

    @property
    def pending(self) -> int:
        """Bytes taken that do not make a message yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Takes the next bytes and gives the bodies they complete. Raises FramingError."""
        return list(self.each(data))

    def each(self, data: bytes) -> Iterator[bytes]:
        """Takes the next bytes and gives the bodies they complete, each looked for when it is
        asked for: the thousand small ones that one read may bring are two milliseconds' work.
        """
        self._buffer += data
        while self._length is not None or self._header():
            assert self._length is not None
            if len(self._buffer) < self._length:
                return
            with memoryview(self._buffer) as whole:
                body = bytes(whole[: self._length])
            del self._buffer[: self._length]
            self._length = None
            self._scanned = 0
            yield body

    def _header(self) -> bool:
        """Reads headers up to the empty line; False while it has not come."""
        if self._first and self._buffer:
            self._look_for_strangers()
        end = self._end_of_header()
        if end is None:
            if len(self._buffer) > self._max_header:
                raise FramingError(f"the header is longer than {self._max_header} bytes")
            return False
        start, after = end
        if start > self._max_header:
            raise FramingError(f"the header is longer than {self._max_header} bytes")
        self._length = self._parse(bytes(self._buffer[:start]))
        del self._buffer[:after]
        self._first = False
        return True

    def _look_for_strangers(self) -> None:
        head = bytes(self._buffer[:8])
        if any(head.startswith(sign) for sign in _FOREIGN):
            raise ForeignProtocolError("this is a JSON-RPC socket, not an HTTP or TLS port")

    def _end_of_header(self) -> tuple[int, int] | None:
        """(where the headers end, where the body begins)."""
        at = max(0, self._scanned - 3)
        while True:
            at = self._buffer.find(b"\n", at)
            if at < 0:
                self._scanned = len(self._buffer)
                return None
            rest = self._buffer[at + 1 : at + 3]
            if rest[:1] == b"\n":
                return at, at + 2
            if rest == b"\r\n":
                return at, at + 3
            at += 1

    def _parse(self, header: bytes) -> int:
        length: int | None = None
        for line in header.split(b"\n"):
            name, colon, value = line.rstrip(b"\r").partition(b":")
            if not colon:
                raise FramingError("a header line has no colon")
            if name.strip().lower() != b"content-length":
                continue
            found = self._number(value.strip())
            if length is not None and found != length:
                raise FramingError("two Content-Length headers disagree")
            length = found
        if length is None:
            raise FramingError("there is no Content-Length header")
        return length

    def _number(self, text: bytes) -> int:
        if not text.isdigit() or len(text) > _MAX_DIGITS:
            raise FramingError("the Content-Length is no plain number")
        number = int(text)
        if number > self._max_body:
            raise FramingError(f"a message of {number} bytes is over the limit")
        return number
