"""The extension as users install it, in a browser, by mouse and keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.aimock import aimock, journal

from . import far_side, workbench
from .shops import use

pytestmark = pytest.mark.timeout(900)
VSIX = workbench.EXTENSION.parents[1] / "dist" / "aircher.vsix"


def tell(host: Path, story: str, data: Path, folder: Path, **how: object) -> str:
    """Runs a story with the extension installed; what it printed."""
    assert VSIX.exists(), "run: make vsix"
    data.mkdir()
    with workbench.server(host, data, vsix=VSIX, **how) as address:  # type: ignore[arg-type]
        said = workbench.browse(
            host,
            workbench.HERE / "stories" / f"{story}.mjs",
            {"ADDRESS": address, "DATA": str(data), "FOLDER": str(folder)},
        )
    print(said)
    return said


def test_a_first_day(host: Path, shop: Path, tmp_path: Path) -> None:
    with aimock(far_side.fixtures()) as base:
        use(base)
        tell(host, "day", tmp_path / "vscode", shop)


def test_an_untrusted_folder(host: Path, shop: Path, tmp_path: Path) -> None:
    canary = plant_daemon(shop, tmp_path)
    with aimock(far_side.fixtures()) as base:
        use(base)
        tell(host, "untrusted", tmp_path / "vscode", shop, trust=True)
        assert [row for row in journal(base) if "chat" in json.dumps(row.get("path", ""))] == []
    assert not canary.exists(), "a program inside an untrusted folder was run"


def test_a_missing_daemon(host: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "notes.txt").write_text("Nothing yet.\n", "utf-8")
    # Python of the machine, and no environment that has aircherd.
    path = os.pathsep.join([str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"])
    data = tmp_path / "vscode"
    tell(host, "missing", data, folder, path=path)
    made = list(data.glob("sdata/data/User/globalStorage/*/venv/bin/aircherd"))
    assert len(made) == 1
    subprocess.run([str(made[0]), "stop"], capture_output=True, check=False, timeout=30)


def test_a_daemon_that_cannot_start(host: Path, shop: Path, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "aircherd"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho the moon is in the way >&2\nexit 1\n", "utf-8")
    program.chmod(0o755)
    path = os.pathsep.join([str(program.parent), "/usr/bin", "/bin"])
    tell(host, "broken", tmp_path / "vscode", shop, path=path)


def plant_daemon(shop: Path, tmp_path: Path) -> Path:
    """A program called aircherd in the folder's own environment; the file it would leave."""
    canary = tmp_path / "was-run"
    program = shop / ".venv" / "bin" / "aircherd"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\ntouch '{canary}'\nexit 1\n", "utf-8")
    program.chmod(0o755)
    return canary
