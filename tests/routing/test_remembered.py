"""What is remembered from one choice to the next follows from the very same values, or is made
anew: whatever changes, a choice and what is kept of it are those of now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aircherd.core.catalog import ModelRef, ModelSpec, ProviderState
from aircherd.core.money import NanoUsd, PicoUsd, Price
from aircherd.core.plan import Plan
from aircherd.core.settings import CostSettings, Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.routing.budget import every_limit, periods_for
from aircherd.routing.expecting import Known, Usual
from aircherd.routing.periods import day, month, present, week
from aircherd.routing.replay import packed, replayed, weighed
from aircherd.routing.selector import Need, Offer, select

NEED = Need(
    detection=Detection(task=TaskKind.CODE_REVIEW, confidence=1.0),
    prompt_bytes=900,
    shrinkable=False,
    max_output=4_000,
)


def offered(provider: str, price: int) -> Offer:
    one = Price(version="t", input=PicoUsd(price), output=PicoUsd(price))
    return Offer(
        spec=ModelSpec(ref=ModelRef(provider, "m"), local=False, price=one, context=90_000)
    )


OFFERS = (offered("one", 1_000), offered("two", 2_000), offered("three", 3_000))
STATES = tuple(ProviderState(name=n, local=False, usable=True) for n in ("one", "two", "three"))
MODELS: dict[str, Usual] = {}
FIRST: dict[str, Any] = {
    "need": NEED,
    "offers": OFFERS,
    "states": STATES,
    "settings": Settings(fallback_order=("one", "two", "three")),
    "known": Known(models=MODELS),
}


def told(plan: Plan) -> list[tuple[object, ...]]:
    return [(c.spec.ref, c.why, c.expected, c.worst) for c in plan.candidates]


@pytest.mark.parametrize(
    "change",
    [
        {"offers": (*OFFERS[1:], offered("one", 9_000))},
        {"offers": (*OFFERS[:2], offered("three", 4_000))},
        {"states": (replace(STATES[0], usable=False, why_not="no key"), *STATES[1:])},
        {"states": (replace(STATES[0], cooling_down=7.0), *STATES[1:])},
        {"settings": Settings(fallback_order=("one", "two", "three"), default="three")},
        {"settings": Settings(fallback_order=("one", "two", "three"), default="one")},
        {"known": Known(models={"one/m": Usual(answers=40, output=20.0)})},
        {"known": Known(task=Usual(answers=40, output=3.0), models=MODELS)},
        {"need": replace(NEED, prompt_bytes=1_800)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_choice_and_what_is_kept_of_it_are_of_now(change: dict[str, Any]) -> None:
    for having in (FIRST, {**FIRST, **change}, FIRST):
        plan = select(*having.values())
        text = packed(plan, *having.values())
        assert told(replayed(text)) == told(plan)
        assert weighed(text) == 3
    assert told(select(*{**FIRST, **change}.values())) != told(select(*FIRST.values()))


def test_limits_follow_settings_and_day() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    costs = CostSettings(daily_limit=NanoUsd(5), zone="UTC")
    once = every_limit(costs, now=now)
    assert every_limit(costs, now=now + timedelta(hours=1)) is once
    tomorrow = every_limit(costs, now=now + timedelta(days=1))
    assert tomorrow[0].period.key == "day:2026-11-22"
    assert every_limit(replace(costs, daily_limit=NanoUsd(6)), now=now)[0].amount == 6
    assert every_limit(costs, now=now) == once


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"])
def test_periods_are_the_same_at_every_border(zone: str) -> None:
    at = datetime(2011, 12, 28, tzinfo=UTC)
    made: tuple[Callable[[datetime, str], object], ...] = (day, week, month)
    for _ in range(300):
        at += timedelta(minutes=29, seconds=59)
        assert present(at, zone) == tuple(one(at, zone) for one in made)
    before = at - timedelta(days=40)
    assert periods_for(CostSettings(zone=zone), now=before)[0] == day(before, zone)
