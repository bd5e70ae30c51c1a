"""A view of a work tree never lies: what it shows is what a walk over everything finds."""

from __future__ import annotations

import asyncio
import errno
import os
import random
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from aircherd.core.errors import AircherError, NotNow
from aircherd.core.snapshot import LocalKind, Operation, WorkspaceSnapshot
from aircherd.workspace.guard import for_this_system
from aircherd.workspace.lookout import Lookout, Seen
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.view import Change, View
from workspace import oracle

Git = Callable[..., bytes]


Opened = Callable[..., View]


@pytest.fixture
async def opened() -> AsyncIterator[Opened]:
    """Opens views, and closes them at the end."""
    views: list[View] = []

    def open_view(root: Path, *, most: int | None = None) -> View:
        view = View(Lookout(str(root), Repositories(), most=most))
        view.start()
        views.append(view)
        return view

    yield open_view
    for view in views:
        await view.aclose()


async def until(
    view: View, holds: Callable[[WorkspaceSnapshot], bool], seconds: float = 10.0
) -> WorkspaceSnapshot:
    """What the view shows, unasked, once something holds."""
    deadline = time.monotonic() + seconds
    while True:
        now = view.known()
        if now is not None and holds(now):
            return now
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.01)


async def test_a_first_look(tree: Path, opened: Opened) -> None:
    view = opened(tree)
    seen = await view.ready()
    assert (seen.branch, seen.operation, seen.local) == ("main", Operation.NONE, ())
    assert seen.degraded is None
    assert seen.upstream is None
    assert seen.ahead is None


async def test_changes_are_told_unasked(tree: Path, opened: Opened, git: Git) -> None:
    view = opened(tree)
    await view.ready()
    changes: list[Change] = []
    stop = view.subscribe(changes.append)
    (tree / "src" / "one.py").write_text("one = 11\n", "utf-8")
    (tree / "src" / "new.py").write_text("new\n", "utf-8")
    seen = await until(view, lambda s: len(s.local or ()) == 2)
    assert oracle.shown(seen) == oracle.expected(tree)
    assert {f.path: f.language for f in seen.recent}[b"src/new.py"] == "python"
    git("add", "src/one.py")
    seen = await until(view, lambda s: len(s.staged) == 1 and len(s.local or ()) == 1)
    assert seen.staged[0].size == len(b"one = 11\n")
    git("checkout", "-q", "-b", "feature/x")
    await until(view, lambda s: s.branch == "feature/x")
    git("commit", "-q", "-m", "One")
    head = git("rev-parse", "HEAD").decode().strip()
    await until(view, lambda s: s.head == head and not s.staged)
    stop()
    assert [c.serial for c in changes] == sorted({c.serial for c in changes})
    assert {"local"} <= set().union(*(c.parts for c in changes))
    count = len(changes)
    (tree / "more").write_text("x", "utf-8")
    await view.synced()
    assert len(changes) == count


def storm(root: Path) -> None:
    for number in range(60):
        folder = root / f"s{number}" / "a" / "b" / "c"
        folder.mkdir(parents=True)
        (folder / "f.py").write_text("x\n", "utf-8")


async def test_folders_made_and_filled_at_once(tree: Path, opened: Opened) -> None:
    view = opened(tree)
    await view.ready()
    storm(tree)
    seen = await view.synced()
    assert oracle.shown(seen) == oracle.expected(tree)
    assert seen.degraded is None
    # And every one of them is watched from now on.
    (tree / "s59" / "a" / "b" / "c" / "late.py").write_text("x\n", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))


