"""Tripwires every test runs under.

* a home, configuration, state, cache and runtime directory of its own;
* no provider's key, no proxy, no git identity or configuration of the machine;
* no connection but to loopback and Unix sockets, no name looked up but `localhost`;
* code of ours that blocks an event loop raises (`@pytest.mark.may_block` lets a test off);
* no process left behind: the run fails and names the test that started it;
* no key left behind: in no file below the test's home, nor in its runtime directory.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import figures
import keysleft
import leftovers
import tripwires

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Begun in the background of a script: the programs tested here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

_FOREIGN = re.compile(
    r"API_?KEY|_TOKEN$|_SECRET|ACCESS_KEY|CREDENTIALS|_PROXY$|^(OPENAI|ANTHROPIC|OLLAMA|GEMINI|"
    r"GOOGLE|AZURE|AWS|MISTRAL|GROQ|COHERE|OPENROUTER|DEEPSEEK|XAI|HF|AIRCHER|XDG|GIT)_|_BASE_URL$",
    re.IGNORECASE,
)

_GIT_CONFIG = """\
[user]
	name = Ada Tester
	email = ada@example.com
[init]
	defaultBranch = main
[commit]
	gpgSign = false
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--figures", metavar="FILE", help="keep what the tests say they found")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--figures")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(figures.Figures(Path(path)))
    config.addinivalue_line("markers", "may_block: code under test may block the event loop here")
    leftovers.mark_children()
    tripwires.install()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What was looked at, for the process that prints the summary."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["keysleft"] = dict(keysleft.looked)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """A worker of pytest-xdist has ended."""
    for name, count in getattr(node, "workeroutput", {}).get("keysleft", {}).items():
        keysleft.looked[name] += count


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The last word of the suite: what was searched for keys."""
    count = keysleft.looked
    terminalreporter.write_line(
        f"{count['files']} files left by {count['tests']} tests were searched for "
        f"{count['keys']} keys in 10 forms; whatever held one failed its test"
    )


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    yield
    found = leftovers.end_leftovers()
    assert not found, "processes were left behind:\n" + "\n".join(found)


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A world of the test's own; the path of its home."""
    home = tmp_path / "home"
    home.mkdir()
    for name in os.environ:
        if _FOREIGN.search(name):
            monkeypatch.delenv(name)
    # A Unix socket's path may have 107 bytes, and pytest's own directories are longer than that.
    runtime = Path(tempfile.mkdtemp(prefix="air", dir="/tmp"))
    (home / ".gitconfig").write_text(_GIT_CONFIG, encoding="utf-8")
    for name, value in {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": runtime,
        "GIT_CONFIG_GLOBAL": home / ".gitconfig",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z",
        "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "EDITOR": "false",
    }.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv(keysleft.NAME, keysleft.SENTINEL)
    yield home
    keys = keysleft.left_in(home, runtime)
    shutil.rmtree(runtime, ignore_errors=True)
    assert not keys, "keys were left behind:\n" + "\n".join(keys)


@pytest.fixture(autouse=True)
def _blocking_allowed(request: pytest.FixtureRequest) -> Iterator[None]:
    with tripwires.blocking(allowed=request.node.get_closest_marker("may_block") is not None):
        yield


@dataclass
class FakeClock:
    """A `Clock` that stands still until it is told to move."""

    instant: datetime = field(default_factory=lambda: datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC))
    elapsed: float = 1000.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.elapsed

    def advance(self, seconds: float) -> None:
        """Both clocks go on by `seconds`."""
        self.instant += timedelta(seconds=seconds)
        self.elapsed += seconds

    def jump(self, to: datetime) -> None:
        """The wall clock alone is set, as when the user or NTP sets it."""
        self.instant = to


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> figures.Figure:
    """Says what a test came to, for the page that names it."""
    return partial(record_property, figures.NAME)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def asyncio_debug() -> None:
    """asyncio's own checks: calls from a wrong thread raise, slow callbacks are logged."""
    asyncio.get_running_loop().set_debug(True)
