"""What a choice of model takes: `python tests/bench/selecting.py`, or as a part of `make bench`.

By the number of models weighed, against sorting as many pairs; and what is kept of each choice.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from aircherd.core.books import Limit, Period, Spending
from aircherd.core.catalog import Capability, ModelRef, ModelSpec, ProviderState
from aircherd.core.money import NanoUsd, PicoUsd, Price
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.routing.expecting import Known, Pace, Usual, Warm
from aircherd.routing.replay import packed, replayed
from aircherd.routing.selector import Need, Offer, select

SIZES = (10, 50, 500)
PROVIDERS = 12


def weighed(count: int) -> tuple[list[Offer], list[ProviderState], Known]:
    """Models of a dozen providers with prices, tiers, qualities, history, and limits in force."""
    chance = random.Random(7)
    offers, models, paces = [], {}, {}
    for number in range(count):
        ref = ModelRef(f"p{number % PROVIDERS}", f"vendor/model-{number}")
        inside = PicoUsd(chance.randrange(50_000, 15_000_000))
        base = Price(version="bench", input=inside, output=PicoUsd(inside * 4), cache_read=inside)
        price = Price(
            version="bench",
            input=inside,
            output=PicoUsd(inside * 4),
            cache_read=PicoUsd(inside // 10),
            tiers=((200_000, base),) if number % 3 == 0 else (),
        )
        spec = ModelSpec(
            ref=ref,
            local=False,
            context=128_000,
            price=price,
            quality=chance.random(),
            capabilities=frozenset(Capability),
        )
        offers.append(Offer(spec=spec))
        paces[str(ref)] = Pace(
            answers=20, first_ms=chance.randrange(100, 4_000), token_ms=chance.random() * 20
        )
        models[str(ref)] = Usual(answers=20, output=chance.randrange(50, 4_000), cached=0.3)
    states = [ProviderState(name=f"p{n}", local=False, usable=True) for n in range(PROVIDERS)]
    now = datetime.now(UTC)
    day = Period(key="day:x", start=now, end=now)
    scopes = ("all", "task:code_review", "provider:p0", "model:p0/vendor/model-0", "workspace:/w")
    standing = tuple(
        Spending(
            limit=Limit(scope=scope, period=day, amount=NanoUsd(10**9), label=scope),
            spent=NanoUsd(850_000_000),
            held=NanoUsd(0),
        )
        for scope in scopes
    )
    return offers, states, Known(models=models, standing=standing, paces=paces)


def median_ms(work: Callable[[], object], times: int = 15) -> float:
    """Median processor time of a call in milliseconds: it is the same on a machine that is busy."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append((time.process_time() - began) * 1_000)
    return statistics.median(took)


def selecting() -> None:
    """Prints everything."""
    print("selection        sort    select      pack    replay   kept (processor time)")
    settings = Settings(fallback_order=tuple(f"p{n}" for n in range(PROVIDERS)))
    for count in SIZES:
        offers, states, known = weighed(count)
        need = Need(
            detection=Detection(task=TaskKind.CODE_REVIEW, confidence=1.0),
            prompt_bytes=30_000,
            shrinkable=True,
            max_output=4_000,
            workspace="/w",
            warm=Warm(ref=offers[0].spec.ref, tokens=4_000),
        )
        pairs = [(offer.spec.quality or 0.0, str(offer.spec.ref)) for offer in offers]
        plan = select(need, offers, states, settings, known)
        text = packed(plan, need, offers, states, settings, known)
        floor = median_ms(lambda p=pairs: [sorted(p) for _ in range(100)]) / 100
        took = median_ms(lambda n=need, o=offers, s=states, k=known: select(n, o, s, settings, k))
        kept = median_ms(
            lambda p=plan, n=need, o=offers, s=states, k=known: packed(p, n, o, s, settings, k)
        )
        again = median_ms(lambda t=text: replayed(t))
        print(
            f"{count:4d} models {floor:7.3f}  {took:8.2f}  {kept:8.2f}  {again:8.2f}  ms"
            f" {len(text):5d} B   select {took / floor:6.0f} x sorting"
        )


if __name__ == "__main__":
    selecting()
