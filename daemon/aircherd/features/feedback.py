"""What users did with answers: by task and model, so that it can be told which ones serve.

Kept in memory: counts, and which of the last operations was whose. No text of any answer.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from aircherd.core.catalog import ModelRef
from aircherd.core.tasks import TaskKind
from aircherd.features.acceptance import Acceptance

MOST = 2_000
"""Operations that are remembered, the latest."""
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

    def __init__(self, acceptance: Acceptance | None = None) -> None:
        """`acceptance` learns from what is told, for the days after this one."""
        self.acceptance = acceptance
        self._known: OrderedDict[str, tuple[TaskKind, ModelRef]] = OrderedDict()
        self._said: OrderedDict[tuple[str, str | None], str] = OrderedDict()
        self._tallies: dict[tuple[TaskKind, ModelRef], Tally] = {}
        self._dismissed: OrderedDict[str, None] = OrderedDict()

    def note(self, operation: str, task: TaskKind, ref: ModelRef) -> None:
        """An operation that was answered."""
        self._known[operation] = (task, ref)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def tell(self, operation: str, outcome: str, finding: str | None = None) -> bool:
        """What became of it; whether it was known. The last word on one thing counts."""
        known = self._known.get(operation)
        if known is None:
            return False
        key = (operation, finding)
        before = self._said.pop(key, None)
        self._said[key] = outcome
        while len(self._said) > MOST:
            self._said.popitem(last=False)
        if finding is not None:
            self._dismissed.pop(finding, None)
            if outcome == "dismissed":
                self._dismissed[finding] = None
                while len(self._dismissed) > MOST:
                    self._dismissed.popitem(last=False)
        if before is not None:
            self._count(known, before, -1)
        self._count(known, outcome, 1)
        if self.acceptance is not None and before is None and not _whole(outcome, finding):
            self.acceptance.outcome(known[1], known[0], outcome)
        return True

    async def take(self, operation: str, outcome: str, finding: str | None = None) -> bool:
        """As `tell`; an edit that was taken whole is learned of when it is committed."""
        first = (operation, finding) not in self._said
        if not self.tell(operation, outcome, finding):
            return False
        if self.acceptance is not None and first and _whole(outcome, finding):
            task, ref = self._known[operation]
            await self.acceptance.taken(operation, ref, task)
        return True

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


def _whole(outcome: str, finding: str | None) -> bool:
    """Whether an answer was taken as it is."""
    return finding is None and outcome in ("accepted", "applied")
