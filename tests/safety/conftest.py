"""A small repository for what is tried on one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessions.conftest import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")
