"""Run in a user namespace whose inotify limits were lowered: a view there, told on standard output.

    python limited.py ROOT

Prints a line when it is ready, then one for each file it is told of on standard input, once the
view shows it unasked.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from aircherd.core.errors import AircherError
from aircherd.workspace import guard
from aircherd.workspace.lookout import Lookout
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.view import View


async def main(root: str, limits: list[str]) -> None:
    """Looks, raises the limit, and looks on."""
    guard._RETRY_SECONDS = 0.3
    view = View(Lookout(root, Repositories()))
    view.start()
    try:
        seen = await view.ready()
        print("degraded" if seen.degraded else "watched", seen.degraded, flush=True)
        Path(root, "src", "deep", "er", "late.py").write_text("x\n", "utf-8")
        await _until(view, lambda: any(c.path.endswith(b"late.py") for c in _local(view)))
        print("seen", flush=True)
        for name in limits:
            Path("/proc/sys/user", name).write_text("5000", "ascii")
        await _until(view, lambda: view.current().degraded is None)
        print("watched", flush=True)
    finally:
        await view.aclose()


def _local(view: View) -> tuple[object, ...]:
    return view.current().local or ()


async def _until(view: View, holds: object) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            if holds():  # type: ignore[operator]
                return
        except AircherError:
            pass
        assert time.monotonic() < deadline, view.known()
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
