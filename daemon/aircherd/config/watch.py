"""Tells when a configuration file changed. The only room with watchfiles."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

_POLL_SECONDS = 5.0


async def watch(path: Path, changed: Callable[[], Awaitable[object]]) -> None:
    """Calls `changed` after each change of the file, for ever.

    The watch is a hint and the file's identity the truth: editors replace files, directories come
    later, and network file systems tell nothing, so the file is also looked at now and then.
    """
    seen = _identity(path)
    while True:
        await _hint(path)
        now = _identity(path)
        if now != seen:
            seen = now
            await changed()


async def _hint(path: Path) -> None:
    if not path.parent.is_dir():
        await asyncio.sleep(_POLL_SECONDS)
        return
    from watchfiles import awatch

    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(_POLL_SECONDS * 12, stop.set)
    try:
        async for _ in awatch(path.parent, stop_event=stop, recursive=False, step=50, debounce=200):
            return
    except (OSError, RuntimeError):
        await asyncio.sleep(_POLL_SECONDS)


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
