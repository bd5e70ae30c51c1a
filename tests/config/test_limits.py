"""Limits as the specification writes them, and as people do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aircherd.config.load import user_settings
from aircherd.core.money import usd
from aircherd.core.settings import Cap, CostSettings, Settings
from aircherd.routing.budget import every_limit, limits_for

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def load(tmp_path: Path, text: str) -> tuple[Settings, list[str]]:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    settings, problems = user_settings(path)
    return settings, [str(problem) for problem in problems]


WRITTEN = """
[costs]
monthly_budget = 25.0
daily_limit = 1.5
weekly_limit = 6
alert_threshold = 0.75
alert_thresholds = [0.5, 0.95]
track_by_provider = true
prefer_cost_efficient = true
auto_downgrade_on_limit = true
baseline = "openai/gpt-6"

[costs.limits]
openai_daily = 5.0
claude_daily = 3.0
gemini_monthly = 20.0

[costs.task_budgets]
commit_messages = 2.0
summaries_daily = 0.5

[costs.model_limits]
"openai/gpt-4.1" = 1.0
"openai/gpt-4.1_weekly" = 3.0

[costs.workspace_limits]
"/work/shop_monthly" = 7.0
"""


def test_everything_the_specification_writes(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, WRITTEN)
    assert ["claude_daily" in str(problem) for problem in problems] == [True]
    costs = settings.costs
    assert costs.thresholds == (0.5, 0.75, 0.95)
    assert (costs.auto_downgrade, settings.prefer) == (True, "cost")
    assert {(one.label, one.amount) for one in every_limit(costs, now=NOW)} == {
        ("daily", usd("1.5")),
        ("weekly", usd(6)),
        ("monthly", usd(25)),
        ("openai daily", usd(5)),
        ("anthropic daily", usd(3)),
        ("gemini monthly", usd(20)),
        ("commit_messages monthly", usd(2)),
        ("summaries daily", usd("0.5")),
        ("openai/gpt-4.1 daily", usd(1)),
        ("openai/gpt-4.1 weekly", usd(3)),
        ("/work/shop monthly", usd(7)),
    }


def test_a_call_stays_under_the_limits_it_counts_in(tmp_path: Path) -> None:
    costs = load(tmp_path, WRITTEN)[0].costs
    bound = limits_for(
        costs,
        task="summaries",
        provider="openai",
        model="openai/gpt-4.1",
        now=NOW,
        workspace="/work/shop",
    )
    assert {one.label for one in bound} == {
        *("daily", "weekly", "monthly", "openai daily", "summaries daily"),
        *("openai/gpt-4.1 daily", "openai/gpt-4.1 weekly", "/work/shop monthly"),
    }


def test_of_two_limits_on_one_thing_the_lower_counts(tmp_path: Path) -> None:
    for first, second in (("claude", "anthropic"), ("anthropic", "claude")):
        text = f"[costs.limits]\n{first}_daily = 2\n{second}_daily = 5\n"
        (one,) = every_limit(load(tmp_path, text)[0].costs, now=NOW)
        assert (one.label, one.amount) == ("anthropic daily", usd(2))
    cap = Cap(scope="all", every="day", amount=usd(3))
    for amount in (2, 4):
        (one,) = every_limit(CostSettings(daily_limit=usd(amount), caps=(cap,)), now=NOW)
        assert one.amount == usd(min(3, amount))


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ("[costs]\ndaily_budget = 2", "daily"),
        ("[costs]\nmonthly_limit = 2", "monthly"),
        ("[costs]\nweekly_budget = 2", "weekly"),
        ("[costs.task_limits]\nsummaries = 2", "summaries monthly"),
        ("[costs.limits]\nopenai = 2", "openai daily"),
    ],
)
def test_other_names_work_and_are_said(tmp_path: Path, written: str, label: str) -> None:
    settings, problems = load(tmp_path, written)
    assert [one.label for one in every_limit(settings.costs, now=NOW)] == [label]
    assert settings.hold is None
    assert len(problems) == (0 if "limits]\nopenai" in written else 1)


@pytest.mark.parametrize(
    "written",
    [
        "[costs.task_budgets]\ncoffee = 2",
        '[costs.model_limits]\n"gpt" = 2',
        '[costs.workspace_limits]\n"here" = 2',
        '[costs.workspace_limits]\n"~nobody-of-this-name/shop" = 2',
        '[costs.workspace_limits]\n"/work/a\\u0000b" = 2',
        '[costs.model_limits]\n"a/b" = "much"',
        "[costs]\nalert_thresholds = [2]",
        "[costs]\nweekly_limit = -1",
    ],
)
def test_a_limit_that_is_not_understood_stops_spending(tmp_path: Path, written: str) -> None:
    settings, problems = load(tmp_path, written)
    assert problems
    assert settings.hold is not None
