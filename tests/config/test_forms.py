"""Every form older documents write settings in: accepted, said once, and rewritten on request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aircherd.config.cli import main
from aircherd.config.durations import seconds
from aircherd.config.load import read, user_settings
from aircherd.config.migrate import migrated
from aircherd.config.options import OPTIONS
from aircherd.core.errors import InvalidConfig
from aircherd.core.money import usd
from aircherd.core.settings import Problem, Settings
from aircherd.core.tasks import TaskKind
from aircherd.providers import registry

CLOUD_AND_CUSTOM = """\
# one file, two kinds of tables
[provider.cloud.openai]
api_key = "OPENAI_API_KEY"      # a variable
base_url = "https://api.openai.com/v1"
models = ["gpt-4-vision", "gpt-4"]

[providers.custom.ollama]
api_key = "CUSTOM_KEY"
base_url = "http://localhost:11434"
fetch_models = true
"""

BY_NAME = """\
[providers]
default = "openai"
fallback_order = ["openai", "claude", "gemini", "ollama"]
health_check_interval = "5m"

[providers.openai]
api_key_env = "OPENAI_API_KEY"
model = "gpt-4"
max_tokens = 4096
temperature = 0.7
requests_per_min = 60
base_url = "https://api.openai.com/v1"
org_id = "org-1"
custom_models = { quick = "gpt-6-luna" }

[providers.claude]
api_key_env = "ANTHROPIC_API_KEY"
model = "claude-3-sonnet-20240229"
max_tokens = 2048
requests_per_min = 50

[providers.gemini]
api_key_env = "GEMINI_API_KEY"
project = "a-project"
model = "gemini-pro"
location = "us-central1"

[providers.ollama]
base_url = "http://localhost:11434"
model = "llama2"
keep_alive = "5m"
num_ctx = 4096
num_predict = 512

[models.tasks]
commit_messages = "gpt-3.5-turbo"
summaries = "claude-3-haiku"
code_review = "quick"
documentation = "claude-3-haiku"
refactoring = "gpt-4"
debugging = "claude-3-5-sonnet"
quick_questions = "gpt-3.5-turbo"
code_generation = "gpt-4"

[costs]
monthly_budget = 100.0
daily_limit = 10.0
alert_threshold = 0.8
track_by_provider = true
prefer_cost_efficient = true

[costs.limits]
openai_daily = 5.0
claude_daily = 3.0
gemini_daily = 2.0
"""

THRIFTY = """\
[costs]
monthly_budget = 25.0
daily_limit = 1.5
alert_threshold = 0.75
prefer_cost_efficient = true
auto_downgrade_on_limit = true

[costs.task_budgets]
commit_messages = 2.0
summaries = 1.0
quick_questions = 5.0
"""

INSIDE_PROVIDERS = """\
[providers]
default = "cloud.openai"
prefer_cost_efficient = true

