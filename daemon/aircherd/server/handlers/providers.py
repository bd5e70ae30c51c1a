"""aircher/providers"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import EndpointLine, ProviderLine, ProviderList, ProvidersParams
from aircherd.fleet import Fleet
from aircherd.market import Market
from aircherd.providers.base import Host
from aircherd.server.dispatch import Call
from aircherd.server.house import House
from aircherd.standing import Standing


async def handle(house: House, call: Call[ProvidersParams]) -> ProviderList:
    """Every provider and its state."""
    market = house.desk.market()
    if call.params.check:
        usable = [host for host in market.hosts if host.keyed]
        await asyncio.gather(*(market.look(host, again=True) for host in usable))
    fleet = house.desk.gateway.fleet
    return ProviderList(providers=tuple(_line(market, fleet, host) for host in market.hosts))


def _line(market: Market, fleet: Fleet, host: Host) -> ProviderLine:
    look = market.last_look(host)
    state = market.state_of(host)
    standings = fleet.standings(host.name)
    if not host.keyed:
        word = "no key"
    elif look is None and state.cooling_down <= 0 and not any(s.answers for s in standings):
        word = "unchecked"
    elif look is not None and look.error is not None:
        word = "unreachable"
    elif state.cooling_down > 0:
        word = "cooling down"
    else:
        word = "ready"
    detail = state.why_not or ""
    if look is not None and look.error is not None:
        detail = str(look.error)
    elif state.cooling_down > 0:
        why = fleet.last_error(host.name) or "it asked for a pause"
        detail = f"{state.cooling_down:.0f} s left; {why}"
    return ProviderLine(
        name=host.name,
        family=host.family,
        origin=market.origin(host.name) or host.base_url,
        local=host.local,
        key_variable=host.key_variables[0] if host.key_variables else None,
        key_present=bool(host.key) or host.key_later,
        usable=state.usable,
        state=word,
        detail=detail,
        models=None if look is None or look.error is not None else len(look.models),
        endpoints=tuple(_endpoint(one) for one in standings),
    )


def _endpoint(one: Standing) -> EndpointLine:
    ago, used = one.last_error_ago, one.last_used_ago
    return EndpointLine(
        name=one.name,
        circuit=str(one.state),
        cooling_seconds=round(one.cooling, 1),
        in_flight=one.in_flight,
        waiting=one.waiting,
        at_once=one.most,
        answers=one.answers,
        failures=one.failures,
        last_used_seconds_ago=None if used is None else round(used, 1),
        first_p50_ms=one.first_p50,
        first_p90_ms=one.first_p90,
        first_p99_ms=one.first_p99,
        requests_left=one.requests_left,
        tokens_left=one.tokens_left,
        last_error=one.last_error,
        last_error_seconds_ago=None if ago is None else round(ago, 1),
    )
