"""One step up the ladder after a rejected answer: the next better model that may answer."""

from __future__ import annotations

from dataclasses import replace

from aircherd.core.catalog import ModelRef
from aircherd.core.plan import Plan


def escalated(plan: Plan, rejected: ModelRef | None) -> Plan:
    """The plan with the nearest better model first; as it was where there is none.

    Only models that were candidates anyway: nobody new sees the text, and limits hold as before.
    A model the caller named stays, for that is what was asked for.
    """
    standing = {candidate.spec.ref: candidate.spec.quality for candidate in plan.candidates}
    before = None if rejected is None else standing.get(rejected)
    if before is None or plan.requested is not None:
        return plan
    better = [
        candidate
        for candidate in plan.candidates
        if candidate.spec.quality is not None and candidate.spec.quality > before
    ]
    if not better:
        return plan
    step = min(better, key=lambda candidate: (candidate.spec.quality or 0.0, candidate.worst or 0))
    first = replace(step, why=f"one step up from {rejected}, whose answer you rejected")
    others = [candidate for candidate in plan.candidates if candidate is not step]
    return plan.turn(f"escalated {rejected}", (first, *others))
