"""Prints what the extension installs beside the daemon's wheel: every package by its hashes.

`python editors/vscode/requirements.py` in an environment that has aircher and its `report` extra,
which draws the charts of the usage view. What aircher itself needs is `.requirements/run.txt`; what
the extra adds is found by the packages' own metadata, and its pins are those of the tests' lock.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = Path(__file__).parents[2] / ".requirements"
EXTRA = "report"


def entries(lock: str) -> dict[str, str]:
    """The entries of a lock, each with its hashes, by the package's name."""
    found = re.findall(r"^\S.*(?:\n[ \t].*)*\n?", lock, re.MULTILINE)
    return {canonicalize_name(re.split(r"[ =;]", entry)[0]): entry for entry in found}


def needed(package: str, extra: str | None = None) -> set[str]:
    """What a package needs on any platform, and what that needs. With `extra`, only what is the
    extra's alone, to begin with."""
    found: set[str] = set()
    waiting = [(package, extra)]
    while waiting:
        name, wanted = waiting.pop()
        try:
            words = requires(name) or []
        except PackageNotFoundError:  # for another platform than this: the lock has it all the same
            continue
        for requirement in map(Requirement, words):
            marker = str(requirement.marker or "")
            of_extra = re.search(r"extra == ['\"]([\w.-]+)['\"]", marker)
            if (of_extra[1] if of_extra else None) != wanted:
                continue
            other = canonicalize_name(requirement.name)
            if other not in found:
                found.add(other)
                waiting.append((other, None))
    return found


def main() -> str:
    run = (LOCKS / "run.txt").read_text("utf-8")
    locked = entries((LOCKS / "dev.txt").read_text("utf-8"))
    added = needed("aircher", EXTRA) - entries(run).keys()
    return run + "".join(locked[name] for name in sorted(added) if name in locked)


if __name__ == "__main__":
    sys.stdout.write(main())
