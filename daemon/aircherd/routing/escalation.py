"""One step up the ladder after a rejected answer: the next better model that may answer."""

from __future__ import annotations

from dataclasses import replace

from aircherd.core.catalog import ModelRef
from aircherd.core.plan import Candidate, Plan

STEPS = 4
"""Rejections in a row that a stored choice can be told again after."""


def escalated(plan: Plan, rejected: ModelRef | None) -> Plan:
    """The plan with the nearest better model first; as it was where there is none.

    Only models that were candidates anyway: nobody new sees the text, and limits hold as before.
    A model the caller named stays, for that is what was asked for.
    """
    standing = {candidate.spec.ref: candidate.spec.quality for candidate in plan.candidates}
    before = None if rejected is None else standing.get(rejected)
    if before is None or plan.requested is not None:
        return plan
    step = _step(plan, before)
    if step is None:
        return plan
    first = replace(step, why=f"one step up from {rejected}, whose answer you rejected")
    others = [candidate for candidate in plan.candidates if candidate is not step]
    return plan.turn(f"escalated {rejected}", (first, *others))


def ladder(plan: Plan) -> tuple[ModelRef, ...]:
    """The models that rejection upon rejection leads to from the first choice, `STEPS` of them."""
    found: list[ModelRef] = []
    at = plan.candidates[0].spec.quality if plan.candidates else None
    while at is not None and len(found) < STEPS and (step := _step(plan, at)) is not None:
        found.append(step.spec.ref)
        at = step.spec.quality
    return tuple(found)


def _step(plan: Plan, quality: float) -> Candidate | None:
    better = [
        candidate
        for candidate in plan.candidates
        if candidate.spec.quality is not None and candidate.spec.quality > quality
    ]
    return min(
        better,
        key=lambda candidate: (candidate.spec.quality or 0.0, candidate.worst or 0),
        default=None,
    )