[providers.task_models]
commit_messages = "openai:gpt-6-luna"
"""


def load(folder: Path, text: str) -> tuple[Settings, tuple[Problem, ...]]:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return user_settings(path)


def test_tables_for_cloud_and_custom_providers(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, CLOUD_AND_CUSTOM)
    openai, ollama = settings.providers["openai"], settings.providers["ollama"]
    assert openai.key_variable == "OPENAI_API_KEY"
    assert openai.models == ("gpt-6.1-terra",)
    assert (ollama.base_url, ollama.fetch_models) == ("http://localhost:11434", True)
    texts = [str(problem) for problem in problems]
    for told in ("'provider.cloud.openai'", "'providers.custom.ollama'", "gpt-4-vision"):
        assert sum(told in text for text in texts) == 1, told
    assert settings.hold is None


def test_a_local_engine_needs_no_key_even_where_one_is_named(tmp_path: Path) -> None:
    settings, _ = load(tmp_path, CLOUD_AND_CUSTOM)
    hosts = {host.name: host for host in registry.hosts(settings, {})}
    assert not hosts["ollama"].needs_key
    assert hosts["openai"].needs_key
    hosts = {host.name: host for host in registry.hosts(settings, {"CUSTOM_KEY": "mine"})}
    assert hosts["ollama"].key == "mine"


def test_tables_by_name(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, BY_NAME)
    assert settings.default == "openai"
    assert settings.fallback_order == ("openai", "anthropic", "gemini", "ollama")
    assert settings.health_interval == 300
    openai = settings.providers["openai"]
    assert (openai.max_tokens, openai.temperature, openai.requests_per_minute) == (4096, 0.7, 60)
    assert openai.custom_models == {"quick": "gpt-6-luna"}
    claude, gemini = settings.providers["anthropic"], settings.providers["gemini"]
    assert (claude.key_variable, claude.max_tokens) == ("ANTHROPIC_API_KEY", 2048)
    assert claude.models == ("claude-sonnet-5-5",)
    assert (gemini.project, gemini.location) == ("a-project", "us-central1")
    ollama = settings.providers["ollama"]
    assert (ollama.keep_alive, ollama.num_ctx, ollama.max_tokens) == ("5m", 4096, 512)
    named = settings.task_models
    assert named[TaskKind.COMMIT_MESSAGES] == ("gpt-6-luna",)
    assert named[TaskKind.DEBUGGING] == ("claude-sonnet-5-5",)
    assert named[TaskKind.CODE_REVIEW] == ("openai/gpt-6-luna",)
    assert len(named) == 8
    limits = {name: usd(n) for name, n in (("openai", 5), ("anthropic", 3), ("gemini", 2))}
    assert settings.costs.provider_daily == limits
    assert settings.costs.monthly_budget == usd(100)
    assert settings.prefer == "cost"
    assert not [p for p in problems if p.severe or "unknown" in p.message]


def test_an_account_and_a_place_reach_the_host(tmp_path: Path) -> None:
    settings, _ = load(tmp_path, BY_NAME)
    hosts = {host.name: host for host in registry.hosts(settings, {})}
    assert hosts["openai"].headers["OpenAI-Organization"] == "org-1"
    assert hosts["gemini"].options["project"] == "a-project"
    assert "OpenAI-Project" not in hosts["gemini"].headers
    assert "gpt-6-luna" in hosts["openai"].models


def test_budgets_by_task(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, THRIFTY)
    assert problems == ()
    assert settings.costs.task_monthly == {
        TaskKind.COMMIT_MESSAGES: usd(2),
        TaskKind.SUMMARIES: usd(1),
        TaskKind.QUICK_QUESTIONS: usd(5),
    }
    assert settings.costs.auto_downgrade


def test_what_stood_inside_the_providers_table(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, INSIDE_PROVIDERS)
    assert settings.default == "openai"
    assert settings.costs.prefer_cost_efficient
    assert settings.task_models == {TaskKind.COMMIT_MESSAGES: ("openai:gpt-6-luna",)}
    assert {problem.line for problem in problems} == {3, 6}


def test_a_synonym_is_said_once_however_often_it_is_used(tmp_path: Path) -> None:
    _, problems = load(tmp_path, CLOUD_AND_CUSTOM)
    said = [problem.message for problem in problems]
    assert len(said) == len(set(said))
    assert sum("providers.openai" in message for message in said) == 2  # the table, the key


def test_a_provider_of_ones_own_keeps_its_name(tmp_path: Path) -> None:
    text = (
        '[providers]\ndefault = "google"\n[providers.google]\nfamily = "openai_chat"\n'
        'base_url = "http://127.0.0.1:9/v1"\n[costs.limits]\ngoogle_daily = 1\n'
    )
    settings, problems = load(tmp_path, text)
    assert problems == ()
    assert list(settings.providers) == ["google"]
    assert settings.default == "google"
    assert settings.costs.provider_daily == {"google": usd(1)}


@pytest.mark.parametrize(
    "line",
    [
        'api_key = "sk-proj-abcdefghijklmnop"',
        'api_key_env = "sk-ant-api03-abcdefgh"',
        'api_key = ["OPENAI_API_KEY", "AKIAIOSFODNN7EXAMPLEQRST7X"]',
        'api_key_env = "d41d8cd98f00b204e9800998ecf8427e"',
        'api_key_command = "sk-proj-abcdefghijklmnop"',
        'headers = "Bearer sk-proj-abcdefghijklmnop"',
    ],
)
def test_a_key_in_the_file_is_not_used_and_not_repeated(tmp_path: Path, line: str) -> None:
    settings, problems = load(tmp_path, f"[providers.openai]\n{line}\n")
    secret = line.split('"')[-2]
    assert not [p for p in problems if secret in str(p)]
    assert any(p.line == 2 and "must be" in p.message for p in problems)
    mine = settings.providers.get("openai")
    assert mine is None or mine.key_variable is None


@pytest.mark.parametrize(
    "line",
    [
        '[providers.acme]\nhosts = "http://me:hush@127.0.0.1:9"',
        '[providers.acme]\nbase_url = ["http://me:hush@127.0.0.1:9"]',
        '[providers.acme]\nproxy = ["http://me:hush@127.0.0.1:9"]',
        '[providers.acme]\nsign_in_at = "http://me:hush@127.0.0.1:9"',
        '[providers]\nproxy = ["http://me:hush@127.0.0.1:9"]',
    ],
)
def test_the_password_of_an_address_in_the_wrong_form_is_not_repeated(
    tmp_path: Path, line: str
) -> None:
    _, problems = load(tmp_path, f"{line}\n")
    assert [p for p in problems if "must be" in p.message]
    assert not [p for p in problems if "hush" in str(p)]


def test_two_names_for_one_setting_never_widen_a_limit(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, "[costs]\ndaily_budget = 9\ndaily_limit = 2\n")
    assert settings.costs.daily_limit == usd(2)
    settings, _ = load(tmp_path, "[costs]\ndaily_budget = 1\ndaily_limit = 2\n")
    assert settings.costs.daily_limit == usd(1)
    assert any("lower" in problem.hint for problem in problems)


def test_what_is_written_under_its_own_name_counts(tmp_path: Path) -> None:
    for first, second in (("api_key", "api_key_env"), ("api_key_env", "api_key")):
        text = f'[providers.openai]\n{first} = "{first.upper()}"\n{second} = "{second.upper()}"\n'
        settings, problems = load(tmp_path, text)
        assert settings.providers["openai"].key_variable == "API_KEY_ENV"
        assert any("keep one" in problem.hint for problem in problems)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((90, 90.0), (0.5, 0.5), ("90", 90.0), ("5m", 300.0), ("1h30m", 5400.0)),
        *(("250ms", 0.25), ("1.5h", 5400.0), ("2d", 172_800.0), ("1m 30s", 90.0), (0, 0.0)),
        *(("", None), ("5", 5.0), ("m", None), ("-5m", None), (-1, None), (True, None)),
        *(("5 parsecs", None), (float("nan"), None), (float("inf"), None), ([5], None)),
    ],
)
def test_lengths_of_time(written: Any, meant: float | None) -> None:
    found = seconds(written)
    assert found == (None if meant is None else pytest.approx(meant))


def test_timeouts_may_be_written_as_lengths_of_time(tmp_path: Path) -> None:
    settings, problems = load(tmp_path, '[timeouts]\nidle = "2m"\ndeadline = "1h"\nconnect = 3\n')
    assert problems == ()
    assert (settings.idle_timeout, settings.deadline, settings.connect_timeout) == (120, 3600, 3)


# --- rewriting -----------------------------------------------------------------------------------

ALL = {
    "cloud": CLOUD_AND_CUSTOM,
    "names": BY_NAME,
    "thrifty": THRIFTY,
    "inside": INSIDE_PROVIDERS,
}


@pytest.mark.parametrize("text", ALL.values(), ids=ALL)
def test_rewriting_says_the_same_without_a_word_of_warning(tmp_path: Path, text: str) -> None:
    before, _ = load(tmp_path, text)
    new = migrated(text)
    after, problems = load(tmp_path, new)
    assert problems == ()
    assert after == before
    assert migrated(new) == new


COMMENTED = """\
# above all

