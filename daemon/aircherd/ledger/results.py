"""What became of the writer's jobs, brought to those who wait in event loops of their own."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

Result = tuple[asyncio.Future[Any] | None, asyncio.AbstractEventLoop | None, Any, Any]
"""Who waits, in which loop, what came of it, and the error instead."""


def tell(results: list[Result]) -> None:
    """Wakes each loop once for all of its callers."""
    loops: dict[asyncio.AbstractEventLoop, list[Result]] = {}
    for result in results:
        if result[1] is not None:
            loops.setdefault(result[1], []).append(result)
    for loop, its in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_finish, its)


def _finish(results: list[Result]) -> None:
    for future, _, result, error in results:
        if future is None or future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
