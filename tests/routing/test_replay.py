"""A choice stored is a choice told again: replay equals what was chosen, whatever was weighed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircherd.core.books import Limit, Period, Spending
from aircherd.core.catalog import Capability, ModelRef, ModelSpec, ProviderState
from aircherd.core.money import FREE_LOCAL, NanoUsd, PicoUsd, Price
from aircherd.core.plan import Plan
from aircherd.core.settings import CostSettings, Settings, TaskRule
from aircherd.core.tasks import Detection, TaskKind
from aircherd.routing.escalation import STEPS, escalated
from aircherd.routing.expecting import Known, Pace, Usual, Warm
from aircherd.routing.replay import _unpacked, packed, replayed, weighed
from aircherd.routing.selector import DECISIVE, Need, Offer, select

TASK = TaskKind.CODE_REVIEW
PROVIDERS = ("here", "one", "two", "three")
NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY = Period(key="day:2026-11-21", start=NOW, end=NOW)

amounts = st.integers(0, 10**8).map(NanoUsd)
unit = st.floats(0, 1, allow_nan=False)
picos = st.integers(1, 20_000_000).map(PicoUsd)
flat = st.builds(
    Price, version=st.just("t"), input=picos, output=picos, cache_read=st.none() | picos
)
prices = flat | st.builds(
    lambda low, high: replace(low, tiers=((2_000, high),)), low=flat, high=flat
)


@st.composite
def offers(draw: st.DrawFn) -> list[Offer]:
    found = []
    for provider in PROVIDERS:
        for number in range(draw(st.integers(0, 9))):
            local = provider == "here"
            spec = ModelSpec(
                ref=ModelRef(provider, f"m{number}"),
                local=local,
                context=draw(st.sampled_from((None, 2_000, 200_000))),
                price=FREE_LOCAL if local else draw(st.none() | prices),
                quality=draw(st.none() | unit),
                loaded=draw(st.booleans()),
            )
            found.append(Offer(spec=spec, preferred=draw(st.booleans())))
    return found


usuals = st.builds(
    Usual,
    answers=st.integers(0, 50),
    output=st.floats(1, 9_000),
    cached=unit,
    duration_ms=st.none() | st.floats(1, 90_000),
)
refs = st.builds(lambda p, n: f"{p}/m{n}", st.sampled_from(PROVIDERS), st.integers(0, 8))
states = st.tuples(*(
    st.builds(
        ProviderState,
        name=st.just(name),
        local=st.just(name == "here"),
        usable=st.sampled_from((True, True, True, False)),
        cooling_down=st.sampled_from((0.0, 0.0, 0.0, 5.0)),
    )
    for name in PROVIDERS
))  # fmt: skip
limits = st.builds(
    lambda scope, amount, spent, held: Spending(
        limit=Limit(scope=scope, period=DAY, amount=amount, label=f"{scope} daily"),
        spent=spent,
        held=held,
    ),
    st.sampled_from(("all", f"task:{TASK}", "provider:one", "model:two/m1", "workspace:/w")),
    amounts,
    amounts,
    amounts,
)
known = st.builds(
    Known,
    task=st.none() | usuals,
    models=st.dictionaries(refs, usuals, max_size=6),
    standing=st.lists(limits, max_size=4).map(tuple),
    paces=st.dictionaries(
        refs,
        st.builds(
            Pace,
            answers=st.integers(1, 50),
            first_ms=st.floats(1, 5_000),
            token_ms=st.none() | st.floats(0, 90),
            tokens=st.none() | st.floats(1, 2_000),
        ),
        max_size=9,
    ),
)
rules = st.builds(
    TaskRule,
    request_limit=st.none() | amounts,
    per_1k=st.none() | amounts,
    quality=st.none() | unit,
    features=st.sampled_from((frozenset(), frozenset({"chat"}), frozenset({"long_context"}))),
    response_time=st.none() | st.floats(0.1, 90),
)
orders = st.lists(st.sampled_from(PROVIDERS), unique=True).map(tuple)
wishes = st.builds(
    Settings,
    prefer=st.sampled_from(("cost", "speed", "quality")),
    default=st.none() | st.sampled_from(PROVIDERS),
    fallback_order=orders,
    allow=st.none() | orders,
    egress=st.sampled_from(("any", "any", "local")),
    task_models=st.lists(refs, max_size=3).map(lambda names: {TASK: tuple(names)}),
    task_rules=st.none().map(lambda _: {}) | rules.map(lambda rule: {TASK: rule}),
    costs=st.builds(
        CostSettings,
        request_limit=st.none() | amounts,
        auto_downgrade=st.booleans(),
        alert_threshold=st.sampled_from((0.01, 0.5, 0.8)),
        unpriced_ceiling=st.none() | st.just("5"),
        downgrade_paths=st.dictionaries(refs, st.lists(refs, max_size=3).map(tuple), max_size=3),
    ),
)
needs = st.builds(
    Need,
    detection=st.just(Detection(task=TASK, confidence=0.9)),
    prompt_bytes=st.integers(0, 50_000),
    shrinkable=st.booleans(),
    max_output=st.integers(1, 20_000),
    requested=st.sampled_from((None, None, None, "one/m1", "m2")),
    workspace=st.sampled_from((None, "/w")),
    warm=st.none()
    | st.builds(
        lambda name, tokens: Warm(ref=ModelRef(*name.split("/")), tokens=tokens),
        refs,
        st.integers(0, 20_000),
    ),
)  # fmt: skip


def told(plan: Plan) -> list[object]:
    return [(c.spec.ref, c.why, c.expected, c.worst, c.cached) for c in plan.candidates[:DECISIVE]]


@settings(max_examples=40, deadline=None)
@given(needs, offers(), states, wishes, known)
def test_a_replay_is_the_stored_choice(
    need: Need,
    there: list[Offer],
    how: tuple[ProviderState, ...],
    wish: Settings,
    books: Known,
) -> None:
    plan = select(need, there, how, wish, books)
    text = packed(plan, need, there, how, wish, books)
    again = replayed(text)
    assert told(again) == told(plan)
    assert set(again.refused) <= set(plan.refused)
    assert {r for r in plan.refused if r.model is None} == {
        r for r in again.refused if r.model is None
    }
    assert weighed(text) == len(there)
    if plan.candidates[:1]:
        rejected = plan.candidates[0].spec.ref
        for _ in range(STEPS):
            up = escalated(plan, rejected)
            assert told(replayed(text, up.turned))[:1] == told(up)[:1]
            rejected = up.candidates[0].spec.ref


def test_five_hundred_models_take_little_room() -> None:
    price = Price(version="a table, 2026-11-20", input=PicoUsd(1), output=PicoUsd(2))
    many = [
        Offer(
            spec=ModelSpec(
                ref=ModelRef(f"p{number % 10}", f"model-{number}"),
                local=False,
                context=128_000,
                price=price,
                quality=number / 500,
                capabilities=frozenset(Capability),
            )
        )
        for number in range(500)
    ]
    usable = [ProviderState(name=f"p{n}", local=False, usable=True) for n in range(10)]
    need = Need(
        detection=Detection(task=TASK, confidence=1.0),
        prompt_bytes=9_000,
        shrinkable=True,
        max_output=900,
    )
    plan = select(need, many, usable, Settings())
    text = packed(plan, need, many, usable, Settings(), Known())
    assert told(replayed(text)) == told(plan)
    assert len(text) < 2_000


def test_no_other_repository_s_name_is_kept() -> None:
    need = Need(
        detection=Detection(task=TASK, confidence=1.0),
        prompt_bytes=9,
        shrinkable=True,
        max_output=9,
        workspace="/w/mine",
    )
    there = tuple(
        Spending(
            limit=Limit(scope=scope, period=DAY, amount=NanoUsd(1), label=scope),
            spent=NanoUsd(0),
            held=NanoUsd(0),
        )
        for scope in ("all", "workspace:/w/mine", "workspace:/w/secret")
    )
    books = Known(standing=there)
    plan = select(need, [], [], Settings(), books)
    kept = json.dumps(_unpacked(packed(plan, need, [], [], Settings(), books)))
    assert "/w/mine" in kept
    assert "secret" not in kept


@pytest.mark.parametrize("text", ["", "nonsense", "c-rk&x", "c$}?5F%kP}00"])
def test_what_is_not_understood_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        replayed(text)