[provider.cloud.openai]   # beside a table
# above a setting
api_key = "OPENAI_API_KEY"  # beside a setting
models = [
  "gpt-6-luna",  # inside a list
]

# about the budget
[costs]
daily_budget = 3  # beside another

[providers]
# goes along
prefer_cost_efficient = true
default = "claude"
"""


def test_every_comment_is_kept_and_stands_where_it_stood() -> None:
    new = migrated(COMMENTED)
    for line in COMMENTED.splitlines():
        if "#" in line:
            assert line[line.index("#") :] in new, line
    assert '[providers.openai]   # beside a table\n# above a setting\napi_key_env = "O' in new
    assert "daily_limit = 3  # beside another\n# goes along\nprefer_cost_efficient = true" in new
    assert 'default = "anthropic"' in new


def test_a_table_that_stands_twice_becomes_one() -> None:
    new = migrated(CLOUD_AND_CUSTOM + "\n[providers.openai]\nmax_tokens = 9\n")
    assert new.count("[providers.openai]") == 1
    values, problems = read(Path("x"), text=new)
    assert problems == []
    assert values["providers.openai.max_tokens"] == 9


@pytest.mark.parametrize(
    "text",
    ["[costs\n", "[[providers]]\nx = 1\n", "[costs]\ndaily_budget = 1\ndaily_limit = 2\n"],
)
def test_what_cannot_be_rewritten_is_refused(text: str) -> None:
    with pytest.raises(InvalidConfig):
        migrated(text)


def test_the_command_keeps_the_file_as_it_was_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "aircher" / "config.toml"
    assert main(["migrate"]) == 0
    path.parent.mkdir()
    path.write_text(COMMENTED, "utf-8")
    assert main(["migrate", "--dry-run"]) == 0
    assert path.read_text("utf-8") == COMMENTED
    assert main(["migrate"]) == 0
    assert path.with_name("config.toml.old").read_text("utf-8") == COMMENTED
    assert path.read_text("utf-8") == migrated(COMMENTED)
    assert main(["migrate"]) == 0
    assert "today's form already" in capsys.readouterr().out
    assert main(["check"]) == 0


FORBIDDEN = [option for option in OPTIONS if not option.workspace]
SYNONYMS = [
    'provider.cloud.openai.api_key = "OPENAI_API_KEY"',
    'providers.custom.ollama.base_url = "http://elsewhere.example"',
    'providers.claude.api_key_command = ["cat", "/etc/passwd"]',
    "costs.daily_budget = 1000",
    'task_models.commit_messages = "openai/gpt-6-astra"',
    "prefer_cost_efficient = false",
]


@pytest.mark.parametrize(
    "line",
    [
        *(f"{option.path.replace('*', 'openai')} = {option.example}" for option in FORBIDDEN),
        *SYNONYMS,
    ],
)
def test_a_repository_sets_nothing_of_hosts_keys_models_and_money(line: str) -> None:
    values, problems = read(Path(".aircher.toml"), workspace=True, text=line + "\n")
    assert values == {}
    assert any("repository" in problem.message for problem in problems)


def test_one_provider_may_be_asked_past_the_proxy_of_all(tmp_path: Path) -> None:
    text = (
        '[providers]\nproxy = "http://proxy.example:3128"\n'
        '[providers.acme]\nbase_url = "https://far.example/v1"\nproxy = ""\n'
    )
    settings, problems = load(tmp_path, text)
    assert problems == ()
    assert settings.providers["acme"].proxy == ""
    _, problems = load(tmp_path, text.replace("proxy.example:3128", "").replace("http://", ""))
    assert ["providers.proxy" in problem.message for problem in problems] == [True]
