"""What is staged is read before it is asked for, by the same inert look, never believed blind."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from aircherd.workspace import ahead, run
from aircherd.workspace.ahead import Ahead
from aircherd.workspace.inotify import Inotify
from aircherd.workspace.kept import SECONDS, KeptChanges
from aircherd.workspace.repositories import KnownRepository, Repositories
from aircherd.workspace.shadow import Shadow
from workspace.test_armed import arm
from workspace.test_states import fingerprint

Git = Callable[..., bytes]
CAP = 1 << 20


@pytest.fixture
async def reading() -> AsyncIterator[Ahead]:
    made = Ahead(Repositories())
    yield made
    await made.aclose()


@pytest.fixture
def patches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each patch git is asked for."""
    found: list[str] = []
    plain = Shadow.git

    def noted(self: Shadow, *words: str, **named: object) -> run.Output:
        if "--patch" in words:
            found.append(words[-1])
        return plain(self, *words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Shadow, "git", noted)
    return found


async def stage(repo: Path, git: Git, text: str) -> None:
    (repo / "b.txt").write_text(f"{text}\n", "utf-8")
    await asyncio.to_thread(git, "add", ".")


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def asked(reading: Ahead, root: str) -> KnownRepository:
    """A first question, after which the repository is followed."""
    known = await asyncio.to_thread(reading.repositories.at, root)
    await asyncio.to_thread(known.staged_diff, CAP)
    await asyncio.to_thread(known.history, 5)
    reading.follow(root)
    await until(lambda: root in reading.followed)
    return known


async def test_a_question_finds_what_was_staged_read_already(
    repo: Path, git: Git, reading: Ahead, patches: list[str]
) -> None:
    known = await asked(reading, str(repo.resolve()))
    await stage(repo, git, "two")
    await until(lambda: len(patches) == 2)
    await until(lambda: not reading.busy)
    diff = await asyncio.to_thread(known.staged_diff, CAP)
    assert b"+two" in diff.patch
    assert len(patches) == 2


