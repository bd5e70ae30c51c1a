"""Rules for tasks: read, held, narrowed by a repository and never widened."""

from __future__ import annotations

from pathlib import Path

import pytest

from aircherd.config.load import read, user_settings
from aircherd.config.resolve import narrowed
from aircherd.core.money import usd
from aircherd.core.settings import TaskRule
from aircherd.core.tasks import TaskKind

MINE = """
[models.rules.code_review]
max_cost_per_request = 0.5
max_cost_per_1k = 0.03
min_quality_score = 0.9
required_features = ["tools", "long_context"]
max_response_time = "20s"
[costs]
downgrade_paths = { "openai/gpt-6.1" = ["openai/gpt-6-luna"] }
"""


def test_a_rule_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(MINE, "utf-8")
    settings, problems = user_settings(file)
    assert problems == ()
    assert settings.task_rules == {
        TaskKind.CODE_REVIEW: TaskRule(
            request_limit=usd("0.5"),
            per_1k=usd("0.03"),
            quality=0.9,
            features=frozenset({"tools", "long_context"}),
            response_time=20.0,
        )
    }
    assert settings.costs.downgrade_paths == {"openai/gpt-6.1": ("openai/gpt-6-luna",)}


@pytest.mark.parametrize(
    "wrong",
    [
        "[models.rules.reviews]\nmin_quality_score = 0.5",
        '[models.rules.code_review]\nrequired_features = ["magic"]',
        '[models.rules.code_review]\nmax_cost_per_request = "cheap"',
        "[models.rules.code_review]\nmax_price = 1",
        '[costs]\ndowngrade_paths = { "a" = "b" }',
    ],
)
def test_a_rule_that_is_not_understood_is_not_taken_for_none(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(wrong, "utf-8")
    settings, problems = user_settings(file)
    assert problems
    assert settings.hold is not None


def test_a_repository_only_narrows(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(MINE, "utf-8")
    settings, _ = user_settings(file)
    theirs = """
    [models.rules.code_review]
    max_cost_per_request = 2.0
    max_cost_per_1k = 0.01
    min_quality_score = 0.1
    required_features = ["vision"]
    max_response_time = 60
    [models.rules.summaries]
    min_quality_score = 0.6
    """
    values, problems = read(tmp_path / ".aircher.toml", workspace=True, text=theirs)
    assert problems == []
    inside = narrowed(settings, values).task_rules
    assert inside[TaskKind.CODE_REVIEW] == TaskRule(
        request_limit=usd("0.5"),
        per_1k=usd("0.01"),
        quality=0.9,
        features=frozenset({"tools", "long_context", "vision"}),
        response_time=20.0,
    )
    assert inside[TaskKind.SUMMARIES] == TaskRule(quality=0.6)
