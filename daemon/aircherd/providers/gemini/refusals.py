"""What Google's refusals mean beyond their status (its troubleshooting and rate-limit pages)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host
from aircherd.providers.failures import failure, made

_LONG_WAIT = 120.0
"""Seconds of asked-for waiting above which a quota is used up rather than exceeded for a moment."""
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s$")


def classify(host: Host, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The typed error for a refused request."""
    try:
        value = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        value = {}
    inner = _inner(value)
    details = [d for d in inner.get("details") or [] if isinstance(d, dict)]
    wait = _wait(details)
    told = {name.lower() for name in headers}
    if wait is not None and not told & {"retry-after", "retry-after-ms"}:
        headers = {**headers, "retry-after": str(wait)}
    text = str(inner.get("message") or f"HTTP {status}")
    if any(d.get("reason") == "API_KEY_INVALID" for d in details):
        # A bad key is a 400 here.
        return made(host.name, ErrorKind.AUTHENTICATION, text, status=status, key=host.key)
    if inner.get("status") == "FAILED_PRECONDITION":
        return made(host.name, ErrorKind.QUOTA_EXCEEDED, text, status=status, key=host.key)
    if status == 429 and (_per_day(details) or (wait or 0) > _LONG_WAIT):
        return made(host.name, ErrorKind.QUOTA_EXCEEDED, text, status=status, key=host.key)
    if status == 499:
        return made(host.name, ErrorKind.TIMEOUT, text, status=status, can_retry=True, key=host.key)
    return failure(host.name, status, headers, body, key=host.key)


def error_of(host: Host, value: Any) -> ProviderError:
    """The typed error for an error inside a stream, or for a body that is no answer."""
    inner = _inner(value)
    code = inner.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 502
    error = classify(host, status, {}, json.dumps({"error": inner}).encode())
    # The answer had begun: whether it is billed is unknown, so no status is claimed.
    error.status = None
    return error


def _inner(value: Any) -> dict[str, Any]:
    if isinstance(value, list) and value:
        value = value[0]
    inner = value.get("error") if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _wait(details: list[dict[str, Any]]) -> float | None:
    for detail in details:
        found = _SECONDS.fullmatch(str(detail.get("retryDelay") or ""))
        if found:
            return float(found[1])
    return None


def _per_day(details: list[dict[str, Any]]) -> bool:
    for detail in details:
        for violation in detail.get("violations") or []:
            if not isinstance(violation, dict):
                continue
            if "PerDay" in str(violation.get("quotaId")) or str(violation.get("quotaValue")) == "0":
                return True
    return False
