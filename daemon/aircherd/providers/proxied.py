"""The road by way of a proxy the user named: the only import of httpx.

A proxy sees which server is asked, never what: it is told to join the two ends (CONNECT, RFC 9110
section 9.3.6) and TLS runs between them. It is named in the configuration and nowhere else; what
stands in the environment would catch prompts meant for this machine.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aircherd.providers import connections
from aircherd.providers.base import HttpRequest
from aircherd.providers.connection import Broken, TooSlow
from aircherd.providers.connections import Unreached

if TYPE_CHECKING:
    import httpx

# httpx logs whole addresses at INFO.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_KEPT = 32
_MOST = 256


class Proxied:
    """The way to one origin through one proxy."""

    def __init__(self, proxy: str, origin: str, connect: float) -> None:
        """`proxy` is its address, with a name and a password if it wants them; `connect` seconds.

        Raises ValueError for what cannot be a proxy, or an origin that is spoken to without TLS.
        """
        if not _is_address(proxy):
            raise ValueError("has a proxy that is no address; write http://proxy.example:3128")
        if not origin.startswith("https:"):
            raise ValueError('is spoken to without TLS, and a proxy would read all; set proxy = ""')
        self._proxy, self._connect = proxy, connect
        self._client: httpx.AsyncClient | None = None

    async def passage(self, request: HttpRequest) -> Passage:
        """One request's way there and back."""
        if self._client is None:
            # The library and the certificates take a tenth of a second: not in the loop's time.
            certificates = await asyncio.to_thread(connections.certificates)
            httpx = await asyncio.to_thread(_httpx)
            self._client = self._client or httpx.AsyncClient(
                proxy=self._proxy,
                verify=certificates,
                follow_redirects=False,
                trust_env=False,
                headers={"Accept-Encoding": "identity", "User-Agent": "aircher"},
                timeout=httpx.Timeout(None, connect=self._connect),
                limits=httpx.Limits(max_connections=_MOST, max_keepalive_connections=_KEPT),
            )
        return Passage(self._client, request)

    async def aclose(self) -> None:
        """Closes all connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


class Passage:
    """One request through the proxy; what a `Connection` does, by httpx."""

    def __init__(self, client: httpx.AsyncClient, request: HttpRequest) -> None:
        self._client, self._request = client, request
        self._answer: Any = None
        self._leaving: Callable[[], Awaitable[None]] | None = None
        self._left = False
        self._patience: asyncio.Timeout | None = None
        self._seconds = 0.0
        self._body: AsyncIterator[bytes] | None = None
        self._until = 0.0
        self.status = 0
        self.headers: dict[str, str] = {}

    async def ask(
        self,
        leaving: Callable[[], Awaitable[None]],
        *,
        connect: float,
        seconds: float,
        until: float,
    ) -> None:
        """Sends the request and waits for the head of its answer.

        `leaving` is called once the ends are joined, before the request's first byte; it may raise.
        `connect` and `seconds` are how long the way and the answer may take, `until` the loop's
        time at which all must be over. Raises Unreached when nothing was sent, TooSlow, Broken.
        What the proxy was told, to join the two ends, is nothing the provider was sent.
        """
        httpx, self._until, self._seconds = _httpx(), until, seconds
        self._leaving = leaving
        made = self._client.build_request(
            self._request.method,
            self._request.url,
            headers=dict(self._request.headers),
            content=self._request.body,
            extensions={"trace": self._trace},
        )
        try:
            self._answer = await self._within(self._client.send(made, stream=True), connect)
        except httpx.ConnectTimeout:
            raise Unreached("no answer in time", late=True) from None
        except httpx.ProxyError as error:
            raise Unreached(f"the proxy refuses ({error})") from None
        except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
            raise Unreached(type(error).__name__) from None
        except (httpx.TimeoutException, TimeoutError):
            if not self._left:
                raise Unreached("no answer in time", late=True) from None
            raise TooSlow from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            if not self._left:
                raise Unreached(f"the proxy broke off ({type(error).__name__})") from None
            raise Broken(type(error).__name__) from None
        except httpx.InvalidURL:
            raise Unreached("it is no address") from None
        self.status, self.headers = self._answer.status_code, dict(self._answer.headers)
        self._body = self._answer.aiter_raw()

    async def read(self, idle: float, _: Callable[[bytes], None] | None = None) -> bytes:
        """What came of the body, waited for; empty at its end. Raises TooSlow, Broken."""
        assert self._body is not None
        httpx = _httpx()
        try:
            while not (piece := await self._within(anext(self._body), idle)):
                continue
        except StopAsyncIteration:
            return b""
        except (httpx.TimeoutException, TimeoutError):
            raise TooSlow from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise Broken(type(error).__name__) from None
        return bytes(piece)

    async def aclose(self) -> None:
        """Ends it."""
        if self._answer is not None:
            with suppress(_httpx().HTTPError):
                await self._answer.aclose()

    async def _within(self, work: Any, seconds: float) -> Any:
        # asyncio.timeout, not wait_for: a cancel from outside must reach the request as itself.
        async with asyncio.timeout(self._limited(seconds)) as self._patience:
            return await work

    def _limited(self, seconds: float) -> float:
        return max(0.001, min(seconds, self._until - asyncio.get_running_loop().time()))

    async def _trace(self, event: str, about: dict[str, Any]) -> None:
        """Called by httpcore at each step: the request itself begins to leave, the way is there."""
        if event.endswith("send_request_headers.started") and about["request"].method != b"CONNECT":
            assert self._leaving is not None
            await self._leaving()
            self._left = True
            if self._patience is not None:
                now = asyncio.get_running_loop().time()
                self._patience.reschedule(now + self._limited(self._seconds))


def _is_address(proxy: str) -> bool:
    """Asked before httpx is, whose own words would repeat a part of the password: a `#` or `?` in
    it, not written as `%23` or `%3F`, ends the address there."""
    try:
        parts = urlsplit(proxy)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _httpx() -> Any:
    """The library, loaded with the first request: 12 MB and 90 ms before that.

    Its command line is kept out. It is imported along where rich and pygments are there, and is
    half of that.
    """
    # None is how a module is said not to be there; the stubs know modules only.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
    import httpx

    return httpx
