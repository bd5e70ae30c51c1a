"""What tests say they found, kept for the pages that name them.

A test takes the fixture `figure` and says what it came to in a few words; a run with
`--figures FILE` keeps that of every test that passed, and how many cases each had.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

NAME = "figure"
Figure = Callable[[str], None]
"""Takes what a test came to, in a few words."""


class Figures:
    """What one run came to; a plug-in of pytest, in the process that prints the summary."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cases: defaultdict[str, int] = defaultdict(int)
        self._said: defaultdict[str, list[str]] = defaultdict(list)
        self._out: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """One phase of one case."""
        name = report.nodeid.partition("[")[0]
        if report.failed:
            self._out[name] = "failed"
        elif report.skipped:
            self._out.setdefault(name, "left out")
        elif report.when == "call":
            self._cases[name] += 1
            for key, text in report.user_properties:
                if key == NAME and text not in self._said[name]:
                    self._said[name].append(text)

    def pytest_sessionfinish(self) -> None:
        """Writes the file."""
        found = {name: self._of(name) for name in {*self._cases, *self._out}}
        write(self._path, found)

    def _of(self, name: str) -> dict[str, Any]:
        row: dict[str, Any] = {"cases": self._cases[name]}
        if self._said[name]:
            row["figure"] = "; ".join(self._said[name])
        if name in self._out:
            row["not"] = self._out[name]
        return row


def write(path: Path, rows: dict[str, dict[str, Any]]) -> None:
    """The file: a line a test, so that a new run changes only the lines it must."""
    lines = (f"  {json.dumps(name)}: {json.dumps(rows[name])}" for name in sorted(rows))
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
