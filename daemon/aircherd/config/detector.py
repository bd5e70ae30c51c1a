"""The bundled weights of the task detector: the one place that opens their file."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aircherd.tasks.model import Model


@cache
def bundled() -> Model:
    """The weights that came with this version. Raises InvalidRequest when they are damaged."""
    return Model((Path(__file__).parents[1] / "tasks" / "model.bin").read_bytes())
