"""Why a provider or a price keeps a model from being chosen, whatever is to be answered. Pure."""

from __future__ import annotations

from aircherd.core.catalog import ModelSpec, ProviderState
from aircherd.core.money import Price, per_million
from aircherd.core.settings import Settings


def refusal(state: ProviderState, settings: Settings) -> str | None:
    """Why a provider is not asked now; None when it can be."""
    closed = shut(state, settings)
    if closed is not None:
        return closed
    if not state.usable:
        return state.why_not or "not usable"
    if state.cooling_down > 0:
        return f"cooling down {max(1.0, state.cooling_down):.0f} s"
    return None


def shut(state: ProviderState, settings: Settings) -> str | None:
    """Why the user does not want this provider asked, however well it is."""
    if settings.allow is not None and state.name not in settings.allow:
        return "not in the list of allowed providers"
    if settings.hold is not None and not state.local:
        return settings.hold
    if settings.egress == "local" and not state.local:
        return "only this machine may be used (egress = local)"
    return None


def priced(spec: ModelSpec, settings: Settings) -> tuple[Price | None, str | None]:
    """What a model's price is to be reckoned with, or why there is none."""
    if spec.price is not None:
        return spec.price, None
    ceiling = settings.costs.unpriced_ceiling
    if ceiling is None:
        return None, (
            "its price is unknown; set input_per_million and output_per_million for it, "
            "or costs.unpriced_ceiling"
        )
    top = per_million(ceiling)
    return Price(version="ceiling", input=top, output=top), None
