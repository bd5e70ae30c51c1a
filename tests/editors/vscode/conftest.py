"""The real VS Code server and a headless browser; only `make test-vscode` runs what stands here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .shops import make_shop

HERE = Path(__file__).parent
# The set-up is kept in the user's own cache, which the tests themselves never see.
_USERS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
CACHE = _USERS / "aircher-tests" / "vscode"
WANTED = os.environ.get("AIRCHER_TEST_VSCODE") == "1"

collect_ignore = [] if WANTED else ["test_inhost.py", "test_stories.py"]


@pytest.fixture(scope="session")
def host() -> Path:
    """Where node 24, code-server and the browser's driver are."""
    done = subprocess.run(
        ["sh", str(HERE / "setup.sh"), str(CACHE)],
        env={**os.environ, "PYTHON": sys.executable},
        stderr=subprocess.PIPE,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    return CACHE


@pytest.fixture(autouse=True)
def _daemon_ends(surroundings: Path) -> Iterator[None]:
    yield  # and before that world of the test is gone
    subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, check=False)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository with something staged."""
    return make_shop(tmp_path / "shop")
