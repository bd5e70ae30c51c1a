"""Chooses the order in which models are asked, and says why. A pure function of its inputs.

Rules, in this order:

1. A model the caller names is the only one.
2. A provider that is off, has no key, is not allowed here or is cooling down is refused; so is a
   model that lacks a feature, whose price is unknown, or whose window cannot hold the request.
3. Models the user named for the task come first, in the user's order; then the default provider;
   then models good enough for the task; then models of unknown quality; then the others.
4. Within one rank the preference decides: cost, speed or quality.
5. Text goes to one company only, unless the user's fallback order (or the task's own list) names
   another. Falling back to this machine is always allowed; from this machine to a company never,
   unless named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aircherd.core.catalog import Capability, ModelRef, ModelSpec, ProviderState
from aircherd.core.chat import Usage, cost_of
from aircherd.core.money import NanoUsd, Price, per_million, show
from aircherd.core.plan import Candidate, Plan, Refusal
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection
from aircherd.routing.estimate import (
    PACKING_BYTES_PER_TOKEN,
    bound,
    likely,
    room,
)
from aircherd.routing.needs import NEEDS

SMALLEST_USEFUL_PROMPT = 1_500
"""Bytes of window without which even a packed request says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What is to be answered."""

    detection: Detection
    prompt_bytes: int
    """Length of the prompt as it would be unpacked, in UTF-8 bytes."""
    shrinkable: bool
    """Whether the prompt can be packed to fit a smaller window."""
    max_output: int
    features: frozenset[Capability] = frozenset({Capability.CHAT})
    requested: str | None = None
    """`provider/model`, `provider:model`, or a bare model name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model that exists, as far as is known."""

    spec: ModelSpec
    preferred: bool = False
    """Whether the bundled table names it for this task."""
    latency_ms: float | None = None
    """Median time to the first token seen here; None before the first call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranked:
    offer: Offer
    why: str
    expected: NanoUsd | None
    worst: NanoUsd | None
    key: tuple[float, ...]


def matches(requested: str, ref: ModelRef) -> bool:
    """Whether a name the user wrote means this model."""
    return requested in (str(ref), f"{ref.provider}:{ref.model}", ref.model)


def select(
    need: Need,
    offers: Sequence[Offer],
    states: Sequence[ProviderState],
    settings: Settings,
) -> Plan:
    """The order of candidates with a reason each, and everything refused with a reason each."""
    refused: list[Refusal] = []
    by_name = {state.name: state for state in states}
    for state in states:
        reason = _provider_refusal(state, settings)
        if reason:
            refused.append(Refusal(provider=state.name, model=None, why=reason))
    out = {refusal.provider for refusal in refused}
    # Who is only resting keeps its place while it is settled who may see the text.
    resting = {state.name for state in states if state.cooling_down > 0 and state.name in out}
    resting = {name for name in resting if not _shut(by_name[name], settings)}
    ranked: list[_Ranked] = []
    for offer in offers:
        ref = offer.spec.ref
        if ref.provider not in by_name or (ref.provider in out and ref.provider not in resting):
            continue
        if need.requested is not None and not matches(need.requested, ref):
            continue
        price, why_not = _price(offer.spec, settings)
        why_not = why_not or _model_refusal(need, offer.spec)
        if why_not:
            refused.append(Refusal(provider=ref.provider, model=ref.model, why=why_not))
            continue
        ranked.append(_rank(need, offer, price, settings))
    ranked.sort(key=lambda r: (r.key, str(r.offer.spec.ref)))
    kept = _one_company(need, ranked, settings, refused)
    kept = [one for one in kept if one.offer.spec.ref.provider not in resting]
    candidates = tuple(
        Candidate(spec=r.offer.spec, why=r.why, expected=r.expected, worst=r.worst) for r in kept
    )
    return Plan(
        detection=need.detection,
        candidates=candidates,
        refused=tuple(refused),
        requested=need.requested,
    )


def _provider_refusal(state: ProviderState, settings: Settings) -> str | None:
    shut = _shut(state, settings)
    if shut is not None:
        return shut
    if not state.usable:
        return state.why_not or "not usable"
    if state.cooling_down > 0:
        return f"cooling down {max(1.0, state.cooling_down):.0f} s"
    return None


def _shut(state: ProviderState, settings: Settings) -> str | None:
    """Why the user does not want this provider asked, however well it is."""
    if settings.allow is not None and state.name not in settings.allow:
        return "not in the list of allowed providers"
    if settings.hold is not None and not state.local:
        return settings.hold
    if settings.egress == "local" and not state.local:
        return "only this machine may be used (egress = local)"
    return None


def _price(spec: ModelSpec, settings: Settings) -> tuple[Price | None, str | None]:
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


