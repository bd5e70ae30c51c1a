"""Bytes to lines, whatever the cuts: CR, LF and CRLF end a line, and nothing else does.

U+2028 and U+0085 are ordinary characters inside JSON; splitting there, as text libraries do, breaks
it. Shared by the SSE and NDJSON decoders.
"""

from __future__ import annotations

MAX_LINE = 4 * 1024 * 1024
"""Bytes one line may have; more is a fault of the far side, not an answer."""


class LineTooLong(ValueError):
    """A line is over the cap."""


class LineSplitter:
    """Takes bytes, gives complete lines without their ends."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0
        self._after_cr = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines these bytes complete. Raises LineTooLong."""
        if self._after_cr and data[:1] == b"\n":
            data = data[1:]
        if not data:
            return []
        self._after_cr = data[-1:] == b"\r"
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = lines.pop()
        if lines:
            lines[0] = b"".join((*self._parts, lines[0]))
            self._parts, self._size = [], 0
        self._parts.append(rest)
        self._size += len(rest)
        if self._size > self._limit or any(len(line) > self._limit for line in lines):
            raise LineTooLong(f"a line is longer than {self._limit} bytes")
        return lines

    @property
    def between(self) -> bool:
        """Whether all that came are whole lines: the next byte begins another one."""
        return self._size == 0 and not self._after_cr

    def rest(self) -> bytes:
        """What stands behind the last line end."""
        return b"".join(self._parts)
