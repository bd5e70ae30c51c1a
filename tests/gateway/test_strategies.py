"""The user's strategy over the providers of a plan, and strategies that others bring."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd import spreading, strategies
from aircherd.core.catalog import ModelRef
from aircherd.core.clock import SystemClock
from aircherd.core.money import NanoUsd
from aircherd.core.plan import POOLED, Candidate, Plan
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.core.tasks import TaskKind
from aircherd.furnishing import furnish
from aircherd.routing.balance import STRATEGIES
from aircherd.spreading import equals, spread
from fakes.scripted import far_side

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


def test_a_name_that_is_no_strategy_is_said(stranger: None, tmp_path: Path) -> None:
    written = {
        name: ProviderSettings(name=name, base_url="http://127.0.0.1:9/v1", balance=balance)
        for name, balance in (("one", "last-first"), ("two", "broken"), ("three", "least-busy"))
    }
    settings = replace(SETTINGS, strategy="roundest-robin", providers=written)
    made = furnish(settings, {}, {}, SystemClock(), lambda _: None, online=lambda: True)
    said = [one.message for one in made.problems]
    assert len(said) == 2
    assert said[0].startswith("providers.strategy: there is no strategy 'roundest-robin'; use ")
    assert said[1].startswith("providers.two.balance: there is no strategy 'broken'; use ")
    assert all("least-busy" in one for one in said)


@pytest.mark.parametrize(
    ("balance", "wanted"), [(None, "one one one one"), ("round-robin", "one two one two")]
)
async def test_keys_of_one_provider_take_turns_where_the_user_wants_that(
    balance: str | None, wanted: str
) -> None:
    async with far_side(answers) as far:
        written = ProviderSettings(
            name="acme", base_url=far.base, balance=balance, key_variable="ONE",
            spare_key_variables=("TWO",), models=("m",), fetch_models=True,
        )  # fmt: skip
        settings = replace(SETTINGS, providers={"acme": written})
        environ = {"ONE": "key-one", "TWO": "key-two"}
        made = furnish(settings, environ, {}, SystemClock(), lambda _: None, online=lambda: True)
        acme = made.providers["acme"]
        for _ in range(4):
            await acme.health()
        used = [exchange.head.partition(b"Bearer key-")[2][:3].decode() for exchange in far.seen]
        for provider in made.providers.values():
            await provider.aclose()
    assert " ".join(used) == wanted


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


def pooled(model: str, cost: int | None, takes: int | None = None, at: str = "a") -> Candidate:
    plain = candidate(at)
    spec = replace(plain.spec, ref=ModelRef(at, model))
    expected = None if cost is None else NanoUsd(cost)
    return replace(plain, spec=spec, expected=expected, takes_ms=takes)


def drawn(plan: Plan, balance: str | None, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Who comes first, over as many rolls of a die as make every share a whole number."""
    written = ProviderSettings(name="a", base_url="http://a", pool=("m", "n"), balance=balance)
    settings = replace(SETTINGS, providers={"a": written})
    first: Counter[str] = Counter()
    for turn in range(400):
        monkeypatch.setattr(spreading.random, "random", lambda at=turn: at / 400)
        turned = spread(plan, settings, lambda _: [], STRATEGIES.get, turn)
        assert [one.spec.ref.provider for one in turned.candidates] == ["a", "b", "a", "a"]
        assert turned.candidates[3] == plan.candidates[3], "no member of the pool"
        wanted = f"test{POOLED}a, {balance}"
        assert [one.why for one in turned.candidates] == [wanted, "test", wanted, "test"]
        assert turned.turned == f"spread a {balance}"
        assert {one.spec for one in turned.candidates} == {one.spec for one in plan.candidates}
        first[turned.candidates[0].spec.ref.model] += 1
    return first


