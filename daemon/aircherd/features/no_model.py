"""Why nothing can answer, in words that end with the next step."""

from __future__ import annotations

import re
from collections.abc import Callable

from aircherd.core.errors import NoModel, Resting
from aircherd.core.plan import Plan, Refusal

_COOLING = "cooling down"
_PASSING = (_COOLING, "offline is on", "there is no network")
"""How reasons begin that have nothing to do with what is set up."""
_CLOSED = ("not in the list of allowed providers", "only this machine may be used")
"""How reasons begin that the user's settings, or a repository's, give."""
_UNTOUCHED = ("no key", "ollama: nothing answers at http://127.0.0.1:11434")
"""How reasons begin of what nobody has set up."""
_MOST = 3

Ails = Callable[[str], str | None]
"""The last error of a provider, as a sentence with what to do; None when there was none."""


def nobody(plan: Plan, ails: Ails = lambda _: None) -> NoModel:
    """The error of a plan without candidates: one to try again after when somebody only rests."""
    named = None if plan.requested is None else re.split("[/:]", plan.requested, maxsplit=1)[0]
    asked = [one for one in plan.refused if named in (None, one.provider)]
    resting = any(refusal.why.startswith(_COOLING) for refusal in asked)
    return (Resting if resting else NoModel)(no_model(plan, ails))


def no_model(plan: Plan, ails: Ails = lambda _: None) -> str:
    """Why no model can answer, ending with the next step."""
    if plan.requested is not None:
        why = "; ".join(f"{r.model or r.provider}: {r.why}" for r in plan.refused[:_MOST])
        return f"{plan.requested} cannot answer this ({why}). Run `aircher models` for others."
    passing = [r for r in plan.refused if r.why.startswith(_PASSING)][:_MOST]
    if passing:
        why = "; ".join(f"{r.provider}: {r.why}" for r in passing)
        causes = [ails(r.provider) for r in passing if r.why.startswith(_COOLING)]
        told = " ".join(cause for cause in causes if cause)
        return f"No model can answer now ({why}). " + (
            told or "`aircher doctor` shows how providers are."
        )
    named = [r for r in plan.refused if not r.why.startswith(_UNTOUCHED)]
    failing = [r for r in named if not r.why.startswith(_CLOSED)]
    if failing:
        return f"No model can answer this. {' '.join(_sentence(r) for r in failing[:_MOST])}"
    if named:
        why = ", ".join(dict.fromkeys(r.why for r in named))
        return (
            f"No model that may be asked here can be reached ({why}): start one on this machine, "
            "or widen `egress` and `providers.allow` where they stand, in your configuration or "
            "this repository's .aircher.toml."
        )
    return (
        "No language model is set up: start Ollama with a model, or set a key such as "
        "OPENAI_API_KEY and run `aircherd restart`. `aircher doctor` shows what was found."
    )


def _sentence(refused: Refusal) -> str:
    """A provider's reason; errors begin with the provider's name themselves."""
    name = refused.provider if refused.model is None else f"{refused.provider}/{refused.model}"
    return f"{name}: {refused.why.removeprefix(f'{refused.provider}: ').rstrip('.')}."
