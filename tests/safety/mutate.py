"""Breaks one defence after the other in a copy of the project, and says which tests see it.

    python tests/safety/mutate.py [WORD …]

With words, only the defences whose description holds one of them. Ends with 1 when one is broken
and all of its tests pass. A daemon that a command of the terminal starts by itself is isolated from
`PYTHONPATH` and runs what is installed: what only such tests see is to be broken in place.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BREAKS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "mutations.toml").read_text("utf-8")
)["break"]


def copied(folder: Path) -> None:
    """The project's files, and nothing that git does not know or has not been told of."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def fails(folder: Path, test: str) -> bool:
    """Whether a test fails in the copy."""
    path = [folder / part for part in ("daemon", "protocol", "editors/terminal")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test],
        cwd=folder, capture_output=True, check=False, timeout=600,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
    )  # fmt: skip
    return done.returncode == 1 or b"\nFAILED " in done.stdout


def main() -> int:
    """Breaks what is asked for; the exit code."""
    wanted = [b for b in BREAKS if not sys.argv[1:] or any(w in b["what"] for w in sys.argv[1:])]
    unseen = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied(folder)
        for one in wanted:
            path = folder / one["file"]
            whole = path.read_text("utf-8")
            path.write_text(whole.replace(one["old"], one["new"], 1), "utf-8")
            seen = [test for test in one["tests"] if fails(folder, test)]
            path.write_text(whole, "utf-8")
            print(f"{'red ' if seen else 'GREEN'} {one['what']}", flush=True)
            for test in one["tests"]:
                print(f"      {'fails' if test in seen else 'passes'}: {test}", flush=True)
            unseen += not seen
    print(f"{len(wanted) - unseen} of {len(wanted)} broken defences were seen")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
