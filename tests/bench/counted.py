"""A daemon that counts: how often a function of Python's begins in its event loop's thread.

Counts do not change with the load of a machine, as milliseconds do. SIGUSR1 begins to count, and
SIGUSR2 ends it and prints the number. What belongs to the loop itself is left out: how often it
goes round depends on how bytes arrive.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from types import FrameType
from typing import Any

from aircherd import app, start

_LOOP = ("asyncio/", "selectors.py", "threading.py", "concurrent/", "signal.py")


class Count:
    """Calls since `begin`."""

    def __init__(self) -> None:
        self.calls = 0
        self._known: dict[str, bool] = {}

    def begin(self) -> None:
        """Counts from now on."""
        self.calls = 0
        sys.setprofile(self._seen)

    def end(self) -> None:
        """Stops, and says how many there were."""
        sys.setprofile(None)
        print(self.calls, flush=True)

    def _seen(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        name = frame.f_code.co_filename
        ours = self._known.get(name)
        if ours is None:
            ours = self._known[name] = not any(part in name for part in _LOOP)
        self.calls += ours


def main() -> int:
    """Serves until it is told to leave."""
    count = Count()
    opens = app.App.open

    async def opened(self: app.App) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, count.begin)
        loop.add_signal_handler(signal.SIGUSR2, count.end)
        await opens(self)

    app.App.open = opened  # type: ignore[method-assign]
    return start.run(stdio=False)


if __name__ == "__main__":
    sys.exit(main())
