"""Limits as they are written: a name and a kind of period in one key, such as `openai_daily`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from aircherd.core.money import NanoUsd, usd
from aircherd.core.settings import Cap
from aircherd.core.tasks import TaskKind
from aircherd.roots import root_of

Every = Literal["day", "week", "month"]
_ENDINGS: dict[str, Every] = {"_daily": "day", "_weekly": "week", "_monthly": "month"}


def limits(
    values: Mapping[str, Any],
) -> tuple[
    dict[str, NanoUsd], dict[TaskKind, NanoUsd], tuple[Cap, ...], tuple[tuple[str, str], ...]
]:
    """(by provider a day, by task a month, all others, mistakes as (message, hint))."""
    daily: dict[str, NanoUsd] = {}
    monthly: dict[TaskKind, NanoUsd] = {}
    caps: list[Cap] = []
    wrong: list[tuple[str, str]] = []
    for path, value in values.items():
        if path.startswith("costs.limits."):
            name, every = _parted(path.removeprefix("costs.limits."), "day")
            if every == "day":
                daily[name] = min(usd(value), daily.get(name, usd(value)))
            else:
                caps.append(Cap(scope=f"provider:{name}", every=every, amount=usd(value)))
        elif path.startswith("costs.task_budgets."):
            name, every = _parted(path.removeprefix("costs.task_budgets."), "month")
            if name not in set(TaskKind):
                wrong.append((f"{path!r} names no task", f"tasks are {', '.join(TaskKind)}"))
            elif every == "month":
                monthly[TaskKind(name)] = usd(value)
            else:
                caps.append(Cap(scope=f"task:{name}", every=every, amount=usd(value)))
    for written, amount in values.get("costs.model_limits", {}).items():
        name, every = _parted(written, "day")
        if "/" not in name:
            wrong.append((f"{written!r} names no model", 'write "provider/model" = 1.00'))
        caps.append(Cap(scope=f"model:{name}", every=every, amount=usd(amount)))
    for written, amount in values.get("costs.workspace_limits", {}).items():
        name, every = _parted(written, "day")
        try:
            folder = Path(name).expanduser()
            root = root_of(str(folder))
        except (RuntimeError, ValueError):
            # Of a user there is none of; with a NUL in it.
            folder, root = Path(), name
        if not folder.is_absolute():
            wrong.append((f"{written!r} is no absolute path", 'write "~/work/shop" = 1.00'))
        caps.append(Cap(scope=f"workspace:{root}", every=every, amount=usd(amount)))
    return daily, monthly, tuple(caps), tuple(wrong)


def _parted(written: str, otherwise: Every) -> tuple[str, Every]:
    for ending, every in _ENDINGS.items():
        if written.endswith(ending):
            return written.removesuffix(ending), every
    return written, otherwise
