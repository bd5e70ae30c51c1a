"""The extension as users install it, in a browser, by mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.aimock import aimock

from . import far_side, workbench
from .shops import use

pytestmark = pytest.mark.timeout(600)
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
