"""How a response ended: reason, tokens, error, and what has to come back with the next turn.

Facts from the official SDK's `types/responses/{response,response_usage,response_error}.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    OpaqueDelta,
    OpaquePart,
    Usage,
)
from aircherd.core.errors import ProviderError
from aircherd.providers.base import Host
from aircherd.providers.decoding import as_object
from aircherd.providers.failures import failure
from aircherd.providers.openai_chat.usage import number

_INCOMPLETE = {
    "max_output_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
    "max_messages": FinishReason.PAUSE,
    "steered": FinishReason.PAUSE,
}
_STATUS = {
    "rate_limit_exceeded": 429,
    "vector_store_timeout": 504,
    "data_residency_mismatch": 400,
    "invalid_image": 400,
    "invalid_image_format": 400,
    "invalid_base64_image": 400,
    "invalid_image_url": 400,
    "image_too_large": 400,
    "image_too_small": 400,
    "image_parse_error": 400,
    "invalid_image_mode": 400,
    "image_file_too_large": 400,
    "unsupported_image_media_type": 400,
    "empty_image_file": 400,
    "failed_to_download_image": 400,
    "image_file_not_found": 400,
}
"""The status each code would have had, had the answer not begun; the others are the server's."""


def finished_as(response: dict[str, Any], *, calls: bool, refused: bool) -> Finished:
    """Why it ended. A status nobody knows is unknown, never a plain stop."""
    status = response.get("status")
    details = response.get("incomplete_details")
    why = details.get("reason") if isinstance(details, dict) else None
    if status == "completed":
        reason = FinishReason.TOOL_CALLS if calls else FinishReason.STOP
        if refused and not calls:
            reason = FinishReason.CONTENT_FILTER
    elif status == "incomplete":
        reason = _INCOMPLETE.get(str(why), FinishReason.UNKNOWN)
    elif status == "cancelled":
        reason = FinishReason.CANCELLED
    else:
        reason = FinishReason.UNKNOWN
    raw = why or status
    return Finished(reason=reason, raw=raw if isinstance(raw, str) else None)


def usage_of(usage: dict[str, Any]) -> Usage:
    """Disjoint classes: cached tokens are counted in the input, reasoning in the output."""
    into, out = number(usage.get("input_tokens")), number(usage.get("output_tokens"))
    details = as_object(usage.get("input_tokens_details"))
    read = number(details.get("cached_tokens")) or 0
    written = number(details.get("cache_write_tokens")) or 0
    # What is kept for twelve hours is dearer than what is kept for half of one.
    ages = as_object(details.get("cache_write_tokens_details"))
    long = min(number(ages.get("ttl_12h_tokens")) or 0, written)
    reasoning = number(as_object(usage.get("output_tokens_details")).get("reasoning_tokens")) or 0
    return Usage(
        input=None if into is None else max(0, into - read - written),
        output=None if out is None else max(0, out - reasoning),
        cache_read=read,
        cache_write=written - long,
        cache_write_long=long,
        reasoning=reasoning,
    )


def error_of(host: Host, error: Any) -> ProviderError:
    """The typed error for one that came after the answer had begun."""
    code = str(error.get("code") or "") if isinstance(error, dict) else ""
    body = json.dumps({"error": error}).encode()
    found = failure(host.name, _STATUS.get(code, 502), {}, body, key=host.key)
    # Whether what had begun is billed is unknown, so no status is claimed.
    found.status = None
    return found


def kept_order(
    host: Host, request: ChatRequest, output: list[dict[str, Any]]
) -> Iterator[OpaqueDelta]:
    """What the turn was made of, where a later turn needs it: see `turns`.

    Reasoning without its encrypted content is left out: nothing is stored there to refer to.
    """
    order: list[dict[str, Any]] = []
    needed = False
    for item in output:
        kind = item.get("type")
        if kind == "reasoning" and item.get("encrypted_content"):
            order.append({"item": item})
            needed = True
        elif kind == "function_call":
            order.append({"call": str(item.get("call_id") or item.get("id"))})
        elif kind == "message":
            parts = [part for part in item.get("content") or [] if isinstance(part, dict)]
            length = sum(len(str(p.get("text") or p.get("refusal") or "")) for p in parts)
            order.append({"text": length, "phase": item.get("phase")})
            needed = needed or bool(item.get("phase"))
    if needed:
        yield OpaqueDelta(
            part=OpaquePart(provider=host.name, model=request.model, payload={"order": order})
        )
