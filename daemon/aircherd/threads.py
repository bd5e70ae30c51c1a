"""Threads that are there before they are needed.

Whoever starts a thread waits for it to say that it runs. One that finds no memory for its first
step never says so (CPython's `threading.Thread.start`), and its starter waits for good; were that
the event loop, the daemon would answer nobody ever again. So the loop starts no such thread once
the daemon is up: what it hands over goes to threads that were started with it.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

MOST = 8
"""Threads for files, git and whatever else blocks, at most; each holds some tens of kilobytes."""


def pool(most: int, name: str) -> ThreadPoolExecutor:
    """A pool of so many threads, all of them running. Raises RuntimeError when there cannot be so
    many; then there is none."""
    made = ThreadPoolExecutor(most, thread_name_prefix=name)
    all_there = threading.Event()
    try:
        for _ in range(most):
            made.submit(all_there.wait)  # as long as the others wait, one more is started
    except BaseException:
        made.shutdown(wait=False)
        raise
    finally:
        all_there.set()  # also when one could not begin: an end would wait for the others
    return made


def shared() -> ThreadPoolExecutor:
    """What `asyncio.to_thread` uses."""
    return pool(min(MOST, (os.cpu_count() or 1) + 4), "asyncio")
