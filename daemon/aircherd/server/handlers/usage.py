"""aircher/usage"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from aircher_protocol.types import LimitLine, UsageParams, UsageReport, UsageTotal
from aircherd.core.books import Period
from aircherd.routing.budget import every_limit
from aircherd.routing.periods import day, month
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[UsageParams]) -> UsageReport:
    """The books: today, the month, and the month by group."""
    workspace = convert.path_of(call.params.workspace) if call.params.workspace else None
    zone, now = house.settings.costs.zone, house.desk.clock.now()
    today, this_month = day(now, zone), month(now, zone)

    async def sums(period: Period, by: str | None = None) -> tuple[UsageTotal, ...]:
        lines = await house.books.totals(
            start=period.start, end=period.end, by=by, workspace=workspace
        )
        return tuple(convert.total(line.name, line.totals) for line in lines)

    return UsageReport(
        zone=zone,
        today=(await sums(today))[0],
        month=(await sums(this_month))[0],
        by_task=await sums(this_month, "task"),
        by_provider=await sums(this_month, "provider"),
        by_model=await sums(this_month, "model"),
        limits=await limits(house),
    )


async def limits(house: House) -> tuple[LimitLine, ...]:
    """Where every limit in force stands."""
    costs, now = house.settings.costs, house.desk.clock.now()
    zone = ZoneInfo(costs.zone)
    return tuple(
        convert.limit(spending, spending.limit.period.end.astimezone(zone).isoformat())
        for spending in await house.books.spending(every_limit(costs, now=now))
    )
