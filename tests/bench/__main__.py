"""Figures, each as a ratio to a floor taken in the same run: `make bench`.

    python tests/bench [--write]

`--write` makes FIGURES.md beside this file of them, with the machine they were taken on.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.committing import committing
from bench.decoders import decoders, streamed
from bench.first import firsts
from bench.latency import latency
from bench.paced import pacing
from bench.selecting import selecting
from bench.starting import starting
from bench.warming import warming
from bench.workspace import watching


def median_ms(work: Callable[[], object], times: int) -> float:
    """Median wall time of a call in milliseconds."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def drafting() -> None:
    """Parsing, drafting and packing by diff size, against splitting the same bytes into lines."""
    from aircherd.commits.diff import parse
    from aircherd.commits.drafter import draft
    from aircherd.commits.model import Convention
    from aircherd.commits.pack import pack

    print("files      split    parse    draft     pack")
    for count in (1, 10, 100, 1000):
        patch = b"".join(
            b"diff --git a/src/m%d.py b/src/m%d.py\nindex 1..2 100644\n--- a/src/m%d.py\n"
            b"+++ b/src/m%d.py\n@@ -1,2 +1,4 @@ class Thing%d:\n def a():\n+def new_%d(x):\n"
            b"+    return x + %d\n     pass\n" % ((n,) * 7)
            for n in range(count)
        )
        files = parse(patch)
        times = max(3, 200 // count)
        row = (
            median_ms(patch.splitlines, times),
            median_ms(lambda p=patch: parse(p), times),
            median_ms(lambda f=files: draft(f, Convention()), times),
            median_ms(lambda f=files: pack(f, budget_bytes=60_000), times),
        )
        print(f"{count:5d} " + " ".join(f"{value:8.2f}" for value in row) + "  ms")


def bookkeeping() -> None:
    """The books: reserve and settle, reports on a million rows."""
    sys.path.insert(0, str(Path(__file__).parent))
    import ledger

    ledger.main()


def looking() -> None:
    """What is staged, through the shadow git dir, against `git diff --cached`."""
    from aircherd.workspace.git import Repository

    for count in (10, 100, 1000):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["git", "init", "-q", folder], check=True)
            for number in range(count):
                Path(folder, f"f{number}.py").write_text(f"x = {number}\n" * 20, "utf-8")
            subprocess.run(["git", "add", "."], cwd=folder, check=True)
            repository = Repository.locate(folder)
            floor = median_ms(
                lambda f=folder: subprocess.run(
                    ["git", "diff", "--cached"], cwd=f, capture_output=True, check=True
                ),
                9,
            )
            ours = median_ms(lambda r=repository: r.staged_diff(8 << 20), 9)
            print(
                f"staged diff, {count:4d} files        {ours:8.1f} ms   {ours / floor:5.2f} x git"
            )


def detecting() -> None:
    """Latency of the task detector by length and kind of text."""
    from detector import latency

    latency()


def main() -> int:
    """Prints everything; the daemon it starts is its own and is stopped."""
    took: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ab-") as folder:
        for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            place = Path(folder) / name[4]
            place.mkdir(mode=0o700, exist_ok=True)
            os.environ[name] = str(place)
        try:
            took.append(_timed(starting))
        finally:
            subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True)
        took += [_timed(latency), _timed(committing)]
    rooms = (drafting, selecting, bookkeeping, looking, detecting, watching)
    rooms += (decoders, streamed, pacing, firsts, warming)
    took += [_timed(part) for part in rooms]
    print("seconds: " + ", ".join(took))
    return 0


def _timed(part: Callable[[], object]) -> str:
    """Runs a part; its name, and the seconds it took."""
    began = time.perf_counter()
    part()
    sys.stdout.flush()
    return f"{part.__name__} {time.perf_counter() - began:.0f}"


def write() -> int:
    """Runs all of it in a process of its own and keeps what it prints."""
    load = os.getloadavg()[0]
    began = time.perf_counter()
    ran = subprocess.run([sys.executable, __file__], stdout=subprocess.PIPE, check=False)
    took = time.perf_counter() - began
    sys.stdout.buffer.write(ran.stdout)
    if ran.returncode == 0:
        text = (
            "Generated by `make bench-page`; what it prints, on the machine it ran on.\n\n"
            f"{os.cpu_count()} processors, load {load:.1f} before it began, Python "
            f"{sys.version.partition(' ')[0]}, {took:.0f} s in all. Trust the ratios.\n\n"
            f"```\n{ran.stdout.decode()}```\n"
        )
        Path(__file__).with_name("FIGURES.md").write_text(text, "utf-8")
    return ran.returncode


if __name__ == "__main__":
    sys.exit(write() if "--write" in sys.argv[1:] else main())
