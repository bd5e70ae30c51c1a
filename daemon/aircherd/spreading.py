"""In which order a plan's equals are asked: its providers, and a provider's models of one pool.

Who may be asked stays as it is, and so do models that were named, for a task or outright, and an
order that a limit has decided.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aircherd.core.plan import POOLED, Candidate, Plan
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.endpoint import Endpoint
from aircherd.routing.balance import PRIMARY, STRATEGIES, Member, Strategy, checked, whole

if TYPE_CHECKING:
    from aircherd.market import Market

Endpoints = Callable[[str], Sequence[Endpoint]]
"""A provider's endpoints by its name."""
Strategies = Callable[[str], Strategy | None]


def spread(
    plan: Plan, settings: Settings, endpoints: Endpoints, strategies: Strategies, turn: int
) -> Plan:
    """The plan in the order the user's strategies want; `turn` is how many came before it."""
    if plan.pressed or plan.requested or settings.task_models.get(plan.detection.task):
        return plan
    if settings.strategy != PRIMARY:
        plan = _providers(plan, settings, endpoints, strategies, turn)
    for name, written in settings.providers.items():
        if len(written.pool) > 1:
            plan = _pool(plan, written, endpoints(name), strategies, turn)
    return plan


def equals(candidate: Candidate, others: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Those of the same pool as a candidate, where one was spread: as good as it to the user."""
    mark = f"{POOLED}{candidate.spec.ref.provider}, "
    if mark not in candidate.why:
        return ()
    return tuple(other for other in others if mark in other.why)


def unborne(settings: Settings, market: Market) -> list[str]:
    """What to say of names in pools that no model bears, as far as providers said what they have.

    Where the models are written out, the configuration says so itself (`config.pools`).
    """
    said = []
    for host in market.hosts:
        written = settings.providers.get(host.name)
        if written is None or (written.models and not written.fetch_models):
            continue
        said += [
            f"providers.{host.name}.pool names {name!r}, and no model of {host.name} is known by "
            f"that name; mend it, or add it to providers.{host.name}.models."
            for name in market.unborne(host, written.pool)
        ]
    return said


def _providers(
    plan: Plan, settings: Settings, endpoints: Endpoints, strategies: Strategies, turn: int
) -> Plan:
    strategy = strategies(settings.strategy)
    groups: dict[str, list[Candidate]] = {}
    for candidate in plan.candidates:
        groups.setdefault(candidate.spec.ref.provider, []).append(candidate)
    if strategy is None or len(groups) < 2:
        return plan
    members = [
        whole(name, [one.member() for one in endpoints(name)], group[0].expected)
        for name, group in groups.items()
    ]
    order = _ordered(strategy, members, turn)
    return plan.turn(f"spread {settings.strategy}", tuple(c for m in order for c in groups[m.name]))


def _pool(
    plan: Plan,
    written: ProviderSettings,
    ends: Sequence[Endpoint],
    strategies: Strategies,
    turn: int,
) -> Plan:
    """The plan with the models of a pool in the strategy's order, at the places they had."""
    found: Mapping[str, Candidate] = {
        one.spec.ref.model: one
        for one in plan.candidates
        if one.spec.ref.provider == written.name and one.spec.ref.model in written.pool
    }
    if len(found) < 2:
        return plan
    wanted = written.balance or "least-busy"
    strategy = strategies(wanted)
    if strategy is None:
        wanted, strategy = "least-busy", STRATEGIES["least-busy"]
    members = [_member(one, ends) for one in found.values()]
    order = iter(_ordered(strategy, members, turn))
    candidates = tuple(
        _pooled(found[next(order).name], written.name, wanted)
        if one.spec.ref.model in found and one.spec.ref.provider == written.name
        else one
        for one in plan.candidates
    )
    return plan.turn(f"spread {written.name} {wanted}", candidates)


def _pooled(candidate: Candidate, provider: str, strategy: str) -> Candidate:
    return replace(candidate, why=f"{candidate.why}{POOLED}{provider}, {strategy}")


def _member(candidate: Candidate, ends: Sequence[Endpoint]) -> Member:
    """One model as a strategy sees it: by its own figures, not those of its whole endpoint."""
    model = candidate.spec.ref.model
    lanes = [lane for end in ends if (lane := end.lanes.get(model)) is not None]
    return Member(
        name=model,
        occupied=sum(lane.in_flight for lane in lanes),
        failures=min((lane.circuit.failures + lane.circuit.trips for lane in lanes), default=0),
        last_used=max((at for lane in lanes if (at := lane.last_used) is not None), default=None),
        latency_ms=candidate.takes_ms,
        cost=candidate.expected,
    )


def _ordered(strategy: Strategy, members: Sequence[Member], turn: int) -> Sequence[Member]:
    return checked(strategy, members, turn, random.random())  # noqa: S311 - no secret
