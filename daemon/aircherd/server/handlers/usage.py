"""aircher/usage"""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from aircher_protocol.types import LimitLine, UsageParams, UsageReport, UsageTotal
from aircherd.config.catalogue import bundled
from aircherd.core.books import Spending, UsageLine
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.errors import BudgetExceeded, InvalidRequest
from aircherd.core.money import Price
from aircherd.roots import root_of
from aircherd.routing.budget import every_limit
from aircherd.routing.periods import dates, day, month, week
from aircherd.routing.projection import REACH, project
from aircherd.routing.savings import Savings, against, dearest, from_caches
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.house import House

_MOST_DAYS = 400


async def handle(house: House, call: Call[UsageParams]) -> UsageReport:
    """The books: session, today, the week, the month and by group; what it may come to."""
    params, costs, books = call.params, house.settings.costs, house.books
    if not 1 <= params.days <= _MOST_DAYS:
        raise InvalidRequest(f"`days` is {params.days}; ask for 1 to {_MOST_DAYS}.")
    workspace = None
    if params.workspace:
        workspace = await asyncio.to_thread(root_of, convert.path_of(params.workspace))
    now = house.desk.clock.now()
    today, this_month = day(now, costs.zone), month(now, costs.zone)
    began = now - timedelta(seconds=house.desk.clock.monotonic() - house.started)
    this_day, tomorrow = dates(today.key)

    async def sums(period: str, by: str | None = None) -> tuple[UsageLine, ...]:
        return await books.days(period, by=by, workspace=workspace)

    async def groups(by: str) -> tuple[UsageTotal, ...]:
        return _totals(await sums(this_month.key, by))

    session = await books.totals(start=began, end=today.end, workspace=workspace)
    (whole,) = await sums(this_month.key)
    by_model = await sums(this_month.key, "model")
    span = f"span:{tomorrow - timedelta(days=params.days)}/{tomorrow}"
    past = await sums(f"span:{this_day - timedelta(days=REACH)}/{tomorrow}", "day")
    spent_on = {date.fromisoformat(line.name): int(line.totals.cost) for line in past}
    cached = from_caches(by_model, _prices(house, by_model))
    again = house.desk.gateway.sharing
    return UsageReport(
        zone=costs.zone,
        today=convert.total("all", (await sums(today.key))[0].totals),
        week=convert.total("all", (await sums(week(now, costs.zone).key))[0].totals),
        month=convert.total("all", whole.totals),
        session=convert.total("all", session[0].totals),
        by_task=await groups("task"),
        by_provider=await groups("provider"),
        by_model=_totals(by_model),
        by_workspace=await groups("workspace"),
        by_branch=await groups("branch"),
        days=tuple(sorted(_totals(await sums(span, "day")), key=lambda total: total.name)),
        days_by_task=tuple(
            sorted(
                (convert.part(line) for line in await sums(span, "day and task")),
                key=lambda part: (part.date, part.name),
            )
        ),
        projection=convert.projection(project(this_day, spent_on, whole.totals.cost)),
        savings=convert.savings(_savings(house, by_model, params.baseline or costs.baseline)),
        latency=tuple(convert.latency(line) for line in await books.latencies()),
        acceptance=tuple(
            convert.acceptance(name, task, record)
            for (name, task), record in sorted(house.commits.acceptance.records().items())
            if record.trials
        ),
        cache_saved=None if cached is None else convert.difference(cached),
        repeats=again.hits,
        repeats_saved=convert.money(again.saved) if again.hits else None,
        limits=await limits(house),
    )


async def limits(house: House) -> tuple[LimitLine, ...]:
    """Where every limit in force stands."""
    costs, now = house.settings.costs, house.desk.clock.now()
    return tuple(
        limit_line(spending, costs.zone)
        for spending in await house.books.spending(every_limit(costs, now=now))
    )


def limit_line(spending: Spending, zone: str) -> LimitLine:
    """Where one limit stands, and when it resets in the user's zone."""
    return convert.limit(spending, spending.limit.period.end.astimezone(ZoneInfo(zone)).isoformat())


def refused_line(error: BudgetExceeded, zone: str) -> LimitLine | None:
    """Where the limit stands that was in a call's way; None for a limit on single calls."""
    resets = error.resets_at
    if resets is None:
        return None
    return LimitLine(
        label=error.scope,
        limit=convert.money(error.limit),
        spent=convert.money(error.spent),
        held=convert.money(error.held),
        resets_at=resets.astimezone(ZoneInfo(zone)).isoformat(),
    )


def _totals(lines: tuple[UsageLine, ...]) -> tuple[UsageTotal, ...]:
    return tuple(convert.total(line.name, line.totals) for line in lines)


def _savings(house: House, by_model: tuple[UsageLine, ...], baseline: str | None) -> Savings | None:
    prices = _prices(house, by_model, baseline)
    if baseline is not None and baseline not in prices:
        raise InvalidRequest(
            f"The price of {baseline!r} is unknown, so nothing can be reckoned against it; "
            "name another as provider/model, or see `aircher models`."
        )
    named = baseline or dearest(by_model, prices)
    return None if named is None else against(named, prices[named], by_model)


def _prices(
    house: House, by_model: tuple[UsageLine, ...], more: str | None = None
) -> dict[str, Price]:
    names = {line.name for line in by_model} | ({more} if more else set())
    return {name: price for name in names if (price := _price(house, name)) is not None}


def _price(house: House, name: str) -> Price | None:
    provider, _, model = name.partition("/")
    spec = ModelSpec(ref=ModelRef(provider, model), local=False)
    return bundled().fill(spec, house.desk.clock.now()).price
