"""The one road out: the only import of httpx.

No redirects (a 307 would carry the key and the prompt to another host), no proxy from the
environment (it would catch prompts meant for localhost), no compression (a few hundred KB can grow
to gigabytes), keys in headers only. Timeouts by phase and a deadline over all, because httpx's own
timeout starts anew with every byte.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host, HttpRequest, departing
from aircherd.providers.failures import made

if TYPE_CHECKING:
    import httpx

# httpx logs whole addresses at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

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
        self._client: httpx.AsyncClient | None = None

    def require(self) -> None:
        """Raises ProviderError when nothing may be sent here: then no key is got for it either."""
        if self._host.barred is not None:
            raise self._error(ErrorKind.NETWORK_ERROR, self._host.barred, False)
        if self._host.shut:
            what = "may not be asked: your settings forbid it"
            raise self._error(ErrorKind.WITHHELD, what, False)

    async def send(self, request: HttpRequest, *, deadline: float) -> AsyncGenerator[Head | bytes]:
        """The head of the answer, then its bytes as they come.

        Raises ProviderError; `sent` is False only when no connection came about. Closing the
        generator closes the connection.
        """
        self.require()
        httpx = _httpx()
        if _origin(request.url) != self._origin:
            raise self._error(ErrorKind.NETWORK_ERROR, "refused to send a key elsewhere", False)
        tell = departing.get()
        if tell is not None:
            await tell(request)
        client = self._opened()
        made_request = client.build_request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
        response: Any = None
        try:
            response = await self._within(
                client.send(made_request, stream=True),
                min(self._timeouts.connect + self._timeouts.first_byte, self._left(deadline)),
            )
            yield Head(status=response.status_code, headers=dict(response.headers))
            if 300 <= response.status_code < 400:
                raise self._error(ErrorKind.NETWORK_ERROR, "answered with a redirect", True)
            chunks = response.aiter_raw()
            while True:
                try:
                    limit = min(self._timeouts.idle, self._left(deadline))
                    chunk = await self._within(anext(chunks), limit)
                except StopAsyncIteration:
                    return
                yield chunk
        except httpx.ConnectTimeout:
            raise self._error(ErrorKind.TIMEOUT, "could not be reached in time", False) from None
        except httpx.ConnectError:
            scheme, _, place = self._origin.partition("://")
            # An address may hold a name and a password.
            where = f"nothing answers at {scheme}://{place.rpartition('@')[2]}"
            raise self._error(ErrorKind.NETWORK_ERROR, where, False) from None
        except (httpx.TimeoutException, TimeoutError):
            raise self._error(ErrorKind.TIMEOUT, "took too long to answer", True) from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            what = f"the connection broke ({type(error).__name__})"
            kind = ErrorKind.NETWORK_ERROR if response is None else ErrorKind.INTERRUPTED
            raise self._error(kind, what, True) from None
        except httpx.InvalidURL:
            raise self._error(
                ErrorKind.NETWORK_ERROR, f"{request.url!r} is no address", False
            ) from None
        finally:
            if response is not None:
                await response.aclose()

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

    async def aclose(self) -> None:
        """Closes all connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _within(self, work: Any, seconds: float) -> Any:
        # asyncio.timeout, not wait_for: a cancel from outside must reach the request as itself.
        async with asyncio.timeout(seconds):
            return await work

    def _left(self, deadline: float) -> float:
        return max(0.001, deadline - self._clock.monotonic())

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            httpx = _httpx()
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                trust_env=False,
                headers={"Accept-Encoding": "identity", "User-Agent": "aircher"},
                timeout=httpx.Timeout(None, connect=self._timeouts.connect),
                # A local engine may hang up between two requests without a word (llama.cpp does,
                # after a stream), and a new connection on this machine costs next to nothing.
                limits=httpx.Limits(
                    max_connections=256,
                    max_keepalive_connections=0 if self._host.local else 32,
                ),
                # The certificates are 20 ms to load; a local engine speaks plain HTTP.
                verify=self._origin.startswith("https:"),
            )
        return self._client

    def _error(self, kind: ErrorKind, what: str, sent: bool) -> ProviderError:
        retry = kind in (ErrorKind.TIMEOUT, ErrorKind.NETWORK_ERROR) and not self._host.local
        return made(self._host.name, kind, what, can_retry=retry and sent, sent=sent)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _httpx() -> Any:
    """The library, loaded with the first request: 12 MB and 90 ms before that.

    Its command line is kept out. It is imported along where rich and pygments are there, and is
    half of that.
    """
    # None is how a module is said not to be there; the stubs know modules only.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    import httpx

    return httpx
