"""What a daemon holds that nobody asks: `python -m bench.idle [--python VENV/bin/python]`.

The interpreter is one of an environment the wheel is installed in with what it needs to run and
nothing else: what is there for development would be counted as well (numpy is, where it is found).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chaos.surroundings import home

SETTLED = 3.0
"""Seconds from the socket to the look: the first chores are done by then."""


COUNTED = 60.0
"""Seconds in which its wakings are counted."""


def wakings(pid: int) -> int:
    """How often the threads of a process have begun to wait so far."""
    found = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for line in (thread / "status").read_text("utf-8").splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                found += int(line.split()[1])
    return found


def resident(
    python: str, root: Path, env: dict[str, str], counted: float = 0.0
) -> dict[str, float]:
    """Megabytes of a daemon in this home, as Linux counts them; what it shares counts in full in
    `Rss`, in part in `Pss`; `Wakings` a second, over `counted` seconds.
    Raises RuntimeError when it does not start."""
    daemon = subprocess.Popen(
        [python, "-m", "aircherd", "serve"],
        cwd=root,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            if any((root / "run" / "aircher").glob("aircherd-*.sock")):
                break
            time.sleep(0.1)
            if daemon.poll() is not None:
                raise RuntimeError(f"{python} has no aircherd that starts; install the wheel there")
        time.sleep(SETTLED)
        lines = Path(f"/proc/{daemon.pid}/smaps_rollup").read_text("utf-8").splitlines()
        before = wakings(daemon.pid)
        time.sleep(counted)
        woken = wakings(daemon.pid) - before
    finally:
        daemon.terminate()
        daemon.wait()
    fields = [line.split() for line in lines[1:]]
    found = {name.rstrip(":"): int(size) / 1024 for name, size, *_ in fields}
    return found | ({"Wakings": woken / counted} if counted else {})


def main(arguments: list[str]) -> int:
    """Prints a line for books that are made and one for books that stand."""
    parser = argparse.ArgumentParser(prog="bench.idle", description=__doc__)
    parser.add_argument("--python", default=sys.executable)
    wanted = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="id-") as folder:
        root = Path(folder)
        env = home(root)
        for name in ("new books", "books that stand"):
            found = resident(wanted.python, root, env, COUNTED if "stand" in name else 0.0)
            print(
                f"idle daemon, {name:16}  {found['Rss']:6.1f} MB resident, {found['Pss']:6.1f} in "
                f"proportion, {found['Private_Dirty']:6.1f} its own"
            )
    print(f"idle daemon, wakings a second   {found['Wakings']:6.2f}   (over {COUNTED:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
