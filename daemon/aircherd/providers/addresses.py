"""Addresses of hosts: as a family wants them, whether they are here, what belongs to one origin."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit, urlunsplit


def joined(base: str, family: str) -> str:
    """A base address as the family wants it: `/v1` added only where there is no path at all.

    Empty for what is no address.
    """
    parts = _parts(base)
    if not base or parts is None:
        return ""
    path = parts.path.rstrip("/")
    for end in ("/chat/completions", "/responses", "/api/chat"):
        path = path.removesuffix(end)
    if family == "anthropic":
        # Its paths begin with /v1 themselves, wherever a user's address ends.
        path = path.removesuffix("/messages").removesuffix("/v1")
    if family == "cohere":
        # Its paths name a version each, the one or the other.
        path = path.removesuffix("/chat").removesuffix("/v2").removesuffix("/v1")
    if family in ("openai_chat", "openai_responses") and not path:
        path = "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


@lru_cache(1024)
def is_loopback(url: str) -> bool:
    """Whether an address is this machine by its own words; names are not looked up."""
    try:
        name = urlsplit(url).hostname or ""
        if name == "localhost" or name.endswith(".localhost"):
            return True
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def ollama_host(name: str, environ: Mapping[str, str]) -> str | None:
    """`OLLAMA_HOST`, but only where it means this machine.

    The variable may come from a folder somebody else filled; another machine must be written in the
    user's own file.
    """
    value = environ.get("OLLAMA_HOST", "").strip() if name == "ollama" else ""
    if not value:
        return None
    parts = _parts(value)
    if parts is None:
        return None
    host = parts.hostname or "127.0.0.1"
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - read, not bound
    try:
        shown = f"[{host}]" if ":" in host else host
        url = f"{parts.scheme}://{shown}:{parts.port or 11434}"
    except ValueError:
        return None
    return url if is_loopback(url) else None


def _parts(url: str) -> SplitResult | None:
    try:
        return urlsplit(url if "://" in url else f"http://{url}")
    except ValueError:
        return None


def origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
