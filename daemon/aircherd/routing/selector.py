"""Chooses the order in which models are asked, and says why. A pure function of its inputs.

Rules, in this order:

1. A model the caller names is the only one.
2. A provider that is off, has no key, is not allowed here or is cooling down is refused; so is a
   model that lacks a feature, whose price is unknown, whose window cannot hold the request, or that
   does not keep the user's rules for the task (`rules`).
3. Models the user named for the task come first, in the user's order; then the default provider;
   then models good enough for the task; then models of unknown quality; then the others.
4. Within one rank the preference decides: cost, speed or quality; among models that are not good
   enough the best comes first. Cost is what the call will
   probably cost in full (`expecting`), speed how long an answer of the expected length takes at
   the model's own pace.
5. Text goes to one company only, unless the user's fallback order (or the task's own list) names
   another (`company`). Falling back to this machine is always allowed; from this machine to a
   company never, unless named.
6. Near a limit one step down comes first, where it is cheaper (`downgrade`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aircherd.core.catalog import Capability, ModelRef, ModelSpec, ProviderState
from aircherd.core.money import show
from aircherd.core.plan import Candidate, Plan, Refusal
from aircherd.core.settings import Settings, TaskRule
from aircherd.core.tasks import Detection, TaskKind
from aircherd.routing.company import one_company
from aircherd.routing.downgrade import named, stepped
from aircherd.routing.estimate import (
    PACKING_BYTES_PER_TOKEN,
    bound,
    likely,
    room,
)
from aircherd.routing.expecting import (
    Known,
    Warm,
    cached_tokens,
    expected_cost,
    expected_ms,
    least_ms,
    output_tokens,
    ranked_ms,
)
from aircherd.routing.needs import NEEDS
from aircherd.routing.refusals import Doors, doors, priced
from aircherd.routing.rules import broken

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
    warm: Warm | None = None
    """The cache the turn before left, in a conversation."""
    workspace: str | None = None
    """Root of the repository it is for, whose limits count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A model that exists, as far as is known."""

    spec: ModelSpec
    preferred: bool = False
    """Whether the bundled table names it for this task."""


_NO_RULE = TaskRule()
DECISIVE = 12
"""Candidates at the head of a plan that are told of, and kept with what they were chosen from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranked:
    candidate: Candidate
    key: tuple[float, ...]


def matches(requested: str, ref: ModelRef) -> bool:
    """Whether a name the user wrote means this model."""
    return named(requested, ref)


def select(
    need: Need,
    offers: Sequence[Offer],
    states: Sequence[ProviderState],
    settings: Settings,
    known: Known = Known(),  # noqa: B008 - frozen
) -> Plan:
    """The order of candidates with a reason each, and everything refused with a reason each."""
    gates = doors(states, settings)
    refused, resting = [*gates.refused], gates.resting
    ranked: list[_Ranked] = []
    for offer in _within(offers, gates):
        ref = offer.spec.ref
        if need.requested is not None and not matches(need.requested, ref):
            continue
        found = _judged(need, offer, settings, known)
        if isinstance(found, str):
            refused.append(Refusal(provider=ref.provider, model=ref.model, why=found))
        else:
            ranked.append(found)
    ranked.sort(key=lambda one: (one.key, str(one.candidate.spec.ref)))
    task = need.detection.task
    order = [one.candidate for one in ranked]
    kept = one_company(task, order, settings, refused)
    kept = [one for one in kept if one.spec.ref.provider not in resting]
    candidates = tuple(kept)
    if need.requested is None:
        candidates = stepped(
            kept,
            task=task,
            workspace=need.workspace,
            costs=settings.costs,
            standing=known.standing,
            good=lambda one: (one.spec.quality or 0.0) >= NEEDS[task].quality,
        )
    firsts: dict[str, ModelRef] = {}
    for one in order:
        firsts.setdefault(one.spec.ref.provider, one.spec.ref)
    heads = (*candidates[:DECISIVE], *kept[:DECISIVE])
    return Plan(
        detection=need.detection,
        candidates=candidates,
        # The very same ones while nobody else is refused: what they come to is remembered.
        refused=gates.refused if len(refused) == len(gates.refused) else tuple(refused),
        requested=need.requested,
        pressed=bool(kept) and candidates[0].spec.ref != kept[0].spec.ref,
        decisive=tuple(dict.fromkeys((*(one.spec.ref for one in heads), *firsts.values()))),
    )


_inside: tuple[Sequence[Offer], Doors, tuple[Offer, ...]] | None = None


def _within(offers: Sequence[Offer], gates: Doors) -> tuple[Offer, ...]:
    """The offers of providers that may be asked, put together once for the very same values."""
    global _inside
    known = _inside
    if known is not None and known[0] is offers and known[1] is gates:
        return known[2]
    who = gates.open | gates.resting
    found = tuple(offer for offer in offers if offer.spec.ref.provider in who)
    if isinstance(offers, tuple):
        _inside = (offers, gates, found)
    return found


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


def _judged(need: Need, offer: Offer, settings: Settings, known: Known) -> _Ranked | str:
    """The model at its place, or why it is refused."""
    spec, task = offer.spec, need.detection.task
    price, why_not = priced(spec, settings)
    why_not = why_not or _model_refusal(need, spec)
    if why_not or price is None:
        return why_not or "its price is unknown"
    space = room(spec, need.max_output, bytes_per_token=PACKING_BYTES_PER_TOKEN)
    prompt = min(need.prompt_bytes, space.prompt_bytes)
    usual = known.models.get(str(spec.ref))
    tokens = likely(prompt)
    cached = cached_tokens(tokens, spec.ref, usual, need.warm)
    output = min(
        output_tokens(NEEDS[task].likely_output, known.task, usual), max(1, space.output_tokens)
    )
    expected = expected_cost(tokens, cached, output, price)
    worst = price.upper_bound(bound(prompt, 2), space.output_tokens)
    rule = settings.task_rules.get(task, _NO_RULE)
    pace = known.paces.get(str(spec.ref))
    takes = expected_ms(output, pace)
    why_not = broken(
        rule,
        spec,
        expected=expected,
        worst=worst,
        tokens=tokens + output,
        usual=usual,
        takes=least_ms(takes, pace),
    )
    if why_not is not None:
        return why_not
    why, rank = _standing(need, offer, settings)
    speed = ranked_ms(takes, pace, loaded=spec.loaded)
    quality = -(spec.quality if spec.quality is not None else 0.0)
    preferred = 0.0 if offer.preferred else 1.0
    order = {
        "cost": (expected, preferred, quality, speed),
        "speed": (speed, preferred, expected, quality),
        "quality": (quality, preferred, expected, speed),
    }["quality" if _falls_short(spec, task) else settings.prefer]
    candidate = Candidate(
        spec=spec,
        why=why,
        expected=expected,
        worst=worst,
        cached=cached,
        takes_ms=None if takes is None else round(takes),
    )
    return _Ranked(candidate=candidate, key=(rank, *order))


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


def _falls_short(spec: ModelSpec, task: TaskKind) -> bool:
    """Whether a model is known not to be good enough: of those the nearest to it comes first."""
    return spec.quality is not None and spec.quality < NEEDS[task].quality


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
