"""Rows of the bundled table as prices in force at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from aircherd.core.money import Price, per_million

AHEAD = timedelta(minutes=15)
"""How far a request may reach into the next price: what is reserved must not be too little."""


def price_at(row: Mapping[str, Any], now: datetime, version: str) -> Price | None:
    """What a model costs now; the dearer one when the price changes within a request's time.

    None when the table has no price for it, which is never the same as free.
    """
    rows = row.get("prices")
    if not rows:
        return None
    standing = [_price(_standing(rows, at), row, version) for at in (now, now + AHEAD)]
    return max(standing, key=lambda price: (price.input + price.output, price.input))


def _standing(rows: Sequence[Mapping[str, Any]], now: datetime) -> Mapping[str, Any]:
    """The last row whose condition holds; the first when none does, as the data's authors do."""
    moment = now.astimezone(UTC)
    return next((row for row in reversed(rows) if _holds(row, moment)), rows[0])


def _holds(row: Mapping[str, Any], now: datetime) -> bool:
    if "from" in row:
        return now.date() >= date.fromisoformat(row["from"])
    if "between" in row:
        start, end = (time.fromisoformat(text) for text in row["between"])
        clock = now.time().replace(tzinfo=None)
        if end < start:
            return clock >= start or clock < end
        return start <= clock < end
    return True


def _price(prices: Mapping[str, Any], row: Mapping[str, Any], version: str) -> Price:
    base = _classes(prices, row.get("cache_write_long"), version)
    above = row.get("cache_write_long_above", row.get("cache_write_long"))
    tiers = tuple(
        (int(tier["above"]), _classes(tier, above, version)) for tier in prices.get("tiers", ())
    )
    return replace(base, tiers=tiers)


def _classes(prices: Mapping[str, Any], long: str | None, version: str) -> Price:
    def cost(name: str) -> Any:
        return None if prices.get(name) is None else per_million(prices[name])

    return Price(
        version=version,
        input=cost("input"),
        output=cost("output"),
        cache_read=cost("cache_read"),
        cache_write=cost("cache_write"),
        cache_write_long=None if long is None else per_million(long),
    )
