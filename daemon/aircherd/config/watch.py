"""Tells when a configuration file changed.

The file is looked at now and then: editors replace files, directories come later, and network file
systems tell nothing, so a look was needed beside any watch. watchfiles, tried here, woke the idle
daemon 18 times a second, for it asks its queue at every step.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aircherd.beat import beat

log = logging.getLogger(__name__)

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
            try:
                await changed()
            except Exception:
                # The next change may mend it, and a limit lowered then must count.
                log.exception("the configuration could not be taken up")


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
