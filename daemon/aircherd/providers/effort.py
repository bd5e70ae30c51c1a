"""Levels of thinking: the nearest one a model accepts, and the words its host has for them."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from aircherd.core.catalog import Capability, Effort, ModelSpec
from aircherd.core.chat import ChatRequest
from aircherd.providers.base import Host

ORDER = tuple(Effort)
_MEANT = {
    "none": Effort.OFF,
    "minimal": Effort.MINIMAL,
    "low": Effort.LOW,
    "default": Effort.MEDIUM,
    "medium": Effort.MEDIUM,
    "high": Effort.HIGH,
    "xhigh": Effort.MAX,
    "max": Effort.MAX,
}
"""Words of `reasoning_effort`; of two that mean the same the later one is sent."""


def nearest(wanted: Effort, allowed: AbstractSet[Effort] | None) -> Effort | None:
    """The level to send: the wanted one, else the next lower one, else the lowest above it.

    None when the model accepts no levels at all. An unknown set is taken to accept every level.
    """
    if allowed is None or wanted in allowed:
        return wanted
    place = ORDER.index(wanted)
    below = [level for level in reversed(ORDER[:place]) if level in allowed]
    # Not thinking is never a substitute for thinking a little, nor the other way round by default.
    thinking = [level for level in below if level is not Effort.OFF]
    above = [level for level in ORDER[place + 1 :] if level in allowed]
    for choice in (thinking, above, below):
        if choice:
            return choice[0]
    return None


def words_for(efforts: Mapping[str, str], model: str) -> dict[Effort, str]:
    """The words a model knows: those of the longest beginning of its name."""
    name = model.lower()
    begins = max((one for one in efforts if name.startswith(one)), key=len, default=None)
    if begins is None:
        return {}
    return {_MEANT[word]: word for word in efforts[begins].split()}


def with_efforts(host: Host, spec: ModelSpec) -> ModelSpec:
    """The model with the levels its host's row has words for, where its own list says none."""
    words = words_for(host.efforts or {}, spec.ref.model)
    if spec.traits.efforts is not None or not words:
        return spec
    return replace(
        spec,
        traits=replace(spec.traits, efforts=frozenset(words)),
        effort_off=Effort.OFF in words,
        capabilities=spec.capabilities | {Capability.THINKING},
    )


def unheeded(request: ChatRequest, told: bool) -> list[str]:
    """What to say where somebody wants thinking and the model could not be told."""
    if told or request.effort in (None, Effort.OFF):
        return []
    return [f"No switch for the thinking of {request.model} is known; it was left out."]
