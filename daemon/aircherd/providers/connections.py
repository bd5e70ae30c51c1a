"""Connections to one server: opened, kept a while, used again."""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections import deque
from ipaddress import ip_address
from typing import Any

from aircherd.providers.connection import Connection
from aircherd.providers.message import Origin
from aircherd.providers.tls import Resuming
from aircherd.providers.tls import certificates as certificates

MOST_OPEN = 256
"""Connections to one server at a time; more requests wait."""
KEPT_SECONDS = 30.0
"""How long one may lie idle: routers forget older ones without telling either side."""
WARM_SECONDS = 55.0
"""How long one that was opened ahead may wait for its first request: servers give up on a silent
one after a minute (nginx's client_header_timeout)."""
OTHER_FAMILY_SECONDS = 0.25
"""How long an address may keep silent before the next one, of the other family, is tried too
(RFC 8305's connection attempt delay)."""

_ROUNDS = 4
"""Turns of the loop in which what came is read and told."""


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
        self._warm: Connection | None = None
        """The one that was opened ahead and not taken yet."""
        self._warming = self._closed = False
        self._cooling: asyncio.TimerHandle | None = None

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
            connection = await self._kept() or await self._opened(seconds)
        except BaseException:
            self._room.release()
            raise
        self._busy.add(connection)
        return connection

    def give(self, connection: Connection) -> None:
        """Takes one back: kept when it can be used again, else closed at once."""
        self._busy.discard(connection)
        self._room.release()
        _keep_session(connection)
        if connection.reusable and len(self._idle) < self._keep:
            self._idle.append((asyncio.get_running_loop().time(), connection))
        else:
            connection.close()

    async def warm(self, seconds: float) -> bool:
        """Opens one ahead of a request, unless one is there or in use; whether it did.

        Nothing is sent over it. Closed after WARM_SECONDS unless taken. Raises Unreached.
        """
        if self._warming or self._busy or not self._keep or self._drop_old() or self._spare():
            return False
        self._cool()  # one that ended, with its timer
        self._warming = True
        try:
            connection = await self._opened(seconds)
        finally:
            self._warming = False
        if self._closed:
            connection.close()
            return False
        self._warm = connection
        self._cooling = asyncio.get_running_loop().call_later(WARM_SECONDS, self._cool)
        return True

    @property
    def waiting(self) -> bool:
        """Whether one that was opened ahead waits for its first request."""
        return self._spare() is not None

    async def aclose(self) -> None:
        """Closes all of them."""
        self._closed = True
        for _, connection in self._idle:
            connection.close()
        for connection in self._busy:
            connection.close()
        self._idle.clear()
        self._cool()
        # A transport lets go of its socket in the loop's next round.
        await asyncio.sleep(0)

    async def _kept(self) -> Connection | None:
        """The one used last, or the one opened ahead; those that ended meanwhile are closed."""
        while (connection := self._next()) is not None:
            if connection.reusable and _stirs(connection):
                # An end, as a rule: the loop has its turn to read it before anything is sent.
                try:
                    for _ in range(_ROUNDS):
                        await asyncio.sleep(0)
                except asyncio.CancelledError:
                    connection.close()  # nobody else knows of it by now
                    raise
            if connection.reusable:
                return connection
            connection.close()
        return None

    def _next(self) -> Connection | None:
        if self._drop_old():
            return self._idle.pop()[1]
        connection = self._spare()
        if connection is not None:
            self._warm = None
            self._cool()
        return connection

    def _drop_old(self) -> bool:
        """Closes those that lay too long or ended; whether any is left."""
        oldest = asyncio.get_running_loop().time() - KEPT_SECONDS
        while self._idle and (self._idle[0][0] < oldest or not self._idle[0][1].reusable):
            self._idle.popleft()[1].close()
        return bool(self._idle)

    def _spare(self) -> Connection | None:
        return self._warm if self._warm is not None and self._warm.reusable else None

    def _cool(self) -> None:
        """Closes the one that was opened ahead, if it was not taken."""
        if self._cooling is not None:
            self._cooling.cancel()
            self._cooling = None
        if self._warm is not None:
            _keep_session(self._warm)
            self._warm.close()
            self._warm = None

    async def _opened(self, seconds: float) -> Connection:
        from aiohappyeyeballs import start_connection

        loop, origin = asyncio.get_running_loop(), self._origin
        context: ssl.SSLContext | None = None
        try:
            # The certificates are 20 ms to load, once a process: not in the loop's time.
            context = await asyncio.to_thread(certificates) if origin.secure else None
            async with asyncio.timeout(seconds):
                # Not asyncio's own race of addresses: a cancel in it leaves a socket connected
                # until the garbage collector comes by.
                connected = await start_connection(
                    await _addresses(loop, origin), happy_eyeballs_delay=OTHER_FAMILY_SECONDS
                )
                connection: Connection
                _, connection = await loop.create_connection(
                    Connection,
                    sock=connected,
                    ssl=context,
                    server_hostname=origin.host if context else None,
                )
        except TimeoutError:
            raise Unreached("no answer in time", late=True) from None
        except ssl.SSLCertVerificationError as error:
            raise Unreached(f"its certificate is refused ({error.verify_message})") from None
        except (OSError, UnicodeError, LookupError) as error:
            # LookupError: the codec of names is a file, and there may be no descriptor left.
            if isinstance(error, ssl.SSLError) and isinstance(context, Resuming):
                # Perhaps it is the session that was gone on with; the next one begins anew.
                context.forget(origin.host)
            raise Unreached(type(error).__name__) from None
        return connection


async def _addresses(loop: asyncio.AbstractEventLoop, origin: Origin) -> list[Any]:
    """Where an origin may be; one that is an address already is not looked up."""
    try:
        family = socket.AF_INET6 if ip_address(origin.host).version == 6 else socket.AF_INET
    except ValueError:
        family = None
    kind, protocol = socket.SOCK_STREAM, socket.IPPROTO_TCP
    # The number of an interface, as in fe80::1%eth0, is the system's to find.
    if family is None or "%" in origin.host:
        return await loop.getaddrinfo(origin.host, origin.port, type=kind, proto=protocol)
    return [(family, kind, protocol, "", (origin.host, origin.port))]


def _stirs(connection: Connection) -> bool:
    """Whether something came that the loop has not read: where nobody asked, its end."""
    idle = select.poll()
    idle.register(connection.about("socket").fileno(), select.POLLIN)
    return bool(idle.poll(0))


def _keep_session(connection: Connection) -> None:
    """Keeps what the next handshake with this host can go on with."""
    end = connection.about("ssl_object") if connection.open else None
    if end is not None and isinstance(end.context, Resuming):
        end.context.keep(end)
