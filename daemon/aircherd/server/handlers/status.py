"""aircher/status"""

from __future__ import annotations

import os

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.types import LimitLine, RequestLine, Status, StatusParams
from aircherd.attempt import Run
from aircherd.core.errors import LedgerUnavailable
from aircherd.providers.registry import reaches_only_here
from aircherd.routing.periods import month
from aircherd.server import convert
from aircherd.server.dispatch import Call
from aircherd.server.handlers.usage import limits
from aircherd.server.house import House
from aircherd.spreading import unborne
from aircherd.version import __version__

MOST_REQUESTS = 100
"""Requests a status names."""


async def handle(house: House, call: Call[StatusParams]) -> Status:
    """How the daemon is."""
    clock, zone = house.desk.clock, house.settings.costs.zone
    this_month = month(clock.now(), zone)
    notices = [str(problem) for problem in house.problems]
    notices += unborne(house.settings, house.desk.market())
    missing = house.missing_keys(call.session.key_variables)
    if missing:
        names = ", ".join(f"${name}" for name in missing)
        notices.append(
            f"{names} is set where you are, but the daemon was started without it; "
            "run `aircherd restart`."
        )
    spent = None
    standing: tuple[LimitLine, ...] = ()
    try:
        totals = await house.books.days(this_month.key)
        spent, standing = totals[0].totals.cost, await limits(house)
    except LedgerUnavailable as error:
        notices.append(str(error))
    return Status(
        version=__version__,
        protocol=PROTOCOL_VERSION,
        pid=os.getpid(),
        uptime_seconds=clock.monotonic() - house.started,
        sessions=house.sessions(),
        in_flight=others_in_flight(house),
        busy=house.asking() > 0,
        settling=house.desk.gateway.settling,
        requests=_requests(house),
        offline=_offline(house),
        ledger=house.books.state,
        last_model=house.last_model,
        today=convert.money(await house.today()),
        month=convert.money(spent),
        limits=standing,
        notices=tuple(notices),
    )


def others_in_flight(house: House) -> int:
    """Requests being answered beside the one that asks: a look must not count itself."""
    return max(0, house.in_flight() - 1)


def _requests(house: House) -> tuple[RequestLine, ...]:
    now = house.desk.clock.monotonic()
    oldest = sorted(house.desk.gateway.running, key=lambda run: run.began)[:MOST_REQUESTS]
    return tuple(_line(run, now) for run in oldest)


def _line(run: Run, now: float) -> RequestLine:
    ref = None if run.candidate is None else run.candidate.spec.ref
    if run.call is None:
        stage = "waiting"
    else:
        stage = "asked" if run.call.first_token_ms is None else "writing"
    return RequestLine(
        task=str(run.job.task),
        client=run.job.client,
        provider=None if ref is None else ref.provider,
        model=None if ref is None else ref.model,
        stage=stage,
        seconds=round(now - run.began, 1),
    )


def _offline(house: House) -> bool:
    """Whether nothing beyond this machine is asked: by setting, or for want of a network."""
    market = house.desk.market()
    away = [market.away(host) for host in market.hosts if not reaches_only_here(host)]
    return house.settings.egress == "local" or (bool(away) and None not in away)
