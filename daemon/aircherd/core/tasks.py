"""What a developer can be asking for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class TaskKind(StrEnum):
    """One of the eight kinds of work that models are chosen by, or `default`."""

    COMMIT_MESSAGES = "commit_messages"
    SUMMARIES = "summaries"
    CODE_REVIEW = "code_review"
    DOCUMENTATION = "documentation"
    REFACTORING = "refactoring"
    DEBUGGING = "debugging"
    QUICK_QUESTIONS = "quick_questions"
    CODE_GENERATION = "code_generation"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One reason, readable by a person, for believing in a task."""

    task: TaskKind
    weight: float
    """How much this reason added, on the detector's own scale."""
    text: str
    """Such as `says "commit message"` or `3 files are staged`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What the detector believes, how firmly, and why."""

    task: TaskKind
    confidence: float
    """0 to 1."""
    evidence: tuple[Evidence, ...] = ()
