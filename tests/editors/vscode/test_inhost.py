"""Tests inside the real extension host, with the real `vscode` API and a daemon of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.aimock import aimock, journal

from . import far_side, workbench
from .shops import make_shop, use

pytestmark = pytest.mark.timeout(900)


def run(host: Path, folder: Path, tmp_path: Path, tests: str) -> str:
    """Runs one bundle with `folder` open; what it printed."""
    target = tmp_path / "bundle" / f"{tests}.js"
    workbench.bundle(host, workbench.HERE / "inhost" / f"{tests}.ts", target)
    data = tmp_path / "vscode"
    data.mkdir()
    with workbench.server(host, data, driven=True) as address:
        said = workbench.browse(
            host,
            workbench.HERE / "inhost.mjs",
            {
                "ADDRESS": address,
                "DATA": str(data),
                "FOLDER": str(folder),
                "EXTENSION": str(workbench.EXTENSION),
                "TESTS": str(target),
            },
        )
    print(said)
    return said


def test_commit_messages(host: Path, shop: Path, tmp_path: Path) -> None:
    make_shop(tmp_path / "garden")
    both = tmp_path / "both.code-workspace"
    both.write_text(json.dumps({"folders": [{"path": "shop"}, {"path": "garden"}]}), "utf-8")
    with aimock(far_side.fixtures()) as base:
        use(base)
        said = run(host, both, tmp_path, "commit")
        asked = [json.dumps(row) for row in journal(base)]
    assert "0 failing" in said
    assert sum("Mention the empty list" in row for row in asked) == 1, "a hint is sent once"


def test_the_nine_commands(host: Path, shop: Path, tmp_path: Path) -> None:
    (shop / "rates.py").write_text(
        "def total(prices):\n    return sum(prices) * RATE\n\n\nRATE = 1.2\nprint(mean([1]))\n",
        "utf-8",
    )
    with aimock(far_side.fixtures()) as base:
        use(base)
        assert "15 passing, 0 failing" in run(host, shop, tmp_path, "nine")
        asked = [json.dumps(row) for row in journal(base)]
    near = [row for row in asked if "return sum(prices) * RATE" in row]
    assert near, "what the editor names near the selection is shown to the model"
    assert all("A place that uses it, rates.py" in row for row in near)


def test_rendering_ranges_and_settings(host: Path, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert " 0 failing" in run(host, folder, tmp_path, "inert")
