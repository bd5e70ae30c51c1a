"""What an answer's reader should know besides the answer, each one line ending with what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aircherd.attempt import Reply
from aircherd.core.chat import FinishReason
from aircherd.core.money import NanoUsd, show
from aircherd.core.plan import Plan

_ENDINGS = {
    FinishReason.LENGTH: "The answer was cut at its length limit; ask for less at once.",
    FinishReason.CONTENT_FILTER: "The provider's filter ended the answer; try another model.",
    FinishReason.ERROR: "The provider reported an error at the end; read the answer with care.",
}
_TOLERATED = 0.05
"""Share by which a provider's figure may differ from ours: it rounds, and prices in its own day."""
_SMALLEST = 1_000
"""Nano-dollars below which nobody cares."""


def notices_of(plan: Plan, own: Sequence[str], reply: Reply) -> tuple[str, ...]:
    """Everything to be said about one answer, the choice of its model first."""
    provider = reply.candidate.spec.ref.provider
    said = (
        _ENDINGS.get(reply.finish),
        sent_as_they_are(reply.masked.let),
        disagreement(provider, reply.by_table, reply.usage.reported_cost),
    )
    return (*plan.notices, *own, *reply.transcript.notices, *(text for text in said if text))


def sent_as_they_are(let: Mapping[str, int]) -> str | None:
    """What to say when the caller let secrets through."""
    if not let:
        return None
    kinds = ", ".join(f"{count} {kind}" for kind, count in let.items())
    return f"Sent as they are, as this request asked: {kinds}; change them if that was a mistake."


def disagreement(provider: str, ours: NanoUsd | None, theirs: NanoUsd | None) -> str | None:
    """What to say when a provider says it charged something else than the price table makes it."""
    if ours is None or theirs is None:
        return None
    if abs(theirs - ours) <= max(_SMALLEST, _TOLERATED * theirs):
        return None
    return (
        f"{provider} says it charged {show(theirs)}, and by the price table it is {show(ours)}; "
        "the larger of the two is booked. `aircher prices diff` shows whether a newer table agrees."
    )
