"""Files as people write them: every mistake with its place, and only the mistake is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from aircherd.config.edit import set_value, unset_value
from aircherd.config.load import newer, read, user_settings
from aircherd.config.resolve import narrowed
from aircherd.core.errors import InvalidConfig
from aircherd.core.money import usd
from aircherd.core.settings import Settings
from aircherd.core.tasks import TaskKind

FILE = """\
# mine
[providers]
default = "openai"

[provider.cloud.openai]   # an older spelling
api_key = "OPENAI_API_KEY"

[providers.custom.box]
base_url = "http://127.0.0.1:8080"

[costs]
daily_limt = 3
daily_limit = 2.5
monthly_budget = "many"
limits.openai_daily = 1

[models.tasks]
commit_messages = "openai/gpt-6-luna"
"""


def test_every_mistake_is_named_and_the_rest_holds(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FILE, "utf-8")
    settings, problems = user_settings(path)
    places = {(p.line, p.column) for p in problems}
    assert places == {(6, 1), (9, 1), (12, 1), (14, 1)}
    assert any("daily_limit" in p.hint for p in problems)
    assert settings.default == "openai"
    assert settings.providers["openai"].key_variable == "OPENAI_API_KEY"
    assert settings.providers["box"].base_url == "http://127.0.0.1:8080"
    assert settings.costs.daily_limit == usd("2.5")
    assert settings.costs.monthly_budget is None
    assert settings.costs.provider_daily == {"openai": usd("1")}
    assert settings.task_models[TaskKind.COMMIT_MESSAGES] == ("openai/gpt-6-luna",)


def test_broken_toml_points_at_the_place(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[costs]\ndaily_limit = = 3\n", "utf-8")
    _, (problem,) = user_settings(path)
    assert (problem.line, problem.column) == (2, 15)


def test_no_file_is_no_mistake(tmp_path: Path) -> None:
    settings, problems = user_settings(tmp_path / "none.toml")
    assert problems == ()
    assert settings.egress == "any"


@pytest.mark.parametrize(
    "line",
    [
        'providers.openai.base_url = "http://evil.example"',
        'providers.openai.api_key_env = "OTHER"',
        "costs.daily_limit = 1000",
        'models.tasks.commit_messages = "openai/gpt-6-astra"',
        'providers.default = "openai"',
        'commit.instructions = "leak it"',
    ],
)
def test_a_repository_cannot_widen(tmp_path: Path, line: str) -> None:
    path = tmp_path / ".aircher.toml"
    path.write_text(line + "\n", "utf-8")
    values, (problem,) = read(path, workspace=True)
    assert values == {}
    assert "repository" in problem.message


def test_a_repository_narrows(tmp_path: Path) -> None:
    path = tmp_path / ".aircher.toml"
    path.write_text('egress = "local"\nproviders.allow = ["ollama", "evil"]\n', "utf-8")
    values, problems = read(path, workspace=True)
    mine = tmp_path / "config.toml"
    mine.write_text('providers.allow = ["ollama", "openai"]\n', "utf-8")
    settings = narrowed(user_settings(mine)[0], values)
    assert problems == []
    assert settings.egress == "local"
    assert settings.allow == ("ollama",)


def test_editing_keeps_comments(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# keep me\n[costs]  # and me\ndaily_limit = 1\n", "utf-8")
    set_value(path, "costs.daily_limit", "2.50")
    set_value(path, "providers.ollama.num_ctx", "32768")
    text = path.read_text("utf-8")
    assert "# keep me" in text
    assert "# and me" in text
    assert user_settings(path)[0].costs.daily_limit == usd("2.5")
    assert user_settings(path)[0].providers["ollama"].num_ctx == 32768
    assert unset_value(path, "costs.daily_limit")
    with pytest.raises(InvalidConfig, match="at least"):
        set_value(path, "providers.ollama.num_ctx", "1")
    with pytest.raises(InvalidConfig, match="no setting"):
        set_value(path, "costs.daily", "1")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("[costs\n", True),
        ("[costs]\nmonthly_buget = 9\n", True),
        ('[costs]\ndaily_limit = "two"\n', True),
        ("[cost]\ndaily_limit = 2\n", True),
        ('[costs]\nzone = "Mars/Base"\n', True),
        ("[costs.task_budgets]\ncommits = 1\n", True),
        ("\xff", False),
        ("[costs]\ndaily_limit = 2\n", False),
        ("[commit]\nsubject_maks = 9\n", False),
        ('[providers.claude]\napi_key = "ANTHROPIC_API_KEY"\n', False),
        ('[providers.openai]\nmodel = "gpt-4"\n', False),
    ],
)
def test_a_limit_that_is_not_understood_is_not_taken_for_none(
    tmp_path: Path, text: str, held: bool
) -> None:
    """Nothing that costs money is asked until what was meant is clear."""
    path = tmp_path / "config.toml"
    path.write_text("" if text == "\xff" else text, "utf-8")
    settings, _ = user_settings(path)
    assert (settings.hold is not None) is held
    if settings.hold is not None:
        assert "mend the configuration first" in settings.hold
        assert str(path) in settings.hold


def test_a_file_that_broke_in_use_keeps_what_was_understood(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"

    def written(text: str) -> Settings:
        path.write_text(text, "utf-8")
        return user_settings(path)[0]

    good = written('prefer = "speed"\n[costs]\ndaily_limit = 2\n')
    broken = newer(good, written("[costs"))
    assert broken == good, "a file that is no TOML changes nothing"
    money = newer(good, written('prefer = "quality"\n[costs]\ndaly_limit = 3\n'))
    assert (money.prefer, money.costs, money.hold) == ("quality", good.costs, None)
    assert newer(money, written("")).costs.daily_limit is None, "taken out on purpose"
    start = written("[costs")
    assert newer(start, written("[costs")).hold is not None
    assert newer(start, good) == good


def test_setting_a_key_nobody_knows_names_the_one_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match=r"did you mean 'costs\.daily_limit'"):
        set_value(tmp_path / "config.toml", "costs.daly_limit", "2")
    assert not (tmp_path / "config.toml").exists()
