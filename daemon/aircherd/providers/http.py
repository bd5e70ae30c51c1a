"""The one road out.

No redirects (a 307 would carry the key and the prompt to another host), no proxy but one the user
names (`proxied`), no compression (a few hundred KB can grow
to gigabytes), keys in headers only. Timeouts by phase and a deadline over all.

`message` makes the bytes, `connections` opens and keeps connections, `connection` speaks over one.
A request is called sent from its first byte on: what happened to it then is not known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host, HttpRequest, departing, reaching
from aircherd.providers.connection import Broken, Connection, TooSlow
from aircherd.providers.connections import Connections, Unreached
from aircherd.providers.failures import made
from aircherd.providers.message import Heads, Origin
from aircherd.providers.proxied import Passage, Proxied

MAX_ERROR_BODY = 64 * 1024
MAX_LIST_BODY = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds each phase of a call may take."""

    connect: float
    first_byte: float
    idle: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status and headers of an answer."""

    status: int
    headers: dict[str, str]


class Road:
    """Connections to one host, and to no other."""

    def __init__(self, host: Host, timeouts: Timeouts, clock: Clock) -> None:
        self._host = host
        self._timeouts = timeouts
        self._clock = clock
        self._origin = _origin(host.base_url)
        self._heads = Heads()
        self._connections: Connections | None = None
        self._proxied: Proxied | None = None

    def require(self) -> None:
        """Raises ProviderError when nothing may be sent here: then no key is got for it either."""
        if self._host.barred is not None:
            raise self._error(ErrorKind.NETWORK_ERROR, self._host.barred, False)
        if self._host.shut:
            what = "may not be asked: your settings forbid it"
            raise self._error(ErrorKind.WITHHELD, what, False)

    async def send(
        self,
        request: HttpRequest,
        *,
        deadline: float,
        take: Callable[[bytes], None] | None = None,
    ) -> AsyncGenerator[Head | bytes]:
        """The head of the answer, then its bytes as they come.

        What comes of a good answer while it is waited for goes to `take`, where there is one and
        the connection can (`Connection.read`), and what that raises is raised here.
        Raises ProviderError; `sent` is False only when no connection came about. Closing the
        generator closes the connection.
        """
        self.require()
        if _origin(request.url) != self._origin:
            raise self._error(ErrorKind.NETWORK_ERROR, "refused to send a key elsewhere", False)
        try:
            head = self._heads.of(request)
            connections = None if self._host.proxy else self._opened()
            proxied = self._by_proxy(self._host.proxy) if self._host.proxy else None
        except ValueError as error:
            raise self._error(ErrorKind.NETWORK_ERROR, str(error), False) from None
        reached, tell = reaching.get(), departing.get()
        reached(False)
        connection: Connection | Passage | None = None
        first, patience = self._timeouts.first_byte, self._timeouts.connect
        until = asyncio.get_running_loop().time() + self._left(deadline)
        try:
            if proxied is not None:
                connection = passage = await proxied.passage(request)
                await passage.ask(
                    partial(_leaving, request, tell, reached),
                    connect=patience,
                    seconds=first,
                    until=until,
                )
            else:
                assert connections is not None
                patience = min(patience, self._left(deadline))
                connection = way = await connections.take(patience, until=until)
                if tell is not None:
                    # Noted once there is a way, so that the list names nothing that never left.
                    await tell(request)
                    if not way.reusable:  # it ended while the line was written
                        connection = None
                        connections.give(way)
                        connection = way = await connections.take(patience, until=until)
                reached(True)
                await way.ask(head, request.body, seconds=first, until=until)
            yield Head(status=connection.status, headers=connection.headers)
            if 300 <= connection.status < 400:
                raise self._error(ErrorKind.NETWORK_ERROR, "answered with a redirect", True)
            idle = self._timeouts.idle
            take = take if connection.status < 300 else None
            while chunk := await connection.read(idle, take):
                yield chunk
        except Unreached as error:
            raise self._unreached(error) from None
        except TooSlow:
            raise self._error(ErrorKind.TIMEOUT, "took too long to answer", True) from None
        except Broken as error:
            begun = connection is not None and connection.status > 0
            kind = ErrorKind.INTERRUPTED if begun else ErrorKind.NETWORK_ERROR
            raise self._error(kind, f"the connection broke ({error})", True) from None
        finally:
            if isinstance(connection, Passage):
                await connection.aclose()
            elif connection is not None and connections is not None:
                connections.give(connection)

    async def fetch(self, request: HttpRequest, *, deadline: float) -> tuple[Head, bytes]:
        """A whole small answer. Raises ProviderError, also for one over the cap."""
        head: Head | None = None
        body = bytearray()
        answer = self.send(request, deadline=deadline)
        try:
            async for piece in answer:
                if isinstance(piece, Head):
                    head = piece
                    continue
                body += piece
                if len(body) > MAX_LIST_BODY:
                    raise self._error(ErrorKind.SERVER_ERROR, "sent far too long an answer", True)
        finally:
            await answer.aclose()
        assert head is not None
        return head, bytes(body)

    async def warm(self) -> bool:
        """Opens a connection ahead of a request; whether it did. Nothing is sent over it.

        Not by way of a proxy, which is told with a request alone, and none on this machine, where
        none is kept. Raises ProviderError.
        """
        self.require()
        if self._host.proxy:
            return False
        try:
            return await self._opened().warm(self._timeouts.connect)
        except Unreached as error:
            raise self._unreached(error) from None

    @property
    def waiting(self) -> bool:
        """Whether a connection that was opened ahead waits for its first request."""
        return self._connections is not None and self._connections.waiting

    async def aclose(self) -> None:
        """Closes all connections."""
        if self._connections is not None:
            await self._connections.aclose()
            self._connections = None
        if self._proxied is not None:
            await self._proxied.aclose()
            self._proxied = None

    def _left(self, deadline: float) -> float:
        return max(0.001, deadline - self._clock.monotonic())

    def _opened(self) -> Connections:
        if self._connections is None:
            # A local engine may hang up between two requests without a word (llama.cpp does, after
            # a stream), and a new connection on this machine costs next to nothing.
            keep = 0 if self._host.local else 32
            self._connections = Connections(Origin.of(self._host.base_url), keep=keep)
        return self._connections

    def _by_proxy(self, proxy: str) -> Proxied:
        if self._proxied is None:
            self._proxied = Proxied(proxy, self._origin, self._timeouts.connect)
        return self._proxied

    def _unreached(self, error: Unreached) -> ProviderError:
        if error.late:
            return self._error(ErrorKind.TIMEOUT, "could not be reached in time", False)
        scheme, _, place = self._origin.partition("://")
        # An address may hold a name and a password.
        where = f"{scheme}://{place.rpartition('@')[2]}"
        what = f"nothing answers at {where}"
        if str(error).startswith("the proxy"):
            what = f"cannot be reached at {where}: {error}"
        if str(error).startswith("its certificate"):
            what = f"is not safe to talk to at {where}: {error}"
        return self._error(ErrorKind.NETWORK_ERROR, what, False)

    def _error(self, kind: ErrorKind, what: str, sent: bool) -> ProviderError:
        retry = kind in (ErrorKind.TIMEOUT, ErrorKind.NETWORK_ERROR) and not self._host.local
        return made(self._host.name, kind, what, can_retry=retry and sent, sent=sent)


async def _leaving(
    request: HttpRequest,
    tell: Callable[[HttpRequest], Awaitable[None]] | None,
    reached: Callable[[bool], None],
) -> None:
    if tell is not None:
        await tell(request)
    reached(True)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
