"""A JSON request to a host, with its key where keys belong: in a header."""

from __future__ import annotations

import json
from typing import Any

from aircherd.providers.base import Host, HttpRequest


def json_request(host: Host, method: str, path: str, body: dict[str, Any] | None) -> HttpRequest:
    """The request to a path below the host's base address; None sends no body."""
    headers = {"Accept": "application/json", **host.headers}
    if host.key:
        headers["Authorization"] = f"Bearer {host.key}"
    data = b""
    if body is not None:
        headers["Content-Type"] = "application/json"
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        data = text.encode("utf-8", "replace")
        if body.get("stream"):
            headers["Accept"] = "text/event-stream, application/x-ndjson, application/json"
    return HttpRequest(method=method, url=host.base_url + path, headers=headers, body=data)
