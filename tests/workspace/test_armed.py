"""Repositories that name programs: looking at them runs none, and leaks no key."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd.core.errors import AircherError
from aircherd.workspace.git import Repository
from aircherd.workspace.lookout import Lookout
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.view import View
from figures import Figure

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


async def test_watching_runs_nothing(armed: tuple[Path, Path], git: Git) -> None:
    """The whole view: first look, watches, ignored files, parts, synced looks, a submodule."""
    repo, canary = armed
    sub = repo.parent / "other"
    shutil.copytree(repo, sub)
    shutil.rmtree(sub / ".git" / "hooks")
    (sub / ".git" / "config").write_text("[core]\n", "utf-8")
    plain = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "diff.external=")
    filters = ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process")
    off = [word for name in filters for word in ("-c", f"{name}=")]
    git(*plain, *off, "submodule", "--quiet", "add", "--force", str(sub), "sub")
    config = repo / ".git" / "modules" / "sub" / "config"
    program = repo.parent / "program.sh"
    with config.open("a", encoding="utf-8") as file:
        file.write(f"[core]\n\tfsmonitor = {program}\n[diff]\n\texternal = {program}\n")
        file.write(f'[filter "evil"]\n\tclean = {program}\n\tprocess = {program}\n')
    (repo / ".gitignore").write_text("*.tmp\n", "utf-8")
    await asyncio.sleep(0.05)
    canary.unlink(missing_ok=True)
    view = View(Lookout(str(repo.resolve()), Repositories()))
    view.start()
    try:
        assert (await view.ready()).staged
        (repo / "a.py").write_text("more = 1\n", "utf-8")
        (repo / "x.tmp").write_text("ignored\n", "utf-8")
        (repo / "fresh").mkdir()
        (repo / "fresh" / "b.txt").write_text("new\n", "utf-8")
        (repo / "sub" / "a.py").write_text("more = 1\n", "utf-8")
        (repo / "test.log").write_text("Traceback (most recent call last)\n", "utf-8")
        seen = await view.synced()
        assert {c.path for c in seen.local or ()} >= {b"a.py", b"fresh/b.txt", b"test.log"}
        assert [log.path for log in seen.failing_logs] == [b"test.log"]
        # And unasked, once the pause since that look is over.
        (repo / "late.py").write_text("late = 1\n", "utf-8")
        async with asyncio.timeout(10):
            while b"late.py" not in {c.path for c in view.current().local or ()}:
                await asyncio.sleep(0.01)
    finally:
        await view.aclose()
    assert not canary.exists(), canary.read_text("utf-8")


def test_a_missing_object_is_refused_and_fetched_by_nobody(
    armed: tuple[Path, Path], git: Git
) -> None:
    repo, canary = armed
    oid = git("rev-parse", ":b.txt").decode().strip()
    # Of a remote on this machine git runs the program that is to pack for it.
    git("config", "remote.origin.url", f"file://{repo}")
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
async def test_five_hundred_commits_beside_a_view(repo: Path, git: Git, figure: Figure) -> None:
    """The user's git never meets a lock of ours, while we look all the time."""
    view = View(Lookout(str(repo.resolve()), Repositories()))
    view.start()
    done = asyncio.Event()
    looks = 0

    async def look() -> None:
        nonlocal looks
        while not done.is_set():
            await view.synced()
            looks += 1

    def commit() -> None:
        for number in range(500):
            (repo / "b.txt").write_text(f"{number}\n", "utf-8")
            git("commit", "-q", "-am", f"Change {number}")

    looking = asyncio.create_task(look())
    try:
        # A commit that meets a lock fails, and this raises.
        await asyncio.to_thread(commit)
        done.set()
        await looking
        seen = await view.synced()
        assert seen.head == git("rev-parse", "HEAD").decode().strip()
        assert (seen.local, seen.staged) == ((), ())
        assert looks > 100
        assert git("fsck", "--strict").strip() == b""
        figure(f"500 commits beside {looks:,} looks, 0 locks met")
    finally:
        done.set()
        await view.aclose()
