"""What watching costs: set-up, memory, latency and wake-ups, by the number of files."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

SIZES = (1_000, 10_000, 100_000)
PER_FOLDER = 10
GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.invalid")


def make(root: Path, count: int) -> None:
    """A repository of `count` small files, ten a folder, and as many that are ignored.

    git writes the files itself from one stream, in a fifth of the time that adding them takes.
    """
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    # Its own housekeeping would run beside what is measured.
    subprocess.run(["git", "config", "gc.auto", "0"], cwd=root, check=True)
    begun = (
        b"commit refs/heads/main\ncommitter A <a@example.invalid> 1700000000 +0000\ndata 5\nBegin\n"
    )
    files = [_file(".gitignore", "node_modules/\n*.o\n")]
    for number in range(count):
        folder, file = divmod(number, PER_FOLDER)
        name = f"p{folder // 100}/m{folder % 100}/f{file}.py"
        files.append(_file(name, f"x = {number}\n"))
    stream = begun + b"".join(files)
    subprocess.run(["git", "fast-import", "--quiet"], cwd=root, input=stream, check=True)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=root, check=True)
    for number in range(min(2_000, count // 10)):
        folder_of_it = root / "node_modules" / f"n{number}" / "lib"
        folder_of_it.mkdir(parents=True)
        (folder_of_it / "index.js").write_text("x\n", "utf-8")
    # Files as old as the index are read again by every look (gitformat-index(5), "racy").
    time.sleep(1.1)
    os.utime(root / ".git" / "index")


def _file(name: str, text: str) -> bytes:
    """A file of a commit, for git-fast-import(1)."""
    return f"M 100644 inline {name}\ndata {len(text)}\n{text}\n".encode("ascii")


def resident() -> float:
    """Of this process, in MB."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def switches() -> tuple[int, float]:
    """(times any thread of this process went to sleep, seconds of processor it used)."""
    count = 0
    for status in Path("/proc/self/task").glob("*/status"):
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("voluntary"):
                count += int(line.split()[1])
    return count, time.process_time()


async def told(view: object, work: Callable[[], object], part: str) -> float:
    """Milliseconds from a change to the notice of it."""
    from aircherd.workspace.view import Change, View

    assert isinstance(view, View)
    heard: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def listen(change: Change) -> None:
        if part in change.parts and not heard.done():
            heard.set_result(time.perf_counter())

    stop = view.subscribe(listen)
    began = time.perf_counter()
    await asyncio.to_thread(work)
    ended = time.perf_counter()
    try:
        return (await asyncio.wait_for(heard, 10) - min(ended, began)) * 1000
    finally:
        stop()
        await asyncio.sleep(0.05)


async def _measured(root: Path, count: int) -> None:
    from aircherd.workspace.lookout import Lookout
    from aircherd.workspace.repositories import Repositories
    from aircherd.workspace.view import View

    before = resident()
    lookout = Lookout(str(root), Repositories())
    view = View(lookout)
    began = time.perf_counter()
    view.start()
    seen = await view.ready()
    ready = time.perf_counter() - began
    memory = resident() - before
    assert seen.degraded is None, seen.degraded
    began = time.perf_counter()
    await view.synced()
    synced = time.perf_counter() - began
    status = floor_ms(["git", "--no-optional-locks", "status", "--porcelain"], root)
    print(
        f"{count:7d} files: ready {ready * 1000:7.0f} ms, {memory:5.1f} MB,"
        f" {lookout.watched} folders watched; synced {synced * 1000:6.1f} ms"
        f" ({synced * 1000 / status:4.1f} x git status)"
    )
    await asyncio.sleep(1.2)
    heads = []
    for number in range(7):
        name = f"refs/heads/b{number}"
        text = f"ref: {name}\n"

        def switch(text: str = text) -> None:
            (root / ".git" / "HEAD.new").write_text(text, "utf-8")
            (root / ".git" / "HEAD.new").replace(root / ".git" / "HEAD")

        oid = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True)
        (root / ".git" / name).write_bytes(oid.stdout)
        heads.append(await told(view, switch, "branch"))
        await asyncio.sleep(0.1)
    staged, saved = [], []
    for number in range(5):
        file = root / "p0" / "m0" / f"f{number}.py"
        await asyncio.sleep(min(1.3, 12 * synced))
        saved.append(await told(view, lambda f=file: f.write_text("changed\n"), "local"))
        await asyncio.sleep(min(1.3, 12 * synced))
        index = root / ".git" / "index"
        name = str(file.relative_to(root))
        subprocess.run(["git", "update-index", "--add", name], cwd=root, check=True)
        kept = index.read_bytes()
        staged.append(await told(view, lambda i=index, k=kept: _replace(i, k), "staged"))
    busy = await _beside_a_build(root, view)
    print(
        f"{'':14} told after: HEAD {statistics.median(heads):.1f} ms, index"
        f" {statistics.median(staged):.1f} ms, a saved file {statistics.median(saved):.1f} ms,"
        f" HEAD beside a build {busy:.1f} ms"
    )
    await asyncio.sleep(1.5)
    slept, used = switches()
    await asyncio.sleep(3.0)
    after = switches()
    print(
        # The one that ends this very sleep is not the watcher's.
        f"{'':14} idle: {max(0, after[0] - slept - 1) / 3:.1f} wake-ups/s,"
        f" {(after[1] - used) / 3 * 1000:.2f} ms of processor a second"
    )
    await view.aclose()


