"""What `aircher doctor` says of keys, beside a daemon that runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sessions.conftest import configure, provider


def aircherd(*words: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def daemon() -> Iterator[None]:
    """One that was started without any key."""
    # Nothing listens there: what is said about the key does not wait for the provider.
    configure(provider("acme", "http://127.0.0.1:1/v1") + 'api_key_env = "ACME_KEY"\n')
    aircherd("call", "aircher/status")
    yield
    aircherd("stop")


@pytest.mark.usefixtures("daemon")
def test_a_key_the_running_daemon_lacks_is_told_with_what_to_do() -> None:
    said = [
        line for line in aircherd("doctor", ACME_KEY="k-0123456789").splitlines() if "acme" in line
    ]
    assert any(line.startswith("!!") and "`aircherd restart`" in line for line in said), said
    assert sum("nothing answers" in line for line in said) == 1, "told once"
    assert not any("acme: nothing" in line for line in said), "named once"
    keyless = aircherd("doctor")
    assert "aircherd restart" not in keyless
    assert "--   openai " in keyless, "what was not set up is neither right nor wrong"


def test_a_configuration_without_mistakes_is_said_to_be_in_order() -> None:
    assert "is not there" in aircherd("config", "check")
    configure("[costs]\ndaily_limit = 2.00\n")
    assert aircherd("config", "check").endswith("is in order.\n")


def test_a_part_that_is_missing_is_named_and_is_no_crash(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import sys\nsys.modules['aiohappyeyeballs'] = None\n", "utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", "doctor"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(hidden)},
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "a part is missing (aiohappyeyeballs); install aircher again" in done.stdout


def test_trying_where_nothing_is_staged_shows_no_empty_list(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "mine")], check=True, timeout=30)
    done = subprocess.run(
        [sys.executable, "-m", "aircher", "try", str(tmp_path / "mine")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Nothing is staged" in done.stderr
