"""A mark of what a request asks and about what, so that the same, asked again, is known for it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

_SAME = ("workspace", "scope", "base", "kind", "prompt", "instruction", "hint", "error", "amend")
"""What makes two requests of one command the same, beside the document and the place in it."""


def mark(params: Any) -> str:
    """A hash, no text. The model asked and the text of the document do not count: the same is asked
    again of another model, or after a line was mended."""
    ref, shown = getattr(params, "document", None), getattr(params, "diagnostic", None)
    parts = [type(params).__name__, None if ref is None else ref.uri]
    parts += [None if shown is None else shown.message]
    parts += [getattr(params, name, None) for name in (*_SAME, "range", "position")]
    return sha256("\x00".join(map(repr, parts)).encode("utf-8", "replace")).hexdigest()[:32]
