"""Token counts of the chat completions family, taken apart into disjoint classes."""

from __future__ import annotations

from typing import Any

from aircherd.core.chat import Usage
from aircherd.core.money import NanoUsd, usd
from aircherd.providers.base import Host
from aircherd.providers.decoding import as_object

COST_IN_DOLLARS = "cost_in_dollars"
"""The quirk of a host whose `usage.cost` is US dollars."""


def usage_of(usage: dict[str, Any], host: Host) -> Usage:
    """Disjoint classes: OpenAI counts cached tokens in the prompt and reasoning in the answer.

    A host that counts thoughts beside the answer (Google's own OpenAI face) is told by a total that
    is larger than prompt and answer together; the difference is thinking.
    """
    prompt, answer = number(usage.get("prompt_tokens")), number(usage.get("completion_tokens"))
    details = as_object(usage.get("prompt_tokens_details"))
    read = number(details.get("cached_tokens")) or number(usage.get("prompt_cache_hit_tokens"))
    write = number(details.get("cache_write_tokens"))
    reasoning = number(as_object(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    read, write, reasoning = read or 0, write or 0, reasoning or 0
    beside = 0
    total = number(usage.get("total_tokens"))
    if total is not None and prompt is not None and answer is not None:
        beside = max(0, total - prompt - answer)
    visible = None if answer is None else max(0, answer - (0 if beside else reasoning))
    return Usage(
        input=None if prompt is None else max(0, prompt - read - write),
        output=visible,
        cache_read=read,
        cache_write=write,
        reasoning=beside or reasoning,
        reported_cost=charged(usage, host),
    )


def charged(usage: dict[str, Any], host: Host) -> NanoUsd | None:
    """What the host says it charged, the price of the user's own key included.

    Only a host whose documents say that the figure is US dollars is believed (`cost_in_dollars`;
    OpenRouter's do): any other may mean another money, cents, or nothing.
    """
    cost = _figure(usage.get("cost"))
    if cost is None or COST_IN_DOLLARS not in host.quirks:
        return None
    upstream = _figure(as_object(usage.get("cost_details")).get("upstream_inference_cost"))
    if usage.get("is_byok") and upstream is not None:
        return NanoUsd(usd(str(cost)) + usd(str(upstream)))
    return usd(str(cost))


def unbelieved(usage: dict[str, Any], host: Host) -> str | None:
    """What to say of a cost that is not taken for dollars; None where there is none."""
    cost = _figure(usage.get("cost"))
    if not cost or host.local or COST_IN_DOLLARS in host.quirks:
        return None
    return (
        f"{host.name} names a cost of {cost:g}, not in which money; the price table's is booked. "
        f'If it is US dollars, add "{COST_IN_DOLLARS}" to providers.{host.name}.quirks.'
    )


def _figure(value: Any) -> int | float | None:
    """A sum of money that may be one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        return None
    return value


def number(value: Any) -> int | None:
    """A count of tokens; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
