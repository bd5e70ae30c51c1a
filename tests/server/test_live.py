"""What editors are told of money: the limit that is nearest, and nothing made up without books."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from aircherd.core.books import Spending
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import NanoUsd, usd
from aircherd.core.settings import Cap, CostSettings, Settings
from aircherd.core.tasks import TaskKind
from aircherd.server.live import live
from conftest import FakeClock

COSTS = CostSettings(
    daily_limit=usd(2), monthly_budget=usd(10), alert_threshold=0.8, alert_thresholds=(0.95,)
)


class Books:
    def __init__(self, spent: str, held: str = "0") -> None:
        self.spent, self.held = usd(spent), usd(held)

    async def days(self, period: str) -> Any:
        return [SimpleNamespace(totals=SimpleNamespace(cost=self.spent))]

    async def spending(self, limits: Any) -> Any:
        return tuple(Spending(limit=one, spent=self.spent, held=self.held) for one in limits)


class Broken(Books):
    async def days(self, period: str) -> Any:
        raise LedgerUnavailable("gone")


def house(books: Books, costs: CostSettings, clock: FakeClock, asking: int = 1) -> Any:
    async def today() -> NanoUsd | None:
        return None if isinstance(books, Broken) else books.spent

    return SimpleNamespace(
        settings=Settings(costs=costs),
        desk=SimpleNamespace(clock=clock, gateway=SimpleNamespace(newest=TaskKind.SUMMARIES)),
        books=books,
        asking=lambda: asking,
        in_flight=lambda: asking,
        last_model="p/m",
        last_cost=usd("0.01"),
        spent=usd("0.5"),
        today=today,
    )


@pytest.mark.parametrize(
    ("spent", "held", "costs", "state", "label"),
    [
        ("0.1", "0", COSTS, "ok", "daily"),
        ("1.6", "0", COSTS, "near", "daily"),
        ("1.5", "0.1", COSTS, "near", "daily"),
        ("2", "0", COSTS, "reached", "daily"),
        ("0.1", "0", CostSettings(), "none", None),
        ("0", "0", CostSettings(caps=(Cap(scope="all", every="week", amount=NanoUsd(0)),)),
         "reached", "weekly"),
    ],
)  # fmt: skip
async def test_the_nearest_limit_is_told(
    clock: FakeClock, spent: str, held: str, costs: CostSettings, state: str, label: str | None
) -> None:
    told = await live(house(Books(spent, held), costs, clock))
    assert told.limit_state == state
    assert (None if told.limit is None else told.limit.label) == label
    assert (told.busy, told.task, told.model) == (True, "summaries", "p/m")
    assert told.session is not None
    assert told.session.nano_usd == usd("0.5")
    assert told.month is not None
    assert told.month.nano_usd == usd(spent)


async def test_without_books_nothing_is_made_up(clock: FakeClock) -> None:
    told = await live(house(Broken("1"), COSTS, clock, asking=0))
    assert told.limit_state == "unknown"
    assert told.limit is None
    assert told.today.nano_usd is None
    assert told.month is not None
    assert told.month.nano_usd is None
    assert (told.busy, told.task) == (False, None)