async def test_after_a_commit_the_history_is_read_ahead(
    repo: Path, git: Git, reading: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage(repo, git, "one")
    known = await asked(reading, str(repo.resolve()))
    logs: list[str] = []
    plain = Shadow.git

    def noted(self: Shadow, *words: str, **named: object) -> run.Output:
        logs.append(words[0])
        return plain(self, *words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Shadow, "git", noted)
    await asyncio.to_thread(git, "commit", "-q", "-m", "One more")
    await until(lambda: "log" in logs and not reading.busy)
    logs.clear()
    past = await asyncio.to_thread(known.history, 5)
    assert past[0].message == "One more"
    assert not logs
    # HEAD's branch moves and the index does not.
    await asyncio.to_thread(git, "reset", "-q", "--soft", "HEAD~1")
    await until(lambda: "log" in logs and not reading.busy)


async def test_nothing_is_read_ahead_where_nobody_asked(
    repo: Path, git: Git, reading: Ahead, patches: list[str], tmp_path: Path
) -> None:
    await asked(reading, str(repo.resolve()))
    other = tmp_path / "other"
    await asyncio.to_thread(git, "clone", "-q", str(repo), str(other))
    patches.clear()
    (other / "b.txt").write_text("one\n", "utf-8")
    await asyncio.to_thread(git, "add", ".", cwd=other)
    await stage(repo, git, "here")
    await until(lambda: bool(patches) and not reading.busy)
    await asyncio.sleep(2 * ahead.QUIET_SECONDS)
    assert len(patches) == 1


async def test_what_goes_on_staging_puts_it_off(
    repo: Path, git: Git, reading: Ahead, patches: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(reading, str(repo.resolve()))
    patches.clear()
    monkeypatch.setattr(ahead, "QUIET_SECONDS", 600.0)
    loop = asyncio.get_running_loop()
    timers: list[asyncio.TimerHandle] = []
    plain = loop.call_later

    def noted(delay: float, *what: Any) -> asyncio.TimerHandle:
        timers.append(plain(delay, *what))
        return timers[-1]

    monkeypatch.setattr(loop, "call_later", noted)
    for number in range(3):
        await stage(repo, git, str(number))
        await asyncio.sleep(0.02)
    assert not patches
    monkeypatch.setattr(ahead, "QUIET_SECONDS", 0.05)
    await stage(repo, git, "last")
    late = [timer for timer in timers if timer.when() > loop.time() + 500]
    assert len(late) > 1
    await until(lambda: all(timer.cancelled() for timer in late))
    await until(lambda: bool(patches) and not reading.busy)
    assert len(patches) == 1


async def test_a_repository_nobody_asks_about_any_more_is_left(
    repo: Path, git: Git, reading: Ahead, patches: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(reading, str(repo.resolve()))
    patches.clear()
    monkeypatch.setattr(ahead, "FOLLOWED_SECONDS", -1.0)
    await stage(repo, git, "late")
    await until(lambda: not reading.followed)
    assert not patches


async def test_what_is_not_asked_for_any_more_is_let_go_of_though_nothing_is_staged(
    repo: Path, git: Git, reading: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what a question kept, nor what one asked for after the last look."""
    now = [0.0]
    reading.repositories.changes = changes = KeptChanges(lambda: now[0])
    monkeypatch.setattr(ahead, "SECONDS", -0.95)  # a look each 0.05 s; what is old, `now` says
    await stage(repo, git, "two")
    await asyncio.sleep(0.03)
    await asked(reading, str(repo.resolve()))
    assert changes.held
    now[0] = SECONDS - 1
    await asyncio.to_thread(reading.repositories.at(str(repo)).staged_diff, CAP)
    now[0] = SECONDS + 1
    looks, let_go = [0], changes.let_go

    def looked() -> bool:
        looks[0] += 1
        return let_go()

    monkeypatch.setattr(changes, "let_go", looked)
    await until(lambda: looks[0] >= 2)
    assert changes.held, "it was asked for two seconds ago"
    now[0] = 2 * SECONDS
    await until(lambda: not changes.held)


async def test_a_git_dir_that_goes_is_left(repo: Path, git: Git, reading: Ahead) -> None:
    await asked(reading, str(repo.resolve()))
    (repo / ".git").rename(repo / "gone")
    await until(lambda: not reading.followed)


async def test_what_was_read_ahead_is_not_believed_once_anything_differs(
    repo: Path, git: Git, reading: Ahead
) -> None:
    known = await asked(reading, str(repo.resolve()))
    for text in ("two", "three", "four"):
        await stage(repo, git, text)
        # Asked at once, and while it may be being read, and after that.
        for pause in (0.0, ahead.QUIET_SECONDS, ahead.QUIET_SECONDS):
            await asyncio.sleep(pause)
            diff = await asyncio.to_thread(known.staged_diff, CAP)
            assert f"+{text}".encode() in diff.patch
    (repo / ".gitattributes").write_text("*.txt -diff\n", "utf-8")
    assert b"Binary" in (await asyncio.to_thread(known.staged_diff, CAP)).patch


async def test_reading_ahead_runs_nothing_of_the_repository(
    repo: Path, git: Git, reading: Ahead, patches: list[str], tmp_path: Path
) -> None:
    await stage(repo, git, "one")
    await asked(reading, str(repo.resolve()))
    canary = tmp_path / "canary"
    arm(repo, git, canary)
    before = fingerprint(repo)
    canary.unlink(missing_ok=True)
    patches.clear()
    # As git puts a new index there; git itself would run what the repository names.
    index = repo / ".git" / "index"
    (tmp_path / "index").write_bytes(index.read_bytes())
    (tmp_path / "index").rename(index)
    before = fingerprint(repo)
    await until(lambda: bool(patches) and not reading.busy)
    assert not canary.exists()
    assert fingerprint(repo) == before


async def test_closed_means_nothing_is_watched_or_read_any_more(
    repo: Path, git: Git, reading: Ahead, patches: list[str]
) -> None:
    await asked(reading, str(repo.resolve()))
    patches.clear()
    await stage(repo, git, "late")
    await reading.aclose()
    reading.follow(str(repo.resolve()))
    await asyncio.sleep(2 * ahead.QUIET_SECONDS)
    assert not patches
    assert not reading.followed


async def test_an_end_waits_for_the_look_under_way(
    repo: Path, git: Git, reading: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that still runs git would find its folder gone."""
    await asked(reading, str(repo.resolve()))
    begun, go_on, over = threading.Event(), threading.Event(), list[str]()
    plain = Ahead._look

    def slow(self: Ahead, root: str) -> None:
        begun.set()
        go_on.wait(30)
        plain(self, root)
        over.append(root)

    monkeypatch.setattr(Ahead, "_look", slow)
    await stage(repo, git, "late")
    await until(begun.is_set)
    closing = asyncio.create_task(reading.aclose())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing
    assert over == [str(repo.resolve())]
    assert not reading.busy


async def test_an_end_leaves_nothing_for_later(
    repo: Path, git: Git, reading: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    timers: list[asyncio.TimerHandle] = []
    plain = loop.call_later

    def noted(delay: float, *what: Any) -> asyncio.TimerHandle:
        timers.append(plain(delay, *what))
        return timers[-1]

    monkeypatch.setattr(loop, "call_later", noted)
    monkeypatch.setattr(ahead, "QUIET_SECONDS", 600.0)
    await asked(reading, str(repo.resolve()))
    await stage(repo, git, "late")
    await until(lambda: any(timer.when() > loop.time() + 500 for timer in timers))
    later = [timer for timer in timers if timer.when() > loop.time() + 60]
    assert len(later) >= 2, "one to read, one to let go"
    await reading.aclose()
    assert all(timer.cancelled() for timer in later)


async def test_who_is_followed_at_the_end_is_not(
    repo: Path, reading: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder was still being looked for."""
    begun, go_on = threading.Event(), threading.Event()
    plain = Ahead._git_dir

    def slow(self: Ahead, root: str) -> str:
        begun.set()
        go_on.wait(30)
        return plain(self, root)

    monkeypatch.setattr(Ahead, "_git_dir", slow)
    before = queues()
    reading.follow(str(repo.resolve()))
    await until(begun.is_set)
    closing = asyncio.create_task(reading.aclose())
    await asyncio.sleep(0)
    go_on.set()
    await closing
    assert not reading.followed
    assert queues() == before


async def test_a_queue_in_which_nothing_could_be_watched_is_given_back(
    repo: Path, reading: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "the user's limit of watches is reached")

    monkeypatch.setattr(Inotify, "add", full)
    before = queues()
    reading.follow(str(repo.resolve()))
    await until(lambda: not reading.busy)
    assert queues() == before + 1
    await reading.aclose()
    assert queues() == before


def queues() -> int:
    """Queues of notices this process has open."""
    found = 0
    for name in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(name.readlink()) == "anon_inode:inotify"
    return found
