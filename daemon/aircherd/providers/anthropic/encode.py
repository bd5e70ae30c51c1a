"""Requests of the Messages API (`types/message_create_params.py` of the official SDK)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aircherd.core.catalog import Effort, Traits
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
from aircherd.providers.effort import nearest, unheeded
from aircherd.providers.images import ImageLimits, check, encoded

LIMITS = ImageLimits(each=5_242_880, total=32_000_000, count=100)
"""Anthropic's page on vision, and its refusals."""
BUDGETS = {
    Effort.MINIMAL: 1_024,
    Effort.LOW: 2_048,
    Effort.MEDIUM: 8_192,
    Effort.HIGH: 16_384,
    Effort.MAX: 32_768,
}
"""Thinking tokens for models that take a budget rather than a level (the 4.5 family)."""
SMALLEST_BUDGET = 1_024
_WORDS = {Effort.MINIMAL: "low", Effort.OFF: "low"}
_CACHE_FROM = 16_000
"""Prompt bytes from which a conversation's beginning is worth writing to the cache: a write costs a
quarter more, and prefixes under 512 to 4,096 tokens are not cached at all."""


def body_of(host: Host, request: ChatRequest) -> tuple[dict[str, Any], list[str]]:
    """The JSON body of a chat, and what had to be left out. Raises Unsupported."""
    notices: list[str] = []
    body = prompt_of(host, request, notices)
    body |= {"max_tokens": request.max_output, "stream": request.stream}
    if request.stop:
        body["stop_sequences"] = [text for text in request.stop if text.strip()]
    for name in ("seed", "presence_penalty", "frequency_penalty"):
        if getattr(request, name) is not None:
            notices.append(f"{request.model} takes no {name}; it was left out.")
    _sampling(body, request, notices)
    return body, notices


def prompt_of(host: Host, request: ChatRequest, notices: list[str]) -> dict[str, Any]:
    """What the model reads: the part that is also sent to be counted."""
    check(host.name, request, LIMITS)
    system = "\n\n".join(m.text for m in request.messages if m.role == "system" and m.text)
    wanted = request.response_format
    if wanted is not None and wanted.json_schema is None:
        # There is no JSON mode without a schema; saying it is what works.
        system = f"{system}\n\nAnswer with one JSON object and nothing else.".strip()
    body: dict[str, Any] = {"model": request.model, "messages": _turns(host, request, notices)}
    if system:
        body["system"] = system
    if request.tools:
        body["tools"] = [
            {
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.parameters or {"type": "object"},
            }
            for tool in request.tools
        ]
        body["tool_choice"] = _choice(request, notices)
    _thinking(body, request, notices)
    notices += unheeded(request, "thinking" in body or "output_config" in body)
    if wanted is not None and wanted.json_schema is not None:
        form = {"type": "json_schema", "schema": wanted.json_schema}
        body.setdefault("output_config", {})["format"] = form
    turns = sum(message.role == "assistant" for message in request.messages)
    if turns >= 2 and request.prompt_bytes >= _CACHE_FROM:
        body["cache_control"] = {"type": "ephemeral"}
    return body


def wants_sampling(request: ChatRequest) -> bool:
    """Whether temperature or top-p go out: only to models known to take them still."""
    asked = request.temperature is not None or request.top_p is not None
    return asked and traits_of(request).sampling is True


def traits_of(request: ChatRequest) -> Traits:
    """What is known of the model's API."""
    return request.spec.traits if request.spec is not None else Traits()


def _sampling(body: dict[str, Any], request: ChatRequest, notices: list[str]) -> None:
    for name in ("temperature", "top_p"):
        value = getattr(request, name)
        if value is None:
            continue
        if not wants_sampling(request):
            notices.append(f"{request.model} takes no {name}; it was left out.")
        elif name == "top_p" and "temperature" in body:
            notices.append("top_p was left out; only one of it and temperature is taken.")
        else:
            body[name] = value


