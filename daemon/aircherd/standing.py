"""How endpoints are doing, for people and for `aircher/providers`. Reading changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from aircherd.endpoint import Endpoint
from aircherd.routing.circuit import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one endpoint is doing, for people. Times in milliseconds and seconds; None: unknown."""

    name: str
    state: State
    cooling: float
    in_flight: int
    waiting: int
    most: int | None
    """Requests it is given at once; None for no limit."""
    answers: int
    failures: int
    last_used_ago: float | None
    first_p50: int | None
    first_p90: int | None
    first_p99: int | None
    last_error: str | None
    last_error_ago: float | None
    requests_left: int | None
    tokens_left: int | None


def standing(endpoint: Endpoint, now: float) -> Standing:
    """How one endpoint is doing at a monotonic instant."""
    circuit = endpoint.circuit
    lanes = endpoint.lanes.values()
    asleep = [lane.circuit for lane in lanes if lane.circuit.cooling(now)]
    if not circuit.cooling(now) and asleep and len(asleep) == len(lanes):
        circuit = min(asleep, key=lambda one: one.open_until)
    last, used = endpoint.circuit.last_error_at, endpoint.last_used
    buckets = [*(lane.allowance for lane in lanes), endpoint.written]
    requests = [n for one in buckets if (n := one.left("requests", now)) is not None]
    tokens = [n for one in buckets if (n := one.left("tokens", now)) is not None]
    return Standing(
        name=endpoint.name,
        state=circuit.state(now),
        cooling=circuit.cooling(now),
        in_flight=endpoint.in_flight,
        waiting=len(endpoint.queue),
        most=endpoint.limit(),
        answers=endpoint.answers,
        failures=endpoint.failures,
        last_used_ago=None if used is None else now - used,
        first_p50=percentile(endpoint.firsts, 50),
        first_p90=percentile(endpoint.firsts, 90),
        first_p99=percentile(endpoint.firsts, 99),
        last_error=endpoint.circuit.last_error,
        last_error_ago=None if last is None else now - last,
        requests_left=min(requests, default=None),
        tokens_left=min(tokens, default=None),
    )


def percentile(values: Sequence[int], percent: int) -> int | None:
    """One percentile of what was measured; None of nothing."""
    if not values:
        return None
    if len(values) == 1:
        return values[0]
    return round(quantiles(values, n=100, method="inclusive")[percent - 1])
