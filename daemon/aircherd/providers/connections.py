"""Connections to one server: opened, kept a while, used again."""

from __future__ import annotations

import asyncio
import ssl
from asyncio import BaseEventLoop
from collections import deque
from functools import cache
from typing import Any

from aircherd.providers.connection import Connection
from aircherd.providers.message import Origin

MOST_OPEN = 256
"""Connections to one server at a time; more requests wait."""
KEPT_SECONDS = 30.0
"""How long one may lie idle: routers forget older ones without telling either side."""


class Unreached(Exception):
    """No connection came about, so nothing was sent. `late` is whether time ran out."""

    def __init__(self, why: str, *, late: bool = False) -> None:
        super().__init__(why)
        self.late = late


class Connections:
    """The connections of one origin."""

    def __init__(self, origin: Origin, *, keep: int) -> None:
        """`keep` is how many idle ones are kept."""
        self._origin = origin
        self._keep = keep
        self._idle: deque[tuple[float, Connection]] = deque()
        self._busy: set[Connection] = set()
        self._room = asyncio.Semaphore(MOST_OPEN)

    async def take(self, seconds: float, *, until: float | None = None) -> Connection:
        """A connection to write to. Raises Unreached; every one taken is given back.

        `seconds` is how long opening one may take; `until` the loop's time to wait for room.
        """
        if self._room.locked():
            try:
                async with asyncio.timeout_at(until):
                    await self._room.acquire()
            except TimeoutError:
                raise Unreached("no room in time", late=True) from None
        else:
            await self._room.acquire()
        try:
            connection = self._kept() or await self._opened(seconds)
        except BaseException:
            self._room.release()
            raise
        self._busy.add(connection)
        return connection

    def give(self, connection: Connection) -> None:
        """Takes one back: kept when it can be used again, else closed at once."""
        self._busy.discard(connection)
        self._room.release()
        if connection.reusable and len(self._idle) < self._keep:
            self._idle.append((asyncio.get_running_loop().time(), connection))
        else:
            connection.close()

    async def aclose(self) -> None:
        """Closes all of them."""
        for _, connection in self._idle:
            connection.close()
        for connection in self._busy:
            connection.close()
        self._idle.clear()
        # A transport lets go of its socket in the loop's next round.
        await asyncio.sleep(0)

    def _kept(self) -> Connection | None:
        """The one used last; those that lay too long are closed."""
        oldest = asyncio.get_running_loop().time() - KEPT_SECONDS
        while self._idle:
            if self._idle[0][0] < oldest or not self._idle[0][1].reusable:
                self._idle.popleft()[1].close()
                continue
            connection = self._idle.pop()[1]
            if connection.reusable:
                return connection
            connection.close()
        return None

    async def _opened(self, seconds: float) -> Connection:
        loop, origin = asyncio.get_running_loop(), self._origin
        try:
            # The certificates are 20 ms to load, once a process: not in the loop's time.
            context = await asyncio.to_thread(certificates) if origin.secure else None
            async with asyncio.timeout(seconds):
                # The other family of addresses is tried when the first one keeps silent; uvloop
                # tries them one by one.
                both: dict[str, Any] = {}
                if isinstance(loop, BaseEventLoop):
                    both["happy_eyeballs_delay"] = 0.25
                connection: Connection
                _, connection = await loop.create_connection(
                    Connection, origin.host, origin.port, ssl=context, **both
                )
        except TimeoutError:
            raise Unreached("no answer in time", late=True) from None
        except ssl.SSLCertVerificationError as error:
            raise Unreached(f"its certificate is refused ({error.verify_message})") from None
        except (OSError, UnicodeError) as error:
            raise Unreached(type(error).__name__) from None
        return connection


@cache
def certificates() -> ssl.SSLContext:
    """The authorities whose word is taken: certifi's, wherever this runs."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context
