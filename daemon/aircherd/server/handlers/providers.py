"""aircher/providers"""

from __future__ import annotations

import asyncio

from aircher_protocol.types import ProviderLine, ProviderList, ProvidersParams
from aircherd.market import Market
from aircherd.providers.base import Host
from aircherd.server.dispatch import Call
from aircherd.server.house import House


async def handle(house: House, call: Call[ProvidersParams]) -> ProviderList:
    """Every provider and its state."""
    market = house.desk.market()
    if call.params.check:
        usable = [host for host in market.hosts if host.keyed]
        await asyncio.gather(*(market.look(host, again=True) for host in usable))
    return ProviderList(providers=tuple(_line(market, host) for host in market.hosts))


def _line(market: Market, host: Host) -> ProviderLine:
    look = market.last_look(host)
    state = market.state_of(host)
    if not host.keyed:
        word = "no key"
    elif look is None:
        word = "unchecked"
    elif look.error is not None:
        word = "unreachable"
    else:
        word = "ready"
    detail = state.why_not or ""
    if look is not None and look.error is not None:
        detail = str(look.error)
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
    )