def test_models_of_a_pool_go_by_what_this_request_costs_or_takes_at_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = pooled("x", 1, at="b"), pooled("n", 300, 900), pooled("o", 1)
    plan = replace(job("a").plan, candidates=(pooled("m", 100, 2_700), *others))
    assert drawn(plan, "cost-weighted", monkeypatch) == {"m": 300, "n": 100}
    assert drawn(plan, "latency-weighted", monkeypatch) == {"m": 100, "n": 300}
    assert drawn(plan, "round-robin", monkeypatch) == {"m": 200, "n": 200}
    assert drawn(plan, "primary-with-fallback", monkeypatch) == {"m": 400}
    unknown = replace(job("a").plan, candidates=(pooled("m", None), *others))
    assert drawn(unknown, "cost-weighted", monkeypatch) == {"n": 400}, "unknown is not free"


def test_a_pool_is_left_as_it_is_where_a_model_was_named_or_a_limit_decided() -> None:
    written = ProviderSettings(name="a", base_url="http://a", pool=("m", "n"), balance="last-first")
    settings = replace(SETTINGS, providers={"a": written})
    plan = replace(job("a").plan, candidates=(pooled("m", 1), pooled("n", 2)))

    def turned(plan: Plan, settings: Settings = settings) -> Plan:
        known = {"last-first": lambda members, turn, roll: members[::-1]}
        return spread(plan, settings, lambda _: [], known.get, 0)

    assert [one.spec.ref.model for one in turned(plan).candidates] == ["n", "m"]
    named = replace(settings, task_models={TaskKind.QUICK_QUESTIONS: ("a/m",)})
    for left in (replace(plan, requested="a/m"), replace(plan, pressed=True)):
        assert turned(left) == left
    assert turned(plan, named) == plan
    alone = replace(plan, candidates=(pooled("m", 1), pooled("x", 1)))
    assert turned(alone) == alone, "the other one may not answer this"


def test_equals_are_those_of_the_pool_that_was_spread() -> None:
    written = ProviderSettings(name="a", base_url="http://a", pool=("m", "n"))
    settings = replace(SETTINGS, providers={"a": written})
    others = pooled("x", 1, at="b"), pooled("n", 2), pooled("o", 1)
    plan = replace(job("a").plan, candidates=(pooled("m", 1), *others))
    spread_out = spread(plan, settings, lambda _: (), strategies.named, 0).candidates
    first, *behind = spread_out
    assert [one.spec.ref.model for one in equals(first, behind)] == [behind[1].spec.ref.model]
    assert equals(plan.candidates[0], plan.candidates[1:]) == (), "as it was not spread"
    assert equals(behind[0], spread_out) == ()


async def test_a_model_of_a_pool_is_busy_by_itself(tmp_path: Path) -> None:
    async with yard(tmp_path, {"a": answers}, local=False) as house:
        fleet = house.gateway.fleet
        written = replace(house.settings.providers["a"], pool=("m", "n"))
        settings = replace(house.settings, providers={"a": written})
        plan = replace(job("a").plan, candidates=(pooled("m", 1), pooled("n", 2)))

        def first() -> str:
            ends = [end for end, _ in fleet.endpoints("a")]
            turned = spread(plan, settings, lambda _: ends, STRATEGIES.get, 0)
            return turned.candidates[0].spec.ref.model

        assert first() == "m"
        how = {"client": "c", "task": TaskKind.DEFAULT, "tokens": 1, "others": False}
        until = house.clock.monotonic() + 60
        seats = [
            await fleet.take("a", model, deadline=until, **how)  # type: ignore[arg-type]
            for model in ("m", "m", "n")
        ]
        assert first() == "n", "the fewest under way, though it was used last"
        for seat in seats[:2]:
            fleet.leave(seat)
        assert first() == "m"
        fleet.leave(seats[2])
        fleet.leave(await fleet.take("a", "m", deadline=until, **how))  # type: ignore[arg-type]
        assert first() == "n", "it has rested longest"
