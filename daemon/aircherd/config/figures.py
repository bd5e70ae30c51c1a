"""How good a model is at a task, as published: places over benchmark results, and what they mean.

The table, its source and its rule stand in `quality.toml`. What has no line there is judged by its
maker's tier (`models.toml`), and is said to be inferred; what has neither is unknown.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aircherd.core.tasks import TaskKind

_LEAST, _MOST = 0.05, 0.97
INFERRED = "inferred from its maker's tier"
UNKNOWN = "unknown"
_SIZE = re.compile(r"(?<![a-z0-9.])e?\d+(?:\.\d+)?b(?![a-z0-9])")
_WORDS = {"agent": "agent work", "coding": "coding", "chat": "chat and writing"}


@dataclass(frozen=True, slots=True)
class Figure:
    """The quality of one model at one task, 0 to 1, and where it comes from."""

    quality: float | None
    """None: unknown."""
    said: str
    """Such as `#37 of 469 at coding`, `inferred from its maker's tier` or `unknown`."""
    source: str | None = None
    """The address it was read at; None for what is inferred or unknown."""

    @property
    def published(self) -> bool:
        """Whether somebody measured it."""
        return self.source is not None


class Figures:
    """The table of places."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.title = str(table["source"]["title"])
        self.read = table["source"]["read"]
        """The day the places are of."""
        self._address = str(table["source"]["address"])
        self._middle, self._slope = float(table["middle"]), float(table["slope"])
        self._of: dict[str, int] = table["of"]
        self._tasks: dict[str, list[str]] = table["tasks"]
        self._ranks: dict[str, dict[str, Any]] = table["ranks"]
        self._local: dict[str, dict[str, Any]] = table["local"]

    def names(self, *, local: bool) -> tuple[str, ...]:
        """What has a line."""
        return tuple(self._local if local else self._ranks)

    def of(self, name: str, task: TaskKind, *, local: bool) -> Figure | None:
        """What is published of a model at a task; None when nothing is.

        `name` is the model's bare one: dots as dashes for a hosted model, as its engine writes it
        for a local one.
        """
        page, places = name, self._ranks.get(name)
        if local:
            # Engines write a size behind a colon, files of weights behind a dash.
            flat = name.replace(":", "-")
            fits = [one for one in self._local if flat.startswith(one.replace(":", "-"))]
            page = max(fits, key=len, default="")
            places = self._local.get(page)
            rest = flat[len(page) :]
            if places is not None and _another(rest, str(places.get("page", page))):
                return None
        if places is None:
            return None
        kinds = [kind for kind in self._tasks[task] if kind in places]
        if not kinds:
            return None
        mean = sum(_led(places[kind], self._of[kind]) for kind in kinds) / len(kinds)
        quality = min(_MOST, max(_LEAST, self._middle + self._slope * mean))
        said = ", ".join(f"#{places[kind]} of {self._of[kind]} at {_WORDS[kind]}" for kind in kinds)
        source = self._address.format(page=places.get("page", page))
        return Figure(round(quality, 3), said, source)


def _another(rest: str, page: str) -> bool:
    """Whether what follows a line's name makes it another model than the one its page is about: of
    another size, or of a longer name."""
    size = _SIZE.search(rest)
    named = size[0].replace(".", "-") if size and _SIZE.search(page) else page
    return rest[:1].isalnum() or f"-{named}-" not in f"-{page}-"


def _led(place: int, of: int) -> float:
    """The logarithm of how many it leads for each that leads it; it counts half for itself."""
    return math.log((of - place + 0.5) / (place - 0.5))


@lru_cache(maxsize=1)
def published() -> Figures:
    """The table that comes with this version."""
    return Figures(tomllib.loads(Path(__file__).with_name("quality.toml").read_text("utf-8")))
