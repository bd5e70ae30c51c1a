"""What a refusal means: from status, headers and body to one typed error.

The body shapes and codes are those of providers.md section 4, read from the official SDKs. Bodies
are searched by their fields only: providers echo prompts in errors, so a raw body that holds
"rate limit" may be the user's own text, and no body is repeated to the user unshortened.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.waits import retry_after

K = ErrorKind
_LONGEST_MESSAGE = 300
_CONTEXT_PHRASES = (
    "maximum context length",
    "exceed context limit",
    "maximum context limit",
    "longer than the model's context length",
    "input tokens exceed the configured limit",
    "`inputs` tokens + `max_new_tokens` must be",
    "exceeds the available context size",
    "exceeds the maximum number of tokens allowed",
    "maximum input length is",
    "prompt is too long",
    "input length exceeds the context length",
    "prompt is longer than the context length",
)
_CONTEXT_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
_QUOTA_CODES = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    }
)
_FILTER_CODES = frozenset(
    {
        "content_policy_violation",
        "content_filter",
        "invalid_prompt",
        "moderation_blocked",
        "bio_policy",
        "image_content_policy_violation",
        "misalignment_policy_violation",
    }
)
_USED_UP = ("free-models-per-day", "calls / month", "per day limit")
"""Messages of a 429 that no waiting of ours outlasts (OpenRouter's free tier, Cohere's trial)."""
_HOPELESS = ("requires more system memory",)
"""Messages of a 5xx that the next attempt would only repeat (Ollama)."""
_BY_STATUS: dict[int, tuple[ErrorKind, bool]] = {
    400: (K.INVALID_REQUEST, False),
    401: (K.AUTHENTICATION, False),
    402: (K.QUOTA_EXCEEDED, False),
    403: (K.AUTHENTICATION, False),
    404: (K.MODEL_NOT_FOUND, False),
    408: (K.TIMEOUT, True),
    409: (K.SERVER_ERROR, True),
    410: (K.MODEL_NOT_FOUND, False),
    413: (K.INVALID_REQUEST, False),
    422: (K.INVALID_REQUEST, False),
    429: (K.RATE_LIMIT, True),
    498: (K.AUTHENTICATION, False),
    504: (K.TIMEOUT, True),
}
_WHAT_TO_DO: dict[ErrorKind, str] = {
    K.AUTHENTICATION: "`aircher doctor` names its source; `aircher keys set` takes another.",
    K.RATE_LIMIT: "Wait a moment, or name another provider in providers.fallback_order.",
    K.QUOTA_EXCEEDED: "Its account has no credit left; top it up or use another provider.",
    K.INVALID_REQUEST: "Try another model; `aircherd logs` has the details.",
    K.CONTEXT_LENGTH: "Use a model with a larger window, or a smaller request.",
    K.CONTENT_FILTER: "Its filter refused this; try another model.",
    K.MODEL_NOT_FOUND: "Run `aircher models --refresh` for what it offers.",
    K.SERVER_ERROR: "Try again, or use another provider.",
    K.TIMEOUT: "Try again, or use another provider.",
    K.NETWORK_ERROR: "Check that it is running and reachable.",
    K.INTERRUPTED: "What had arrived is shown; ask again for the whole.",
}
_WAITS = {K.RATE_LIMIT: "Wait a moment", K.SERVER_ERROR: "Try again", K.TIMEOUT: "Try again"}
"""What a wait that is known stands in for."""


def failure(
    provider: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    key: str | None = None,
) -> ProviderError:
    """The typed error for a refused request."""
    found = _fields(body)
    code, kind_text, message = found["code"], found["type"], found["message"]
    kind, retry = _BY_STATUS.get(
        status, (K.SERVER_ERROR, True) if status >= 500 else (K.INVALID_REQUEST, False)
    )
    if code == "string_above_max_length":
        # A field is too long, not the conversation: a smaller prompt would not help.
        kind, retry = K.INVALID_REQUEST, False
    elif (
        code in _CONTEXT_CODES
        or kind_text in _CONTEXT_CODES
        or (status in (400, 413, 422, 500) and _speaks_of_context(message))
    ):
        kind, retry = K.CONTEXT_LENGTH, False
    elif code in _QUOTA_CODES or kind_text in _QUOTA_CODES:
        kind, retry = K.QUOTA_EXCEEDED, False
    elif code in _FILTER_CODES or kind_text in _FILTER_CODES:
        kind, retry = K.CONTENT_FILTER, False
    elif code == "model_not_found":
        kind, retry = K.MODEL_NOT_FOUND, False
    elif status == 403 and found["reasons"]:
        kind, retry = K.CONTENT_FILTER, False
    elif status == 429 and any(phrase in message.lower() for phrase in _USED_UP):
        kind, retry = K.QUOTA_EXCEEDED, False
    elif any(phrase in message.lower() for phrase in _HOPELESS):
        retry = False
    lowered = {name.lower(): value for name, value in headers.items()}
    if lowered.get("x-should-retry") in ("true", "false"):
        retry = lowered["x-should-retry"] == "true"
    return made(
        provider,
        kind,
        message or f"HTTP {status}",
        status=status,
        code=code or kind_text or None,
        can_retry=retry,
        retry_after=retry_after(lowered),
        key=key,
    )


def made(
    provider: str,
    kind: ErrorKind,
    message: str,
    *,
    status: int | None = None,
    code: str | None = None,
    can_retry: bool = False,
    retry_after: float | None = None,
    sent: bool = True,
    key: str | None = None,
) -> ProviderError:
    """A provider's error with its text made safe and what to do behind it."""
    text = "".join(c if c.isprintable() else " " for c in message)[:_LONGEST_MESSAGE].strip()
    if key:
        text = text.replace(key, "[key]")
    text = text.rstrip(".")
    return ProviderError(
        message=f"{provider}: {text}. {_to_do(kind, retry_after)}",
        error_kind=kind,
        provider=provider,
        status=status,
        code=code,
        can_retry=can_retry,
        retry_after=retry_after,
        sent=sent,
    )


