"""A hold ends exactly once, whatever comes in whatever order: the real books against a dict.

A crash is what the disk holds at that instant: the files are copied and opened elsewhere, by
another owner, as a later process would.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aircherd.core.books import Hold
from aircherd.core.errors import BudgetExceeded
from aircherd.ledger.store import Ledger
from figures import Figure

from .making import limit, request, settled

SCOPES = ("all", "task:t1", "provider:p1", "model:p1/m1", "workspace:/w1")
CAPS = {"all": 4_000, "task:t1": 1_500, "provider:p1": 2_500, "model:p1/m1": 1_200}
CAPS["workspace:/w1"] = 2_000
GONE = "another-boot:1:1"


@dataclass
class Clock:
    instant: datetime = field(default_factory=lambda: datetime(2026, 2, 27, 9, tzinfo=UTC))
    elapsed: float = 0.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.elapsed


@dataclass
class Entry:
    amount: int
    when: datetime
    scopes: tuple[str, ...]
    deadline: float
    state: str = "held"
    cost: int = 0
    outcome: str = ""


class Books(RuleBasedStateMachine):
    holds: Bundle[Hold] = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="once"))
        self.clock = Clock()
        self.entries: dict[tuple[str, int], Entry] = {}
        self.attempts: dict[str, int] = {}
        self.generation = 0
        self.open()

    def open(self) -> None:
        async def opened() -> Ledger:
            ledger = Ledger(self.folder / "usage.sqlite3", clock=self.clock)
            ledger._books._owner = f"{GONE}{self.generation}"
            ledger._writer.start()
            await ledger._writer.run(lambda _: None)
            return ledger

        self.ledger = self.runner.run(opened())

    def limits(self):
        return tuple(
            limit(cap * (1 if kind == "day" else 3), scope, kind, self.clock.instant)
            for scope, cap in CAPS.items()
            for kind in ("day", "week", "month")
        )

    def sums(self, scope: str, first: datetime, after: datetime) -> tuple[int, int]:
        its = [e for e in self.entries.values() if scope in e.scopes and first <= e.when < after]
        return (
            sum(e.cost for e in its if e.state == "settled"),
            sum(e.amount for e in its if e.state == "held"),
        )

    def key(self, hold: Hold) -> tuple[str, int]:
        return (hold.book, hold.id)

    @rule(
        target=holds,
        amount=st.integers(0, 900),
        task=st.sampled_from(["t1", "t2"]),
        model=st.sampled_from(["p1/m1", "p1/m2", "p2/m1"]),
        workspace=st.sampled_from([None, "/w1", "/w2"]),
        again=st.booleans(),
    )
    def reserve(self, amount: int, task: str, model: str, workspace: str | None, again: bool):
        operation = next(reversed(self.attempts), "") if again else ""
        operation = operation or f"op{len(self.attempts)}"
        attempt = self.attempts.get(operation, 0) + 1
        limits = self.limits()
        now = self.clock.instant
        scopes = ("all", f"task:{task}", f"provider:{model[:2]}", f"model:{model}")
        scopes += (f"workspace:{workspace}",)
        bound = tuple(one for one in limits if one.scope in scopes)
        fits = all(
            sum(self.sums(one.scope, one.period.start, one.period.end)) + amount <= one.amount
            for one in bound
        )
        wish = request(
            operation,
            amount,
            attempt=attempt,
            task=task,
            model=model,
            workspace=workspace,
            limits=bound,
            now=now,
        )
        try:
            hold = self.runner.run(self.ledger.reserve(wish))
        except BudgetExceeded:
            assert not fits
            return multiple()
        assert fits
        self.attempts[operation] = attempt
        with pytest.raises(ValueError, match="reserved before"):
            self.runner.run(self.ledger.reserve(replace(wish, limits=())))
        self.entries[self.key(hold)] = Entry(amount, now, scopes, self.clock.elapsed + 960)
        return hold

    def end(self, hold: Hold, work, state: str, cost: int, outcome: str) -> None:
        entry = self.entries[self.key(hold)]
        if entry.state == "held":
            self.runner.run(work)
            entry.state, entry.cost, entry.outcome = state, cost, outcome
        else:
            with pytest.raises(ValueError, match="exactly once"):
                self.runner.run(work)

    @rule(hold=holds, share=st.integers(0, 110))
    def settle(self, hold: Hold, share: int) -> None:
        cost = hold.amount * share // 100  # at times more than was held: an overrun
        self.end(hold, self.ledger.settle(hold, settled(cost)), "settled", cost, "done")

    @rule(hold=holds)
    def release(self, hold: Hold) -> None:
        self.end(hold, self.ledger.release(hold, "networkError"), "released", 0, "networkError")

    @rule()
    def leave_while_reserving(self) -> None:
        async def left() -> None:
            wish = request(
                f"left{self.clock.elapsed}{len(self.entries)}", 1, now=self.clock.instant
            )
            task = asyncio.create_task(self.ledger.reserve(wish))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.ledger._writer.run(lambda _: None)
            await asyncio.sleep(0)
            await self.ledger._writer.run(lambda _: None)

        self.runner.run(left())

    @rule(hours=st.sampled_from([1, 7, 24, 24 * 30, -1, -24 * 40]))
    def time_goes(self, hours: int) -> None:
        self.clock.instant += timedelta(hours=hours)

    @rule(seconds=st.sampled_from([1, 500, 961]))
    def chores(self, seconds: int) -> None:
        self.clock.elapsed += seconds
        self.runner.run(self.ledger._writer.run(self.ledger._books.chores))
        for entry in self.entries.values():
            if entry.state == "held" and self.clock.elapsed >= entry.deadline:
                entry.state, entry.cost, entry.outcome = "settled", entry.amount, "expired"

    def _end_of_process(self) -> None:
        for entry in self.entries.values():
            if entry.state == "held":
                entry.state, entry.cost, entry.outcome = "settled", entry.amount, "abandoned"
        self.generation += 1

    @rule()
    def crash(self) -> None:
        image = Path(tempfile.mkdtemp(prefix="once"))
        for name in ("usage.sqlite3", "usage.sqlite3-wal"):
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, image / name)
        self.runner.run(self.ledger.aclose())
        shutil.rmtree(self.folder)
        self.folder = image
        self._end_of_process()
        self.open()

    @precondition(lambda self: self.entries)
    @rule()
    def leave_and_come_back(self) -> None:
        self.runner.run(self.ledger.aclose())
        self._end_of_process()
        self.open()

    @invariant()
    def the_books_are_the_model(self) -> None:
        limits = self.limits()
        standing = self.runner.run(self.ledger.spending(limits))
        for one, spending in zip(limits, standing, strict=True):
            model = self.sums(one.scope, one.period.start, one.period.end)
            assert (spending.spent, spending.held) == model, one.label

    def teardown(self) -> None:
        assert self.runner.run(self.ledger.audit()) == ()
        self.runner.run(self.ledger.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)


Books.TestCase.settings = settings(
    max_examples=5,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestBooks = Books.TestCase


class _Many(Books):
    pass


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_steps(figure: Figure) -> None:
    run_state_machine_as_test(
        _Many,
        settings=settings(
            max_examples=100,
            stateful_step_count=100,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    figure("10,000 steps in any order, each hold ended once")