def _thinking(body: dict[str, Any], request: ChatRequest, notices: list[str]) -> None:
    """In the way this model takes; nothing at all where the ways are unknown."""
    traits = traits_of(request)
    ways = traits.thinking
    if request.effort is None or ways is None:
        return
    level = nearest(request.effort, traits.efforts)
    if level is None:
        return
    forced = body.get("tool_choice", {}).get("type") in ("any", "tool")
    if request.effort is Effort.OFF:
        _off(body, ways)
    elif "adaptive" in ways:
        body["thinking"] = {"type": "adaptive", "display": "summarized"}
        body["output_config"] = {"effort": _WORDS.get(level, str(level))}
    elif "enabled" in ways and forced:
        notices.append("A tool call was demanded, so the model does not think before it.")
    elif "enabled" in ways:
        budget = min(BUDGETS[level], request.max_output // 2)
        if budget < SMALLEST_BUDGET:
            notices.append("The answer's limit leaves no room to think; the model answers at once.")
        else:
            body["thinking"] = {"type": "enabled", "budget_tokens": budget}


def _off(body: dict[str, Any], ways: frozenset[str]) -> None:
    if "disabled" in ways:
        body["thinking"] = {"type": "disabled"}
        return
    if "between_tools" in ways:
        body["thinking"] = {"type": "between_tools"}
    # It cannot be told not to think, only to think little.
    body["output_config"] = {"effort": "low"}


def _choice(request: ChatRequest, notices: list[str]) -> dict[str, Any]:
    choice: dict[str, Any] = {"type": "auto"}
    match request.tool_choice:
        case None | "auto":
            pass
        case "none":
            return {"type": "none"}
        case wanted if traits_of(request).forced_tools is False:
            notices.append(f"{request.model} cannot be made to call {wanted}; it was left to it.")
        case "required":
            choice = {"type": "any"}
        case name:
            choice = {"type": "tool", "name": name}
    if not request.parallel_tool_calls:
        choice["disable_parallel_tool_use"] = True
    return choice


def _turns(host: Host, request: ChatRequest, notices: list[str]) -> list[dict[str, Any]]:
    """User and assistant in turn, the user first and last; all results of a turn together."""
    turns: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role == "system":
            continue
        blocks = list(_blocks(host, request, message))
        if not blocks:
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    for turn in turns:
        # Results stand before any text, or they are refused.
        turn["content"].sort(key=lambda block: block["type"] != "tool_result")
    if not turns or turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": [{"type": "text", "text": "Go on."}]})
    if turns[-1]["role"] == "assistant":
        # An answer begun for the model is refused by every current one.
        notices.append("The conversation ended with the model's own turn; it was asked to go on.")
        turns.append({"role": "user", "content": [{"type": "text", "text": "Go on."}]})
    return turns


def _blocks(host: Host, request: ChatRequest, message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        match part:
            case TextPart(text):
                # An empty text block is refused.
                if text.strip():
                    yield {"type": "text", "text": text}
            case ImagePart():
                yield {"type": "image", "source": _image(part)}
            case ToolCallPart():
                yield {
                    "type": "tool_use",
                    "id": part.id,
                    "name": part.name,
                    "input": _arguments(part.arguments),
                }
            case ToolResultPart():
                yield {
                    "type": "tool_result",
                    "tool_use_id": part.call_id,
                    "content": part.content or "(nothing)",
                    **({"is_error": True} if part.is_error else {}),
                }
            case OpaquePart():
                # Signatures are bound to the model that made them; what is no thought is no state,
                # and nobody has reckoned what it costs.
                mine = (part.provider, part.model) == (host.name, request.model)
                if mine and part.payload.get("type") in ("thinking", "redacted_thinking"):
                    yield dict(part.payload)


def _arguments(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {"_": text}
    return value if isinstance(value, dict) else {"_": value}


def _image(image: ImagePart) -> dict[str, Any]:
    if image.url is not None:
        return {"type": "url", "url": image.url}
    kind = image.media_type or "image/png"
    return {"type": "base64", "media_type": kind, "data": encoded(image)}
