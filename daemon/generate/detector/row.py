"""One labelled message, as every source of them yields it."""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.core.tasks import TaskKind
from aircherd.tasks.context import Situation


@dataclass(frozen=True)
class Row:
    """One labelled message. A source is never split between training and measuring."""

    source: str
    language: str
    task: TaskKind
    message: str
    situation: Situation
