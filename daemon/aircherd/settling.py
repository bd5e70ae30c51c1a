"""A settlement under way."""

from __future__ import annotations

import asyncio


class Ending:
    """One settlement under way and those who wait for it. Waiting is a future of its own for each,
    so that who leaves ends nothing."""

    def __init__(self) -> None:
        self.over = False
        self._waiting: list[asyncio.Future[None]] = []

    def heard(self) -> asyncio.Future[None]:
        """Done when it is booked."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.over:
            future.set_result(None)
        else:
            self._waiting.append(future)
        return future

    def tell(self) -> None:
        """It is booked."""
        self.over = True
        for future in self._waiting:
            if not future.done():
                future.set_result(None)


async def waited(future: asyncio.Future[None]) -> None:
    """Waits, as a task that an end of the app waits for."""
    await future
