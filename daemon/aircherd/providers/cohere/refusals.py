"""What Cohere's refusals mean beyond their status (its SDK's `errors/` and rate limit page)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host
from aircherd.providers.failures import failure, made

_TOO_LONG = ("too many tokens", "size limit exceeded")


def classify(host: Host, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The typed error for a refused request."""
    error = failure(host.name, status, headers, body, key=host.key)
    text = _message(body)
    if status in (400, 422) and any(phrase in text.lower() for phrase in _TOO_LONG):
        return made(host.name, ErrorKind.CONTEXT_LENGTH, text, status=status, key=host.key)
    if status == 499:
        return made(host.name, ErrorKind.TIMEOUT, text, status=status, can_retry=True, key=host.key)
    return error


def broken(host: Host, reason: str, message: Any) -> ProviderError:
    """The typed error for an answer that had begun and ended as `ERROR` or `TIMEOUT`."""
    kind = ErrorKind.TIMEOUT if reason == "TIMEOUT" else ErrorKind.SERVER_ERROR
    text = message if isinstance(message, str) and message else "broke off its own answer"
    return made(host.name, kind, text, code=reason, can_retry=True, key=host.key)


def _message(body: bytes) -> str:
    try:
        value = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return ""
    return str(value.get("message") or "") if isinstance(value, dict) else ""
