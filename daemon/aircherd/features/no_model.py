"""Why nothing can answer, in words that end with the next step."""

from __future__ import annotations

import re

from aircherd.core.errors import NoModel, Resting
from aircherd.core.plan import Plan

_COOLING = "cooling down"
_PASSING = (_COOLING, "offline is on", "there is no network")
"""How reasons begin that have nothing to do with what is set up."""


def nobody(plan: Plan) -> NoModel:
    """The error of a plan without candidates: one to try again after when somebody only rests."""
    named = None if plan.requested is None else re.split("[/:]", plan.requested, maxsplit=1)[0]
    asked = [one for one in plan.refused if named in (None, one.provider)]
    resting = any(refusal.why.startswith(_COOLING) for refusal in asked)
    return (Resting if resting else NoModel)(no_model(plan))


def no_model(plan: Plan) -> str:
    """Why no model can answer, ending with the next step."""
    if plan.requested is not None:
        why = "; ".join(f"{r.model or r.provider}: {r.why}" for r in plan.refused[:3])
        return f"{plan.requested} cannot answer this ({why}). Run `aircher models` for others."
    passing = [r for r in plan.refused if r.why.startswith(_PASSING)]
    if passing:
        why = "; ".join(f"{r.provider}: {r.why}" for r in passing[:3])
        return f"No model can answer now ({why}). `aircher doctor` shows how providers are."
    named = [r for r in plan.refused if not r.why.startswith(("no key", "ollama: nothing answers"))]
    started = "".join(f" {r.provider}: {r.why.rstrip('.')}." for r in named[:3])
    return (
        f"No language model is set up: start Ollama with a model, or set a key such as "
        f"OPENAI_API_KEY and run `aircherd restart`. `aircher doctor` shows what was found."
        f"{started}"
    )
