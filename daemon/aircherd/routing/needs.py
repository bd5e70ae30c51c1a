"""What each kind of task asks of a model."""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.core.catalog import Effort
from aircherd.core.tasks import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNeed:
    """What is good enough for one task, and what an answer usually takes."""

    quality: float
    """Least quality a model should have, 0 to 1."""
    max_output: int
    """Tokens an answer may have, thinking included."""
    likely_output: int
    """Tokens an answer usually has; replaced by the user's own history once there is some."""
    spoken: int | None = None
    """Tokens an answer may have from a model that does not think; None: the same."""
    effort: Effort
    """How long the model should think."""


NEEDS: dict[TaskKind, TaskNeed] = {
    TaskKind.COMMIT_MESSAGES: TaskNeed(
        quality=0.5, max_output=2_048, spoken=512, likely_output=150, effort=Effort.OFF
    ),
    TaskKind.SUMMARIES: TaskNeed(
        quality=0.55, max_output=4_096, likely_output=500, effort=Effort.OFF
    ),
    TaskKind.QUICK_QUESTIONS: TaskNeed(
        quality=0.5, max_output=4_096, likely_output=400, effort=Effort.LOW
    ),
    TaskKind.DOCUMENTATION: TaskNeed(
        quality=0.6, max_output=8_192, likely_output=800, effort=Effort.LOW
    ),
    TaskKind.CODE_GENERATION: TaskNeed(
        quality=0.75, max_output=16_384, likely_output=1_500, effort=Effort.MEDIUM
    ),
    TaskKind.REFACTORING: TaskNeed(
        quality=0.75, max_output=16_384, likely_output=2_000, effort=Effort.MEDIUM
    ),
    TaskKind.CODE_REVIEW: TaskNeed(
        quality=0.75, max_output=16_384, likely_output=2_500, effort=Effort.MEDIUM
    ),
    TaskKind.DEBUGGING: TaskNeed(
        quality=0.8, max_output=16_384, likely_output=2_000, effort=Effort.MEDIUM
    ),
    TaskKind.DEFAULT: TaskNeed(quality=0.6, max_output=8_192, likely_output=600, effort=Effort.LOW),
}
"""Quality is on the scale of the bundled models table. The least qualities keep the order of the
specification (commit messages and quick questions low, review and debugging high)."""
