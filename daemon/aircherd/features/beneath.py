"""Files beneath a folder: what they are called there, and their text. Everything here blocks."""

from __future__ import annotations

import os

from aircherd.core.errors import InvalidRequest
from aircherd.workspace.hints import read_beneath

LARGEST = 4 << 20
"""Bytes of a document that is read from disk."""


def decoded(root: str, name: str) -> str | None:
    """A text file by its path beneath a folder; None when there is none, or it leads out of it.

    Raises InvalidRequest for one that is too large.
    """
    text = read_beneath(root, name, LARGEST + 1)
    if text is None or "\0" in text[:8_000]:
        return None
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise InvalidRequest(f"{name} is larger than {LARGEST >> 20} MiB; select a part of it.")
    return text


def relative(path: str, root: str) -> str | None:
    """The path inside the root; None when it leads out of it."""
    folder = os.path.realpath(os.path.dirname(path))
    for candidate in (path, os.path.join(folder, last(path))):
        found = os.path.relpath(candidate, root)
        if not found.startswith("..") and not os.path.isabs(found):
            return found
    return None


def last(path: str) -> str:
    """The last part of a path or URI."""
    return path.rstrip("/").rpartition("/")[2]
