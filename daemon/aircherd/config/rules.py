"""The user's rules for tasks, `models.rules.TASK`, and how a repository's own narrow them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.core.catalog import Capability
from aircherd.core.money import NanoUsd, usd
from aircherd.core.settings import TaskRule
from aircherd.core.tasks import TaskKind

_UNDER = "models.rules."
_FEATURES = frozenset({*Capability, "long_context"})


def rules(
    values: Mapping[str, Any],
) -> tuple[dict[TaskKind, TaskRule], tuple[tuple[str, str], ...]]:
    """(by task, mistakes as (message, hint)) from dotted paths and checked values."""
    tables: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        if path.startswith(_UNDER):
            task, _, key = path.removeprefix(_UNDER).partition(".")
            tables.setdefault(task, {})[key] = value
    found: dict[TaskKind, TaskRule] = {}
    wrong: list[tuple[str, str]] = []
    for name, table in tables.items():
        if name not in set(TaskKind):
            wrong.append((f"'{_UNDER}{name}' names no task", f"tasks are {', '.join(TaskKind)}"))
            continue
        wanted = frozenset(table.get("required_features", ()))
        unknown = sorted(wanted - _FEATURES)
        if unknown:
            known = ", ".join(sorted(_FEATURES))
            wrong.append((f"'{_UNDER}{name}' asks for {', '.join(unknown)}", f"write of {known}"))
        found[TaskKind(name)] = TaskRule(
            request_limit=_amount(table.get("max_cost_per_request")),
            per_1k=_amount(table.get("max_cost_per_1k")),
            quality=table.get("min_quality_score"),
            features=wanted,
            response_time=table.get("max_response_time"),
        )
    return found, tuple(wrong)


def narrower(
    mine: Mapping[TaskKind, TaskRule], theirs: Mapping[TaskKind, TaskRule]
) -> dict[TaskKind, TaskRule]:
    """Both together: of two rules for one thing the one that lets less through."""
    both = dict(mine)
    for task, other in theirs.items():
        one = both.get(task, TaskRule())
        both[task] = TaskRule(
            request_limit=_least(one.request_limit, other.request_limit),
            per_1k=_least(one.per_1k, other.per_1k),
            quality=max((q for q in (one.quality, other.quality) if q is not None), default=None),
            features=one.features | other.features,
            response_time=min(
                (s for s in (one.response_time, other.response_time) if s is not None),
                default=None,
            ),
        )
    return both


def _amount(value: Any) -> NanoUsd | None:
    return None if value is None else usd(value)


def _least(one: NanoUsd | None, other: NanoUsd | None) -> NanoUsd | None:
    return min((amount for amount in (one, other) if amount is not None), default=None)
