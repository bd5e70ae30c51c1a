"""Conversations as input items: messages, calls, results and kept reasoning.

Facts from the official SDK's `types/responses/response_input_item_param.py`.

What a turn of the model's was made of is kept as one opaque part with its `order`: reasoning items
whole, and places for the text and the calls between them, which the turn's own parts hold. A turn
whose text or calls are no longer those is sent without its reasoning: an item that stands before
something else than it led to is refused.
"""

from __future__ import annotations

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
from aircherd.providers.images import ImageLimits, address, check

LIMITS = ImageLimits(total=50_000_000, count=500)
"""OpenAI's page on images and vision."""


def items(host: Host, request: ChatRequest) -> tuple[str | None, list[dict[str, Any]]]:
    """The instructions, and the items behind them. Raises Unsupported for a picture.

    System turns before the conversation are its instructions; a later one keeps its place.
    """
    check(host.name, request, LIMITS)
    opening: list[str] = []
    found: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role != "system":
            found += _turn(host, request, message)
        elif not found:
            opening += [message.text] if message.text else []
        elif message.text:
            found.append({"role": "developer", "content": message.text})
    return "\n\n".join(opening) or None, found


def _turn(host: Host, request: ChatRequest, message: Message) -> Iterator[dict[str, Any]]:
    if message.role == "assistant":
        yield from _replayed(host, request, message) or _plain(message)
        return
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            yield {"type": "function_call_output", "call_id": part.call_id, "output": part.content}
    content = list(_content(message))
    if content:
        yield {"role": "user", "content": content}


def _content(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, TextPart) and part.text:
            yield {"type": "input_text", "text": part.text}
        elif isinstance(part, ImagePart):
            yield {"type": "input_image", "image_url": address(part), "detail": "auto"}


def _plain(message: Message) -> Iterator[dict[str, Any]]:
    if message.text:
        yield {"role": "assistant", "content": message.text}
    for part in message.parts:
        if isinstance(part, ToolCallPart):
            yield _call(part)


def _call(part: ToolCallPart) -> dict[str, Any]:
    return {
        "type": "function_call",
        "call_id": part.id,
        "name": part.name,
        "arguments": part.arguments or "{}",
    }


def _replayed(host: Host, request: ChatRequest, message: Message) -> list[dict[str, Any]]:
    """The turn as it was made, in its order; empty where that cannot be done."""
    order = _kept(host, request, message)
    calls = {part.id: part for part in message.parts if isinstance(part, ToolCallPart)}
    text, found = message.text, []
    for place in order:
        if isinstance(place.get("item"), dict):
            if place["item"].get("type") != "reasoning":
                return []  # nothing else is kept so, and nobody has reckoned what it costs
            found.append({k: v for k, v in place["item"].items() if v is not None})
        elif isinstance(place.get("call"), str):
            call = calls.pop(place["call"], None)
            if call is None:
                return []
            found.append(_call(call))
        elif isinstance(place.get("text"), int):
            length = place["text"]
            if len(text) < length:
                return []
            said = {"role": "assistant", "content": text[:length]}
            found.append({**said, "phase": place["phase"]} if place.get("phase") else said)
            text = text[length:]
    return [] if calls or text else found


def _kept(host: Host, request: ChatRequest, message: Message) -> list[dict[str, Any]]:
    for part in message.parts:
        if not isinstance(part, OpaquePart) or not isinstance(part.payload.get("order"), list):
            continue
        if (part.provider, part.model) == (host.name, request.model):
            return [place for place in part.payload["order"] if isinstance(place, dict)]
    return []