async def test_an_empty_folder_and_one_moved_in_are_watched(tree: Path, opened: Opened) -> None:
    (tree / "empty" / "inner").mkdir(parents=True)
    outside = tree.parent / "outside" / "deep"
    outside.mkdir(parents=True)
    view = opened(tree)
    await view.ready()
    (tree / "empty" / "inner" / "f").write_text("x", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    (tree.parent / "outside").rename(tree / "docs" / "inside")
    await view.synced()
    (tree / "docs" / "inside" / "deep" / "g").write_text("x", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    (tree / "docs").rename(tree / "texts")
    await view.synced()
    (tree / "texts" / "inside" / "deep" / "g").write_text("xyz", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    # The old name is another folder now.
    (tree / "docs" / "inside").mkdir(parents=True)
    await view.synced()
    (tree / "docs" / "inside" / "h").write_text("xyz", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    # Of what is in a folder that moves away nothing is told.
    (tree / "docs" / "inside").rename(tree.parent / "gone")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))


async def test_a_folder_made_between_a_watch_and_a_scan(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aircherd.workspace import coverage

    lookout = Lookout(str(tree), Repositories())
    await asyncio.to_thread(lookout.look, fresh=True, tree=True)
    plain = coverage.beneath

    def slow(root: str, folder: bytes) -> list[bytes]:
        found = list(plain(root, folder))
        # Made right after the folder was read, as by a program that is quicker than we are.
        if folder == b"quick":
            (tree / "quick" / "late").mkdir(exist_ok=True)
        return found

    monkeypatch.setattr(coverage, "beneath", slow)
    monkeypatch.setattr("aircherd.workspace.watches.Watches.drain", lambda *_: None)
    (tree / "quick").mkdir()
    assert lookout.guard.watches is not None
    await asyncio.to_thread(lookout.guard.coverage.more, lookout.guard.watches, [b"quick"])
    assert b"quick/late" in lookout.guard.watches
    lookout.close()


async def test_the_user_s_own_ignored_files(tree: Path, opened: Opened) -> None:
    exclude = tree / ".git" / "info" / "exclude"
    exclude.write_text("# mine\nscratch/\n", "utf-8")
    home = Path(os.environ["XDG_CONFIG_HOME"]) / "git"
    home.mkdir(parents=True)
    (home / "ignore").write_text("*.swp\n", "utf-8")
    (tree / "scratch").mkdir()
    (tree / "scratch" / "x").write_text("x", "utf-8")
    (tree / "a.swp").write_text("x", "utf-8")
    view = opened(tree)
    assert (await view.ready()).local == ()
    exclude.write_text("", "utf-8")
    seen = await until(view, lambda s: bool(s.local))
    assert [c.path for c in seen.local or ()] == [b"scratch/x"]


async def test_a_fetch_is_told(tree: Path, opened: Opened, git: Git) -> None:
    git("checkout", "-q", "-b", "feature/x")
    git("config", "remote.fork.url", "nowhere")
    git("config", "remote.fork.fetch", "+refs/heads/*:refs/remotes/fork/*")
    git("config", "branch.feature/x.remote", "fork")
    git("config", "branch.feature/x.merge", "refs/heads/feature/x")
    git("update-ref", "refs/remotes/fork/feature/x", "HEAD")
    view = opened(tree)
    seen = await view.ready()
    assert (seen.upstream, seen.ahead, seen.behind) == ("fork/feature/x", 0, 0)
    theirs = git("commit-tree", "-m", "x", "-p", "HEAD", "HEAD^{tree}").decode().strip()
    git("update-ref", "refs/remotes/fork/feature/x", theirs)
    await until(view, lambda s: s.behind == 1)


async def test_ignored_folders_cost_no_watch(tree: Path) -> None:
    for number in range(50):
        (tree / "node_modules" / f"p{number}" / "lib").mkdir(parents=True)
    lookout = Lookout(str(tree), Repositories())
    await asyncio.to_thread(lookout.look, fresh=True, tree=True)
    before = lookout.watched
    for number in range(50):
        (tree / "build" / f"p{number}").mkdir(parents=True)
    (tree / "src" / "node_modules" / "x").mkdir(parents=True)
    await asyncio.to_thread(lookout.look, fresh=False, tree=True)
    assert before == lookout.watched == 5, "the root, src, src/deep, src/deep/er, docs"
    lookout.close()


async def test_ignored_files_call_for_no_look(tree: Path) -> None:
    lookout = Lookout(str(tree), Repositories())
    await asyncio.to_thread(lookout.look, fresh=True, tree=True)
    for number in range(5):
        (tree / "src" / "made.tmp").write_text(str(number), "utf-8")
        seen = await asyncio.to_thread(lookout.look, fresh=False, tree=True)
        assert not seen.seconds
    (tree / ".gitignore").write_text("node_modules/\nbuild/\n", "utf-8")
    seen = await asyncio.to_thread(lookout.look, fresh=False, tree=True)
    assert seen.seconds
    assert seen.snapshot is not None
    assert b"src/made.tmp" in oracle.shown(seen.snapshot)
    lookout.close()


async def test_an_overrun_queue_is_said_and_mended(tree: Path) -> None:
    lookout = Lookout(str(tree), Repositories())
    await asyncio.to_thread(lookout.look, fresh=True, tree=True)
    one, two = tree / "src" / "one.py", tree / "src" / "two.txt"
    for number in range(10_000):
        os.utime(one, (number, number))
        os.utime(two, (number, number))
    folder = tree / "src" / "unseen" / "inner"
    folder.mkdir(parents=True)
    (folder / "f.py").write_text("x\n", "utf-8")
    seen = await asyncio.to_thread(lookout.look, fresh=False, tree=True)
    assert seen.snapshot is not None
    assert "looked at again" in str(seen.snapshot.degraded)
    assert seen.owed
    seen = await asyncio.to_thread(lookout.look, fresh=False, tree=True)
    assert seen.snapshot is not None
    assert seen.snapshot.degraded is None
    assert oracle.shown(seen.snapshot) == oracle.expected(tree)
    (folder / "g.py").write_text("x\n", "utf-8")
    seen = await asyncio.to_thread(lookout.look, fresh=False, tree=True)
    assert seen.snapshot is not None
    assert oracle.shown(seen.snapshot) == oracle.expected(tree)
    lookout.close()


async def test_without_enough_watches_it_says_so_polls_and_recovers(
    tree: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aircherd.workspace.view.POLL_SECONDS", 0.05)
    monkeypatch.setattr("aircherd.workspace.guard._RETRY_SECONDS", 0.2)
    lookout = Lookout(str(tree), Repositories(), most=2)
    view = View(lookout)
    view.start()
    try:
        seen = await view.ready()
        assert "max_user_watches" in str(seen.degraded)
        (tree / "src" / "deep" / "er" / "one.py").write_text("unwatched\n", "utf-8")
        seen = await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
        assert seen.degraded is not None
        lookout.guard._watching = for_this_system
        seen = await until(view, lambda s: s.degraded is None)
    finally:
        await view.aclose()


async def test_the_root_is_swapped(tree: Path, opened: Opened, git: Git) -> None:
    view = opened(tree)
    await view.ready()
    tree.rename(tree.parent / "old")
    shutil.copytree(tree.parent / "old", tree, symlinks=True)
    (tree / "src" / "swapped.py").write_text("x\n", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    (tree / "docs" / "again.py").write_text("x\n", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))


async def test_the_root_goes_and_comes_back(
    tree: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aircherd.workspace.view.POLL_SECONDS", 0.05)
    view = opened(tree)
    await view.ready()
    problems: list[Change] = []
    view.subscribe(problems.append)
    away = tree.parent.parent / "away"
    # From above: the root itself is not touched.
    tree.parent.rename(away)
    async with asyncio.timeout(10):
        while not problems or problems[-1].problem is None:
            await asyncio.sleep(0.01)
    with pytest.raises(AircherError, match=r"no git work tree|no folder"):
        await view.synced()
    assert problems[-1].problem is not None
    assert problems[-1].snapshot is None
    away.rename(tree.parent)
    await until(view, lambda s: s.local == ())
    (tree / "src" / "back.py").write_text("x\n", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))


def change(root: Path, dice: random.Random) -> None:
    """One random thing that programs do to a work tree."""
    folders = [Path(f) for f, inner, _ in os.walk(root) if ".git" not in Path(f).parts]
    files = [p for f in folders for p in f.iterdir() if not p.is_dir() or p.is_symlink()]
    files = [p for p in files if p.name != ".gitignore" and p.parent.exists()]
    folder = dice.choice(folders)
    name = f"n{dice.randrange(30)}" + dice.choice(["", ".py", ".tmp", ".log"])
    file = dice.choice(files) if files else folder / name
    match dice.randrange(12):
        case 0 | 1 | 2:
            target = folder / name
            if not target.is_dir():
                target.write_bytes(dice.randbytes(dice.randrange(40)))
        case 3 | 4:
            if not file.is_symlink():
                file.write_bytes(dice.randbytes(dice.randrange(40)))
        case 5:
            file.unlink(missing_ok=True)
        case 6:
            other = dice.choice(folders) / name
            if not other.is_dir():
                file.rename(other)
        case 7:
            (folder / f"d{dice.randrange(9)}" / "x" / "y").mkdir(parents=True, exist_ok=True)
        case 8:
            inner = folder / f"d{dice.randrange(9)}"
            if inner.is_dir():
                shutil.rmtree(inner)
        case 9:
            inner, target = folder / f"d{dice.randrange(9)}", dice.choice(folders)
            goal = target / f"m{dice.randrange(9)}"
            if inner.is_dir() and inner not in goal.parents and not goal.exists():
                inner.rename(goal)
        case 10:
            if not file.is_symlink():
                file.chmod(dice.choice([0o644, 0o755]))
        case _:
            link = folder / f"l{dice.randrange(9)}"
            if not link.exists() and not link.is_symlink():
                link.symlink_to(dice.choice(["nowhere", "/etc", "one.py"]))


def git_change(root: Path, dice: random.Random) -> None:
    """One random thing a user does with git."""
    commands = (
        ("add", "-A"),
        ("add", "-A", "src"),
        ("commit", "-q", "-m", "x"),
        ("reset", "-q"),
        ("stash", "-q"),
        ("checkout", "-q", "-B", f"b{dice.randrange(4)}"),
        ("checkout", "-q", "-f", "main"),
    )
    subprocess.run(["git", *dice.choice(commands)], cwd=root, capture_output=True, check=False)


def agrees(seen: WorkspaceSnapshot, root: Path) -> None:
    assert oracle.shown(seen) == oracle.expected(root)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, check=True)
    assert seen.head == head.stdout.decode().strip()
    known = {change.path for change in seen.local or () if change.size is not None}
    assert known <= {f.path for f in seen.recent} or len(seen.recent) == 200


@pytest.mark.parametrize("seed", range(3))
async def test_a_random_script_against_a_full_walk(tree: Path, opened: Opened, seed: int) -> None:
    await play(tree, opened(tree), seed, 12)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
async def test_long_random_scripts_against_a_full_walk(
    tree: Path, opened: Opened, seed: int
) -> None:
    await play(tree, opened(tree, most=6 if seed % 4 == 0 else None), seed, 40)


async def play(tree: Path, view: View, seed: int, rounds: int) -> None:
    dice = random.Random(seed)
    await view.ready()
    for turn in range(rounds):
        for _ in range(dice.randrange(1, 25)):
            change(tree, dice)
        if dice.random() < 0.4:
            git_change(tree, dice)
        if turn % 3:
            agrees(await view.synced(), tree)
        else:
            await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    assert all(c.kind is not LocalKind.UNMERGED for c in view.current().local or ())


async def test_a_look_that_fails_for_want_of_something_is_made_again(tree: Path) -> None:
    """One that breaks off must not end the view: it said "not looked at yet" for ever after."""

    class Short(Lookout):
        failing = 2

        def look(self, *, fresh: bool, tree: bool) -> Seen:
            if self.failing:
                self.failing -= 1
                raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
            return super().look(fresh=fresh, tree=tree)

    view = View(Short(str(tree), Repositories()))
    view.start()
    try:
        with pytest.raises(NotNow, match="Too many open files"):
            await view.synced()
        assert (await until(view, lambda seen: True)).branch == "main"
    finally:
        await view.aclose()
