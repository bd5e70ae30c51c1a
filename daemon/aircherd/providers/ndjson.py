"""Newline-delimited JSON, sans-I/O."""

from __future__ import annotations

import json
import re
from typing import Any

from aircherd.providers.lines import LineSplitter

LINE_END = re.compile(rb"\r\n?|\n")


class NdjsonDecoder:
    """Bytes in, objects out. Raises ValueError (UnicodeDecodeError, LineTooLong, bad JSON)."""

    def __init__(self) -> None:
        self._lines = LineSplitter()

    @property
    def between(self) -> bool:
        """Whether all that came are whole lines: the next byte begins another one."""
        return self._lines.between

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """The objects these bytes complete."""
        return [_object(line) for line in self._lines.feed(data) if line.strip()]

    def end(self) -> list[dict[str, Any]]:
        """The body ended; a last line without its end counts if it is whole."""
        rest = self._lines.rest()
        return [_object(rest)] if rest.strip() else []


def _object(line: bytes) -> dict[str, Any]:
    value = json.loads(line.decode("utf-8"))
    if not isinstance(value, dict):
        raise ValueError("a line is no JSON object")
    return value
