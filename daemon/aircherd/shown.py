"""What commands print that others have said: text that does nothing to a terminal."""

from __future__ import annotations

import json
import re
from typing import Any

_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\U000e0000-\U000e0fff]"
)
"""What acts on a terminal, or hides: C0 and C1 but for tabs and line ends, directions, tags."""


def inert(text: str) -> str:
    """The text without what acts or hides."""
    return _ACTS.sub("", text)


def as_json(value: Any) -> str:
    """JSON in which what acts or hides is written by its number: to every program that reads it
    that is the same."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return _ACTS.sub(lambda found: json.dumps(found[0])[1:-1], text)
