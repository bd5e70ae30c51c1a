"""The daemon's event loop: asyncio's own, but for how it looks up the names of hosts.

The system's resolver can neither be cancelled nor hurried: with a name server that is silent it
takes tens of seconds. asyncio gives it the threads everything else shares, six of them on two
cores, and waits for all of them at its end; so a few requests to hosts whose names hang would stop
whatever looks at files or git, and keep the daemon from leaving. Here a name is looked up once at a
time, in a thread of its own that nobody waits for: neither for its end nor, as
`threading.Thread.start` does, for its beginning, which a want of memory can keep from coming.
"""

from __future__ import annotations

import _thread
import asyncio
import socket
from typing import Any

MOST = 32
"""Lookups at a time; one more is refused as a resolver that cannot answer now refuses."""
LONGEST = 60.0
"""Seconds after which a lookup that brought nothing is given up: its thread may never have run."""


class Loop(asyncio.SelectorEventLoop):
    """asyncio's loop with lookups that hold up nobody else."""

    def __init__(self) -> None:
        super().__init__()
        self._lookups: dict[tuple[Any, ...], asyncio.Future[Any]] = {}

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - its name in the loop this one stands for
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """The addresses of a host, as `socket.getaddrinfo` gives them; joined when it is being
        looked up already. Raises `socket.gaierror`."""
        asked = (host, port, family, type, proto, flags)
        running = self._lookups.get(asked)
        if running is None:
            if len(self._lookups) >= MOST:
                raise socket.gaierror(socket.EAI_AGAIN, "too many names are being looked up")
            running = self._lookups[asked] = self.create_future()
            # Nobody may be left to hear of a failure.
            running.add_done_callback(lambda done: done.exception())
            try:
                _thread.start_new_thread(self._look_up, (asked, running))
            except (RuntimeError, MemoryError):
                # Whoever asks for this name again would else wait for what nobody looks up.
                del self._lookups[asked]
                raise socket.gaierror(socket.EAI_AGAIN, "no thread to look names up") from None
            late = socket.gaierror(socket.EAI_AGAIN, "nothing answers about names")
            given_up = self.call_later(LONGEST, self._looked_up, asked, running, late)
            running.add_done_callback(lambda _: given_up.cancel())
        found: list[Any] = await asyncio.shield(running)
        return found

    def _look_up(self, asked: tuple[Any, ...], running: asyncio.Future[Any]) -> None:
        try:
            found: Any = socket.getaddrinfo(*asked)
        except Exception as error:
            found = error
        try:
            self.call_soon_threadsafe(self._looked_up, asked, running, found)
        except RuntimeError:
            return  # the loop is closed

    def _looked_up(
        self, asked: tuple[Any, ...], running: asyncio.Future[Any], found: list[Any] | Exception
    ) -> None:
        if running.done():
            return  # it was given up, or this is what would have given it up
        del self._lookups[asked]
        if isinstance(found, Exception):
            running.set_exception(found)
        else:
            running.set_result(found)
