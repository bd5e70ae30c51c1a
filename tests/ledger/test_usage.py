"""What is shown of the books: projection, savings, tables, the page; and alerts, once each."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from aircher import usage as terminal
from aircher.charts import _dollars
from aircher.page import page
from aircher_protocol.types import UsageParams, UsageReport
from aircherd.core.books import UsageLine, UsageTotals
from aircherd.core.chat import Usage, cost_of
from aircherd.core.errors import InvalidRequest
from aircherd.core.money import NanoUsd, Price, per_million, usd
from aircherd.core.settings import Cap, CostSettings, Settings
from aircherd.core.tasks import TaskKind
from aircherd.ledger.store import Ledger
from aircherd.routing.acceptance import Record
from aircherd.routing.budget import every_limit
from aircherd.routing.projection import project
from aircherd.routing.savings import against, dearest, from_caches
from aircherd.server.dispatch import Call, Client
from aircherd.server.handlers import usage

from .making import NoConnection, limit, request, settled

TODAY = date(2026, 3, 18)
DAY = timedelta(days=1)


def test_a_steady_month_is_projected_exactly() -> None:
    daily = {TODAY - DAY * n: 100 for n in range(1, 29)}
    found = project(TODAY, daily, 1_700)
    assert found is not None
    assert (found.low, found.likely, found.high) == (3_100, 3_100, 3_100)


def test_working_days_and_weekends_are_not_alike() -> None:
    daily = {
        day: 0 if day.weekday() >= 5 else 100 for day in (TODAY - DAY * n for n in range(1, 29))
    }
    found = project(TODAY, {**daily, TODAY: 100}, 1_200)
    assert found is not None
    assert found.likely == 1_200 + 9 * 100  # 19, 20, 23 to 27, 30, 31 March


def test_too_early_to_say() -> None:
    assert project(TODAY, {}, 0) is None
    assert project(TODAY, {TODAY - DAY: 5, TODAY: 7}, 12) is None


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.dictionaries(st.integers(1, 40), st.integers(0, 10**9)), st.integers(0, 10**10))
def test_a_projection_never_falls_below_what_is_spent(past: dict[int, int], spent: int) -> None:
    found = project(TODAY, {TODAY - DAY * n: cost for n, cost in past.items()}, spent)
    if found is not None:
        assert spent <= found.low <= found.likely <= found.high


PRICE = Price(
    version="t",
    input=per_million("3"),
    output=per_million("15"),
    cache_read=per_million("0.3"),
    tiers=((10, Price(version="t", input=per_million("9"), output=per_million("99"))),),
)


def line(name: str, cost: int, usage_: Usage) -> UsageLine:
    totals = UsageTotals(
        operations=1,
        attempts=1,
        cost=NanoUsd(cost),
        input=usage_.prompt_total or 0,
        output=usage_.output_total or 0,
        cached=usage_.cache_read,
        cache_write=usage_.cache_write,
        cache_write_long=usage_.cache_write_long,
        unpriced=0,
        estimated=0,
    )
    return UsageLine(name=name, totals=totals)


def test_savings_are_against_a_named_model_on_the_same_tokens() -> None:
    one, two = Usage(input=7_000, cache_read=3_000, output=500), Usage(input=100, output=0)
    lines = (line("a/x", 10, one), line("b/y", 20, two))
    flat = replace(PRICE, tiers=())
    found = against("a/big", PRICE, lines)
    assert (found.baseline, found.paid) == ("a/big", 30)
    assert found.instead == cost_of(one, flat) + cost_of(two, flat)
    assert found.saved == found.instead - 30
    free = against("a/free", Price(version="t", input=flat.input.__class__(0), output=0), lines)  # type: ignore[arg-type]
    assert free.share is None
    assert dearest(lines, {"a/x": PRICE}) == "a/x"
    assert dearest(lines[:1], {"a/x": PRICE}) is None
    assert dearest(lines, {}) is None
    refused = line("a/big", 0, Usage(input=0, output=0))
    high = replace(PRICE, input=PRICE.input * 100)
    assert dearest((*lines, refused), {"a/x": PRICE, "a/big": high}) == "a/x", "it never answered"
    assert dearest((lines[0], refused), {"a/x": PRICE, "a/big": high}) is None


async def test_each_crossing_is_told_once_even_over_a_restart(tmp_path: Path, clock) -> None:
    path, heard = tmp_path / "usage.sqlite3", []
    thresholds = (0.5, 0.8, 1.0)
    for number in range(10):
        ledger = await Ledger.open(path, clock=clock)
        await ledger.settle(await ledger.reserve(request(f"o{number}", 10)), settled(10))
        for _ in range(2):
            heard += [told for _, told in await ledger.crossings((limit(100),), thresholds)]
        await ledger.aclose()
    assert heard == [0.5, 0.8, 1.0]
    ledger = await Ledger.open(path, clock=clock)
    raised = (limit(110),)  # another limit: it may warn again, and only the highest is told
    assert [told for _, told in await ledger.crossings(raised, thresholds)] == [0.8]
    await ledger.aclose()


EVIL = "<script>alert(1)</script>\x1b[2J[red]=1+1"


async def a_report(tmp_path: Path, clock: Any, *, params: UsageParams | None = None) -> UsageReport:
    """What the handler says of a month with several models, one of them named with malice."""
    ledger = await Ledger.open(tmp_path / "usage.sqlite3", clock=clock)
    costs = CostSettings(
        monthly_budget=usd(25),
        caps=(Cap(scope=f"workspace:/w/{EVIL}", every="day", amount=usd(1)),),
    )
    end, models = clock.now(), ("openai/gpt-4o", "openai/gpt-4o-mini", f"ollama/{EVIL}")
    for number in range(60):
        now = end - DAY * (number // 2)
        clock.jump(now)
        wish = request(
            f"o{number}",
            100_000_000,
            task=("commit_messages", "code_review")[number % 2],
            model=models[number % 3],
            workspace=f"/w/{EVIL}",
            branch="main",
            limits=every_limit(costs, now=now),
            now=now,
        )
        hold = await ledger.reserve(wish)
        tokens = Usage(input=1000 + number, output=200, cache_read=500)
        cost = 0 if number % 3 == 2 else number * 1_000_000 + 1
        await ledger.settle(
            hold, replace(settled(cost, "done", tokens), duration_ms=900, first_token_ms=300)
        )
    clock.jump(end)
    house: Any = SimpleNamespace(
        settings=Settings(costs=costs),
        books=ledger,
        desk=SimpleNamespace(
            clock=clock,
            gateway=SimpleNamespace(sharing=SimpleNamespace(hits=2, saved=usd("0.004"))),
        ),
        commits=SimpleNamespace(
            acceptance=SimpleNamespace(
                records=lambda: {
                    (models[0], TaskKind.CODE_REVIEW): Record(10, 9.0, 8, 1, 1),
                    (models[0], TaskKind.COMMIT_MESSAGES): Record(10, 5.0, 2, 5, 3),
                    (models[1], TaskKind.COMMIT_MESSAGES): Record(20, 12.0, 9, 6, 5),
                }
            )
        ),
        started=clock.monotonic() - 3600,
    )
    sink: Any = None
    call = Call(
        method="aircher/usage",
        params=params or UsageParams(),
        session=Client(),
        sink=sink,
        connection=NoConnection(),
    )
    try:
        return await usage.handle(house, call)
    finally:
        await ledger.aclose()


@pytest.fixture
def late(clock: Any) -> Any:
    clock.jump(datetime(2026, 3, 20, 12, tzinfo=UTC))
    return clock


async def test_every_way_of_adding_up_gives_the_same(tmp_path: Path, late: Any) -> None:
    report = await a_report(tmp_path, late)
    month = report.month.cost.nano_usd
    groups = [report.by_task, report.by_provider, report.by_model, report.by_workspace]
    for group in (*groups, report.by_branch):
        assert sum(total.cost.nano_usd or 0 for total in group) == month
        assert sum(total.requests for total in group) == report.month.requests
    in_march = [total for total in report.days if total.name >= "2026-03-01"]
    assert sum(total.cost.nano_usd or 0 for total in in_march) == month
    parts = [part for part in report.days_by_task if part.date >= "2026-03-01"]
    assert sum(part.cost.nano_usd or 0 for part in parts) == month
    assert report.session is not None
    assert report.session.requests == 2
    assert report.savings is not None
    assert report.savings.baseline == "openai/gpt-4o"
    assert report.projection is not None
    assert len(report.days) == 30


async def test_a_baseline_of_unknown_price_is_refused(tmp_path: Path, late: Any) -> None:
    with pytest.raises(InvalidRequest, match="unknown"):
        await a_report(tmp_path, late, params=UsageParams(baseline="nobody/nothing"))


async def test_days_out_of_range_are_refused(tmp_path: Path, late: Any) -> None:
    with pytest.raises(InvalidRequest, match="1 to 400"):
        await a_report(tmp_path, late, params=UsageParams(days=0))


async def test_the_terminal_shows_it_and_obeys_nobody(tmp_path: Path, late: Any) -> None:
    report = await a_report(tmp_path, late)
    out = io.StringIO()
    console = Console(file=out, width=120, highlight=False, force_terminal=False)
    terminal.show(report, console, terminal.GROUPS)
    text = out.getvalue()
    assert "\x1b" not in text
    assert report.month.cost.text in text
    assert "This month will come to about" in text
    assert "openai/gpt-4o alone" in text
    assert re.search("[▁▂▃▄▅▆▇█]{20}", text)
    assert "Prompt caches saved about $" in text
    assert "given again 2 times without asking: $0.0040 not spent" in text
    assert re.search(r"openai/gpt-4o +10 +8 +1 +90% +code review", text)


async def test_the_spreadsheet_is_exact_and_inert(tmp_path: Path, late: Any) -> None:
    report = await a_report(tmp_path, late)
    rows = list(csv.DictReader(io.StringIO(terminal.as_csv(report))))
    (month,) = [row for row in rows if (row["group"], row["name"]) == ("period", "month")]
    assert usd(month["cost_usd"]) == report.month.cost.nano_usd
    by_model = [usd(row["cost_usd"]) for row in rows if row["group"] == "model"]
    assert sum(by_model) == report.month.cost.nano_usd
    assert not any(value[:1] in "=+-@" for row in rows for value in row.values() if value)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0"), (0.0004, "$0.0004"), (0.000062, "$0.000062"), (0.005, "$0.005"),
     (0.25, "$0.25"), (12.5, "$12.50")],
)  # fmt: skip
def test_an_axis_says_no_amount_is_nothing_that_is_not(value: float, text: str) -> None:
    assert _dollars(value) == text


def test_what_caches_saved_is_net_of_what_writing_them_cost() -> None:
    row = replace(PRICE, tiers=(), cache_write=per_million("3.75"))
    read, wrote = Usage(input=10, output=5, cache_read=1_000), Usage(input=0, output=0)
    lines = (line("a/x", 1, read), line("a/nobody", 1, read))
    assert from_caches(lines, {"a/x": row}) == 1_000 * 2_700
    wrote = replace(wrote, cache_write=1_000)
    assert from_caches((line("a/x", 1, wrote),), {"a/x": row}) == -1_000 * 750
    assert from_caches((line("a/x", 1, Usage(input=9, output=9)),), {"a/x": row}) is None
    assert from_caches(lines, {}) is None


class Strict(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "iframe", "img", "object", "embed", "image", "use"):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        self.found += [f"{tag} {n}" for n, v in attrs if n.endswith(("src", "href")) and v]


async def test_the_page_needs_nothing_and_runs_nothing(tmp_path: Path, late: Any) -> None:
    text = page(await a_report(tmp_path, late))
    strict = Strict()
    strict.feed(text)
    assert strict.found == []
    assert "url(" not in text
    assert "@import" not in text
    assert text.count("<svg") == 4
    assert "saved by prompt caches" in text
    assert text.count('class="legend"') == 3
    assert "</i>code review</span>" in text
    assert "prefers-color-scheme: dark" in text
    assert "\x1b" not in text


async def test_an_empty_ledger_has_a_page_and_tables_too(tmp_path: Path, late: Any) -> None:
    report = await a_report(tmp_path, late)
    nothing = replace_all(report)
    assert "Nothing was asked yet" in page(nothing)
    out = io.StringIO()
    terminal.show(nothing, Console(file=out, width=80), terminal.GROUPS)
    assert "$0.00" in out.getvalue() or "No limit" in out.getvalue()


def replace_all(report: UsageReport) -> UsageReport:
    import attrs

    zero = attrs.evolve(
        report.month,
        requests=0,
        attempts=0,
        cost=attrs.evolve(report.month.cost, nano_usd=0, text="$0.00"),
    )
    return UsageReport(
        zone="UTC", today=zero, month=zero, by_task=(), by_provider=(), by_model=(), limits=()
    )
