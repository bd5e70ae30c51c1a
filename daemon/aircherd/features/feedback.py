"""What users did with answers: by task and model, so that it can be told which ones serve.

Counts, and which of the last operations was whose, are kept in memory; what was said, and what was
rejected or waved away, also over a restart (`acceptance_pending`). No text of any answer.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from aircherd.core.catalog import ModelRef
from aircherd.core.tasks import TaskKind
from aircherd.features.acceptance import Acceptance
from aircherd.features.acceptance_pending import Pending
from aircherd.features.feedback_ladder import Ladder

MOST = 2_000
"""Operations that are remembered, the latest."""
LONGEST = 64
"""Characters a finding's name may have; those of reviews here have twelve."""
GOOD = frozenset(("accepted", "edited", "applied"))


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one model at one task."""

    taken: int = 0
    """Answers or findings that were used."""
    left: int = 0
    """Those that were rejected or dismissed."""


class Feedback:
    """Takes what users do with answers."""

    def __init__(self, acceptance: Acceptance | None = None, ladder: Ladder | None = None) -> None:
        """`acceptance` learns from what is told, for the days after this one; `ladder` remembers
        what was rejected, so that the next model is asked."""
        self.acceptance = acceptance
        self._pending = Pending() if acceptance is None else acceptance.pending
        self.ladder = ladder or Ladder(self._pending)
        self._known: OrderedDict[str, tuple[TaskKind, ModelRef]] = OrderedDict()
        self._said: OrderedDict[tuple[str, str | None], tuple[str, float]] = OrderedDict()
        self._tallies: dict[tuple[TaskKind, ModelRef], Tally] = {}
        self._dismissed: OrderedDict[str, float] = OrderedDict()
        self._pending.part("said", self._said_kept, self._said_again)
        self._pending.part("dismissed", self._dismissed_kept, self._dismissed_again)

    def note(self, operation: str, task: TaskKind, ref: ModelRef) -> None:
        """An operation that was answered."""
        self._known[operation] = (task, ref)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def tell(self, operation: str, outcome: str, finding: str | None = None) -> bool:
        """What became of it; whether it was known. The last word on one thing counts."""
        known = self._of(operation)
        if known is None or not _named(finding):
            return False
        key = (operation, finding)
        before, _ = self._said.pop(key, (None, 0.0))
        self._said[key] = (outcome, time.time())
        while len(self._said) > MOST:
            self._said.popitem(last=False)
        if finding is not None:
            self._dismissed.pop(finding, None)
            if outcome == "dismissed":
                self._dismissed[finding] = time.time()
                while len(self._dismissed) > MOST:
                    self._dismissed.popitem(last=False)
        elif outcome == "rejected":
            self.ladder.rejected(operation)
        elif outcome in GOOD:
            self.ladder.taken(operation)
        if before is not None:
            self._count(known, before, -1)
        self._count(known, outcome, 1)
        if self.acceptance is not None and before is None and not _whole(outcome, finding):
            self.acceptance.outcome(known[1], known[0], outcome)
        self._pending.changed(soon=True)
        return True

    async def take(self, operation: str, outcome: str, finding: str | None = None) -> bool:
        """As `tell`; an edit that was taken whole is learned of when it is committed."""
        first = (operation, finding) not in self._said
        known = self._of(operation)
        if known is None or not self.tell(operation, outcome, finding):
            return False
        if self.acceptance is not None and first and _whole(outcome, finding):
            await self.acceptance.taken(operation, known[1], known[0])
        return True

    def forget(self, before: float | None) -> None:
        """Drops what was said of answers from before an instant of wall time, all without one: no
        workspace is named in it."""
        for key, (_, at) in tuple(self._said.items()):
            if before is None or at < before:
                del self._said[key]
        for finding, at in tuple(self._dismissed.items()):
            if before is None or at < before:
                del self._dismissed[finding]
        self.ladder.forget(before)
        self._pending.flush()

    def _of(self, operation: str) -> tuple[TaskKind, ModelRef] | None:
        known = self._known.get(operation)
        answer = self.ladder.answer(operation) if known is None else None
        # One that was answered before a restart.
        return known if answer is None else (answer.task, answer.ref)

    def _said_kept(self) -> Any:
        return [[op, finding, word, at] for (op, finding), (word, at) in self._said.items()]

    def _said_again(self, rows: Any) -> None:
        for operation, finding, word, at in rows:
            self._said[operation, finding] = (str(word), float(at))

    def _dismissed_kept(self) -> Any:
        return list(self._dismissed.items())

    def _dismissed_again(self, rows: Any) -> None:
        self._dismissed.update((str(finding), float(at)) for finding, at in rows)

    def dismissed(self, finding: str) -> bool:
        """Whether a user waved this finding away: the next review need not bring it again."""
        return finding in self._dismissed

    def tally(self, task: TaskKind, ref: ModelRef) -> Tally:
        """How one model fared at one task since the daemon started."""
        return self._tallies.get((task, ref), Tally())

    def _count(self, known: tuple[TaskKind, ModelRef], outcome: str, by: int) -> None:
        now = self._tallies.get(known, Tally())
        good = outcome in GOOD
        self._tallies[known] = Tally(
            taken=now.taken + (by if good else 0), left=now.left + (0 if good else by)
        )


def _named(finding: str | None) -> bool:
    """Whether it can be the name of a finding: what is said is kept on disk, and no text is."""
    return finding is None or (len(finding) <= LONGEST and finding.isalnum() and finding.isascii())


def _whole(outcome: str, finding: str | None) -> bool:
    """Whether an answer was taken as it is."""
    return finding is None and outcome in ("accepted", "applied")
