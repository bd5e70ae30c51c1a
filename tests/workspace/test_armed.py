"""Repositories that name programs: looking at them runs none, and leaks no key."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd.core.errors import AircherError
from aircherd.workspace.git import Repository

Git = Callable[..., bytes]
HOOKS = (
    "post-index-change", "pre-commit", "prepare-commit-msg", "post-checkout", "pre-auto-gc",
    "reference-transaction", "fsmonitor-watchman",
)  # fmt: skip


def arm(repo: Path, git: Git, canary: Path) -> None:
    """Every way of naming a program that plain git would follow while it looks."""
    program = repo.parent / "program.sh"
    program.write_text(f"#!/bin/sh\necho ran >> {canary}\nenv >> {canary}\ncat\n", "utf-8")
    program.chmod(0o755)
    for hook in HOOKS:
        path = repo / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\necho ran >> {canary}\n", "utf-8")
        path.chmod(0o755)
    (repo / ".gitattributes").write_text(
        "*.py filter=evil diff=evil merge=evil\n*.txt diff=evil filter=evil\n", "utf-8"
    )
    included = repo.parent / "included"
    included.write_text(f"[core]\n\tfsmonitor = {program}\n", "utf-8")
    for key in (
        "core.fsmonitor", "core.pager", "core.editor", "core.askPass", "core.sshCommand",
        "core.hooksPath", "diff.external", "diff.evil.command", "diff.evil.textconv",
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "merge.evil.driver",
        "gpg.program", "gpg.ssh.program", "credential.helper", "remote.origin.uploadpack",
        "sequence.editor", "interactive.diffFilter", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        git("config", key, str(program))
    git("config", "log.showSignature", "true")
    git("config", "include.path", str(included))
    git("config", "alias.diff-index", f"!{program}")
    git("config", "remote.origin.url", f"ext::{program}")
    git("config", "remote.origin.promisor", "true")


@pytest.fixture
def armed(repo: Path, git: Git, tmp_path: Path) -> tuple[Path, Path]:
    (repo / "a.py").write_text("changed = 1\n", "utf-8")
    (repo / "b.txt").write_text("staged\n", "utf-8")
    git("add", ".")
    canary = tmp_path / "canary"
    arm(repo, git, canary)
    canary.unlink(missing_ok=True)
    return repo, canary


def test_plain_git_would_run_them(armed: tuple[Path, Path]) -> None:
    """Without this the next test could not fail."""
    repo, canary = armed
    subprocess.run(["git", "diff"], cwd=repo, capture_output=True, check=False)
    subprocess.run(["git", "status"], cwd=repo, capture_output=True, check=False)
    assert canary.exists()


def test_looking_runs_nothing(armed: tuple[Path, Path]) -> None:
    repo, canary = armed
    repository = Repository.locate(str(repo))
    assert len(repository.snapshot().staged) == 2
    assert b"+staged" in repository.staged_diff(1 << 20).patch
    assert repository.history(10)
    repository.hints()
    assert not canary.exists(), canary.read_text("utf-8")


def test_a_missing_object_is_refused_and_fetched_by_nobody(
    armed: tuple[Path, Path], git: Git
) -> None:
    repo, canary = armed
    oid = git("rev-parse", ":b.txt").decode().strip()
    canary.unlink(missing_ok=True)
    (repo / ".git" / "objects" / oid[:2] / oid[2:]).unlink()
    # git takes the same bytes from the work tree where they still stand there.
    (repo / "b.txt").write_text("something else altogether\n", "utf-8")
    with pytest.raises(AircherError):
        Repository.locate(str(repo)).staged_diff(1 << 20)
    assert not canary.exists()


def test_core_worktree_leads_nowhere(repo: Path, git: Git, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_text("a secret from elsewhere\n", "utf-8")
    (repo / "b.txt").write_text("staged\n", "utf-8")
    git("add", ".")
    git("config", "core.worktree", str(outside))
    repository = Repository.locate(str(repo))
    assert b"secret" not in repository.staged_diff(1 << 20).patch
    assert repository.root == str(repo.resolve())


def test_an_embedded_bare_repository_is_not_opened(repo: Path, git: Git, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    bare = repo / "fixture"
    git("init", "-q", "--bare", str(bare))
    program = tmp_path / "program.sh"
    program.write_text(f"#!/bin/sh\necho ran > {canary}\n", "utf-8")
    program.chmod(0o755)
    git("config", "--file", str(bare / "config"), "core.fsmonitor", str(program))
    with pytest.raises(AircherError):
        Repository.locate(str(bare)).snapshot()
    assert not canary.exists()


def test_the_template_is_not_read_from_outside(repo: Path, git: Git, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret", "utf-8")
    for value in (str(secret), "../secret", "link"):
        (repo / "link").unlink(missing_ok=True)
        (repo / "link").symlink_to(secret)
        git("config", "commit.template", value)
        assert Repository.locate(str(repo)).hints().template is None
    (repo / "template").write_text("Why:\n", "utf-8")
    git("config", "commit.template", "template")
    assert Repository.locate(str(repo)).hints().template == "Why:\n"


@pytest.mark.slow
def test_a_hundred_commits_beside_us(repo: Path, git: Git) -> None:
    """The user's git never meets a lock of ours."""
    import threading

    stop = threading.Event()
    looks = 0

    def look() -> None:
        nonlocal looks
        while not stop.is_set():
            Repository.locate(str(repo)).snapshot()
            looks += 1

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for number in range(100):
            (repo / "b.txt").write_text(f"{number}\n", "utf-8")
            git("commit", "-q", "-am", f"Change {number}")
    finally:
        stop.set()
        watcher.join()
    assert looks > 10
