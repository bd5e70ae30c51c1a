"""Repositories and a configuration for the stories."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from . import far_side


def git(root: Path, *words: str) -> None:
    """Runs git there; raises when it fails."""
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def make_shop(root: Path) -> Path:
    """A repository in which the mean of prices is staged."""
    root.mkdir()
    git(root, "init", "-q")
    (root / "shop.py").write_text(far_side.BEFORE, "utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "Add prices")
    (root / "shop.py").write_text(far_side.CODE, "utf-8")
    git(root, "add", ".")
    return root


def use(base: str) -> None:
    """Configures the emulator as the only provider, with a price and a daily limit."""
    folder = Path(os.environ["XDG_CONFIG_HOME"]) / "aircher"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(
        '[providers]\ndefault = "acme"\n\n[costs]\ndaily_limit = 2.00\n\n'
        f'[providers.acme]\nbase_url = "{base}/v1"\nmodels = ["small"]\ncontext = 32768\n'
        "local = false\ninput_per_million = 1.25\noutput_per_million = 10\n",
        "utf-8",
    )
