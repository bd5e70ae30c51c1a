"""Why a request went where it went, as it stands with it in the books."""

from __future__ import annotations

import json

from aircherd.core.plan import Plan

_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


def reason_json(plan: Plan) -> str:
    """The choice, for the books: compact, and nothing of the prompt in it."""
    return _WRITER.encode(
        {
            "task": plan.detection.task,
            "confidence": round(plan.detection.confidence, 3),
            "evidence": [e.text for e in plan.detection.evidence[:4]],
            "requested": plan.requested,
            "candidates": [
                {
                    "model": str(c.spec.ref),
                    "why": c.why,
                    "expected": c.expected,
                    "worst": c.worst,
                    "quality": c.spec.quality,
                    "takes": c.takes_ms,
                }
                for c in plan.candidates[:5]
            ],
            "refused": [
                {"provider": r.provider, "model": r.model, "why": r.why} for r in plan.refused[:12]
            ],
            "turned": plan.turned,
            "inputs": plan.inputs,
        }
    )
