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

    def run(
        *arguments: str | bytes, check: bool = True, cwd: Path = root, dated: str | None = None
    ) -> bytes:
        when = {} if dated is None else {"GIT_AUTHOR_DATE": dated, "GIT_COMMITTER_DATE": dated}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=cwd,
            env={**env, **when},
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


@pytest.fixture
def tree(repo: Path, git: Git) -> Path:
    """A repository with folders, and some that are ignored."""
    (repo / ".gitignore").write_text("node_modules/\nbuild/\n*.tmp\n", "utf-8")
    for folder in ("src", "src/deep/er", "docs"):
        (repo / folder).mkdir(parents=True)
        (repo / folder / "one.py").write_text("one = 1\n", "utf-8")
        (repo / folder / "two.txt").write_text("two\n", "utf-8")
    for folder in ("node_modules/left/pad", "build/out"):
        (repo / folder).mkdir(parents=True)
        (repo / folder / "x.js").write_text("x\n", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Folders")
    return repo.resolve()
