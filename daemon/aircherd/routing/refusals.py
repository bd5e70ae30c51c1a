"""Why a provider or a price keeps a model from being chosen, whatever is to be answered. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from aircherd.core.catalog import ModelSpec, ProviderState
from aircherd.core.money import Price, per_million
from aircherd.core.plan import Refusal
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


class Doors(NamedTuple):
    """Who of the providers may be asked at all."""

    states: Sequence[ProviderState]
    settings: Settings
    refused: tuple[Refusal, ...]
    open: frozenset[str]
    resting: frozenset[str]
    """Who is only resting: it keeps its place while it is settled who may see the text."""


_known_doors: Doors | None = None


def doors(states: Sequence[ProviderState], settings: Settings) -> Doors:
    """Put together once for the very same states and settings, which are frozen."""
    global _known_doors
    known = _known_doors
    if known is not None and known.states is states and known.settings is settings:
        return known
    refused = tuple(
        Refusal(provider=state.name, model=None, why=reason)
        for state in states
        if (reason := refusal(state, settings))
    )
    out = {one.provider for one in refused}
    resting = frozenset(
        state.name
        for state in states
        if state.cooling_down > 0 and state.name in out and not shut(state, settings)
    )
    inside = frozenset(state.name for state in states if state.name not in out)
    found = Doors(states, settings, refused, inside, resting)
    if isinstance(states, tuple):
        _known_doors = found
    return found
