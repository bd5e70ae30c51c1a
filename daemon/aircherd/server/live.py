"""What every editor is told while something changes: `aircher/statusChanged`."""

from __future__ import annotations

from aircher_protocol.types import StatusChangedParams
from aircherd.core.books import Spending
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import NanoUsd
from aircherd.routing.budget import every_limit, share
from aircherd.routing.periods import month
from aircherd.server import convert
from aircherd.server.handlers.usage import limit_line
from aircherd.server.house import House


async def live(house: House) -> StatusChangedParams:
    """How the daemon is at this moment: busy with what, and where the money stands."""
    costs, now = house.settings.costs, house.desk.clock.now()
    asking = house.asking()
    this_month: NanoUsd | None = None
    nearest: Spending | None = None
    state = "unknown"
    try:
        this_month = (await house.books.days(month(now, costs.zone).key))[0].totals.cost
        standing = await house.books.spending(every_limit(costs, now=now))
        nearest = max(standing, key=share, default=None)
        state = _state(nearest, min(costs.thresholds))
    except LedgerUnavailable:
        # The sums stay unknown; `aircher/status` says why in words.
        pass
    return StatusChangedParams(
        busy=asking > 0,
        in_flight=house.in_flight(),
        task=convert.task(house.desk.gateway.newest if asking else None),
        model=house.last_model,
        last=None if house.last_cost is None else convert.money(house.last_cost),
        today=convert.money(await house.today()),
        session=convert.money(house.spent),
        month=convert.money(this_month),
        limit_state=state,
        limit=None if nearest is None else limit_line(nearest, costs.zone),
    )


def _state(nearest: Spending | None, threshold: float) -> str:
    if nearest is None:
        return "none"
    taken = share(nearest)
    return "reached" if taken >= 1 else "near" if taken >= threshold else "ok"