def _replace(index: Path, kept: bytes) -> None:
    """The same index once more, as git would put it there: only the time is another."""
    new = index.with_name("index.new")
    new.write_bytes(kept)
    new.replace(index)


async def _beside_a_build(root: Path, view: object) -> float:
    """The same while a file is written every 30 ms."""
    stop = False

    async def build() -> None:
        number = 0
        while not stop:
            number += 1
            (root / "p0" / "m1" / f"{number % 20}.txt").write_text(str(number), "utf-8")
            await asyncio.sleep(0.03)

    task = asyncio.create_task(build())
    took = []
    oid = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True).stdout
    for number in range(7):
        name = f"refs/heads/c{number}"
        (root / ".git" / name).write_bytes(oid)

        def switch(text: str = f"ref: {name}\n") -> None:
            (root / ".git" / "HEAD.new").write_text(text, "utf-8")
            (root / ".git" / "HEAD.new").replace(root / ".git" / "HEAD")

        took.append(await told(view, switch, "branch"))
        await asyncio.sleep(0.2)
    stop = True
    await task
    for number in range(20):
        (root / "p0" / "m1" / f"{number}.txt").unlink(missing_ok=True)
    return statistics.median(took)


def floor_ms(words: list[str], root: Path, times: int = 9) -> float:
    """Median of a command in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(words, cwd=root, capture_output=True, check=True)
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def diffing(root: Path, count: int) -> None:
    """What is staged, against `git diff --cached` itself, and when nothing changed."""
    from aircherd.workspace.git import Repository
    from aircherd.workspace.repositories import Repositories

    for number in range(10):
        (root / "p0" / "m2" / f"f{number}.py").write_text(f"y = {number}\n", "utf-8")
    subprocess.run([*GIT, "add", "."], cwd=root, check=True)
    floor = floor_ms(["git", "diff", "--cached"], root)
    plain = Repository.locate(str(root))
    took = []
    for _ in range(9):
        began = time.perf_counter()
        plain.staged_diff(8 << 20)
        took.append((time.perf_counter() - began) * 1000)
    ours = statistics.median(took)
    repositories = Repositories()
    time.sleep(0.05)
    repositories.at(str(root)).snapshot()
    repositories.at(str(root)).staged_diff(8 << 20)
    again = []
    for _ in range(50):
        began = time.perf_counter()
        repositories.at(str(root)).staged_diff(8 << 20)
        again.append((time.perf_counter() - began) * 1000)
    kept = statistics.median(again)
    print(
        f"{count:7d} files: staged diff {ours:5.1f} ms, {ours / floor:4.2f} x git diff --cached;"
        f" unchanged {kept:6.3f} ms, {kept / floor:6.4f} x"
    )


def watching(sizes: tuple[int, ...] = SIZES) -> None:
    """Every figure, each size in a process of its own so that memory is its own."""
    for count in sizes:
        subprocess.run([sys.executable, __file__, str(count)], check=True)


def main() -> int:
    """One size."""
    count = int(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="ab-", dir=_place(count))
    try:
        os.environ["XDG_CONFIG_HOME"] = folder
        root = Path(folder) / "repo"
        make(root, count)
        diffing(root, count)
        asyncio.run(_measured(root, count))
    finally:
        subprocess.run(["rm", "-rf", folder], check=True)  # a tenth of what `shutil` takes
    return 0


def _place(count: int) -> str | None:
    """Where the files lie: in memory where there is room. git and we find them in the page cache
    either way; to make and to take away 100,000 of them on a disk is what took longest."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        room = os.statvfs(memory)
        if room.f_bavail * room.f_frsize > 4 * count * 8192:
            return str(memory)
    return None


if __name__ == "__main__":
    sys.exit(main())
