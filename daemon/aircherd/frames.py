"""Whole LSP messages cut out of a stream of bytes, header and all. Standard library only."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_HEADER_MAX = 8192
_BODY_MAX = 64 * 1024 * 1024
"""Twice what the daemon takes; beyond it nobody waits for the end of a message."""
_BEGINNING = b"content-"


class Frames:
    """Bytes in, whole messages out, in linear time however the bytes are cut."""

    def __init__(self) -> None:
        self.rest = bytearray()
        """What has come of the next message."""
        self.lost = False
        """The bytes are no framed messages. `rest` then holds all that was not given out."""
        self._need = 0

    def feed(self, block: bytes) -> list[bytes]:
        """The messages that `block` completes; none once they were lost."""
        self.rest += block
        found: list[bytes] = []
        while not self.lost and self.rest and len(self.rest) >= self._need:
            if self._need:
                found.append(bytes(self.rest[: self._need]))
                del self.rest[: self._need]
                self._need = 0
            elif not self._measure():
                break
        return found

    def _measure(self) -> bool:
        """Reads the header that begins `rest`; False while it is not whole."""
        start = bytes(self.rest[: len(_BEGINNING)]).lower()
        end = self.rest.find(b"\r\n\r\n", 0, _HEADER_MAX)
        if not _BEGINNING.startswith(start) or (end < 0 and len(self.rest) >= _HEADER_MAX):
            self.lost = True
        if self.lost or end < 0:
            return False
        length = content_length(bytes(self.rest[:end]))
        if length is None or length > _BODY_MAX:
            self.lost = True
            return False
        self._need = end + 4 + length
        return True


def content_length(header: bytes) -> int | None:
    """Bytes of the body a header announces; None when it announces none."""
    for line in header.split(b"\r\n"):
        name, _, value = line.partition(b":")
        value = value.strip()
        if name.strip().lower() == b"content-length" and value.isdigit() and len(value) <= 12:
            return int(value)
    return None


def read(frame: bytes) -> dict[str, Any]:
    """What a message says; nothing when it is no JSON object."""
    import json

    try:
        content = json.loads(frame[frame.find(b"\r\n\r\n") + 4 :])
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def message(content: dict[str, Any]) -> bytes:
    """A message, header and all."""
    import json

    body = json.dumps({"jsonrpc": "2.0", **content}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
