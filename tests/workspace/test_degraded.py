"""When changes cannot be told: it is said in words, they are looked for, and it is mended."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd.core.snapshot import WorkspaceSnapshot
from aircherd.workspace import mounts
from aircherd.workspace.elsewhere import RecursiveWatch
from aircherd.workspace.guard import Watching, for_this_system
from aircherd.workspace.layout import Layout
from aircherd.workspace.lookout import Lookout, Seen
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.view import View
from workspace import oracle

PROGRAM = Path(__file__).parent / "programs" / "limited.py"


async def until(view: View, holds: Callable[[WorkspaceSnapshot], bool]) -> WorkspaceSnapshot:
    deadline = time.monotonic() + 10
    while True:
        now = view.known()
        if now is not None and holds(now):
            return now
        assert time.monotonic() < deadline, now
        await asyncio.sleep(0.01)


def lowered(limits: dict[str, int]) -> list[str]:
    """A shell in a user namespace of its own with these limits; skips where there are none."""
    lines = "".join(f"echo {value} > /proc/sys/user/{name} && " for name, value in limits.items())
    words = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    probe = subprocess.run([*words, f"{lines}true"], capture_output=True, check=False)
    if shutil.which("unshare") is None or probe.returncode:
        pytest.skip("no user namespaces here")
    return [*words, f'{lines}exec "$@"', "sh"]


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"max_inotify_watches": 10}, "max_user_watches"),
        ({"max_inotify_instances": 0}, "max_user_instances"),
    ],
    ids=["watches", "instances"],
)
def test_the_kernel_s_own_limits(tree: Path, limits: dict[str, int], reason: str) -> None:
    done = subprocess.run(
        [*lowered(limits), sys.executable, str(PROGRAM), str(tree), *limits],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, seen, last = done.stdout.splitlines()
    assert first.startswith("degraded")
    assert reason in first
    assert (seen, last) == ("seen", "watched")


async def test_no_queue_and_then_one(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aircherd.workspace.view.POLL_SECONDS", 0.05)
    monkeypatch.setattr("aircherd.workspace.guard._RETRY_SECONDS", 0.3)
    refusals = iter([OSError(errno.EMFILE, os.strerror(errno.EMFILE))] * 2)

    def refused(layout: Layout) -> Watching:
        error = next(refusals, None)
        if error is not None:
            raise error
        return for_this_system(layout)

    view = View(Lookout(str(tree), Repositories(), watching=refused))
    view.start()
    seen = await view.ready()
    assert "Too many open files" in str(seen.degraded)
    (tree / "src" / "one.py").write_text("changed\n", "utf-8")
    seen = await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    assert seen.degraded is not None
    await until(view, lambda s: s.degraded is None)
    await view.aclose()


MOUNTS = """\
22 1 259:1 / / rw,relatime - ext4 /dev/root rw
23 22 0:40 / /home/ada/far rw - nfs4 server:/x rw
24 22 0:41 / /home/ada/near\\040by/sub rw - fuse.sshfs a:/ rw
25 22 0:42 / /data rw shared:1 - nfs a:/ rw
26 25 0:43 / /data rw shared:1 - ext4 /dev/b rw
27 22 0:44 / /win rw - fuseblk /dev/c rw
"""


@pytest.mark.parametrize(
    ("root", "kind"),
    [
        ("/home/ada/work", None),
        ("/home/ada/far/work", "nfs4"),
        ("/home/ada/farther", None),
        ("/home/ada/near by", "fuse.sshfs"),
        ("/home/ada/near by/sub/x", "fuse.sshfs"),
        ("/data/x", None),
        ("/win/x", None),
    ],
)
def test_which_file_systems_tell_nothing(tmp_path: Path, root: str, kind: str | None) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS, "utf-8")
    assert mounts.far(root, str(tmp_path / "mountinfo")) == kind
    assert mounts.far(root, str(tmp_path / "absent")) is None


async def test_a_network_file_system_is_polled(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its notices are dropped here, as another machine's changes make none."""
    monkeypatch.setattr("aircherd.workspace.view.POLL_SECONDS", 0.05)
    monkeypatch.setattr(mounts, "far", lambda root: "nfs4")
    monkeypatch.setattr("aircherd.workspace.watches.Watches.resolve", lambda *_: None)
    view = View(Lookout(str(tree), Repositories()))
    view.start()
    seen = await view.ready()
    assert "it lies on nfs4" in str(seen.degraded)
    (tree / "src" / "one.py").write_text("changed\n", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    await view.aclose()


class Counted:
    """A lookout that counts its looks."""

    def __init__(self, lookout: Lookout) -> None:
        self.lookout, self.looks = lookout, 0

    def look(self, *, fresh: bool, tree: bool) -> Seen:
        self.looks += 1
        return self.lookout.look(fresh=fresh, tree=tree)

    def close(self) -> None:
        self.lookout.close()


async def test_nothing_happens_when_nothing_happens(tree: Path) -> None:
    counted = Counted(Lookout(str(tree), Repositories()))
    view = View(counted)
    view.start()
    await view.synced()
    await asyncio.sleep(0.1)
    before = counted.looks
    await asyncio.sleep(0.3)
    assert counted.looks == before
    (tree / "src" / "one.py").write_text("changed\n", "utf-8")
    await until(view, lambda s: bool(s.local))
    assert counted.looks > before
    await view.aclose()


async def test_what_is_never_told_is_found_by_the_timer(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aircherd.workspace.view.RECONCILE_SECONDS", 0.1)
    monkeypatch.setattr("aircherd.workspace.watches.Watches.resolve", lambda *_: None)
    view = View(Lookout(str(tree), Repositories()))
    view.start()
    await view.ready()
    (tree / "src" / "one.py").write_text("changed\n", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    await view.aclose()


def queues() -> list[str]:
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if "inotify" in target or "pipe" in target:
            found.append(target)
    return sorted(found)


async def test_closed_means_closed(tree: Path) -> None:
    await asyncio.to_thread(lambda: Repositories().at(str(tree)).look())
    before, threads = queues(), threading.active_count()
    for watching in (None, RecursiveWatch):
        view = View(Lookout(str(tree), Repositories(), watching=watching))
        view.start()
        await view.synced()
        assert queues() != before
        await view.aclose()
        async with asyncio.timeout(5):
            while queues() != before:
                # watchfiles' own thread ends a moment later.
                assert watching is RecursiveWatch
                await asyncio.sleep(0.01)
        assert threading.active_count() <= threads + 2, "those of the loop's own pool"
    unstarted = View(Lookout(str(tree), Repositories()))
    await unstarted.aclose()


async def test_a_whole_tree_under_one_watch(tree: Path) -> None:
    """What other systems use works here as well."""
    view = View(Lookout(str(tree), Repositories(), watching=RecursiveWatch))
    view.start()
    seen = await view.ready()
    assert seen.degraded is None
    (tree / "src" / "one.py").write_text("changed\n", "utf-8")
    (tree / "fresh" / "inner").mkdir(parents=True)
    (tree / "fresh" / "inner" / "f.py").write_text("x\n", "utf-8")
    await until(view, lambda s: oracle.shown(s) == oracle.expected(tree))
    subprocess.run(["git", "checkout", "-q", "-b", "side"], cwd=tree, check=True)
    await until(view, lambda s: s.branch == "side")
    (tree / ".gitignore").write_text("build/\nnode_modules/\n*.tmp\n*.py\n", "utf-8")
    await until(view, lambda s: b"fresh/inner/f.py" not in oracle.shown(s))
    await view.aclose()
