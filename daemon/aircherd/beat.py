"""When what is done every few seconds is done: together, so that an idle daemon sleeps longer."""

from __future__ import annotations

import asyncio


async def beat(seconds: float) -> None:
    """Sleeps to a whole multiple of so many seconds of the loop's own clock, the next but those
    less than half of that away: all who wait for the same one are woken at once."""
    left = seconds - asyncio.get_running_loop().time() % seconds
    await asyncio.sleep(left if left > seconds / 2 else left + seconds)
