"""Which answers were rejected, so that the same request, asked again, goes one step up.

A request is known by a mark of what it asks and about what (`server.convert_commands.mark`). A
rejection counts until an answer to the same was taken or given anew, or a day has passed.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aircherd.core.catalog import ModelRef
from aircherd.core.plan import Plan
from aircherd.core.tasks import TaskKind
from aircherd.features.acceptance_pending import Pending, ref_of
from aircherd.routing.escalation import escalated

MOST = 200
"""Answers, and rejections, that are remembered, the latest."""
PATIENCE = 24 * 3_600.0
"""Seconds after which neither counts any more."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One operation of a command, by what it answered."""

    mark: str
    task: TaskKind
    ref: ModelRef
    at: float
    """Wall time: these outlive the process."""


class Ladder:
    """The newest answers by what they answered, and whose were rejected."""

    def __init__(
        self, pending: Pending | None = None, now: Callable[[], float] = time.time
    ) -> None:
        """`pending` keeps them over a restart."""
        self._pending = pending or Pending()
        self._now = now
        self._answers: OrderedDict[str, Answered] = OrderedDict()
        self._rejected: OrderedDict[str, tuple[ModelRef, float]] = OrderedDict()
        self._pending.part("answers", self._answers_kept, self._answers_again)
        self._pending.part("rejected", self._rejected_kept, self._rejected_again)

    def answered(self, operation: str, mark: str | None, task: TaskKind, ref: ModelRef) -> None:
        """An operation was answered; what was rejected before it is thereby done."""
        if mark is None:
            return
        mark = self._pending.mark(mark)
        self._rejected.pop(mark, None)
        self._answers[operation] = Answered(mark, task, ref, self._now())
        while len(self._answers) > MOST:
            self._answers.popitem(last=False)
        self._pending.changed()

    def answer(self, operation: str) -> Answered | None:
        """What an operation answered, and by whom; None for one that is not remembered."""
        return self._answers.get(operation)

    def rejected(self, operation: str) -> None:
        """The answer of an operation was rejected."""
        found = self._answers.get(operation)
        if found is None:
            return
        self._rejected.pop(found.mark, None)
        self._rejected[found.mark] = (found.ref, self._now())
        while len(self._rejected) > MOST:
            self._rejected.popitem(last=False)
        self._pending.changed(soon=True)

    def taken(self, operation: str) -> None:
        """The answer of an operation was taken."""
        found = self._answers.get(operation)
        if found is not None and self._rejected.pop(found.mark, None) is not None:
            self._pending.changed(soon=True)

    def turned(self, plan: Plan, mark: str | None) -> Plan:
        """The plan one step up, where the answer to the same was rejected before."""
        if mark is None or not self._rejected:
            return plan
        rejected = self._rejected.get(self._pending.mark(mark))
        if rejected is None or self._now() - rejected[1] > PATIENCE:
            return plan
        return escalated(plan, rejected[0])

    def forget(self, before: float | None = None) -> None:
        """Drops what is from before an instant of wall time; all without one."""
        for operation, answer in tuple(self._answers.items()):
            if before is None or answer.at < before:
                del self._answers[operation]
        for mark, (_, at) in tuple(self._rejected.items()):
            if before is None or at < before:
                del self._rejected[mark]

    def _answers_kept(self) -> Any:
        return [[k, a.mark, a.task, str(a.ref), a.at] for k, a in self._answers.items()]

    def _answers_again(self, rows: Any) -> None:
        for operation, mark, task, ref, at in rows:
            if self._now() - at <= PATIENCE:
                self._answers[str(operation)] = Answered(mark, TaskKind(task), ref_of(ref), at)

    def _rejected_kept(self) -> Any:
        return [[mark, str(ref), at] for mark, (ref, at) in self._rejected.items()]

    def _rejected_again(self, rows: Any) -> None:
        for mark, ref, at in rows:
            if self._now() - at <= PATIENCE:
                self._rejected[str(mark)] = (ref_of(ref), at)
