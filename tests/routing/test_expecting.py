"""What a call will probably cost, by tables: history, cache, cliffs, limits, rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircherd.core.books import Limit, Period, Spending
from aircherd.core.catalog import Capability, ModelRef, ModelSpec, ProviderState
from aircherd.core.chat import Usage
from aircherd.core.money import FREE_LOCAL, NanoUsd, Price, per_million, usd
from aircherd.core.plan import Candidate, Plan
from aircherd.core.settings import CostSettings, Settings, TaskRule
from aircherd.core.tasks import Detection, TaskKind
from aircherd.routing.estimate import likely
from aircherd.routing.expecting import (
    FLOOR,
    Known,
    Pace,
    Usual,
    Warm,
    cached_tokens,
    expected_cost,
    left_warm,
    output_tokens,
)
from aircherd.routing.needs import NEEDS
from aircherd.routing.selector import Need, Offer, select

TASK = TaskKind.CODE_REVIEW
BIG, SMALL = ModelRef("one", "big"), ModelRef("one", "small")
PROMPT = 33_000
TOKENS = likely(PROMPT)


def price(inside: str, out: str, read: str | None = None) -> Price:
    cached = None if read is None else per_million(read)
    return Price(version="t", input=per_million(inside), output=per_million(out), cache_read=cached)


def usual(answers: int, output: float, cached: float = 0.0, seconds: float | None = None) -> Usual:
    took = None if seconds is None else seconds * 1_000
    return Usual(answers=answers, output=output, cached=cached, duration_ms=took)


@pytest.mark.parametrize(
    ("task", "model", "tokens"),
    [
        (None, None, 1_000),
        (None, usual(FLOOR - 1, 9_000), 1_000),
        (None, usual(10, 2_000), 1_500),
        (None, usual(90, 2_000), 1_900),
        (usual(10, 2_000), None, 1_500),
        (usual(10, 2_000), usual(FLOOR - 1, 1), 1_500),
        (usual(10, 2_000), usual(10, 500), 1_000),
        (usual(10_000, 0.0), usual(10_000, 0.0), 1),
    ],
)
def test_the_answer_s_length_follows_history_with_a_prior_and_a_floor(
    task: Usual | None, model: Usual | None, tokens: int
) -> None:
    assert output_tokens(1_000, task, model) == tokens


@pytest.mark.parametrize(
    ("ref", "model", "warm", "cached"),
    [
        (BIG, None, None, 0),
        (BIG, usual(30, 1, cached=0.8), None, 6_000),
        (BIG, usual(FLOOR - 1, 1, cached=0.8), None, 0),
        (BIG, None, Warm(ref=BIG, tokens=7_000), 7_000),
        (BIG, None, Warm(ref=BIG, tokens=99_000), 10_000),
        (SMALL, usual(30, 1, cached=0.8), Warm(ref=BIG, tokens=7_000), 0),
    ],
)
def test_only_the_model_of_the_turn_before_has_a_warm_cache(
    ref: ModelRef, model: Usual | None, warm: Warm | None, cached: int
) -> None:
    assert cached_tokens(10_000, ref, model, warm) == cached


@pytest.mark.parametrize(
    ("usage", "row", "left"),
    [
        (Usage(input=5_000, output=1), None, 0),
        (Usage(input=5_000, output=1), price("1", "1"), 0),
        (Usage(input=5_000, output=1), price("1", "1", "0.1"), 5_000),
        (Usage(input=500, output=1), price("1", "1", "0.1"), 0),
        (Usage(input=1_000, output=1, cache_read=4_000), price("1", "1", "0.1"), 5_000),
        (
            Usage(input=100, output=1, cache_read=4_000, cache_write=700),
            replace(price("1", "1", "0.1"), cache_write=per_million("1.25")),
            4_700,
        ),
    ],
)
def test_what_is_left_in_a_cache(usage: Usage, row: Price | None, left: int) -> None:
    assert left_warm(usage, row) == left


def test_a_cliff_is_counted() -> None:
    row = price("1", "2")
    steep = replace(row, tiers=((10_000, price("2", "3")),))
    assert expected_cost(10_000, 0, 100, steep) == expected_cost(10_000, 0, 100, row)
    assert expected_cost(10_001, 0, 100, steep) == 10_001 * 2_000 + 100 * 3_000


def offer(ref: ModelRef, row: Price, quality: float = 0.9, **more: object) -> Offer:
    spec = ModelSpec(ref=ref, local=row is FREE_LOCAL, context=200_000, price=row, quality=quality)
    return Offer(spec=replace(spec, **more))  # type: ignore[arg-type]


def chosen(
    offers: list[Offer],
    known: Known = Known(),  # noqa: B008 - frozen
    settings: Settings = Settings(),  # noqa: B008 - frozen
    **more: object,
) -> Plan:
    need = Need(
        detection=Detection(task=TASK, confidence=1.0),
        prompt_bytes=PROMPT,
        shrinkable=True,
        max_output=4_000,
    )
    names = sorted({one.spec.ref.provider for one in offers})
    states = [ProviderState(name=name, local=name == "here", usable=True) for name in names]
    return select(replace(need, **more), offers, states, settings, known)  # type: ignore[arg-type]


def firsts(plan: Plan) -> list[str]:
    return [one.spec.ref.model for one in plan.candidates]


def test_a_model_that_thinks_long_is_dear_whatever_its_price() -> None:
    two = [offer(BIG, price("1", "4")), offer(SMALL, price("1", "3"))]
    assert firsts(chosen(two)) == ["small", "big"]
    thinks = Known(models={str(SMALL): usual(50, 3_900), str(BIG): usual(50, 400)})
    plan = chosen(two, thinks)
    assert firsts(plan) == ["big", "small"]
    output = output_tokens(NEEDS[TASK].likely_output, None, thinks.models[str(SMALL)])
    assert plan.candidates[1].expected == expected_cost(TOKENS, 0, output, price("1", "3"))


def test_a_warm_cache_outweighs_a_lower_price() -> None:
    two = [offer(BIG, price("3", "4", "0.3")), offer(SMALL, price("2", "4", "0.2"))]
    assert firsts(chosen(two)) == ["small", "big"]
    plan = chosen(two, warm=Warm(ref=BIG, tokens=TOKENS))
    assert firsts(plan) == ["big", "small"]
    assert plan.candidates[0].cached == TOKENS


NOW = datetime(2026, 11, 21, tzinfo=UTC)


def taken(spent: str, amount: str = "1", scope: str = "all", label: str = "daily") -> Spending:
    day = Period(key="day:2026-11-21", start=NOW, end=NOW)
    return Spending(
        limit=Limit(scope=scope, period=day, amount=usd(amount), label=label),
        spent=usd(spent),
        held=NanoUsd(0),
    )


LADDER = [
    offer(BIG, price("10", "40", "1"), 0.95),
    offer(ModelRef("one", "mid"), price("3", "12", "0.3"), 0.85),
    offer(SMALL, price("0.5", "2", "0.05"), 0.8),
    offer(ModelRef("one", "tiny"), price("0.1", "0.4", "0.01"), 0.3),
]
BEST = Settings(prefer="quality")


def test_far_from_a_limit_nothing_changes() -> None:
    plan = chosen(LADDER, Known(standing=(taken("0.79", "100"),)), BEST)
    assert firsts(plan) == ["big", "mid", "small", "tiny"]
    assert not plan.pressed


def test_near_a_limit_one_step_down_comes_first_and_says_its_price() -> None:
    plan = chosen(LADDER, Known(standing=(taken("85", "100"),)), BEST)
    assert firsts(plan) == ["mid", "big", "small", "tiny"]
    assert plan.pressed
    why = plan.candidates[0].why
    assert "one step down from one/big" in why
    assert "85% of the daily limit is taken" in why
    assert "$0.06 instead of $0.20" in why


def test_a_step_is_priced_with_the_cache_that_is_lost() -> None:
    """Warm, the dear model reads its prompt for a tenth; the step down reads it all anew."""
    known = Known(standing=(taken("85", "100"),), models={"one/big": usual(90, 10.0)})
    warm = Warm(ref=BIG, tokens=TOKENS)
    two = LADDER[:2]
    assert firsts(chosen(two, known, BEST)) == ["mid", "big"]
    plan = chosen(two, known, BEST, warm=warm)
    assert firsts(plan) == ["big", "mid"]
    assert "one/mid would cost more now that its cache is cold" in plan.candidates[0].why
    down = chosen(LADDER, known, BEST, warm=warm)
    assert firsts(down)[:2] == ["small", "big"]
    assert f"{TOKENS:,} cached tokens lost" in down.candidates[0].why


def test_the_user_s_own_path_is_taken() -> None:
    costs = CostSettings(downgrade_paths={"big": ("tiny", "mid")})
    plan = chosen(LADDER, Known(standing=(taken("85", "100"),)), replace(BEST, costs=costs))
    assert firsts(plan)[:2] == ["tiny", "big"]


def test_what_would_pass_a_limit_comes_last() -> None:
    """Far below the alert threshold, and yet the dear model could pass it at its worst."""
    plan = chosen(LADDER, Known(standing=(taken("0.00", "0.2"),)), BEST)
    assert firsts(plan) == ["mid", "small", "tiny", "big"]
    assert "it may pass the daily limit by $" in plan.candidates[-1].why
    assert "one/big may pass the daily limit by $" in plan.candidates[0].why


@pytest.mark.parametrize("scope", ["task:code_review", "provider:one", "model:one/big"])
def test_every_kind_of_limit_counts_for_whom_it_is(scope: str) -> None:
    plan = chosen(LADDER, Known(standing=(taken("85", "100", scope),)), BEST)
    assert firsts(plan)[0] == "mid"
    for other in ("task:summaries", "provider:two", "model:one/tiny", "workspace:/w"):
        plan = chosen(LADDER, Known(standing=(taken("85", "100", other),)), BEST)
        assert firsts(plan)[0] == "big"
    inside = Known(standing=(taken("85", "100", "workspace:/w"),))
    assert firsts(chosen(LADDER, inside, BEST, workspace="/w"))[0] == "mid"


def test_a_named_model_and_a_switched_off_downgrade_stay() -> None:
    known = Known(standing=(taken("99.99", "100"),))
    off = replace(BEST, costs=CostSettings(auto_downgrade=False))
    assert firsts(chosen(LADDER, known, off))[0] == "big"
    assert firsts(chosen(LADDER, known, BEST, requested="one/big")) == ["big"]


def test_where_nothing_fits_the_order_stays_and_the_refusal_says_why() -> None:
    known = Known(standing=(taken("100", "100"),))
    assert firsts(chosen(LADDER[:1], known, BEST)) == ["big"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 80), st.floats(0, 1)), min_size=1,
             max_size=6),
    st.integers(0, 20_000),
    st.integers(0, 120),
)  # fmt: skip
def test_near_a_limit_the_first_is_never_dearer_than_the_one_it_stands_for(
    models: list[tuple[int, int, float]], warm: int, spent: int
) -> None:
    offers = [
        offer(ModelRef("one", f"m{n}"), price(str(i), str(o), str(i / 10)), q)
        for n, (i, o, q) in enumerate(models)
    ]
    at = Warm(ref=ModelRef("one", "m0"), tokens=warm)
    before = chosen(offers, Known(), BEST, warm=at).candidates
    plan = chosen(offers, Known(standing=(taken(str(spent), "100"),)), BEST, warm=at).candidates
    assert {c.spec.ref for c in plan} == {c.spec.ref for c in before}
    if "one step down" in plan[0].why:
        assert (plan[0].expected or 0) < (before[0].expected or 0)


@pytest.mark.parametrize(
    ("rule", "left", "said"),
    [
        (TaskRule(request_limit=usd("0.1")), ["small", "tiny"], "over the $0.10 your rule allows"),
        (TaskRule(per_1k=usd("0.002")), ["small", "tiny"], "per 1,000 tokens"),
        (TaskRule(quality=0.85), ["big", "mid"], "below the 0.85"),
        (TaskRule(features=frozenset({"vision"})), [], "lacks vision"),
        (TaskRule(features=frozenset({"long_context"})), ["big", "mid", "small", "tiny"], ""),
        (TaskRule(response_time=20.0), ["mid", "small", "tiny"], "takes up to 30.0 s"),
    ],
)
def test_a_rule_for_the_task_refuses_by_name(rule: TaskRule, left: list[str], said: str) -> None:
    known = Known(models={"one/big": usual(9, 2_000, seconds=30), "one/mid": usual(2, 1, 0, 90)})
    plan = chosen(LADDER, known, replace(BEST, task_rules={TASK: rule}))
    assert firsts(plan) == left
    assert any(said in refusal.why for refusal in plan.refused) or not said
    other = replace(BEST, task_rules={TaskKind.SUMMARIES: rule})
    assert len(chosen(LADDER, known, other).candidates) == 4


def test_a_local_model_keeps_every_money_rule() -> None:
    here = offer(ModelRef("here", "m"), FREE_LOCAL, 0.1)
    rule = TaskRule(request_limit=NanoUsd(0), per_1k=NanoUsd(0))
    assert firsts(chosen([here], settings=Settings(task_rules={TASK: rule}))) == ["m"]
    assert Capability.CHAT in here.spec.capabilities
    assert isinstance(chosen([here]).candidates[0], Candidate)


def test_speed_goes_by_the_time_a_whole_answer_takes_at_the_model_s_own_pace() -> None:
    """One begins at once and is slow after that; a long answer of it takes longer."""
    paces = {
        "one/big": Pace(answers=9, first_ms=2_000, token_ms=1.0),
        "one/mid": Pace(answers=9, first_ms=100, token_ms=50.0),
    }
    quick = replace(BEST, prefer="speed")
    plan = chosen(LADDER, Known(paces=paces), quick)
    good = [one for one in plan.candidates if one.takes_ms is not None]
    assert firsts(plan)[:2] == ["big", "mid"]
    assert [one.takes_ms for one in good] == sorted(one.takes_ms or 0 for one in good)
    first_only = {name: replace(pace, token_ms=0.0) for name, pace in paces.items()}
    assert firsts(chosen(LADDER, Known(paces=first_only), quick))[:2] == ["mid", "big"]


def test_who_was_timed_by_tiny_answers_comes_last_and_by_its_first_text() -> None:
    paces = {
        "one/big": Pace(answers=9, first_ms=200, token_ms=100.0, tokens=3),
        "one/mid": Pace(answers=9, first_ms=100, token_ms=100.0, tokens=3),
    }
    quick = replace(BEST, prefer="speed")
    plan = chosen(LADDER, Known(paces=paces), quick)
    assert firsts(plan)[:2] == ["mid", "big"]
    assert all(one.takes_ms is None for one in plan.candidates), "unknown, and said so"
    slow = Pace(answers=9, first_ms=30_000, token_ms=1.0, tokens=2_000)
    plan = chosen(LADDER, Known(paces={**paces, "one/big": slow}), quick)
    assert firsts(plan)[:2] == ["big", "mid"]
    rule = replace(BEST, task_rules={TASK: TaskRule(response_time=20.0)})
    late = replace(paces["one/big"], first_ms=25_000)
    assert "big" not in firsts(chosen(LADDER, Known(paces={"one/big": late}), rule))


def test_a_rule_for_time_goes_by_the_pace_where_the_task_is_new_to_the_model() -> None:
    rule = replace(BEST, task_rules={TASK: TaskRule(response_time=20.0)})
    slow = Pace(answers=9, first_ms=25_000, token_ms=0.0)
    plan = chosen(LADDER, Known(paces={"one/big": slow}), rule)
    assert "big" not in firsts(plan)
    assert any("would take about 25.0 s" in refusal.why for refusal in plan.refused)
    young = Known(paces={"one/big": replace(slow, answers=4)})
    assert "big" in firsts(chosen(LADDER, young, rule)), "four answers are no verdict"
    known = Known(models={"one/big": usual(9, 2_000, seconds=10)}, paces={"one/big": slow})
    assert "big" in firsts(chosen(LADDER, known, rule)), "what the task itself took counts"


def test_of_those_that_fall_short_the_nearest_comes_first_however_cheap_the_rest() -> None:
    """Where nothing is good enough, the cheapest would be the worst."""
    short = [
        replace(one, spec=replace(one.spec, quality=(one.spec.quality or 0) / 2)) for one in LADDER
    ]
    plan = chosen(short, settings=replace(BEST, prefer="cost"))
    found = [one.spec.quality or 0 for one in plan.candidates]
    assert found == sorted(found, reverse=True)
