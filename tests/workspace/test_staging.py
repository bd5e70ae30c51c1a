"""An index that git wrote is heard of, by whoever holds its folder, and nothing else is."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from aircherd.workspace import staging as room
from aircherd.workspace.staging import Staging


@pytest.fixture
async def staging() -> AsyncIterator[Staging]:
    made = Staging()
    yield made
    made.close()


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = (tmp_path / "shop").resolve()
    (root / "deep" / "er").mkdir(parents=True)
    git(root, "init", "-q")
    (root / "a.py").write_text("a = 1\n", "utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Begin")
    return root


def queues() -> int:
    """The kernel's queues of notices this process has open."""
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(one.readlink()) == "anon_inode:inotify"
    return found


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.001)


async def test_every_holder_hears_of_an_index_and_of_nothing_else(
    staging: Staging, repository: Path
) -> None:
    one: list[str] = []
    two: list[str] = []
    await staging.hold(str(repository), "one", one.append)
    await staging.hold(str(repository / "deep" / "er"), "two", two.append)
    assert staging.roots == (str(repository),)
    git(repository, "branch", "other")
    git(repository, "config", "a.b", "c")
    (repository / "a.py").write_text("a = 2\n", "utf-8")
    for _ in range(10):
        await asyncio.sleep(0.001)
    assert one == two == [], "a branch and a setting are renamed into place as well"
    git(repository, "add", "a.py")
    await until(lambda: one)
    assert set(one) == set(two) == {str(repository)}
    staging.release("one")
    before = len(one)
    git(repository, "reset", "-q")
    await until(lambda: len(two) > before)
    assert len(one) == before


async def test_nothing_is_kept_open_for_nobody(staging: Staging, repository: Path) -> None:
    before = queues()
    await staging.hold(str(repository), "one", lambda _: None)
    await staging.hold(str(repository), "two", lambda _: None)
    assert queues() == before + 1
    staging.release("one")
    assert staging.roots
    staging.release("two")
    staging.release("two")
    assert staging.roots == ()
    assert queues() == before
    told: list[str] = []
    await staging.hold(str(repository), "three", told.append)
    git(repository, "rm", "-q", "--cached", "a.py")
    await until(lambda: told)


async def test_what_leads_elsewhere_is_left_alone(
    staging: Staging, repository: Path, tmp_path: Path
) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "linked"))
    led = tmp_path / "led"
    led.mkdir()
    (led / ".git").symlink_to(repository / ".git")
    inside = repository / "deep" / "led"
    inside.mkdir()
    (inside / ".git").write_text("gitdir: ../../.git\n", "utf-8")
    for path in (tmp_path / "linked", led, inside, tmp_path, Path("/nonexistent/x")):
        await staging.hold(str(path), "one", lambda _: None)
    assert staging.roots == ()


async def test_where_the_kernel_gives_no_watch_nothing_fails(
    staging: Staging, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room.Inotify, "add", none)
    before = queues()
    await staging.hold(str(repository), "one", lambda _: None)
    assert staging.roots == ()
    assert queues() == before
