"""Near a limit: one step down, priced before it is taken; and what no longer fits goes last.

A step is taken only when it is cheaper for this very request, with the prompt cache counted that
the dearer model has warm and the cheaper one has not. Nobody new sees the text: steps are models
that might have answered anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from aircherd.core.books import Spending
from aircherd.core.catalog import ModelRef
from aircherd.core.money import NanoUsd, show
from aircherd.core.plan import Candidate
from aircherd.core.settings import CostSettings
from aircherd.routing.budget import share

Good = Callable[[Candidate], bool]


def stepped(
    kept: Sequence[Candidate],
    *,
    task: str,
    workspace: str | None,
    costs: CostSettings,
    standing: Sequence[Spending],
    good: Good,
) -> tuple[Candidate, ...]:
    """The candidates, one step down first when a limit is near; what would pass one comes last.

    `good` says whether a model is good enough for the task. As it was when the user switched
    downgrading off.
    """
    if not costs.auto_downgrade or not kept or not (standing or costs.request_limit):
        return tuple(kept)

    of_scope: dict[str, list[Spending]] = {}
    for one in standing:
        of_scope.setdefault(one.limit.scope, []).append(one)
    everywhere = [
        one
        for scope in ("all", f"task:{task}", f"workspace:{workspace}")
        for one in of_scope.get(scope, ())
    ]

    def bounds(candidate: Candidate) -> list[Spending]:
        ref = candidate.spec.ref
        own = (f"provider:{ref.provider}", f"model:{ref}")
        return [*everywhere, *(one for scope in own for one in of_scope.get(scope, ()))]

    over_by: dict[ModelRef, str | None] = {
        one.spec.ref: _passed(one, bounds(one), costs.request_limit) for one in kept
    }

    def passed(candidate: Candidate) -> str | None:
        return over_by[candidate.spec.ref]

    order = list(kept)
    head = order[0]
    near = [one for one in bounds(head) if share(one) >= min(costs.thresholds)]
    if near and head.expected:
        order = _one_down(order, max(near, key=share), costs, good, passed)
    fitting = [one for one in order if passed(one) is None]
    if not fitting:
        # The first one's refusal says which limit, what is spent and when it resets.
        return tuple(kept)
    if passed(order[0]) is not None:
        # Who asks is told why the model they would have had is not the one that answers.
        instead = f"{fitting[0].why}; {order[0].spec.ref} may pass {passed(order[0])}"
        fitting[0] = replace(fitting[0], why=instead)
    over = [
        replace(one, why=f"{one.why}; last, for it may pass {passed(one)}")
        for one in order
        if passed(one) is not None
    ]
    return (*fitting, *over)


def _one_down(
    order: Sequence[Candidate],
    limit: Spending,
    costs: CostSettings,
    good: Good,
    passed: Callable[[Candidate], str | None],
) -> list[Candidate]:
    head, others = order[0], list(order[1:])
    now = f"{share(limit):.0%} of the {limit.limit.label} limit is taken"
    dearer: Candidate | None = None
    for step in path(head, others, costs, good):
        if step.expected is None or head.expected is None or passed(step) is not None:
            continue
        if step.expected >= head.expected:
            dearer = dearer or step
            continue
        lost = f", {head.cached:,} cached tokens lost" if head.cached else ""
        why = (
            f"one step down from {head.spec.ref}: {now}, and this costs about "
            f"{show(step.expected)} instead of {show(head.expected)}{lost}"
        )
        return [replace(step, why=why), head, *(one for one in others if one is not step)]
    if dearer is None:
        return list(order)
    cold = " now that its cache is cold" if head.cached else ""
    why = f"{head.why}; {now}, but {dearer.spec.ref} would cost more{cold}"
    return [replace(head, why=why), *others]


def path(
    head: Candidate, others: Sequence[Candidate], costs: CostSettings, good: Good
) -> list[Candidate]:
    """The steps down from a model: as the user wrote them, else the best of those that are good
    enough and not better, best first."""
    written = next(
        (names for name, names in costs.downgrade_paths.items() if named(name, head.spec.ref)), None
    )
    if written is not None:
        return [one for name in written for one in others if named(name, one.spec.ref)]
    top = head.spec.quality
    below = [
        one
        for one in others
        if good(one) and (top is None or one.spec.quality is None or one.spec.quality <= top)
    ]
    return sorted(below, key=lambda one: -(one.spec.quality or 0.0))


def named(name: str, ref: ModelRef) -> bool:
    """Whether a name the user wrote means this model."""
    provider, model = ref.provider, ref.model
    if not name.endswith(model):
        return False
    rest = len(name) - len(model)
    return not rest or (
        rest == len(provider) + 1 and name[rest - 1] in "/:" and name.startswith(provider)
    )


def _passed(
    candidate: Candidate, bounds: Sequence[Spending], request_limit: NanoUsd | None
) -> str | None:
    """The limit a call might pass at its worst, in words; None when it fits all of them."""
    worst = candidate.worst or 0
    if not worst:
        return None
    if request_limit is not None and worst > request_limit:
        return f"the per-request limit of {show(request_limit)}"
    for one in bounds:
        over = one.spent + one.held + worst - one.limit.amount
        if over > 0:
            return f"the {one.limit.label} limit by {show(NanoUsd(over))}"
    return None
