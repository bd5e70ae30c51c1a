"""Where in a TOML file a key stands.

TOML parsers give values, not places. This scan finds the line and column of each key by reading
table headers and the keys below them; it is only ever used to point, never to decide a value.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_NAME = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_KEY = re.compile(rf"(\s*)({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")


def positions(text: str) -> dict[str, tuple[int, int]]:
    """Dotted key → (line, column), both 1-based. Tables are in it too."""
    found: dict[str, tuple[int, int]] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _dotted(header[1])
            found.setdefault(table, (number, line.index("[") + 1))
        elif key := _KEY.match(line):
            path = _dotted(key[2])
            path = f"{table}.{path}" if table else path
            found.setdefault(path, (number, len(key[1]) + 1))
    return found


def nearest(path: str, known: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """Where a key stands, or the closest table around it; (0, 0) when neither is found."""
    while path:
        if path in known:
            return known[path]
        path = path.rpartition(".")[0]
    return 0, 0


def _dotted(text: str) -> str:
    return ".".join(part.strip("\"'") for part in _PART.findall(text))
