"""Requests of the chat completions family.

Facts from the official SDK's `types/chat/completion_create_params.py` and the servers' own sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from aircherd.core.catalog import Capability
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
from aircherd.providers.images import address, check, limits_of
from aircherd.providers.openai_chat.thinking import set_thinking

_STATE = frozenset({"reasoning_details", "reasoning_content"})
_MOST_STOPS = 4
_SAMPLING = ("temperature", "top_p", "presence_penalty", "frequency_penalty")


def body_of(host: Host, request: ChatRequest) -> tuple[dict[str, Any], list[str]]:
    """The JSON body of a chat, and what had to be left out. Raises Unsupported."""
    notices: list[str] = []
    body: dict[str, Any] = {
        "model": request.model,
        "messages": list(messages_of(host, request)),
        "stream": request.stream,
    }
    limit = "max_completion_tokens" if "max_completion_tokens" in host.quirks else "max_tokens"
    body[limit] = request.max_output
    if request.stream and "no_stream_options" not in host.quirks:
        body["stream_options"] = {"include_usage": True}
    _sampling(body, host, request, notices)
    set_thinking(body, host, request, notices)
    _tools(body, host, request)
    if request.response_format is not None:
        body["response_format"] = _format(host, request)
        if request.response_format.json_schema is None:
            _say_json(body["messages"])
    return body, notices


def _sampling(body: dict[str, Any], host: Host, request: ChatRequest, notices: list[str]) -> None:
    spec = request.spec
    refuses = spec is not None and spec.traits.sampling is False
    # A model nobody knows is taken to think: to say less is safe, to say more may be refused.
    thinks = spec is None or Capability.THINKING in spec.capabilities
    bare = refuses or (thinks and "bare_thinking" in host.quirks)
    for name in _SAMPLING:
        value = getattr(request, name)
        if value is None:
            continue
        if refuses or (bare and name.endswith("penalty")):
            notices.append(f"{request.model} takes no {name}; it was left out.")
        else:
            body[name] = value
    if request.seed is not None:
        body["random_seed" if "random_seed" in host.quirks else "seed"] = request.seed
    if request.stop and bare:
        notices.append(f"{request.model} takes no stop texts; they were left out.")
    elif request.stop:
        body["stop"] = list(request.stop[:_MOST_STOPS])
        if len(request.stop) > _MOST_STOPS:
            notices.append(f"Only the first {_MOST_STOPS} stop texts were sent; no more are taken.")


def _tools(body: dict[str, Any], host: Host, request: ChatRequest) -> None:
    wants_schema = request.response_format is not None
    if "require_parameters" in host.quirks and (request.tools or wants_schema):
        body["provider"] = {"require_parameters": True}
    if not request.tools:
        return
    body["tools"] = [
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
    if request.tool_choice in ("auto", "none", "required"):
        body["tool_choice"] = request.tool_choice
    elif request.tool_choice:
        body["tool_choice"] = {"type": "function", "function": {"name": request.tool_choice}}
    if not request.parallel_tool_calls:
        body["parallel_tool_calls"] = False


def _format(host: Host, request: ChatRequest) -> dict[str, Any]:
    wanted = request.response_format
    assert wanted is not None
    if wanted.json_schema is None and "no_json_object" not in host.quirks:
        return {"type": "json_object"}
    schema = wanted.json_schema or {"type": "object"}
    return {"type": "json_schema", "json_schema": {"name": wanted.name, "schema": schema}}


def _say_json(messages: list[dict[str, Any]]) -> None:
    """JSON mode is refused unless the word stands in the prompt."""
    if not any("json" in str(message.get("content")).lower() for message in messages):
        messages.insert(0, {"role": "system", "content": "Answer with one JSON object."})


def messages_of(host: Host, request: ChatRequest) -> Iterator[dict[str, Any]]:
    """The turns as this family writes them. Raises Unsupported for a picture it cannot take."""
    # What each server reads is its own: only what the row says is refused here.
    if request.pictures:
        limits = limits_of(host.pictures, addresses="no_image_urls" not in host.quirks)
        check(host.name, request, limits)
    turns: Sequence[Message] = request.messages
    if "no_system_role" in host.quirks:
        turns = _without_system(turns)
    for message in turns:
        yield from _message(host, request, message)


def _without_system(turns: Sequence[Message]) -> list[Message]:
    system = "\n\n".join(message.text for message in turns if message.role == "system")
    rest = [message for message in turns if message.role != "system"]
    for place, message in enumerate(rest):
        if message.role == "user" and system:
            parts = (TextPart(f"{system}\n\n"), *message.parts)
            rest[place] = Message(role="user", parts=parts)
            return rest
    return [Message.of("user", system), *rest] if system else rest


def _message(host: Host, request: ChatRequest, message: Message) -> Iterator[dict[str, Any]]:
    results = [part for part in message.parts if isinstance(part, ToolResultPart)]
    for result in results:
        yield {"role": "tool", "tool_call_id": result.call_id, "content": result.content}
    calls = [part for part in message.parts if isinstance(part, ToolCallPart)]
    images = [part for part in message.parts if isinstance(part, ImagePart)]
    if not (message.text or calls or images):
        # An empty turn is refused by OpenAI and says nothing to anybody else.
        return
    role = "user" if message.role == "tool" else message.role
    item: dict[str, Any] = {"role": role, "content": message.text}
    if images:
        # Text-only content stays a plain string: some servers accept nothing else.
        item["content"] = list(_content(message))
    if calls:
        item["content"] = message.text or None
        item["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in calls
        ]
    for part in message.parts:
        mine = isinstance(part, OpaquePart) and part.provider == host.name
        if mine and isinstance(part, OpaquePart) and part.model == request.model:
            # State comes back by way of callers: it adds to a turn and replaces nothing in it.
            item.update({name: part.payload[name] for name in _STATE & part.payload.keys()})
    yield item


def _content(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, TextPart) and part.text:
            yield {"type": "text", "text": part.text}
        elif isinstance(part, ImagePart):
            yield {"type": "image_url", "image_url": {"url": address(part)}}
