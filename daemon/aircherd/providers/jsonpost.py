"""A JSON request to a host, with its key where keys belong: in a header."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from aircherd.providers.base import Host, HttpRequest

_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
"""Kept, for `json.dumps` makes one for each text; a body is made here and never goes in circles."""


def json_request(
    host: Host,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    *,
    notices: Sequence[str] = (),
    headers: dict[str, str] | None = None,
) -> HttpRequest:
    """The request to a path below the host's base address; None sends no body.

    A path written `root:/x` stands below the host itself, whatever the base address has behind it.
    """
    sent = {"Accept": "application/json", **host.headers, **(headers or {})}
    if host.key:
        if host.key_header == "authorization":
            sent["Authorization"] = f"Bearer {host.key}"
        else:
            sent[host.key_header] = host.key
    data = b""
    if body is not None:
        sent["Content-Type"] = "application/json"
        data = _WRITER.encode(body).encode("utf-8", "replace")
        if body.get("stream"):
            sent["Accept"] = "text/event-stream, application/x-ndjson, application/json"
    return HttpRequest(
        method=method,
        url=_address(host.base_url, path),
        headers=sent,
        body=data,
        notices=tuple(notices),
    )


def _address(base: str, path: str) -> str:
    if not path.startswith("root:"):
        return base + path
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}{path.removeprefix('root:')}"
