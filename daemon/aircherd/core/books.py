"""What the ledger is told and what it answers: holds, settlements, limits; integer money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from aircherd.core.chat import Usage
from aircherd.core.money import NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A half-open stretch of time that spending is added up over."""

    key: str
    """Such as `day:2026-11-21`, `week:2026-W47` or `month:2026-11`. What is spent under a key stays
    under it whatever clock or zone say later, so a period never opens twice."""
    start: datetime
    """First instant, UTC."""
    end: datetime
    """First instant after it, UTC; when the limit resets."""
    zone: str = "UTC"
    """IANA name of the zone its dates are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A sum that spending plus holds in one scope may never pass in one period."""

    scope: str
    """What is counted: `all`, `task:commit_messages`, `provider:openai`, `model:openai/NAME`,
    `workspace:/path`."""
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
    """The periods this call counts in, the day among them, limited or not."""
    reason: str
    """Why this model, as JSON; stored with the row."""
    branch: str | None = None
    """The branch that was checked out there."""
    lifetime: float = 1800.0
    """Seconds after which a hold that nobody ended is settled in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Room in the budget, durable before it is handed out."""

    id: int
    amount: NanoUsd
    book: str = ""
    """Which database it stands in; empty for one that could not be booked and costs nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of a hold. Exactly one per hold, ever."""

    outcome: str
    """`done`, `interrupted`, `cancelled`, `abandoned`, or an error kind."""
    usage: Usage | None
    """None when the call brought nothing that could be counted."""
    cost: NanoUsd
    duration_ms: int | None
    """From reservation to end; None when nobody saw the end."""
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
    cache_write: int = 0
    """Prompt tokens written to a cache that lives minutes."""
    cache_write_long: int = 0
    """Prompt tokens written to a cache that lives an hour or more."""
    done: int = 0
    """Calls that brought a whole answer."""


NOTHING = UsageTotals(
    operations=0,
    attempts=0,
    cost=NanoUsd(0),
    input=0,
    output=0,
    cached=0,
    unpriced=0,
    estimated=0,
)
"""No call at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """One row of a report."""

    name: str
    totals: UsageTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How quick one model was over its latest whole answers. Milliseconds."""

    name: str
    """`provider/model`."""
    answers: int
    """How many answers the figures are of."""
    first_median: int | None
    """To the first piece of text; None when no answer told."""
    first_p90: int | None
    median: int
    """To the end."""
    p90: int
    token_ms: float | None = None
    """Median time a token took after the first, in the longer half of the answers; None when no
    answer told."""
    tokens: float | None = None
    """How long those answers were, the median; None when no answer told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What answers of one model to one task took lately, on the average."""

    task: str
    model: str
    """`provider/model`."""
    answers: int
    output: float
    """Tokens of an answer, thinking included."""
    cached: float
    """Part of the prompt that was read from a cache, 0 to 1."""
    duration_ms: float | None
    """Within which nine of ten were whole, from reservation to end; None when nobody saw it."""


class Standing(StrEnum):
    """What a key means now."""

    NEW = "new"
    """It is the caller's: ask, then say what came of it."""
    RUNNING = "running"
    """Its operation is under way."""
    ANSWERED = "answered"
    LOST = "lost"
    """Its operation was cut off; whether the provider answered is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What became of a key."""

    standing: Standing
    operation: str
    """The operation the key stands for."""
    answer: str | None = None
    """JSON, exactly as it was given; None unless answered."""
