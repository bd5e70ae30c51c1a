"""What the same tokens would have cost at one named model. Pure.

An upper bound it is not: another model would have counted the tokens a little differently and
answered at another length. Long-prompt surcharges are left out, so the saving is never overstated
by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aircherd.core.books import UsageLine
from aircherd.core.chat import Usage, cost_of
from aircherd.core.money import NanoUsd, Price


@dataclass(frozen=True, slots=True, kw_only=True)
class Savings:
    """Spent, against one model for everything."""

    baseline: str
    """`provider/model`, always named with the figure."""
    instead: NanoUsd
    """What the same tokens would have cost there."""
    paid: NanoUsd
    """What they did cost."""

    @property
    def saved(self) -> int:
        """Nano-dollars; negative when the baseline would have been cheaper."""
        return self.instead - self.paid

    @property
    def share(self) -> float | None:
        """Saved part of what the baseline would have cost; None when that is nothing."""
        return self.saved / self.instead if self.instead else None


def against(baseline: str, price: Price, by_model: Sequence[UsageLine]) -> Savings:
    """What all lines together would have cost at one price."""
    flat = replace(price, tiers=())
    return Savings(
        baseline=baseline,
        instead=NanoUsd(sum(cost_of(_usage(line), flat) for line in by_model)),
        paid=NanoUsd(sum(line.totals.cost for line in by_model)),
    )


def dearest(by_model: Sequence[UsageLine], prices: Mapping[str, Price]) -> str | None:
    """The dearest of the models used, had it answered everything; None when only one was used.

    One that was asked and never answered was not used: nobody saved anything by leaving it.
    """
    used = [
        line.name
        for line in by_model
        if line.totals.input or line.totals.output or line.totals.cost
    ]
    known = [name for name in used if name in prices and not prices[name].is_free]
    if not known or len(used) < 2:
        return None
    return max(known, key=lambda name: (against(name, prices[name], by_model).instead, name))


def from_caches(by_model: Sequence[UsageLine], prices: Mapping[str, Price]) -> NanoUsd | None:
    """What reading prompts from caches saved against reading them anew, what writing them cost
    more taken off; below zero when they did not pay. None when no priced model used a cache."""
    saved, used = 0, False
    for line in by_model:
        price, usage = prices.get(line.name), _usage(line)
        if price is None or not (usage.cache_read or usage.cache_write or usage.cache_write_long):
            continue
        flat, used = replace(price, tiers=()), True
        anew = replace(
            usage, input=usage.prompt_total, cache_read=0, cache_write=0, cache_write_long=0
        )
        saved += cost_of(anew, flat) - cost_of(usage, flat)
    return NanoUsd(saved) if used else None


def _usage(line: UsageLine) -> Usage:
    totals = line.totals
    return Usage(
        input=totals.input - totals.cached - totals.cache_write - totals.cache_write_long,
        output=totals.output,
        cache_read=totals.cached,
        cache_write=totals.cache_write,
        cache_write_long=totals.cache_write_long,
    )
