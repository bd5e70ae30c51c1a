"""What a commit message's material costs, in git processes and not in time."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aircherd.config.load import user_settings
from aircherd.features.commit_room import CommitRoom, Wish
from aircherd.workspace.repositories import Repositories

_COMMANDS = ("diff-index", "cat-file", "log", "config", "rev-list", "ls-files", "rev-parse")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that are run, by name."""
    found: list[str] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, words: list[str], *rest: Any, **named: Any) -> None:
            found.append(next((word for word in words if word in _COMMANDS), " ".join(words)))
            super().__init__(words, *rest, **named)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return found


@pytest.fixture
def git(tmp_path: Path) -> Callable[..., None]:
    root = tmp_path / "repo"
    root.mkdir()
    who = {
        f"GIT_{part}_{kind}": "a@b"
        for part in ("AUTHOR", "COMMITTER")
        for kind in ("NAME", "EMAIL")
    }

    def run(*words: str) -> None:
        env = {**os.environ, **who, "GIT_CONFIG_GLOBAL": os.devnull}
        subprocess.run(["git", *words], cwd=root, env=env, check=True, capture_output=True)

    run("init", "-q")
    for number in range(20):
        (root / f"f{number}.py").write_text("x = 1\n", "utf-8")
    run("add", ".")
    run("commit", "-q", "-m", "feat: begin")
    return run


def test_git_is_asked_once_for_a_change_and_not_again_for_the_same(
    git: Callable[..., None], begun: list[str], tmp_path: Path
) -> None:
    root = tmp_path / "repo"
    settings, _ = user_settings(tmp_path / "none.toml", None)
    room = CommitRoom(lambda: settings, Repositories())
    git("config", "user.name", "somebody")
    for version in (1, 2):
        for number in range(20):
            (root / f"f{number}.py").write_text(f"x = {version}{number}\n", "utf-8")
        git("add", ".")
        begun.clear()
        material, _ = room.gather(str(root), Wish())
        assert len(material.files) == 20
    # The list of what is staged and the patch, in one; the history was read with the first.
    assert begun == ["diff-index"]
    end = time.monotonic() + 20  # what has just been written may still change unseen
    while begun and time.monotonic() < end:
        time.sleep(0.05)
        begun.clear()
        room.gather(str(root), Wish())
    assert not begun


def test_git_is_asked_for_a_template_where_one_may_be_set(
    git: Callable[..., None], begun: list[str], tmp_path: Path
) -> None:
    (tmp_path / "repo" / "why").write_text("Why:\n", "utf-8")
    git("config", "COMMIT.Template", "why")
    known = Repositories().at(str(tmp_path / "repo"))
    begun.clear()
    assert known.hints().template == "Why:\n"
    assert begun == ["config"]
