"""Lengths of time as people and Go programs write them: `90`, `"5m"`, `"1h30m"`, `"250ms"`."""

from __future__ import annotations

import math
import re
from typing import Any

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|m|h|d)\s*")


def seconds(written: Any) -> float | None:
    """Seconds, 0 or more; None for what is no length of time."""
    if isinstance(written, bool):
        return None
    if isinstance(written, int | float):
        return written if math.isfinite(written) and written >= 0 else None
    if not isinstance(written, str) or not written.strip():
        return None
    rest, total = written.strip(), 0.0
    if rest.replace(".", "", 1).isdigit() and rest.isascii():
        return float(rest)
    while rest:
        part = _PART.match(rest)
        if part is None:
            return None
        total += float(part[1]) * _UNITS[part[2]]
        rest = rest[part.end() :]
    return total
