"""What the ledger is told and what it answers: holds, settlements, limits; integer money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aircherd.core.chat import Usage
from aircherd.core.money import NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open stretch of time that spending is added up over."""

    key: str
    """Such as `day:2026-11-21` or `month:2026-11`; unique and never re-opened."""
    start: datetime
    """First instant, UTC."""
    end: datetime
    """First instant after it, UTC; when the limit resets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A sum that spending plus holds in one scope may never pass in one period."""

    scope: str
    """What is counted: `all`, `task:commit_messages`, `provider:openai`, `model:NAME`."""
    period: Period
    amount: NanoUsd
    label: str
    """For the user: `daily`, `monthly`, `commit_messages monthly`, `openai daily`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """Asks for room in the budget before a byte leaves."""

    operation: str
    """Id of the operation this attempt belongs to; attempts of one operation share it."""
    attempt: int
    """1, 2, ... within the operation."""
    task: str
    provider: str
    model: str
    client: str
    """Which editor or program asked, as it names itself."""
    workspace: str | None
    """Root of the repository it was for."""
    amount: NanoUsd
    """Worst case, a sound upper bound. Zero for local engines."""
    price_version: str | None
    """The price row it was computed with; None when no price is known."""
    limits: tuple[Limit, ...]
    periods: tuple[Period, ...]
    """The periods this call counts in (the day and the month), limited or not."""
    reason: str
    """Why this model, as JSON; stored with the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Room in the budget, durable before it is handed out."""

    id: int
    amount: NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of a hold. Exactly one per hold, ever."""

    outcome: str
    """`done`, `interrupted`, `cancelled`, `abandoned`, or an error kind."""
    usage: Usage | None
    """None when the call brought nothing that could be counted."""
    cost: NanoUsd
    duration_ms: int
    """From reservation to end."""
    first_token_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Where one limit stands."""

    limit: Limit
    spent: NanoUsd
    held: NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageTotals:
    """Sums over a set of settled calls."""

    operations: int
    attempts: int
    cost: NanoUsd
    input: int
    output: int
    """Thinking tokens included."""
    cached: int
    """Prompt tokens read from a provider's cache."""
    unpriced: int
    """Calls whose price is unknown; their cost is not in the sum."""
    estimated: int
    """Calls with a number of our own instead of the provider's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One row of a report."""

    name: str
    totals: UsageTotals
