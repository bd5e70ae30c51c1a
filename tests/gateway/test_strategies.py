"""The user's strategy over the providers of a plan, and strategies that others bring."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aircherd import strategies
from aircherd.core.clock import SystemClock
from aircherd.core.plan import Plan
from aircherd.core.settings import ProviderSettings
from aircherd.furnishing import furnish
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
