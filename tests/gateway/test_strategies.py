"""The user's strategy over the providers of a plan, and strategies that others bring."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd import strategies
from aircherd.core.plan import Plan

from .parts import SETTINGS, Heard, answers, candidate, job, yard


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[None]:
    """An installed package with one strategy that works and one that does not import."""
    home = tmp_path / "site"
    (home / "lastfirst-1.dist-info").mkdir(parents=True)
    (home / "lastfirst.py").write_text(
        "def order(members, turn, roll):\n    return members[::-1]\n", "utf-8"
    )
    (home / "lastfirst-1.dist-info" / "METADATA").write_text("Name: lastfirst\nVersion: 1\n")
    (home / "lastfirst-1.dist-info" / "entry_points.txt").write_text(
        f"[{strategies.GROUP}]\nlast-first = lastfirst:order\nbroken = lastfirst:missing\n"
    )
    sys.path.insert(0, str(home))
    strategies.named.cache_clear()
    yield
    sys.path.remove(str(home))
    sys.modules.pop("lastfirst", None)
    strategies.named.cache_clear()


def test_a_strangers_strategy_comes_by_its_entry_point(stranger: None) -> None:
    assert "lastfirst" not in sys.modules, "its code waits until it is named"
    found = strategies.named("last-first")
    assert found is not None
    assert strategies.named("broken") is None
    assert strategies.named("nobody") is None


async def test_round_robin_over_providers(tmp_path: Path) -> None:
    scripts = {"a": answers, "b": answers, "c": answers}
    settings = replace(SETTINGS, strategy="round-robin")
    async with yard(tmp_path, scripts, settings=settings, local=False) as house:
        seen: Counter[str] = Counter()
        for _ in range(9):
            asked = job("a", "b", "c")
            asked = replace(asked, plan=house.gateway.fleet.balanced(asked.plan))
            reply = await house.gateway.run(asked, Heard())
            seen[reply.candidate.spec.ref.provider] += 1
        assert seen == {"a": 3, "b": 3, "c": 3}


async def test_models_that_were_named_stay_where_they_are(tmp_path: Path) -> None:
    settings = replace(SETTINGS, strategy="round-robin")
    async with yard(tmp_path, {"a": answers, "b": answers}, settings=settings) as house:
        house.gateway.fleet.operations = 1
        plan: Plan = replace(job("a", "b").plan, requested="a/m")
        assert house.gateway.fleet.balanced(plan) == plan
        pressed = replace(job("a", "b").plan, pressed=True)
        for _ in range(4):
            assert house.gateway.fleet.balanced(pressed) == pressed, "a limit decided it"
        turned = house.gateway.fleet.balanced(job("a", "b").plan)
        assert turned.candidates == (candidate("b"), candidate("a"))
