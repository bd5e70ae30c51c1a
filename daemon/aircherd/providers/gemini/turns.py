"""Conversations as turns of parts: text, pictures, calls, results and kept signatures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aircherd.core.chat import (
    ChatRequest,
    ImagePart,
    Message,
    OpaquePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.providers.base import Host
from aircherd.providers.images import ImageLimits, check, encoded

OURS = "aircher_call_"
"""How ids begin that we gave to calls Google sent without one."""
UNSIGNED = "skip_thought_signature_validator"
"""What Google's documentation has for calls another model made, which carry no signature."""
LIMITS = ImageLimits(
    media=("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif"),
    total=20_000_000,
    addresses=False,
)
"""Google's pages on image understanding and on input files."""


def contents(host: Host, request: ChatRequest) -> list[dict[str, Any]]:
    """The turns, neighbours of one speaker joined. Raises Unsupported for a picture it cannot take.

    An empty turn is refused, so none is sent.
    """
    check(host.name, request, LIMITS)
    turns: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role == "system":
            continue
        parts = list(_parts(host, request, message))
        if not parts:
            continue
        role = "model" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"] += parts
        else:
            turns.append({"role": role, "parts": parts})
    return turns


_SIGNED = frozenset({"thoughtSignature", "functionCall", "text", "thought"})


def _parts(host: Host, request: ChatRequest, message: Message) -> Iterator[dict[str, Any]]:
    signed = {
        str(kept["callId"]): kept["part"]
        for part in message.parts
        if (kept := _kept(part, host, request)) is not None and "callId" in kept
    }
    calls = {part.id for part in message.parts if isinstance(part, ToolCallPart)}
    ways = request.spec.traits.thinking if request.spec is not None else None
    needs = "level" in (ways or ())
    first = True
    for part in message.parts:
        match part:
            case TextPart(text):
                if text:
                    yield {"text": text}
            case ImagePart():
                kind = part.media_type or "image/png"
                yield {"inlineData": {"mimeType": kind, "data": encoded(part)}}
            case ToolCallPart():
                # A call is signed as it was made, at the place it was made, wherever its
                # signature stands: of parallel calls only the first carries one.
                if part.id in signed:
                    yield dict(signed[part.id])
                else:
                    made = {"functionCall": _call(part)}
                    yield {**made, "thoughtSignature": UNSIGNED} if needs and first else made
                first = False
            case ToolResultPart():
                yield {"functionResponse": _result(part)}
            case OpaquePart():
                kept = _kept(part, host, request)
                if kept is not None and str(kept.get("callId")) not in calls:
                    yield dict(kept["part"])


def _kept(part: Any, host: Host, request: ChatRequest) -> dict[str, Any] | None:
    """The payload of a signature that this very model made at this very host.

    Of its part goes back what belongs to a signature: words and media are no state, and nobody has
    reckoned what they cost.
    """
    if not isinstance(part, OpaquePart) or not isinstance(part.payload.get("part"), dict):
        return None
    mine = (part.provider, part.model) == (host.name, request.model)
    own = {name: value for name, value in part.payload["part"].items() if name in _SIGNED}
    if not mine or not own.get("thoughtSignature") or own.get("text"):
        return None
    return {**part.payload, "part": own}


def _call(part: ToolCallPart) -> dict[str, Any]:
    try:
        value = json.loads(part.arguments or "{}")
    except ValueError:
        value = {"_": part.arguments}
    call = {"name": part.name, "args": value if isinstance(value, dict) else {"_": value}}
    return call if part.id.startswith(OURS) else {"id": part.id, **call}


def _result(part: ToolResultPart) -> dict[str, Any]:
    result = {
        "name": part.name,
        "response": {"error" if part.is_error else "output": part.content},
    }
    return result if part.call_id.startswith(OURS) else {"id": part.call_id, **result}