def _model_refusal(need: Need, spec: ModelSpec) -> str | None:
    missing = need.features - spec.capabilities
    if missing:
        return "cannot do " + ", ".join(sorted(missing))
    space = room(spec, need.max_output, bytes_per_token=PACKING_BYTES_PER_TOKEN)
    wanted = (
        min(need.prompt_bytes, SMALLEST_USEFUL_PROMPT) if need.shrinkable else need.prompt_bytes
    )
    if space.prompt_bytes < wanted:
        return f"its window of {spec.context or 'unknown'} tokens is too small for this"
    return None


def _rank(need: Need, offer: Offer, price: Price | None, settings: Settings) -> _Ranked:
    spec = offer.spec
    task = need.detection.task
    wants = NEEDS[task]
    space = room(spec, need.max_output, bytes_per_token=PACKING_BYTES_PER_TOKEN)
    prompt = min(need.prompt_bytes, space.prompt_bytes)
    expected = worst = None
    if price is not None:
        usage = Usage(input=likely(prompt), output=min(wants.likely_output, space.output_tokens))
        expected = cost_of(usage, price)
        worst = price.upper_bound(bound(prompt, 2), space.output_tokens)
    why, rank = _standing(need, offer, settings)
    cost = float(expected if expected is not None else 1 << 62)
    speed = offer.latency_ms if offer.latency_ms is not None else (0.0 if spec.loaded else 1e6)
    quality = -(spec.quality if spec.quality is not None else 0.0)
    preferred = 0.0 if offer.preferred else 1.0
    order = {
        "cost": (cost, preferred, quality, speed),
        "speed": (speed, preferred, cost, quality),
        "quality": (quality, preferred, cost, speed),
    }[settings.prefer]
    return _Ranked(offer=offer, why=why, expected=expected, worst=worst, key=(rank, *order))


def _standing(need: Need, offer: Offer, settings: Settings) -> tuple[str, float]:
    spec, task = offer.spec, need.detection.task
    wants = NEEDS[task]
    named = settings.task_models.get(task, ())
    for place, name in enumerate(named):
        if matches(name, spec.ref):
            return f"you named it for {_words(task)}", float(place)
    base = 1_000.0
    if need.requested is not None:
        return "you asked for it", base
    where = "on this machine" if spec.local else "with a known price"
    superlative = {"cost": "cheapest", "speed": "quickest", "quality": "best"}[settings.prefer]
    if spec.quality is None:
        standing, why = 2, f"{superlative} of those whose quality is unknown"
    elif spec.quality >= wants.quality:
        standing, why = 1, f"{superlative} model good enough for {_words(task)} {where}"
    else:
        standing, why = 3, f"below the quality wanted for {_words(task)}, but usable"
    if settings.default == spec.ref.provider:
        return "your default provider", base + standing
    return why, base + 10 + standing


def _one_company(
    need: Need, ranked: Sequence[_Ranked], settings: Settings, refused: list[Refusal]
) -> list[_Ranked]:
    if not ranked:
        return []
    first = ranked[0].offer.spec.ref.provider
    named = set(settings.fallback_order)
    named |= {
        ranked_one.offer.spec.ref.provider
        for ranked_one in ranked
        for name in settings.task_models.get(need.detection.task, ())
        if matches(name, ranked_one.offer.spec.ref)
    }
    kept: list[_Ranked] = []
    held_back: set[str] = set()
    for one in ranked:
        ref = one.offer.spec.ref
        if ref.provider == first or ref.provider in named or one.offer.spec.local:
            kept.append(one)
        elif ref.provider not in held_back:
            held_back.add(ref.provider)
            refused.append(
                Refusal(
                    provider=ref.provider,
                    model=None,
                    why=f"{first} comes first; add it to providers.fallback_order to allow it too",
                )
            )
    order = {name: place for place, name in enumerate(settings.fallback_order)}
    head = kept[0]
    tail = sorted(
        kept[1:],
        key=lambda r: (
            r.offer.spec.ref.provider != first,
            order.get(r.offer.spec.ref.provider, len(order)),
        ),
    )
    return [head, *tail]


def _words(task: str) -> str:
    return task.replace("_", " ")


def summary(plan: Plan) -> str:
    """The choice in one line, for answers, logs and the books."""
    task = f"{_words(plan.detection.task)} {plan.detection.confidence:.2f}"
    if not plan.candidates:
        why = "; ".join(f"{r.provider}: {r.why}" for r in plan.refused[:4])
        return f"{task} → no model ({why or 'none is configured'})"
    first = plan.candidates[0]
    price = "price unknown" if first.expected is None else f"about {show(first.expected)}"
    if first.spec.local:
        price = "on this machine, free"
    return f"{task} → {first.spec.ref}: {first.why}, {price}"