def _to_do(kind: ErrorKind, wait: float | None) -> str:
    told = _WHAT_TO_DO.get(kind, "Try again.")
    begins = _WAITS.get(kind)
    if begins is None or wait is None or wait < 1:
        return told
    when = f"{wait:.0f} s" if wait < 100 else f"{wait / 60:.0f} min"
    return told.replace(begins, f"Ask again in {when}", 1)


def _speaks_of_context(message: str) -> bool:
    text = message.lower()
    return any(phrase in text for phrase in _CONTEXT_PHRASES)


def _fields(body: bytes) -> dict[str, str]:
    """`code`, `type` and `message` out of every known shape of error body."""
    empty = {"code": "", "type": "", "message": "", "reasons": ""}
    try:
        value: Any = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return empty
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return empty
    inner = value.get("error", value)
    if isinstance(inner, str):
        return {**empty, "message": inner}
    if not isinstance(inner, dict):
        return empty
    message = inner.get("message") or inner.get("detail") or inner.get("title") or ""
    if isinstance(message, list):
        message = json.dumps(message, ensure_ascii=False)
    return {
        "code": str(inner.get("code") or ""),
        "type": str(inner.get("type") or inner.get("status") or ""),
        "message": str(message),
        "reasons": "yes" if _moderated(inner.get("metadata")) else "",
    }


def _moderated(metadata: Any) -> bool:
    """Whether OpenRouter's metadata say that a filter refused."""
    if not isinstance(metadata, dict):
        return False
    return bool(metadata.get("reasons") or metadata.get("flagged_input"))


def error_object(provider: str, error: Any, key: str | None) -> ProviderError:
    """The typed error for an error inside a stream that began with 200."""
    status = 502
    if isinstance(error, dict):
        code = error.get("code")
        if isinstance(code, int) and 400 <= code < 600:
            status = code
    body = json.dumps({"error": error}).encode()
    found = failure(provider, status, {}, body, key=key)
    # The answer had begun: whether it is billed is unknown, so no status is claimed.
    found.status = None
    return found
