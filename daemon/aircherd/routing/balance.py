"""In which order equals are asked: endpoints of one pool, or providers of one plan. Pure.

A strategy sees the members in the user's order and gives all of them back in the order to ask; it
never decides whether a member may be asked at all. Others can be brought in by an entry point of
the group `aircher.strategies`: a callable of the same shape, used only when the user's own file
names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of several that could answer, as far as balancing is concerned."""

    name: str
    occupied: int = 0
    """Requests it is answering."""
    failures: int = 0
    """In a row."""
    last_used: float | None = None
    """Monotonic instant; None before the first use."""
    latency_ms: float | None = None
    """Median time to the first text; None before the first answer."""
    cost: int | None = None
    """What this request will probably cost there, in nano-dollars; None when unknown."""


Strategy = Callable[[Sequence[Member], int, float], Sequence[Member]]
"""(members in the user's order, how many requests came before, a roll in [0, 1)) → order."""


def primary_with_fallback(members: Sequence[Member], turn: int, roll: float) -> Sequence[Member]:
    """The user's order; later ones only when earlier ones fail."""
    return members


def round_robin(members: Sequence[Member], turn: int, roll: float) -> Sequence[Member]:
    """Each in turn. Whoever failed last goes behind the others."""
    start = turn % len(members) if members else 0
    turned = [*members[start:], *members[:start]]
    return sorted(turned, key=lambda member: member.failures > 0)


def least_busy(members: Sequence[Member], turn: int, roll: float) -> Sequence[Member]:
    """Fewest requests under way; among equals whoever has rested longest."""
    return sorted(
        members,
        key=lambda m: (m.failures > 0, m.occupied, -1.0 if m.last_used is None else m.last_used),
    )


def latency_weighted(members: Sequence[Member], turn: int, roll: float) -> Sequence[Member]:
    """Quick ones more often, by the inverse of their median; a new one is taken for as quick as the
    quickest, so that it gets a try."""
    known = [m.latency_ms for m in members if m.latency_ms is not None]
    usual = min(known) if known else 1.0
    return _drawn(
        members,
        [1.0 / max(1.0, m.latency_ms if m.latency_ms is not None else usual) for m in members],
        roll,
    )


def cost_weighted(members: Sequence[Member], turn: int, roll: float) -> Sequence[Member]:
    """Cheap ones more often, by the inverse of the price; free ones always before paid ones.

    Those of unknown price come last and take turns: replicas and keys cost the same, unknown here.
    """
    free = [m for m in members if m.cost == 0]
    paid = [m for m in members if m.cost]
    unknown = [m for m in members if m.cost is None]
    drawn = _drawn(paid, [1.0 / (m.cost or 1) for m in paid], roll)
    return [*round_robin(free, turn, roll), *drawn, *round_robin(unknown, turn, roll)]


PRIMARY = "primary-with-fallback"
STRATEGIES: Mapping[str, Strategy] = {
    PRIMARY: primary_with_fallback,
    "round-robin": round_robin,
    "least-busy": least_busy,
    "latency-weighted": latency_weighted,
    "cost-weighted": cost_weighted,
}


def whole(name: str, members: Sequence[Member], cost: int | None) -> Member:
    """Several endpoints as the one provider they are."""
    used = [m.last_used for m in members if m.last_used is not None]
    quick = [m.latency_ms for m in members if m.latency_ms is not None]
    return Member(
        name=name,
        occupied=sum(m.occupied for m in members),
        failures=min((m.failures for m in members), default=0),
        last_used=max(used, default=None),
        latency_ms=min(quick, default=None),
        cost=cost,
    )


def checked(strategy: Strategy, members: Sequence[Member], turn: int, roll: float) -> list[Member]:
    """A strategy's order, made whole: each member once, whatever a stranger's strategy gave."""
    try:
        given = list(strategy(tuple(members), turn, roll))
    except Exception:
        given = []
    known = {member.name: member for member in members}
    order: dict[str, Member] = {}
    for one in given:
        if isinstance(one, Member) and one.name in known:
            order.setdefault(one.name, known[one.name])
    return [*order.values(), *(m for m in members if m.name not in order)]


def _drawn(members: Sequence[Member], weights: Sequence[float], roll: float) -> Sequence[Member]:
    """One member drawn by weight comes first, the others follow by weight; failed ones last."""
    if not members:
        return []
    point = roll * sum(weights)
    drawn = members[-1]
    for member, weight in zip(members, weights, strict=True):
        point -= weight
        if point < 0:
            drawn = member
            break
    by_weight = sorted(zip(members, weights, strict=True), key=lambda pair: -pair[1])
    order = [drawn, *(member for member, _ in by_weight if member is not drawn)]
    return sorted(order, key=lambda member: member.failures > 0)
