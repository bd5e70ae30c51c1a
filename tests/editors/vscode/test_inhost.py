"""Tests inside the real extension host, with the real `vscode` API and a daemon of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.aimock import aimock

from . import workbench

pytestmark = pytest.mark.timeout(400)


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Path]:
    """A repository with something staged; its daemon is stopped afterwards."""
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    (root / "shop.py").write_text("def total(prices):\n    return sum(prices)\n", "utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Add prices")
    (root / "shop.py").write_text(
        "def total(prices):\n    return sum(prices)\n\n\ndef mean(prices):\n"
        "    return total(prices) / len(prices)\n",
        "utf-8",
    )
    git(root, "add", ".")
    yield root
    subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False)


def use(base: str) -> None:
    """Configures the emulator as the only provider."""
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "aircher"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[providers]\ndefault = "mine"\n[costs]\ndaily_limit = 2.00\n'
        f'[providers.mine]\nbase_url = "{base}/v1"\nmodels = ["small"]\ncontext = 32768\n'
        "input_per_million = 0.1\noutput_per_million = 0.5\n",
        "utf-8",
    )


def run(host: Path, folder: Path, tmp_path: Path, tests: str) -> str:
    target = tmp_path / "bundle" / f"{tests}.js"
    workbench.bundle(host, workbench.HERE / "inhost" / f"{tests}.ts", target)
    data = tmp_path / "vscode"
    data.mkdir()
    with workbench.server(host, data) as address:
        return workbench.browse(
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


def test_the_first_minute(host: Path, shop: Path, tmp_path: Path) -> None:
    fixtures = [{"match": {}, "response": {"content": "Add the mean of prices"}}]
    with aimock(fixtures) as base:
        use(base)
        said = run(host, shop, tmp_path, "first")
    assert "1 passing" in said
    print(said)
