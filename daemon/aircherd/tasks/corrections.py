"""What a user taught the detector: messages it took wrongly, and what they were.

No message is kept, only its telling features, hashed; at most `MOST` corrections, the oldest is
forgotten first. A message much like a corrected one is moved towards what the user said it was; an
unlike one is not touched. The whole is a small JSON object that a person can read and delete.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field, replace
from typing import Any

from aircherd.core.tasks import TaskKind
from aircherd.tasks.features import Features

MOST = 200
"""Corrections kept."""
KEPT = 64
"""Hashes kept of one message."""
ALIKE = 0.5
"""Likeness from which a correction counts."""
STRENGTH = 14.0
"""What a correction of this very message adds to the score of its task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One thing a user said."""

    task: TaskKind
    at: str
    """Day, ISO."""
    hint: str
    """The telling ideas of the message, for a person who looks at the list; no words of it."""
    marks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Corrections:
    """All a user said, the newest last. Frozen: learning gives a new one."""

    kept: tuple[Correction, ...] = field(default=())

    def learn(self, found: Features, task: TaskKind, day: str) -> Corrections:
        """With one more correction, in place of one of the same message."""
        marks = _marks(found)
        hint = " ".join(name.split(":", 2)[-1].lower() for name in found.notes)[:80]
        new = Correction(task=task, at=day, hint=hint, marks=marks)
        others = tuple(c for c in self.kept if c.marks != marks)
        return replace(self, kept=(*others, new)[-MOST:])

    def since(self, day: str) -> Corrections:
        """Those of a day (ISO) and later."""
        return replace(self, kept=tuple(c for c in self.kept if c.at >= day))

    def weigh(self, found: Features) -> list[float] | None:
        """What the corrections add to each label's score; None where none is alike."""
        if not self.kept:
            return None
        marks = frozenset(_marks(found))
        labels = list(TaskKind)
        added = [0.0] * len(labels)
        for correction in self.kept:
            both = len(marks.intersection(correction.marks))
            likeness = both / (len(marks) + len(correction.marks) - both or 1)
            if likeness >= ALIKE:
                lane = labels.index(correction.task)
                gain = STRENGTH * (likeness - ALIKE / 2) / (1 - ALIKE / 2)
                added[lane] = max(added[lane], gain)
        return added if any(added) else None

    def to_json(self) -> str:
        """As it is stored."""
        rows = [
            {"task": c.task, "at": c.at, "hint": c.hint, "marks": list(c.marks)} for c in self.kept
        ]
        return json.dumps({"version": 1, "corrections": rows}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Corrections:
        """From what was stored. Raises ValueError for anything else."""
        stored = json.loads(text)
        if not isinstance(stored, dict) or stored.get("version") != 1:
            raise ValueError("no corrections of version 1")
        rows = stored.get("corrections")
        if not isinstance(rows, list):
            raise ValueError("no list of corrections")
        return cls(tuple(_correction(row) for row in rows[-MOST:]))


def _correction(row: Any) -> Correction:
    try:
        return Correction(
            task=TaskKind(row["task"]),
            at=str(row["at"])[:10],
            hint=str(row["hint"])[:80],
            marks=tuple(int(mark) for mark in row["marks"][:KEPT]),
        )
    except (KeyError, TypeError) as broken:
        raise ValueError(f"a correction lacks {broken}") from None


def _marks(found: Features) -> tuple[int, ...]:
    """Words and facts, hashed: order does not count, twice counts once."""
    names = {name for name in found.facts if name.startswith("x:")}
    for name in (*found.ideas, *found.words, *found.senses):
        if name[:2] in ("r:", "w:", "v:"):
            names.add(name.rsplit(":", 1)[-1])
    return tuple(sorted(zlib.crc32(name.encode("utf-8", "replace")) for name in names)[:KEPT])
