"""The user's rules for a task, held against one model. Pure."""

from __future__ import annotations

from aircherd.core.catalog import Capability, ModelSpec
from aircherd.core.money import NanoUsd, show
from aircherd.core.settings import TaskRule
from aircherd.routing.expecting import FLOOR, Usual

LONG_CONTEXT = "long_context"
_LONG = 100_000
"""Tokens of window that are meant by it."""
FEATURES: tuple[str, ...] = (*sorted(Capability), LONG_CONTEXT)
"""What a rule may ask for."""


def broken(
    rule: TaskRule,
    spec: ModelSpec,
    *,
    expected: NanoUsd,
    worst: NanoUsd,
    tokens: int,
    usual: Usual | None,
    takes: float | None = None,
) -> str | None:
    """The first rule a model does not keep, in words; None when it keeps all.

    What may be paid is held against the worst case, as limits are; the price of 1,000 tokens
    against the expected case, of `tokens` in all. A time is held against what nine of ten answers
    to this task took, or, before there are enough, against `takes`: the milliseconds its pace at
    other tasks lets expect, None for too little known.
    """
    if rule.request_limit is not None and worst > rule.request_limit:
        return f"may cost {show(worst)}, over the {show(rule.request_limit)} your rule allows here"
    if rule.per_1k is not None and expected * 1_000 > rule.per_1k * tokens:
        each = show(NanoUsd(expected * 1_000 // max(1, tokens)))
        return f"costs about {each} per 1,000 tokens, over the {show(rule.per_1k)} your rule allows"
    if rule.quality is not None and (spec.quality is None or spec.quality < rule.quality):
        has = "unknown" if spec.quality is None else f"{spec.quality:.2f}"
        return f"its quality is {has}, below the {rule.quality:.2f} your rule asks for"
    missing = rule.features - spec.capabilities
    if LONG_CONTEXT in missing and (spec.context or 0) >= _LONG:
        missing = missing - {LONG_CONTEXT}
    if missing:
        return f"lacks {', '.join(sorted(missing))}, which your rule asks for"
    seen = usual.duration_ms if usual is not None and usual.answers >= FLOOR else None
    how = "takes up to" if seen is not None else "would take about"
    seen = takes if seen is None else seen
    if rule.response_time is not None and seen is not None and seen > rule.response_time * 1_000:
        return f"{how} {seen / 1_000:.1f} s, over the {rule.response_time:g} s your rule allows"
    return None
