"""Runs the tests that hold the promises, and keeps what they came to: `make promises`.

    python tests/safety/promises.py [WORD …]

With words, only promises whose name holds one of them, each as a word of its own; the figures of
the others stay as they are. Nothing is kept when a test fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

import figures  # noqa: E402 - a module of the tests

KEPT = HERE / "figures.json"
PROMISES: dict[str, list[str]] = tomllib.loads((HERE / "rows.toml").read_text("utf-8"))["promises"]


def kept() -> dict[str, dict[str, Any]]:
    """What each test came to when it was last run."""
    found: dict[str, dict[str, Any]] = json.loads(KEPT.read_text("utf-8"))
    return found


def main() -> int:
    """Runs what is asked for; pytest's exit code."""
    words = set(sys.argv[1:])
    names = [name for name in PROMISES if not words or words & set(name.split())]
    tests = list(dict.fromkeys(test for name in names for test in PROMISES[name]))
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "pytest", "-n", "2", "--figures", str(fresh), *tests]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code:
            print("A promise does not hold: nothing is kept.")
            return code
        ran = json.loads(fresh.read_text("utf-8"))
    before = kept() if KEPT.exists() else {}
    named = {test for tests in PROMISES.values() for test in tests}
    figures.write(KEPT, {test: row for test, row in {**before, **ran}.items() if test in named})
    return subprocess.run([sys.executable, "protocol/generate"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
