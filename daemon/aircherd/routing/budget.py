"""Which limits a call counts against, and when one is worth a warning. Pure."""

from __future__ import annotations

from datetime import datetime

from aircherd.core.books import Limit, Period, Spending
from aircherd.core.settings import Cap, CostSettings
from aircherd.core.tasks import TaskKind
from aircherd.routing.periods import present

_WORDS = {"day": "daily", "week": "weekly", "month": "monthly"}


def periods_for(costs: CostSettings, *, now: datetime) -> tuple[Period, ...]:
    """The periods a call at this instant counts in, limited or not: day, week, month."""
    return present(now, costs.zone)


def limits_for(
    costs: CostSettings,
    *,
    task: TaskKind | str,
    provider: str,
    model: str,
    now: datetime,
    workspace: str | None = None,
) -> tuple[Limit, ...]:
    """Every limit one call has to stay under; `model` is `provider/model`."""
    scopes = {"all", f"task:{task}", f"provider:{provider}", f"model:{model}"}
    if workspace is not None:
        scopes.add(f"workspace:{workspace}")
    return tuple(limit for limit in every_limit(costs, now=now) if limit.scope in scopes)


def every_limit(costs: CostSettings, *, now: datetime) -> tuple[Limit, ...]:
    """Every limit in force, whatever it counts; the same ones while settings and day are."""
    global _limits
    today, this_week, this_month = whole = periods_for(costs, now=now)
    if _limits is not None and _limits[0] is costs and _limits[1] is whole:
        return _limits[2]
    periods = {"day": today, "week": this_week, "month": this_month}
    made = tuple(
        Limit(
            scope=cap.scope,
            period=periods[cap.every],
            amount=cap.amount,
            label=label(cap.scope, cap.every),
        )
        for cap in caps(costs)
    )
    _limits = (costs, whole, made)
    return made


_limits: tuple[CostSettings, tuple[Period, ...], tuple[Limit, ...]] | None = None


def caps(costs: CostSettings) -> tuple[Cap, ...]:
    """Every limit as written, each scope and kind of period once, the lowest of its amounts."""
    written: list[Cap] = []
    if costs.daily_limit is not None:
        written.append(Cap(scope="all", every="day", amount=costs.daily_limit))
    if costs.weekly_limit is not None:
        written.append(Cap(scope="all", every="week", amount=costs.weekly_limit))
    if costs.monthly_budget is not None:
        written.append(Cap(scope="all", every="month", amount=costs.monthly_budget))
    written.extend(
        Cap(scope=f"provider:{name}", every="day", amount=amount)
        for name, amount in costs.provider_daily.items()
    )
    written.extend(
        Cap(scope=f"task:{task}", every="month", amount=amount)
        for task, amount in costs.task_monthly.items()
    )
    written.extend(costs.caps)
    lowest: dict[tuple[str, str], Cap] = {}
    for cap in written:
        before = lowest.get((cap.scope, cap.every))
        if before is None or cap.amount < before.amount:
            lowest[cap.scope, cap.every] = cap
    return tuple(lowest.values())


def label(scope: str, every: str) -> str:
    """What a limit is called for the user: `daily`, `openai daily`, `/work monthly`."""
    name = scope.partition(":")[2]
    return f"{name} {_WORDS[every]}" if name else _WORDS[every]


def crossed(before: Spending | None, after: Spending, threshold: float) -> bool:
    """Whether spending passed the threshold of its limit between two looks.

    Without a look before, or with one of another period, the period began at nothing.
    """
    line = after.limit.amount * threshold
    earlier = 0
    if before is not None and before.limit.period.key == after.limit.period.key:
        earlier = before.spent
    return earlier < line <= after.spent


def share(standing: Spending) -> float:
    """The part of a limit that is spent or held; 1 for a limit of nothing."""
    amount = standing.limit.amount
    return (standing.spent + standing.held) / amount if amount else 1.0
