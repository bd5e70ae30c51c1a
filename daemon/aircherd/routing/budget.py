"""Which limits a call counts against, and when one is worth a warning. Pure."""

from __future__ import annotations

from datetime import datetime

from aircherd.core.books import Limit, Period, Spending
from aircherd.core.settings import CostSettings
from aircherd.core.tasks import TaskKind
from aircherd.routing.periods import day, month


def periods_for(costs: CostSettings, *, now: datetime) -> tuple[Period, ...]:
    """The periods a call at this instant counts in, limited or not."""
    return (day(now, costs.zone), month(now, costs.zone))


def limits_for(
    costs: CostSettings, *, task: TaskKind | str, provider: str, model: str, now: datetime
) -> tuple[Limit, ...]:
    """Every limit one call has to stay under."""
    scopes = {"all", f"task:{task}", f"provider:{provider}", f"model:{model}"}
    return tuple(limit for limit in every_limit(costs, now=now) if limit.scope in scopes)


def every_limit(costs: CostSettings, *, now: datetime) -> tuple[Limit, ...]:
    """Every limit in force, whatever it counts."""
    today, this_month = periods_for(costs, now=now)
    found: list[Limit] = []
    if costs.daily_limit is not None:
        found.append(Limit(scope="all", period=today, amount=costs.daily_limit, label="daily"))
    if costs.monthly_budget is not None:
        found.append(
            Limit(scope="all", period=this_month, amount=costs.monthly_budget, label="monthly")
        )
    found.extend(
        Limit(scope=f"provider:{name}", period=today, amount=amount, label=f"{name} daily")
        for name, amount in costs.provider_daily.items()
    )
    found.extend(
        Limit(scope=f"task:{task}", period=this_month, amount=amount, label=f"{task} monthly")
        for task, amount in costs.task_monthly.items()
    )
    return tuple(found)


def crossed(before: Spending | None, after: Spending, threshold: float) -> bool:
    """Whether spending passed the threshold of its limit between two looks.

    Without a look before, or with one of another period, the period began at nothing.
    """
    line = after.limit.amount * threshold
    earlier = 0
    if before is not None and before.limit.period.key == after.limit.period.key:
        earlier = before.spent
    return earlier < line <= after.spent
