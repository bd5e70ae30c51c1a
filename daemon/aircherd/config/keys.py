"""The one place keys are read. They are taken out of the environment, so that no child has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping


def take(names: Iterable[str]) -> dict[str, str]:
    """The named variables that are set, removed from this process's environment."""
    found: dict[str, str] = {}
    for name in names:
        value = os.environ.pop(name, "").strip()
        if value:
            found[name] = value
    return found


def seen(names: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Which of the named variables are set; never their values."""
    return tuple(name for name in names if environ.get(name, "").strip())
