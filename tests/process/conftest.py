from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .parts import Connect, Standin


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    made = Standin(tmp_path)
    yield made
    made.end(signal.SIGKILL)


@pytest.fixture
def connect(standin: Standin) -> Iterator[Callable[..., Connect]]:
    """Starts forwarders; `connect("pid")` names the stand-in's mode."""
    made: list[Connect] = []

    def start(mode: str = "echo", **options: Any) -> Connect:
        made.append(Connect(standin.argv(mode), **options))
        return made[-1]

    yield start
    for one in made:
        one.close()
