"""Being the daemon: found at once, answering `initialize` next, furnished after that.

The socket stands before anything large is loaded, so that nobody looks for it twice. Whoever comes
is told what `initialize` asks; what else they say waits until the rooms are open. These are loaded
one by one, and between two of them those who came have their turn.
"""

from __future__ import annotations

import linecache
import os
import signal
import sys
from importlib import import_module

from aircherd import runtime, singleton
from aircherd.hardening import close_off

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from aircherd.app import App
    from aircherd.server.sessions import Sessions

LOOP = "AIRCHERD_LOOP"
"""Variable that asks for another event loop when it is `uvloop`.

It is asked for, and not taken wherever it is found, because it looks up names in its own way:
`names` says what that can cost.
"""
_LEAVE = (signal.SIGTERM, signal.SIGINT)
_ROOMS = (
    *("config.load", "ledger.store", "providers.registry", "outbound.mask", "gateway"),
    *("commits.drafter", "edits.answer", "features.desk", "features.commit_message"),
    *("features.review", "server.handlers"),
)
"""In an order in which each loads little more than itself; `app` loads what is left."""
_TURNS = 12
"""Rounds of the loop from a connection to its first answer, and some to spare."""


def main() -> int:
    """Be the daemon as `aircherd serve` is; the process's exit code. Why it cannot be is said."""
    try:
        return run(stdio=False)
    except runtime.Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1


def run(*, stdio: bool, config: str | None = None) -> int:
    """Be the daemon until told to leave. The process's exit code."""
    close_off()
    lease = None
    if not stdio:
        # One that is told to leave while it starts takes its socket along, like any other.
        signal.pthread_sigmask(signal.SIG_BLOCK, _LEAVE)
        lease = singleton.acquire()
        if lease is None:
            return runtime.HELD
    try:
        import asyncio

        with asyncio.Runner(loop_factory=loop_of_choice()) as runner:
            return runner.run(served(lease, config))
    except KeyboardInterrupt:
        return 0
    finally:
        if lease is not None:
            lease.release()


def loop_of_choice() -> Callable[[], asyncio.AbstractEventLoop]:
    """Makes event loops: uvloop's, where it is installed and asked for, else our own."""
    from aircherd.names import Loop

    if os.environ.get(LOOP) == "uvloop":
        try:
            from uvloop import new_event_loop
        except ImportError:
            return Loop
        return new_event_loop
    return Loop


async def served(lease: singleton.Lease | None, config: str | None = None) -> int:
    """Serves whoever comes to the socket, or one client on stdin and stdout without one."""
    import asyncio

    from aircherd.server import listener
    from aircherd.server.sessions import Sessions

    sessions = Sessions()
    if lease is None:
        client = asyncio.create_task(listener.serve_stdio(sessions))
        try:
            house = await _furnished(sessions, config)
            await house.open()
        except BaseException:
            client.cancel()
            raise
        try:
            return await client
        finally:
            client.cancel()
            await house.aclose()
    leave = asyncio.Event()
    for number in _LEAVE:
        asyncio.get_running_loop().add_signal_handler(number, leave.set)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _LEAVE)
    door = listener.Listener(sessions, lease.socket)
    door.start()
    house = await _furnished(sessions, config)
    if not await _opened(house, leave):
        return 0
    try:
        house.attend(lease, leave)
        await leave.wait()
        lease.withdraw()
        await door.aclose()
    finally:
        await house.aclose()
    return 0


async def _opened(house: App, leave: asyncio.Event) -> bool:
    """False when it was told to leave before its books were open: there is nothing to close then.

    Books may keep one waiting, as while another process writes them.
    """
    import asyncio

    opening = asyncio.create_task(house.open())
    leaving = asyncio.create_task(leave.wait())
    await asyncio.wait({opening, leaving}, return_when=asyncio.FIRST_COMPLETED)
    if not opening.done():
        opening.cancel()
        return False
    leaving.cancel()
    await opening
    return True


async def _furnished(sessions: Sessions, config: str | None) -> App:
    import asyncio

    for room in _ROOMS:
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        import_module(f"aircherd.{room}")
        linecache.clearcache()
    from aircherd.app import App
    from aircherd.threads import shared

    asyncio.get_running_loop().set_default_executor(shared())
    return App(sessions, config)
