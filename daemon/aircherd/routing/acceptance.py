"""What a user does with answers, as numbers: how near what was kept came, and what that says.

A record is counts and a sum of scores between 0 and 1, by model and task. It moves the bundled
estimate of quality by a prior that weighs as much as some trials, never before a floor of trials,
and never far.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

PRIOR = 30.0
"""Trials the bundled estimate weighs."""
FLOOR = 8
"""Trials below which nothing is moved: a bad morning is no verdict."""
FARTHEST = 0.15
"""How far the estimate is moved at most."""
_KEPT = 0.995
_DROPPED = 0.35
"""Nearness below which the user wrote something of their own."""
_LONGEST = 4_000
_MOST_WORDS = 400
"""Of each message: the comparison takes the square of it."""
_TRAILER = re.compile(r"^[A-Za-z][A-Za-z-]+: .+$|^#.*$")
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one model's answers to one task."""

    trials: int = 0
    score: float = 0.0
    """Sum over the trials, 1 for each answer that was taken as it was."""
    kept: int = 0
    edited: int = 0
    dropped: int = 0
    last: str | None = field(default=None, compare=False)
    """Day of the newest trial, ISO; None in records from before it was noted."""

    def with_one(self, nearness: float, day: str | None = None) -> Record:
        """The record with one more answer, by how near what the user kept is to it."""
        dropped = nearness < _DROPPED
        kept = nearness >= _KEPT
        return Record(
            trials=self.trials + 1,
            score=self.score + (0.0 if dropped else nearness),
            kept=self.kept + kept,
            edited=self.edited + (not kept and not dropped),
            dropped=self.dropped + dropped,
            last=day or self.last,
        )

    @property
    def acceptance(self) -> float | None:
        """Mean score; None before the first trial."""
        return self.score / self.trials if self.trials else None


def nearness(suggested: str, committed: str) -> float:
    """How near two messages are, word by word: 1 for the same, 0 for nothing in common.

    Trailers that tools add and comments do not count.
    """
    return nearness_of(words(suggested), words(committed))


def nearness_of(before: Sequence[str], after: Sequence[str]) -> float:
    """The same of words, or of marks that stand for them."""
    if before == after:
        return 1.0
    return difflib.SequenceMatcher(None, before, after, autojunk=False).ratio()


def moved(quality: float | None, record: Record | None) -> float | None:
    """An estimate of quality with what this user showed; as it was while that is too little."""
    if quality is None or record is None or record.trials < FLOOR:
        return quality
    shown = (PRIOR * quality + record.score) / (PRIOR + record.trials)
    return min(quality + FARTHEST, max(quality - FARTHEST, shown))


def words(message: str) -> list[str]:
    """The words and signs of a message that count."""
    lines = [line for line in message[:_LONGEST].splitlines() if not _TRAILER.match(line)]
    # A subject may look like a trailer ("docs: say more"): the first line always counts.
    first = message.lstrip().splitlines()[:1]
    if first and first[0] not in lines:
        lines = [*first, *lines]
    return _WORD.findall("\n".join(lines))[:_MOST_WORDS]
