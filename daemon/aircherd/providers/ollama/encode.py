"""Requests to Ollama."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from aircherd.core.catalog import Capability, Effort
from aircherd.core.chat import (
    ChatRequest,
    ImagePart,
    Message,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.providers.base import Host
from aircherd.providers.effort import unheeded
from aircherd.providers.images import ImageLimits, check, encoded

LEVELS = "levels"
"""Trait of models that take `think` as a level and ignore true and false (gpt-oss)."""
_OPTIONS = ("temperature", "top_p", "seed", "presence_penalty", "frequency_penalty")


def body_of(host: Host, request: ChatRequest) -> tuple[dict[str, Any], list[str]]:
    """The JSON body of a chat, and what had to be left out. Raises Unsupported."""
    notices: list[str] = []
    check(host.name, request, ImageLimits(media=None, addresses=False))
    options: dict[str, Any] = {"num_predict": request.max_output}
    if request.num_ctx is not None:
        options["num_ctx"] = request.num_ctx
    for name in _OPTIONS:
        value = getattr(request, name)
        if value is not None:
            options[name] = value
    if request.stop:
        options["stop"] = list(request.stop)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [item for message in request.messages for item in _message(message)],
        # Absent means true there.
        "stream": request.stream,
        "options": options,
        # An overflow becomes an error instead of a prompt cut from the front.
        "truncate": False,
    }
    if host.keep_alive is not None:
        body["keep_alive"] = host.keep_alive
    _thinking(body, request)
    notices += unheeded(request, "think" in body)
    if request.tools and request.tool_choice != "none":
        body["tools"] = _tools(request)
        if request.tool_choice not in (None, "auto"):
            notices.append("Ollama cannot be made to call a tool; it was left to the model.")
        if not request.parallel_tool_calls:
            notices.append("Ollama cannot be held to one call at a time; it was left to the model.")
    if request.response_format is not None:
        body["format"] = request.response_format.json_schema or "json"
    return body, notices


def _thinking(body: dict[str, Any], request: ChatRequest) -> None:
    """Thinking is on by default for models that can, and an error for those that cannot."""
    spec = request.spec
    if request.effort is None:
        return
    if spec is not None and Capability.THINKING not in spec.capabilities:
        return
    if spec is not None and LEVELS in (spec.traits.thinking or ()):
        low = (Effort.OFF, Effort.MINIMAL, Effort.LOW)
        high = (Effort.HIGH, Effort.MAX)
        body["think"] = (
            "low" if request.effort in low else "high" if request.effort in high else "medium"
        )
        return
    body["think"] = request.effort is not Effort.OFF


def _tools(request: ChatRequest) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
        }
        for tool in request.tools
    ]


def _message(message: Message) -> Iterator[dict[str, Any]]:
    results = [part for part in message.parts if isinstance(part, ToolResultPart)]
    for result in results:
        yield {
            "role": "tool",
            "tool_name": result.name,
            "tool_call_id": result.call_id,
            "content": result.content,
        }
    images = [part for part in message.parts if isinstance(part, ImagePart)]
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    if not (message.text or images or calls):
        return
    role = "user" if message.role == "tool" else message.role
    item: dict[str, Any] = {"role": role, "content": message.text}
    if images:
        # Bare base64, without the data: prefix OpenAI wants.
        item["images"] = [encoded(image) for image in images]
    if calls:
        item["tool_calls"] = [
            {"function": {"name": call.name, "arguments": _arguments(call)}} for call in calls
        ]
    yield item


def _arguments(call: ToolCallPart) -> Any:
    """An object, as Ollama wants it; what a model wrote that is none is kept under a name."""
    try:
        value = json.loads(call.arguments or "{}")
    except ValueError:
        return {"_": call.arguments}
    return value if isinstance(value, dict) else {"_": value}
