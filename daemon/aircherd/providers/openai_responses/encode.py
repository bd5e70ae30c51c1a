"""Requests of the Responses family.

Facts from the official SDK's `types/responses/response_create_params.py` and OpenAI's model pages.
"""

from __future__ import annotations

from typing import Any

from aircherd.core.catalog import Capability, Effort
from aircherd.core.chat import ChatRequest
from aircherd.providers.base import Host
from aircherd.providers.effort import nearest
from aircherd.providers.openai_responses.turns import items

_LEVELS = {Effort.OFF: "none", Effort.MAX: "xhigh"}
_NEVER = ("seed", "presence_penalty", "frequency_penalty", "stop")
"""What this API has no field for; chat completions had."""


def body_of(host: Host, request: ChatRequest) -> tuple[dict[str, Any], list[str]]:
    """The JSON body of a response, and what had to be left out. Raises Unsupported."""
    notices: list[str] = []
    body = prompt_of(host, request)
    body["stream"] = request.stream
    body["max_output_tokens"] = request.max_output
    # Kept for a month unless told otherwise; what a later turn needs is sent along instead.
    body["store"] = False
    if _thinks(request):
        body["include"] = ["reasoning.encrypted_content"]
    _sampling(body, request, notices)
    return body, notices


def prompt_of(host: Host, request: ChatRequest) -> dict[str, Any]:
    """What the model reads: the part that is also sent to be counted."""
    instructions, found = items(host, request)
    body: dict[str, Any] = {"model": request.model, "input": found}
    if instructions is not None:
        body["instructions"] = instructions
    reasoning = _reasoning(host, request)
    if reasoning:
        body["reasoning"] = reasoning
    _tools(body, request)
    wanted = request.response_format
    if wanted is not None and wanted.json_schema is not None:
        body["text"] = {
            "format": {
                "type": "json_schema",
                "name": wanted.name,
                "schema": wanted.json_schema,
                "strict": False,
            }
        }
    elif wanted is not None:
        body["text"] = {"format": {"type": "json_object"}}
        _say_json(body)
    return body


def _tools(body: dict[str, Any], request: ChatRequest) -> None:
    if not request.tools:
        return
    body["tools"] = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
            # Left out it means true, and a schema that is not strict is then refused.
            "strict": False,
        }
        for tool in request.tools
    ]
    if request.tool_choice in ("auto", "none", "required"):
        body["tool_choice"] = request.tool_choice
    elif request.tool_choice:
        body["tool_choice"] = {"type": "function", "name": request.tool_choice}
    if not request.parallel_tool_calls:
        body["parallel_tool_calls"] = False


def _thinks(request: ChatRequest) -> bool:
    return request.spec is not None and Capability.THINKING in request.spec.capabilities


def _level(request: ChatRequest) -> Effort | None:
    """The level that is sent, or None where none is."""
    if request.effort is None:
        return None
    allowed = request.spec.traits.efforts if request.spec is not None else None
    return nearest(request.effort, allowed)


def _reasoning(host: Host, request: ChatRequest) -> dict[str, Any]:
    level = _level(request)
    if level is None:
        return {}
    allowed = request.spec.traits.efforts if request.spec is not None else None
    word = _LEVELS.get(level, str(level))
    if allowed is None and level in (Effort.MINIMAL, Effort.MAX):
        # Words only some models know; their neighbours are known to all that think.
        word = "low" if level is Effort.MINIMAL else "high"
    found: dict[str, Any] = {"effort": word}
    if level is not Effort.OFF and "no_reasoning_summaries" not in host.quirks:
        found["summary"] = "auto"
    return found


def _sampling(body: dict[str, Any], request: ChatRequest, notices: list[str]) -> None:
    traits = request.spec.traits if request.spec is not None else None
    refuses = traits is not None and traits.sampling is False
    if refuses and traits is not None:
        # A model that thinks takes these only while it is told not to.
        refuses = (_level(request) or traits.effort_default) is not Effort.OFF
    for name in ("temperature", "top_p"):
        value = getattr(request, name)
        if value is not None and refuses:
            notices.append(f"{request.model} takes no {name}; it was left out.")
        elif value is not None:
            body[name] = value
    for name in _NEVER:
        if getattr(request, name) not in (None, ()):
            notices.append(f"{request.model} takes no {name}; it was left out.")


def _say_json(body: dict[str, Any]) -> None:
    """JSON mode is refused unless the word stands in what the model reads."""
    said = body.get("instructions", "")
    if "json" not in f"{said}{body['input']}".lower():
        body["instructions"] = f"{said}\n\nAnswer with one JSON object.".strip()
