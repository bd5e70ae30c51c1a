"""Whether a stream of LSP messages ended as the protocol wants it. Standard library only."""

from __future__ import annotations

from aircherd.frames import content_length

_HEADER_MAX = 8192
_ENDING_MAX = 2048
"""Bytes a `shutdown` or `exit` message may have; real ones have about fifty."""


class Ending:
    """Whether an editor's outgoing messages held `shutdown` and `exit`.

    Follows `Content-Length` frames and parses only bodies small enough to be either. When the
    framing is broken it stops looking: the daemon will hang up on that anyway.
    """

    def __init__(self) -> None:
        self.shutdown = False
        """A `shutdown` request went out."""
        self.exit = False
        """An `exit` notification went out."""
        self._rest = b""
        self._skip = 0
        self._lost = False

    def feed(self, block: bytes) -> None:
        """Look at the next bytes. Linear in their number; keeps less than 12 KiB of them."""
        if self._skip >= len(block) or self._lost:
            self._skip = max(0, self._skip - len(block))
            return
        data = self._rest + block[self._skip :]
        self._skip = at = 0
        while at < len(data) and not self._lost:
            end = data.find(b"\r\n\r\n", at, at + _HEADER_MAX)
            if end < 0:
                self._lost = len(data) - at >= _HEADER_MAX
                break
            length = content_length(data[at:end])
            if length is None:
                self._lost = True
                break
            body = end + 4
            if length <= _ENDING_MAX:
                if body + length > len(data):
                    break
                self._look(data[body : body + length])
            elif body + length > len(data):
                self._skip = body + length - len(data)
            at = body + length
        self._rest = b"" if self._lost else data[at:]

    def _look(self, body: bytes) -> None:
        if b"shutdown" not in body and b"exit" not in body:
            return
        import json

        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            return
        if isinstance(message, dict):
            method = message.get("method")
            self.shutdown = self.shutdown or (method == "shutdown" and "id" in message)
            self.exit = self.exit or method == "exit"
