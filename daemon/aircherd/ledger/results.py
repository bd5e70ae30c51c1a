"""What became of the writer's jobs, brought to those who wait in event loops of their own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

log = logging.getLogger(__name__)

Told = Callable[[Any, BaseException | None], None]
"""Called in its own loop with what came of a job, or with the error instead."""
Result = tuple[Told | None, asyncio.AbstractEventLoop | None, Any, Any]
"""Who waits, in which loop, what came of it, and the error instead."""


def into(future: asyncio.Future[Any]) -> Told:
    """Tells a future; one that was cancelled never hears of it."""
    return partial(_into, future)


class Owned:
    """A result somebody has to own: should the caller leave before it has it, another takes it."""

    def __init__(self, left: Callable[[Any], None]) -> None:
        """`left` is given what the caller left."""
        self._left = left
        self._future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def told(self, result: Any, error: BaseException | None) -> None:
        """What came of the job."""
        if not self._future.cancelled():
            _into(self._future, result, error)
        elif error is None:
            self._left(result)

    async def result(self) -> Any:
        """Waits for it. Raises what the job raised."""
        try:
            return await self._future
        except asyncio.CancelledError:
            done = self._future.done() and not self._future.cancelled()
            if done and self._future.exception() is None:
                self._left(self._future.result())
            raise


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
    for told, _, result, error in results:
        if told is None:
            continue
        try:
            told(result, error)
        except Exception:
            # The others have to hear of theirs.
            log.exception("what came of a job of the books could not be told")


def _into(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
