"""What Anthropic's refusals mean beyond their status (its errors and rate-limit pages, 2026-11)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host
from aircherd.providers.failures import failure

SPENT = frozenset(
    {"enforced_spend_limit_reached", "contract_spend_limit_reached", "ramp_limit_exceeded"}
)
"""Codes of a 429 that no waiting helps: the account's own limit on spending."""
_SPENT_WORDS = ("spend limit", "usage limit", "credit balance")
_STATUS = {
    "overloaded_error": 529,
    "api_error": 500,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "authentication_error": 401,
    "permission_error": 403,
    "billing_error": 402,
    "not_found_error": 404,
    "request_too_large": 413,
    "invalid_request_error": 400,
}


def classify(host: Host, status: int, headers: Mapping[str, str], body: bytes) -> ProviderError:
    """The typed error for a refused request."""
    error = failure(host.name, status, headers, body, key=host.key)
    if status in (400, 429) and _spent(body):
        return failure(host.name, 402, {}, body, key=host.key)
    return error


def error_of(host: Host, value: dict[str, Any]) -> ProviderError:
    """The typed error for an error event, or for a body that is no message."""
    inner = value.get("error")
    kind = inner.get("type") if isinstance(inner, dict) else None
    body = json.dumps({"error": inner} if inner else value).encode()
    error = classify(host, _STATUS.get(str(kind), 502), {}, body)
    # The answer had begun: whether it is billed is unknown, so no status is claimed.
    error.status = None
    if inner is None:
        error.error_kind = error.kind = ErrorKind.SERVER_ERROR
    return error


def _spent(body: bytes) -> bool:
    try:
        value = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    inner = value.get("error") if isinstance(value, dict) else None
    if not isinstance(inner, dict):
        return False
    details = inner.get("details")
    if isinstance(details, dict) and details.get("error_code") in SPENT:
        return True
    message = str(inner.get("message") or "").lower()
    return inner.get("type") == "invalid_request_error" and any(
        words in message for words in _SPENT_WORDS
    )
