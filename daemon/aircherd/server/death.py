"""The end of another process, noticed without asking again and again."""

from __future__ import annotations

import asyncio
import os


async def death(pid: int) -> None:
    """Returns when the process has ended; never, when that cannot be told from here.

    It cannot for one in a pid namespace of its own (a container), whose number means nothing here.
    """
    try:
        fd = os.pidfd_open(pid)
    except (OSError, OverflowError):
        await asyncio.Event().wait()
        return
    loop, gone = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(fd, gone.set)
    try:
        await gone.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)
