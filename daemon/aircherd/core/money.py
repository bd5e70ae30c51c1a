"""Money as integers.

Amounts are whole nano-dollars (10^-9 USD); unit prices are whole pico-dollars (10^-12 USD) a token,
because published prices such as $0.0375 per million tokens are not whole nano-dollars a token.
Floats never touch money: a million additions of 0.1 are off by more than a thousand nano-dollars.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from functools import lru_cache
from typing import NewType

NanoUsd = NewType("NanoUsd", int)
"""An amount of money in whole nano-dollars (10^-9 USD)."""

PicoUsd = NewType("PicoUsd", int)
"""A price of one token in whole pico-dollars (10^-12 USD)."""

ZERO = NanoUsd(0)
_NANO_PER_USD = 1_000_000_000
_PICO_PER_NANO = 1_000


def usd(amount: str | int | float | Decimal) -> NanoUsd:
    """An amount written in dollars, as nano-dollars, rounded up.

    Raises ValueError when the text is no finite, non-negative number of dollars.
    """
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        raise ValueError(f"{amount!r} is not an amount in dollars, such as 2.50") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{amount!r} is not an amount in dollars, such as 2.50")
    return NanoUsd(int((value * _NANO_PER_USD).to_integral_value(ROUND_CEILING)))


def per_million(price: str | int | float | Decimal) -> PicoUsd:
    """A published price in USD per million tokens, as pico-dollars a token, rounded up.

    Raises ValueError when the text is no finite, non-negative price.
    """
    try:
        value = Decimal(str(price))
    except InvalidOperation:
        raise ValueError(f"{price!r} is not a price per million tokens, such as 0.25") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{price!r} is not a price per million tokens, such as 0.25")
    return PicoUsd(int((value * 1_000_000).to_integral_value(ROUND_CEILING)))


@lru_cache(1024)
def show(amount: NanoUsd) -> str:
    """The amount for a person: cents and above to the cent, less than a cent to two figures."""
    if amount == 0:
        return "$0.00"
    value = Decimal(amount) / _NANO_PER_USD
    if abs(value) >= Decimal("0.995"):
        return f"${value:,.2f}"
    if abs(value) >= Decimal("0.01"):
        return f"${value:.3f}".rstrip("0").ljust(5, "0")
    places = 2 - value.adjusted() - 1
    return f"${value:.{places}f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one model's tokens cost, by class, as published on one day.

    A class without a price of its own is charged as the class it is part of: cached reads and
    writes as input. `tiers` replace the whole row once the whole prompt is longer than their
    threshold, for every token of the request (this is how OpenAI, Anthropic and Google publish it).
    """

    version: str
    """The table and day this row comes from, such as `genai-prices 0.2.3 2026-11-20`."""
    input: PicoUsd
    output: PicoUsd
    cache_read: PicoUsd | None = None
    cache_write: PicoUsd | None = None
    """Writing a prompt cache that lives minutes."""
    cache_write_long: PicoUsd | None = None
    """Writing a prompt cache that lives an hour or more."""
    tiers: tuple[tuple[int, Price], ...] = ()
    """(prompt tokens above which it applies, the whole row that then applies), ascending."""

    @property
    def is_free(self) -> bool:
        """Whether every class costs nothing, as on an engine of one's own."""
        classes = (self.input, self.output, self.cache_read, self.cache_write)
        return not any(classes) and not self.cache_write_long and not self.tiers

    def at(self, prompt_tokens: int) -> Price:
        """The row that applies to a request with this many prompt tokens."""
        row = self
        for above, tier in self.tiers:
            if prompt_tokens > above:
                row = tier
        return row

    def highest(self, prompt_tokens: int) -> tuple[PicoUsd, PicoUsd]:
        """The dearest input and output price any request with at most this prompt could meet."""
        if not self.tiers:
            read, write = self.cache_read or 0, self.cache_write or 0
            return PicoUsd(max(self.input, read, write, self.cache_write_long or 0)), self.output
        rows = [self, *(tier for above, tier in self.tiers if prompt_tokens > above)]
        dearest_in = max(
            max(r.input, r.cache_read or 0, r.cache_write or 0, r.cache_write_long or 0)
            for r in rows
        )
        return PicoUsd(dearest_in), PicoUsd(max(r.output for r in rows))

    def upper_bound(self, prompt_tokens: int, output_tokens: int) -> NanoUsd:
        """What a request can cost at most; sound when both counts are upper bounds."""
        dearest_in, dearest_out = self.highest(prompt_tokens)
        return nano_from_pico(prompt_tokens * dearest_in + output_tokens * dearest_out)


FREE_LOCAL = Price(version="local", input=PicoUsd(0), output=PicoUsd(0))
"""An engine on one's own machine: no bill but the electricity."""


def nano_from_pico(pico: int) -> NanoUsd:
    """Pico-dollars as whole nano-dollars, rounded up."""
    return NanoUsd(-(-pico // _PICO_PER_NANO))
