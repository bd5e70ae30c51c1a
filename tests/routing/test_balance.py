"""The strategies: each over the same members, and what a stranger's may not do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from aircherd.routing.balance import STRATEGIES, Member, checked

A = Member(name="a", occupied=3, last_used=5.0, latency_ms=100.0, cost=100)
B = Member(name="b", occupied=1, last_used=2.0, latency_ms=400.0, cost=50)
C = Member(name="c", occupied=1, last_used=1.0, latency_ms=200.0, cost=0)
ALL = (A, B, C)


def firsts(name: str, members: Sequence[Member] = ALL, rounds: int = 3_000) -> Counter[str]:
    roll = random.Random(3)
    return Counter(
        checked(STRATEGIES[name], members, turn, roll.random())[0].name for turn in range(rounds)
    )


def test_the_primary_answers_while_it_can() -> None:
    assert firsts("primary-with-fallback") == {"a": 3_000}


def test_round_robin_gives_each_the_same() -> None:
    assert firsts("round-robin") == {"a": 1_000, "b": 1_000, "c": 1_000}


def test_least_busy_takes_the_emptiest_and_longest_rested() -> None:
    assert firsts("least-busy") == {"c": 3_000}


def test_latency_weighs_by_its_inverse() -> None:
    counts = firsts("latency-weighted")
    assert counts["a"] / counts["b"] == pytest.approx(4.0, rel=0.2)
    assert counts["a"] / counts["c"] == pytest.approx(2.0, rel=0.2)


def test_cost_puts_free_ones_first_and_weighs_the_others() -> None:
    assert firsts("cost-weighted") == {"c": 3_000}
    counts = firsts("cost-weighted", (A, B))
    assert counts["b"] / counts["a"] == pytest.approx(2.0, rel=0.2)


@pytest.mark.parametrize("name", sorted(set(STRATEGIES) - {"primary-with-fallback"}))
def test_whoever_failed_comes_last(name: str) -> None:
    failed = Member(name="a", failures=2, latency_ms=1.0, cost=1)
    well = (Member(name="b", latency_ms=500.0, cost=900), Member(name="c", cost=900))
    for turn in range(12):
        assert checked(STRATEGIES[name], (failed, *well), turn, turn / 12)[-1].name == "a"


@pytest.mark.parametrize("name", sorted(STRATEGIES))
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_every_member_comes_exactly_once(name: str, count: int) -> None:
    for turn in range(5):
        order = checked(STRATEGIES[name], ALL[:count], turn, turn / 5)
        assert sorted(member.name for member in order) == ["a", "b", "c"][:count]


def test_a_strangers_strategy_can_neither_lose_nor_invent_nor_break() -> None:
    def forgetful(members: Sequence[Member], turn: int, roll: float) -> Sequence[Member]:
        return [members[1], members[1], Member(name="elsewhere")]

    def broken(members: Sequence[Member], turn: int, roll: float) -> Sequence[Member]:
        raise RuntimeError

    assert [m.name for m in checked(forgetful, ALL, 0, 0.0)] == ["b", "a", "c"]
    assert [m.name for m in checked(broken, ALL, 0, 0.0)] == ["a", "b", "c"]
