"""The values this room works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "information", "hint"]
RANK: dict[str, int] = {"error": 0, "warning": 1, "information": 2, "hint": 3}

UNREAD = "No fault can be named, and none ruled out: the answer could not be used whole. Ask again."
"""What a review says that found nothing because it could not be read, or was cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a model said: nothing of it is believed yet."""

    file: str = ""
    quote: str = ""
    line: int | None = None
    """1-based, as the model counts; a hint at most."""
    severity: Severity = "warning"
    title: str = ""
    why: str = ""
    fix: str | None = None
    """What should stand instead of the quoted lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One file that is reviewed, and the lines a finding may stand at."""

    path: str
    lines: Mapping[int, str] = field(default_factory=dict)
    """Every line the model was shown of the new text, by its 0-based number."""
    changed: frozenset[int] = frozenset()
    """Those of them that were changed."""
    removed: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """Lines that were taken out, by the number of the line that stands there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding at changed lines."""

    id: str
    path: str
    first: int
    """0-based."""
    last: int
    """0-based, the last line it is about."""
    quote: str
    """The lines, word for word as they stand in the file."""
    severity: Severity
    title: str
    why: str
    fix: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A claim that is not shown, and why."""

    title: str
    why: str
