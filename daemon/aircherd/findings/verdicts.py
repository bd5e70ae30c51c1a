"""What a model says of findings it was asked to defend."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aircherd.findings.model import Dropped, Found
from aircherd.findings.parse import objects

_LINE = re.compile(
    r"^\s*(?:[-*#]|finding)?\s*\(?(\d{1,3})\)?\s*[.:)\-–]+\s*\**(true|false|yes|no|holds|wrong|keep|"
    r"drop|valid|invalid|correct|incorrect)\b\**[.:,\-–\s]*(.*)$",
    re.I | re.M,
)
_YES = frozenset(("true", "yes", "holds", "keep", "valid", "correct", "1"))


def verdicts(answer: str, count: int) -> dict[int, tuple[bool, str]]:
    """By number, 1-based: whether the finding holds, and why. Numbers nobody asked for are left."""
    found: dict[int, tuple[bool, str]] = {}
    for value in objects(answer):
        low = {str(key).lower(): item for key, item in value.items()}
        number = _number(low.get("number", low.get("id", low.get("finding"))))
        holds = low.get("holds", low.get("verdict", low.get("valid", low.get("keep"))))
        if number is None or holds is None or not 1 <= number <= count:
            continue
        good = holds if isinstance(holds, bool) else str(holds).strip().lower() in _YES
        found.setdefault(number, (good, str(low.get("why", low.get("reason", "")))))
    if not found:
        for line in _LINE.finditer(answer):
            number = int(line[1])
            if 1 <= number <= count:
                found.setdefault(number, (line[2].lower() in _YES, line[3].strip()))
    return found


def defended(
    findings: Sequence[Found], said: dict[int, tuple[bool, str]]
) -> tuple[tuple[Found, ...], tuple[Dropped, ...]]:
    """Findings that stand, and those the model gave up. One it says nothing of stands."""
    kept: list[Found] = []
    dropped: list[Dropped] = []
    for number, one in enumerate(findings, start=1):
        good, why = said.get(number, (True, ""))
        if good:
            kept.append(one)
        else:
            reason = (
                f"not held up on a second look: {why}" if why else "not held up on a second look"
            )
            dropped.append(Dropped(title=one.title, why=reason))
    return tuple(kept), tuple(dropped)


def _number(value: object) -> int | None:
    found = re.search(r"\d{1,3}", str(value)) if value is not None else None
    return int(found[0]) if found else None
