"""The whole house, installed: terminal shim, forwarder, daemon, git, ledger, and a real engine."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


def aircher(*words: str, cwd: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aircher", *words],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def call(method: str, params: dict[str, Any]) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "aircherd", "call", method, json.dumps(params)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A repository with something staged, and a daemon that is stopped afterwards."""
    root = tmp_path / "shop"
    root.mkdir()

    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    git("config", "user.name", "You")
    git("config", "user.email", "you@example.invalid")
    (root / "shop.py").write_text("def total(prices):\n    return sum(prices)\n", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Add prices")
    (root / "shop.py").write_text(
        "def total(prices):\n    return sum(prices)\n\n\ndef mean(prices):\n"
        "    return total(prices) / len(prices)\n",
        "utf-8",
    )
    git("add", ".")
    yield root
    subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False)


def use(base: str) -> None:
    """Configures an OpenAI-compatible endpoint as the default."""
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "aircher"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[providers]\ndefault = "mine"\n[providers.mine]\nbase_url = "{base}"\n'
        'models = ["tiny"]\ncontext = 4096\n',
        "utf-8",
    )


def test_with_no_model_a_message_is_drafted_and_it_is_said(shop: Path) -> None:
    done = aircher("commit", "--print", cwd=shop)
    assert done.returncode == 0, done.stderr
    assert "mean" in done.stdout
    assert done.stdout.count("\n") == 1
    assert "aircher/rules" in done.stderr
    assert "No language model is set up" in done.stderr


def test_apply_commits_it(shop: Path) -> None:
    assert aircher("commit", "--apply", cwd=shop).returncode == 0
    log = subprocess.run(
        ["git", "log", "-1", "--format=%s"], cwd=shop, capture_output=True, text=True, check=True
    )
    assert "mean" in log.stdout
    again = aircher("commit", "--print", cwd=shop)
    assert again.returncode == 1
    assert "git add" in again.stderr


def test_ask_without_a_model_says_what_to_do(shop: Path) -> None:
    done = aircher("ask", "what is a monad?", cwd=shop, stdin="")
    assert done.returncode == 1
    assert "OPENAI_API_KEY" in done.stderr


def test_the_hook_writes_and_leaves_others_alone(shop: Path) -> None:
    assert aircher("hook", "install", cwd=shop).returncode == 0
    env = {**os.environ, "GIT_EDITOR": "true"}
    subprocess.run(["git", "commit", "-q"], cwd=shop, env=env, check=True, capture_output=True)
    log = subprocess.run(
        ["git", "log", "-1", "--format=%s"], cwd=shop, capture_output=True, text=True, check=True
    )
    assert "mean" in log.stdout
    assert aircher("hook", "uninstall", cwd=shop).returncode == 0
    foreign = shop / ".git" / "hooks" / "prepare-commit-msg"
    foreign.write_text("#!/bin/sh\nexit 0\n", "utf-8")
    refused = aircher("hook", "install", cwd=shop)
    assert refused.returncode == 1
    assert "left alone" in refused.stderr
    assert foreign.read_text("utf-8") == "#!/bin/sh\nexit 0\n"


def test_status_usage_and_models_answer(shop: Path) -> None:
    for words in (["status"], ["usage"], ["models"], ["models", "--all"]):
        done = aircher(*words, cwd=shop)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
    status = call("aircher/status", {})
    assert status["ledger"] == "ok"
    detected = call("aircher/detectTask", {"message": "why does this crash with a traceback?"})
    assert detected["task"] == "debugging"


def test_try_leaves_nothing_behind(tmp_path: Path) -> None:
    done = aircher("try", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "aircher/rules" in done.stdout
    where = done.stdout.partition("What is staged in ")[2].partition(":")[0]
    assert not Path(where).parent.exists()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_real_engine_streams_is_checked_and_booked(shop: Path) -> None:
    from fakes.llama import llama

    with llama() as base:
        use(base)
        seen = call(
            "aircher/plan", {"method": "aircher/commitMessage", "params": {"workspace": str(shop)}}
        )
        assert seen["origin"] == base.removesuffix("/v1")
        assert "def mean" in seen["messages"][1]["content"]
        message = call("aircher/commitMessage", {"workspace": str(shop)})
        assert message["answer"]["provider"] == "mine"
        assert message["answer"]["usage"]["output"] > 0
        assert all(check["ok"] for check in message["checks"])
        assert "\n" not in message["subject"]
        answer = aircher("ask", "say something", "--model", "mine/tiny", cwd=shop, stdin="")
        assert answer.returncode == 0, answer.stderr
        assert answer.stdout.strip()
        usage = call("aircher/usage", {})
        assert {line["name"] for line in usage["byTask"]} >= {"commit_messages"}


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_ctrl_c_stops_the_engine_and_settles(shop: Path) -> None:
    from fakes.llama import llama

    with llama() as base:
        use(base)
        asked = subprocess.Popen(
            [sys.executable, "-m", "aircher", "ask", "go on for ever"],
            cwd=shop,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert asked.stdout is not None
        assert asked.stdout.read(1)
        asked.send_signal(signal.SIGINT)
        asked.communicate(timeout=20)
        assert asked.returncode == 130
        path = Path(os.environ["XDG_STATE_HOME"]) / "aircher" / "usage.sqlite3"
        for _ in range(100):
            db = sqlite3.connect(path)
            rows = db.execute("SELECT state, outcome FROM entries").fetchall()
            db.close()
            if rows and all(state == "settled" for state, _ in rows):
                break
            time.sleep(0.05)
        assert rows == [("settled", "cancelled")]
