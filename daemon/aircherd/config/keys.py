"""The one place keys are read. They are taken out of the environment, so that no child has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from aircherd.hardening import blot_out


def take(names: Iterable[str]) -> dict[str, str]:
    """The named variables that are set, removed from this process's environment.

    Also from the block it was started with, which the system shows as /proc/PID/environ.
    """
    found: dict[str, str] = {}
    named = tuple(names)
    values = {name: os.environ[name].strip() for name in named if name in os.environ}
    blot_out(values)
    for name, value in values.items():
        del os.environ[name]
        if value:
            found[name] = value
    return found


def seen(names: Iterable[str], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Which of the named variables are set; never their values."""
    return tuple(name for name in names if environ.get(name, "").strip())
