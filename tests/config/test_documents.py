"""Every settings file the older documents show, as it stands: each key works and has an effect.

And the keys they name beside those files: how failures are retried, and the variables of keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from aircherd.config.load import user_settings
from aircherd.config.migrate import migrated
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.settings import Problem, RetrySettings, Settings
from aircherd.providers import registry
from aircherd.routing.retry import RetryBudget, wait_before_retry

FILES = sorted((Path(__file__).parent / "documents").glob("*.toml"))
WITHOUT_EFFECT = {"costs.track_by_provider"}
"""Costs are always kept by provider."""


def load(folder: Path, text: str) -> tuple[Settings, tuple[Problem, ...]]:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return user_settings(path)


def leaves(table: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def other(path: tuple[str, ...], value: Any) -> Any:
    """A value that may stand there just as well."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value / 2
        case list():
            return [*value[1:], "unknown"]
        case _ if path[-1] in ("health_check_interval", "keep_alive"):
            return "7m"
        case _ if path[-1] == "base_url":
            return "http://127.0.0.1:9/v1"
        case _:
            return f"{value}-2"


KEYS = [
    pytest.param(file, path, id=f"{file.stem}-{'.'.join(path)}")
    for file in FILES
    for path in leaves(tomllib.loads(file.read_text("utf-8")))
]


def test_all_of_them_are_here() -> None:
    assert len(FILES) == 7
    assert len(KEYS) > 60


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_works_as_it_stands(tmp_path: Path, file: Path) -> None:
    settings, problems = load(tmp_path, file.read_text("utf-8"))
    assert settings.hold is None
    for problem in problems:
        told = str(problem)
        # What is said is another name for a setting, or for a model that was switched off.
        assert "is another way to write" in told or "was switched off on" in told, told
    said = [problem.message for problem in problems if "another way" in problem.message]
    assert len(said) == len(set(said))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_rewritten_it_says_the_same_and_nothing_is_said_of_it(tmp_path: Path, file: Path) -> None:
    before, _ = load(tmp_path, file.read_text("utf-8"))
    after, problems = load(tmp_path, migrated(file.read_text("utf-8")))
    assert problems == ()
    assert after == before


@pytest.mark.parametrize(("file", "path"), KEYS)
def test_every_key_has_an_effect(tmp_path: Path, file: Path, path: tuple[str, ...]) -> None:
    text = file.read_text("utf-8")
    document, plain = tomlkit.parse(text), tomllib.loads(text)
    before, _ = load(tmp_path, text)
    table: Any = document
    for name in path[:-1]:
        table, plain = table[name], plain[name]
    value = plain[path[-1]]
    table[path[-1]] = other(path, value)
    after, _ = load(tmp_path, tomlkit.dumps(document))
    assert (after == before) is (".".join(path) in WITHOUT_EFFECT)


def test_the_variables_of_keys() -> None:
    hosts = registry.hosts(Settings(), {
        "OPENAI_API_KEY": "k1", "ANTHROPIC_API_KEY": "k2", "GOOGLE_API_KEY": "k3",
        "COHERE_API_KEY": "k4", "HF_API_KEY": "k5", "NVIDIA_API_KEY": "k6",
    })  # fmt: skip
    keys = {host.name: host.key for host in hosts if host.key}
    names = ("openai", "anthropic", "gemini", "cohere", "huggingface", "nvidia")
    assert keys == {name: f"k{place}" for place, name in enumerate(names, 1)}


# --- retries -------------------------------------------------------------------------------------


def failure(kind: ErrorKind, after: float | None = None) -> ProviderError:
    return ProviderError(
        message="x", error_kind=kind, provider="x", can_retry=True, retry_after=after
    )


def retry(folder: Path, text: str) -> tuple[RetrySettings, tuple[Problem, ...]]:
    settings, problems = load(folder, f"[retry]\n{text}")
    return settings.retry, problems


def test_retries_are_as_often_and_as_late_as_is_written(tmp_path: Path) -> None:
    policy, problems = retry(
        tmp_path,
        'max_retries = 3\ninitial_delay = "200ms"\nmax_delay = "1s"\nbackoff_factor = 4\n',
    )
    assert problems == ()
    again = [wait_before_retry(failure(ErrorKind.TIMEOUT), n, 1.0, policy=policy) for n in range(4)]
    assert again == [pytest.approx(0.2), pytest.approx(0.8), 1.0, None]
    asked = failure(ErrorKind.RATE_LIMIT, 2.0)
    assert wait_before_retry(asked, 0, 0.0, policy=policy) is None
    assert wait_before_retry(asked, 0, 0.0) == 2.0


def test_only_the_failures_that_are_written_are_tried_again(tmp_path: Path) -> None:
    policy, problems = retry(tmp_path, 'retryable_errors = ["rate_limit", "network_error"]\n')
    assert problems == ()
    tried = {
        kind
        for kind in ErrorKind
        if wait_before_retry(failure(kind), 0, 0.5, policy=policy) is not None
    }
    assert tried == {ErrorKind.RATE_LIMIT, ErrorKind.NETWORK_ERROR, ErrorKind.INTERRUPTED}


def test_no_setting_makes_a_hopeless_failure_worth_a_retry(tmp_path: Path) -> None:
    policy, problems = retry(
        tmp_path, 'retryable_errors = ["authentication", "quota_exceeded", "timeout", "rain"]\n'
    )
    assert policy.kinds == {ErrorKind.TIMEOUT}
    texts = [problem.message for problem in problems]
    assert ["authentication" in texts[0], "quota" in texts[1], "rain" in texts[2]] == [True] * 3
    for kind in (ErrorKind.AUTHENTICATION, ErrorKind.QUOTA_EXCEEDED, ErrorKind.INVALID_REQUEST):
        assert wait_before_retry(failure(kind), 0, 0.0, policy=policy) is None


def test_the_budget_holds_whatever_is_written(tmp_path: Path) -> None:
    policy, _ = retry(tmp_path, "max_retries = 5\ninitial_delay = 0.05\n")
    budget, made = RetryBudget(), 0
    for number in range(1_000):
        now = number / 100
        budget.offered(now)
        for retries in range(10):
            if wait_before_retry(failure(ErrorKind.TIMEOUT), retries, 0.0, policy=policy) is None:
                break
            made += budget.take(now)
    assert made <= 0.1 * 1_000 + 10 * 10


@pytest.mark.parametrize(
    "line",
    ["max_retries = 6", "max_retries = -1", 'initial_delay = "1ms"', "backoff_factor = 0.5",
     'max_delay = "1h"', 'retryable_errors = "timeout"'],
)  # fmt: skip
def test_what_is_out_of_bounds_is_said_and_not_used(tmp_path: Path, line: str) -> None:
    policy, problems = retry(tmp_path, line + "\n")
    assert policy == RetrySettings()
    assert [problem.line for problem in problems] == [2]


def test_a_first_wait_longer_than_the_longest_is_cut_and_said(tmp_path: Path) -> None:
    policy, problems = retry(tmp_path, 'initial_delay = "5s"\nmax_delay = "2s"\n')
    assert (policy.initial_delay, policy.max_delay) == (2.0, 2.0)
    assert "longer than retry.max_delay" in problems[0].message
    policy, problems = retry(tmp_path, 'initial_delay = "30s"\n')
    assert (policy.initial_delay, policy.max_delay, problems) == (30.0, 30.0, ())
