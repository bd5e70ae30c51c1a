"""Requests of Cohere's chat API, version 2 (`v2/raw_client.py` of the official SDK)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aircherd.core.catalog import Capability, Effort
from aircherd.core.chat import (
    ChatRequest,
    ImagePart,
    Message,
    OpaquePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from aircherd.core.errors import Unsupported
from aircherd.providers.base import Host
from aircherd.providers.effort import unheeded
from aircherd.providers.images import ImageLimits, address, check

LIMITS = ImageLimits(count=20, total=20_000_000)
"""Cohere's page on image inputs."""
_BUDGETS = {Effort.MINIMAL: 512, Effort.LOW: 2_048, Effort.MEDIUM: 8_192, Effort.HIGH: 24_576}
"""Thinking tokens; the highest level leaves them to the model."""
_MOST_STOPS = 5
_LEAST_P, _MOST_P = 0.01, 0.99


def body_of(host: Host, request: ChatRequest) -> tuple[dict[str, Any], list[str]]:
    """The JSON body of a chat, and what had to be left out. Raises Unsupported."""
    notices: list[str] = []
    check(host.name, request, LIMITS)
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [m for message in request.messages for m in _message(host, request, message)],
        "stream": request.stream,
        "max_tokens": request.max_output,
    }
    _sampling(body, request, notices)
    _thinking(body, request)
    notices += unheeded(request, "thinking" in body)
    _tools(body, request, notices)
    if request.response_format is not None:
        if request.tools:
            raise Unsupported(f"{host.name} gives JSON or calls tools, not both; ask for one.")
        _json(body, request)
    return body, notices


def text_of(request: ChatRequest) -> str:
    """What the model reads, for the tokenizer: it takes a text, not a conversation."""
    lines = [f"{message.role}\n{message.text}" for message in request.messages]
    for message in request.messages:
        for part in message.parts:
            if isinstance(part, ToolCallPart):
                lines.append(f"{part.name}\n{part.arguments}")
            elif isinstance(part, ToolResultPart):
                lines.append(part.content)
    lines += [f"{tool.name}\n{tool.description}\n{tool.parameters}" for tool in request.tools]
    return "\n".join(lines)


def _sampling(body: dict[str, Any], request: ChatRequest, notices: list[str]) -> None:
    for name in ("temperature", "seed"):
        if getattr(request, name) is not None:
            body[name] = getattr(request, name)
    if request.top_p is not None:
        body["p"] = min(max(request.top_p, _LEAST_P), _MOST_P)
    for name in ("frequency_penalty", "presence_penalty"):
        value = getattr(request, name)
        if value is None:
            continue
        if 0 <= value <= 1:
            body[name] = value
        else:
            notices.append(f"{request.model} takes a {name} from 0 to 1; it was left out.")
    if request.stop:
        body["stop_sequences"] = list(request.stop[:_MOST_STOPS])
        if len(request.stop) > _MOST_STOPS:
            notices.append(f"Only the first {_MOST_STOPS} stop texts were sent; no more are taken.")


def _thinking(body: dict[str, Any], request: ChatRequest) -> None:
    spec = request.spec
    if request.effort is None or spec is None:
        return
    if Capability.THINKING not in spec.capabilities and "enabled" not in (
        spec.traits.thinking or ()
    ):
        # A model that cannot think refuses to be told about it.
        return
    if request.effort is Effort.OFF:
        body["thinking"] = {"type": "disabled"}
        return
    body["thinking"] = {"type": "enabled"}
    budget = _BUDGETS.get(request.effort)
    if budget is not None:
        # Thoughts count as output: half of it is left for the answer.
        body["thinking"]["token_budget"] = max(1, min(budget, request.max_output // 2))


def _tools(body: dict[str, Any], request: ChatRequest, notices: list[str]) -> None:
    if not request.tools:
        return
    tools = request.tools
    if request.tool_choice == "none":
        body["tool_choice"] = "NONE"
    elif request.tool_choice == "required":
        body["tool_choice"] = "REQUIRED"
    elif request.tool_choice not in (None, "auto"):
        # One tool cannot be named; it can be the only one.
        body["tool_choice"] = "REQUIRED"
        tools = tuple(tool for tool in tools if tool.name == request.tool_choice)
    body["tools"] = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
        }
        for tool in tools
    ]
    if not request.parallel_tool_calls:
        notices.append(f"{request.model} cannot be kept from calling several tools at once.")


def _json(body: dict[str, Any], request: ChatRequest) -> None:
    wanted = request.response_format
    assert wanted is not None
    body["response_format"] = {"type": "json_object"}
    if wanted.json_schema is not None:
        body["response_format"]["json_schema"] = wanted.json_schema
    elif not any("json" in str(message.get("content")).lower() for message in body["messages"]):
        # Without being told in words the model may write blanks to the end.
        told = {"role": "system", "content": "Answer with one JSON object."}
        body["messages"].insert(0, told)


def _message(host: Host, request: ChatRequest, message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, ToolResultPart):
            content = part.content or "(nothing)"
            yield {"role": "tool", "tool_call_id": part.call_id, "content": content}
    if message.role == "assistant":
        yield from _assistant(host, request, message)
        return
    images = [part for part in message.parts if isinstance(part, ImagePart)]
    role = "user" if message.role == "tool" else message.role
    if images:
        yield {"role": role, "content": list(_content(message))}
    elif message.text:
        yield {"role": role, "content": message.text}


def _assistant(host: Host, request: ChatRequest, message: Message) -> Iterator[dict[str, Any]]:
    kept = _kept(host, request, message)
    item: dict[str, Any] = {"role": "assistant"}
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    if kept.get("thinking"):
        item["content"] = [{"type": "thinking", "thinking": kept["thinking"]}]
        item["content"] += [{"type": "text", "text": message.text}] if message.text else []
    elif message.text:
        item["content"] = message.text
    if calls:
        item["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments or "{}"},
            }
            for call in calls
        ]
        if kept.get("tool_plan"):
            item["tool_plan"] = kept["tool_plan"]
    if len(item) > 1:
        yield item


def _content(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, TextPart) and part.text:
            yield {"type": "text", "text": part.text}
        elif isinstance(part, ImagePart):
            yield {"type": "image_url", "image_url": {"url": address(part)}}


def _kept(host: Host, request: ChatRequest, message: Message) -> dict[str, Any]:
    mine = (host.name, request.model)
    for part in message.parts:
        if isinstance(part, OpaquePart) and (part.provider, part.model) == mine:
            return part.payload
    return {}
