"""Real repositories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., bytes]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Runs git in a repository at `tmp_path / "repo"`; made on the first call of `init`."""
    root = tmp_path / "repo"
    root.mkdir()
    env = {
        **os.environ,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.invalid",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.invalid",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }

    def run(*arguments: str | bytes, check: bool = True, cwd: Path = root) -> bytes:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=cwd,
            env=env,
            capture_output=True,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(done.stderr.decode())
        return done.stdout

    return run


@pytest.fixture
def repo(tmp_path: Path, git: Git) -> Path:
    """A repository with one commit and a few files."""
    root = tmp_path / "repo"
    git("init", "-q", "-b", "main")
    (root / "a.py").write_text("def one():\n    return 1\n" * 20, "utf-8")
    (root / "b.txt").write_text("text\n", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Begin")
    return root
