"""A daemon that counts what it holds: SIGUSR1 prints objects by type, after a look for garbage."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from collections import Counter

from aircherd import app, start


def count() -> None:
    """Prints a line: what is held now, and how much was set aside before the first client.

    Timers that were called off stay with the loop for a while, about a hundred of them, and with
    them what they would have called: these are let go first.
    """
    waiting: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]
    for timer in waiting:
        if timer.cancelled():
            timer._context = None  # type: ignore[attr-defined]
    gc.collect()
    held = Counter(f"{type(one).__module__}.{type(one).__name__}" for one in gc.get_objects())
    print(json.dumps({"held": held, "frozen": gc.get_freeze_count()}), flush=True)


def main() -> int:
    """Serves until it is told to leave."""
    opens = app.App.open

    async def opened(self: app.App) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, count)
        await opens(self)

    app.App.open = opened  # type: ignore[method-assign]
    return start.run(stdio=False)


if __name__ == "__main__":
    sys.exit(main())
