"""Who answers, and why: a pure function, so tables say it all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aircherd.core.catalog import ModelRef, ModelSpec, ProviderState
from aircherd.core.money import FREE_LOCAL, Price, per_million
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.routing.selector import Need, Offer, select


def price(amount: str) -> Price:
    return Price(version="t", input=per_million(amount), output=per_million(amount))


def offer(ref: str, quality: float | None, cost: str | None, *, local: bool = False) -> Offer:
    provider, _, model = ref.partition("/")
    known = FREE_LOCAL if local else None if cost is None else price(cost)
    spec = ModelSpec(
        ref=ModelRef(provider, model), local=local, context=32_000, price=known, quality=quality
    )
    return Offer(spec=spec)


OFFERS = (
    offer("openai/luna", 0.62, "0.1"),
    offer("openai/terra", 0.8, "1"),
    offer("groq/oss", 0.66, "0.05"),
    offer("ollama/qwen", 0.58, None, local=True),
    offer("ollama/tiny", 0.2, None, local=True),
    offer("openai/new", 0.9, None),
)
STATES = tuple(
    ProviderState(name=name, local=name == "ollama", usable=True)
    for name in ("openai", "groq", "ollama")
)


def need(task: TaskKind = TaskKind.COMMIT_MESSAGES, **more: object) -> Need:
    base = Need(
        detection=Detection(task=task, confidence=1.0),
        prompt_bytes=8_000,
        shrinkable=True,
        max_output=500,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def order(plan_need: Need, settings: Settings | None = None) -> list[str]:
    plan = select(plan_need, OFFERS, STATES, settings or Settings())
    return [str(c.spec.ref) for c in plan.candidates]


def test_the_cheapest_good_enough_comes_first() -> None:
    assert order(need())[0] == "ollama/qwen"
    assert order(need(TaskKind.CODE_REVIEW))[0] == "openai/terra"


def test_from_this_machine_to_a_company_only_when_named() -> None:
    assert all(ref.startswith("ollama/") for ref in order(need()))
    allowed = order(need(), Settings(fallback_order=("groq",)))
    assert "groq/oss" in allowed
    assert not any(ref.startswith("openai/") for ref in allowed)


def test_one_company_and_this_machine() -> None:
    found = order(need(TaskKind.CODE_REVIEW))
    assert {ref.split("/")[0] for ref in found} == {"openai", "ollama"}


def test_the_users_own_choice_wins() -> None:
    chosen = Settings(task_models={TaskKind.COMMIT_MESSAGES: ("openai/terra", "groq/oss")})
    assert order(need(), chosen)[0] == "openai/terra"
    assert order(need(requested="groq:oss")) == ["groq/oss"]


def test_no_price_no_call() -> None:
    plan = select(need(), OFFERS, STATES, Settings())
    (refusal,) = [r for r in plan.refused if r.model == "new"]
    assert "price is unknown" in refusal.why


def test_local_only_and_allow_lists_narrow() -> None:
    assert all(r.startswith("ollama") for r in order(need(), Settings(egress="local")))
    assert all(r.startswith("groq") for r in order(need(), Settings(allow=("groq",))))


@pytest.mark.parametrize("shrinkable", [True, False])
def test_a_window_too_small_is_refused(shrinkable: bool) -> None:
    found = order(need(prompt_bytes=500_000, shrinkable=shrinkable))
    assert bool(found) is shrinkable


def test_the_same_inputs_give_the_same_plan() -> None:
    first = select(need(), OFFERS, STATES, Settings())
    assert select(need(), OFFERS[::-1], STATES[::-1], Settings()).candidates == first.candidates
