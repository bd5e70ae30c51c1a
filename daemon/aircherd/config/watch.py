"""Tells when a configuration file changed.

The file is looked at now and then: editors replace files, directories come later, and network file
systems tell nothing, so a look was needed beside any watch. watchfiles, tried here, woke the idle
daemon 18 times a second, for it asks its queue at every step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from aircherd.beat import beat

LOOK_SECONDS = 2.0
"""Seconds between two looks; `aircherd config` tells a running daemon at once."""


async def watch(path: Path, changed: Callable[[], Awaitable[object]]) -> None:
    """Calls `changed` after each change of the file, for ever."""
    seen = _identity(path)
    while True:
        await beat(LOOK_SECONDS)
        now = _identity(path)
        if now != seen:
            seen = now
            await changed()


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
