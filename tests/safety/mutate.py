"""Breaks one defence after the other in a copy of the project, and says which tests see it.

    python tests/safety/mutate.py [--page] [--rest] [WORD …]

With words, only the defences whose description or rows hold one of them. `--page` keeps what came
of each in MUTATIONS.md, `--rest` leaves out what was seen there before. Ends with 1 when one is
broken and all of its tests pass.

Each copy has an environment of its own, in which it stands before what is installed: so daemons
that a test has started by the command line are the broken one too.
"""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BREAKS: list[dict[str, Any]] = tomllib.loads((HERE / "mutations.toml").read_text("utf-8"))["break"]
PAGE = HERE / "MUTATIONS.md"
_SECONDS = 60
_ROOMS = ("daemon", "protocol", "editors/terminal")
_AT_ONCE = 2
_HEAD = """\
# Each defence, broken

Made by `python tests/safety/mutate.py --page`, which breaks one defence after the other in a copy
of the project and runs the tests that hold it. *Red* is how many of them fail then. Rows are those
of `rows.toml` (M… and the shelf), promises (P…), and privacy.

| rows | what is broken | test | red |
| --- | --- | --- | :-: |
"""


def copied(folder: Path) -> Path:
    """The project's files in a folder, and a Python that takes them for the installed ones."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    home = folder / ".mutated"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (site,) = home.glob("lib/python*/site-packages")
    here = sysconfig.get_path("purelib")
    lines = [str(folder / room) for room in _ROOMS]
    lines.append(f"import site; site.addsitedir({here!r})")
    (site / "copy.pth").write_text("\n".join(lines) + "\n", "utf-8")
    return home / "bin" / "python"


def fails(folder: Path, python: Path, test: str) -> bool:
    """Whether a test fails in the copy."""
    command = [str(python), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, "-o", f"timeout={_SECONDS}", test],
            cwd=folder, capture_output=True, check=False, timeout=5 * _SECONDS,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True  # it waits for what never comes
    return done.returncode == 1 or b"\nFAILED " in done.stdout or b"Timeout" in done.stderr


def broken(folder: Path, python: Path, one: dict[str, Any]) -> list[str]:
    """Breaks one defence, and mends it again; the tests that saw it."""
    whole = {edit["file"]: (folder / edit["file"]).read_text("utf-8") for edit in one["edit"]}
    try:
        for edit in one["edit"]:
            path = folder / edit["file"]
            text = path.read_text("utf-8")
            assert edit["old"] in text, f"{edit['file']} is not as mutations.toml has it"
            path.write_text(text.replace(edit["old"], edit["new"], 1), "utf-8")
        return [test for test in one["tests"] if fails(folder, python, test)]
    finally:
        for name, text in whole.items():
            (folder / name).write_text(text, "utf-8")


def tried(wanted: list[dict[str, Any]], *, keep: bool) -> dict[str, list[str]]:
    """What is broken → the tests that saw it, in some copies at once."""
    waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    for one in wanted:
        waiting.put(one)
    found: dict[str, list[str]] = {}
    turn = threading.Lock()

    def work() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            python = copied(folder)
            while True:
                try:
                    one = waiting.get_nowait()
                except queue.Empty:
                    return
                seen = found[one["what"]] = broken(folder, python, one)
                if keep:
                    with turn:
                        PAGE.write_text(page(dict(found)), "utf-8")
                lines = [f"{'red ' if seen else 'GREEN'} {one['what']}"]
                for test in one["tests"]:
                    lines.append(f"      {'fails' if test in seen else 'passes'}: {test}")
                print("\n".join(lines), flush=True)

    threads = [threading.Thread(target=work) for _ in range(min(_AT_ONCE, len(wanted)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def lines_of(one: dict[str, Any], seen: str) -> str:
    """A row of the page."""
    tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in one["tests"])
    return f"| {'; '.join(one['rows'])} | {one['what']} | {tests} | {seen} |"


def before() -> dict[str, str]:
    """What is broken → what the page says of it."""
    lines = PAGE.read_text("utf-8").splitlines() if PAGE.exists() else []
    rows = (line.strip("| ").split(" | ") for line in lines if line.startswith("| "))
    return {row[1]: row[3] for row in rows if len(row) == 4}


def page(found: dict[str, list[str]]) -> str:
    """The page: fresh rows for what was tried, the rows it has for the rest."""
    kept = before()
    for one in BREAKS:
        if one["what"] in found:
            kept[one["what"]] = f"{len(found[one['what']])} of {len(one['tests'])}"
    rows = [lines_of(one, kept.get(one["what"], "not tried")) for one in BREAKS]
    return _HEAD + "\n".join(rows) + "\n"


def main() -> int:
    """Breaks what is asked for; the exit code."""
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    seen = before() if "--rest" in sys.argv else {}
    wanted = [
        one
        for one in BREAKS
        if (not words or any(word in one["what"] or word in one["rows"] for word in words))
        and seen.get(one["what"]) != f"{len(one['tests'])} of {len(one['tests'])}"
    ]
    found = tried(wanted, keep="--page" in sys.argv)
    reds = sum(bool(seen) for seen in found.values())
    print(f"{reds} of {len(wanted)} broken defences were seen")
    return 0 if reds == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
