"""What a call will probably cost, in full: prompt, the part of it a cache holds, answer, thinking.

The length of answers and the cached part come from the user's own history with that task and model.
A prior that weighs as much as some answers, and a floor of answers below which nothing moves, keep
one long answer from making a model look dear for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aircherd.core.books import Spending
from aircherd.core.catalog import ModelRef
from aircherd.core.chat import Usage, cost_of
from aircherd.core.money import NanoUsd, Price

PRIOR = 10.0
"""Answers the general expectation weighs."""
FLOOR = 5
"""Answers below which history says nothing yet."""
REACH = 8.0
"""How many times as long as the answers that were timed one may be, for their pace to say anything
of it: what an answer takes for its beginning and end is multiplied as well."""
LEAST_CACHED = 1_024
"""Tokens of prompt below which providers that cache by themselves do not; so OpenAI's and Google's
pages on prompt caching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What answers took lately, on the average."""

    answers: int
    output: float
    """Tokens of an answer, thinking included."""
    cached: float = 0.0
    """Part of the prompt that was read from a cache, 0 to 1."""
    duration_ms: float | None = None
    """Within which nine of ten were whole; None when nobody saw it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How quick a model was lately at whatever task: medians, so that one stall says little."""

    answers: int
    first_ms: float
    """To the first piece of text."""
    token_ms: float | None
    """For each token after it; None when nobody counted them."""
    tokens: float | None = None
    """In answers of which length that was seen; None, as older versions kept it: in any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """A prompt cache that the turn before left at one model."""

    ref: ModelRef
    tokens: int
    """Prompt tokens it probably holds of the next request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the books say that matters for one choice."""

    task: Usual | None = None
    """Of all models at this task."""
    models: Mapping[str, Usual] = field(default_factory=dict)
    """`provider/model` → at this task."""
    standing: tuple[Spending, ...] = ()
    """Where every limit in force stands."""
    paces: Mapping[str, Pace] = field(default_factory=dict)
    """`provider/model` → how quick it was."""


def output_tokens(usually: int, task: Usual | None, model: Usual | None) -> int:
    """How long an answer will probably be: the table's figure, moved by the task's history, and
    that by this model's."""
    at_task = _moved(float(usually), task, lambda usual: usual.output)
    return max(1, round(_moved(at_task, model, lambda usual: usual.output)))


def cached_tokens(prompt: int, ref: ModelRef, model: Usual | None, warm: Warm | None) -> int:
    """How much of a prompt will probably be read from the model's cache.

    In a conversation only the model of the turn before has a warm cache; every other one reads the
    prompt for the first time.
    """
    if warm is not None:
        return min(warm.tokens, prompt) if warm.ref == ref else 0
    return min(prompt, int(prompt * _moved(0.0, model, lambda usual: usual.cached)))


def expected_cost(prompt: int, cached: int, output: int, price: Price) -> NanoUsd:
    """What so many tokens cost; a price that changes at a length of prompt is the one at this."""
    return cost_of(Usage(input=prompt - cached, output=output, cache_read=cached), price)


def expected_ms(output: int, pace: Pace | None) -> float | None:
    """Milliseconds until an answer of so many tokens is whole; None: nobody has timed the model,
    or only in answers that are much too short to tell of this one."""
    if pace is None or pace.token_ms is None:
        return None
    if pace.tokens is not None and output > REACH * pace.tokens:
        return None
    return pace.first_ms + pace.token_ms * output


def least_ms(takes: float | None, pace: Pace | None) -> float | None:
    """Milliseconds a rule for time goes by: the first text has to come, whatever follows it. None
    below a floor of answers."""
    if pace is None or pace.answers < FLOOR:
        return None
    return pace.first_ms if takes is None else takes


def ranked_ms(takes: float | None, pace: Pace | None, *, loaded: bool) -> float:
    """What the order by speed goes by. Whose whole answer nobody has timed comes after all others,
    by its first text where that is known; but for one that is loaded here already."""
    if takes is not None:
        return takes
    if loaded:
        return 0.0
    return 1e9 if pace is None else 5e8 + min(pace.first_ms, 1e8)


def left_warm(usage: Usage, price: Price | None) -> int:
    """Prompt tokens that are in a provider's cache after a call.

    What it read and wrote, where it counts that. Where nobody is charged for writing, the cache
    fills by itself once a prompt is long enough.
    """
    said = usage.cache_read + usage.cache_write + usage.cache_write_long
    prompt = usage.prompt_total or 0
    if price is None or price.cache_read is None:
        return said
    by_itself = price.cache_write is None and prompt >= LEAST_CACHED
    return max(said, prompt) if by_itself else said


def _moved(prior: float, usual: Usual | None, of: Callable[[Usual], float]) -> float:
    if usual is None or usual.answers < FLOOR:
        return prior
    return (PRIOR * prior + usual.answers * of(usual)) / (PRIOR + usual.answers)
