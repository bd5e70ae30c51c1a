"""A request as the bytes HTTP/1.1 sends (RFC 9112), and where they go. Pure.

Whatever could begin a line of its own in a head is refused: names and values come from
configuration and from programs.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from aircherd.providers.base import HttpRequest

USER_AGENT = "aircher"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNFIT = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_TARGET = "%/:?#[]@!$&'()*+,;=-._~"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """One server, as connections are opened to it."""

    scheme: str
    host: str
    port: int

    @property
    def secure(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self.scheme == "https"

    @classmethod
    def of(cls, url: str) -> Origin:
        """Where an address points. Raises ValueError for one that points nowhere."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError(f"{url!r} is no address")
        host = parts.hostname
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        return cls(parts.scheme, host, parts.port or _PORTS[parts.scheme])


class Heads:
    """Makes the heads of the requests to one server; keeps the last, for the next is alike."""

    def __init__(self) -> None:
        self._last: tuple[str, str, dict[str, str], bytes] = ("", "", {}, b"")

    def of(self, request: HttpRequest) -> bytes:
        """The request line and all headers. Raises ValueError for what cannot be one."""
        method, url, headers, head = self._last
        if request.url != url or request.method != method or request.headers != headers:
            head = _beginning_of(request)
            self._last = (request.method, request.url, dict(request.headers), head)
        if request.body or request.method != "GET":
            return head + b"Content-Length: %d\r\n\r\n" % len(request.body)
        return head + b"\r\n"


def head_of(request: HttpRequest) -> bytes:
    """The request line and all headers of one request. Raises ValueError."""
    return Heads().of(request)


def _beginning_of(request: HttpRequest) -> bytes:
    parts = urlsplit(request.url)
    target = quote(parts.path or "/", safe=_TARGET)
    if parts.query:
        target += f"?{quote(parts.query, safe=_TARGET)}"
    headers = {
        "Host": _place(parts),
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "User-Agent": USER_AGENT,
        **{name: v for name, v in request.headers.items() if name.lower() != "content-length"},
    }
    if parts.username or parts.password:
        said = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
        headers = {name: v for name, v in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = f"Basic {base64.b64encode(said).decode('ascii')}"
    lines = [f"{request.method} {target} HTTP/1.1"]
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or _UNFIT.search(value):
            # The value may be a key: it is not repeated.
            raise ValueError(f"the header {name!r} cannot be sent")
        lines.append(f"{name}: {value}")
    try:
        return ("\r\n".join(lines) + "\r\n").encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError("a header holds characters no header may have") from None


def _place(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host
    usual = parts.port in (None, _PORTS.get(parts.scheme))
    return host if usual else f"{host}:{parts.port}"
