"""Requests of generateContent. Names are camelCase, as the REST documentation writes them."""

from __future__ import annotations

import base64
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
from aircherd.core.errors import Unsupported
from aircherd.providers.base import Host
from aircherd.providers.effort import nearest

OURS = "aircher_call_"
"""How ids begin that we gave to calls Google sent without one."""
UNSIGNED = "skip_thought_signature_validator"
"""What Google's documentation has for calls another model made, which carry no signature."""
_BUDGETS = {
    Effort.OFF: 0,
    Effort.MINIMAL: 512,
    Effort.LOW: 1_024,
    Effort.MEDIUM: 8_192,
    Effort.HIGH: 24_576,
    Effort.MAX: -1,
}
"""Thinking tokens for the 2.5 family; -1 leaves it to the model, 0 turns it off."""
_MOST_STOPS = 5
_CONFIG = {
    "temperature": "temperature",
    "top_p": "topP",
    "seed": "seed",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
}
_REFUSED = ("temperature", "top_p")
_PENALTIES = ("presence_penalty", "frequency_penalty")


def body_of(host: Host, request: ChatRequest) -> tuple[dict[str, Any], list[str]]:
    """The JSON body of a chat, and what had to be left out. Raises Unsupported."""
    notices: list[str] = []
    body = prompt_of(host, request)
    config: dict[str, Any] = {"maxOutputTokens": request.max_output}
    traits = traits_of(request)
    levelled = "level" in (traits.thinking or ())
    for name, theirs in _CONFIG.items():
        value = getattr(request, name)
        if value is None:
            continue
        if (name in _REFUSED and traits.sampling is False) or (name in _PENALTIES and levelled):
            notices.append(f"{request.model} takes no {name}; it was left out.")
        else:
            config[theirs] = value
    if request.stop:
        config["stopSequences"] = list(request.stop[:_MOST_STOPS])
        if len(request.stop) > _MOST_STOPS:
            notices.append(f"Only the first {_MOST_STOPS} stop texts were sent; no more are taken.")
    if request.response_format is not None:
        config["responseMimeType"] = "application/json"
        if request.response_format.json_schema is not None:
            config["responseJsonSchema"] = request.response_format.json_schema
    thinking = _thinking(request, traits)
    if thinking:
        config["thinkingConfig"] = thinking
    body["generationConfig"] = config
    if request.tools and not request.parallel_tool_calls:
        notices.append("The model cannot be held to one call at a time; it was left to it.")
    return body, notices


def prompt_of(host: Host, request: ChatRequest) -> dict[str, Any]:
    """What the model reads: the part that is also sent to be counted."""
    body: dict[str, Any] = {"contents": _contents(host, request)}
    system = [{"text": m.text} for m in request.messages if m.role == "system" and m.text]
    if system:
        body["systemInstruction"] = {"parts": system}
    if request.tools:
        # All functions go in one entry; the plain JSON Schema has a field of its own.
        declared = [
            {
                "name": tool.name,
                "description": tool.description,
                "parametersJsonSchema": tool.parameters or {"type": "object"},
            }
            for tool in request.tools
        ]
        body["tools"] = [{"functionDeclarations": declared}]
        body["toolConfig"] = {"functionCallingConfig": _choice(request)}
    return body


def traits_of(request: ChatRequest) -> Traits:
    """What is known of the model's API."""
    return request.spec.traits if request.spec is not None else Traits()


def _thinking(request: ChatRequest, traits: Traits) -> dict[str, Any] | None:
    """By level or by budget, whichever the model takes; both together are refused."""
    ways = traits.thinking
    if request.effort is None or not ways:
        return None
    level = nearest(request.effort, traits.efforts)
    if level is None:
        return None
    shown = request.effort is not Effort.OFF
    if "budget" in ways:
        return {"thinkingBudget": _BUDGETS[level], "includeThoughts": shown}
    word = "MINIMAL" if level is Effort.OFF else "HIGH" if level is Effort.MAX else level.upper()
    return {"thinkingLevel": word, "includeThoughts": shown}


def _choice(request: ChatRequest) -> dict[str, Any]:
    match request.tool_choice:
        case None | "auto":
            return {"mode": "AUTO"}
        case "none":
            return {"mode": "NONE"}
        case "required":
            return {"mode": "ANY"}
        case name:
            return {"mode": "ANY", "allowedFunctionNames": [name]}


def _contents(host: Host, request: ChatRequest) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for message in request.messages:
        if message.role == "system":
            continue
        parts = list(_parts(host, request, message))
        if not parts:
            # An empty turn is refused.
            continue
        role = "model" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["parts"] += parts
        else:
            turns.append({"role": role, "parts": parts})
    return turns


def _parts(host: Host, request: ChatRequest, message: Message) -> Iterator[dict[str, Any]]:
    kept = [part for part in message.parts if _is_mine(part, host, request)]
    signed = {str(part.payload.get("callId")) for part in kept if isinstance(part, OpaquePart)}
    needs = "level" in (traits_of(request).thinking or ())
    first = True
    for part in message.parts:
        match part:
            case TextPart(text):
                if text:
                    yield {"text": text}
            case ImagePart():
                yield {"inlineData": _image(host, part)}
            case ToolCallPart():
                if part.id not in signed:
                    made = {"functionCall": _call(part)}
                    # Of parallel calls only the first carries a signature.
                    yield {**made, "thoughtSignature": UNSIGNED} if needs and first else made
                first = False
            case ToolResultPart():
                yield {"functionResponse": _result(part)}
            case OpaquePart():
                if part in kept:
                    first = first and "functionCall" not in part.payload["part"]
                    yield dict(part.payload["part"])


def _is_mine(part: Any, host: Host, request: ChatRequest) -> bool:
    if not isinstance(part, OpaquePart) or "part" not in part.payload:
        return False
    return (part.provider, part.model) == (host.name, request.model)


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


def _image(host: Host, image: ImagePart) -> dict[str, Any]:
    if image.data is None:
        raise Unsupported(
            f"{host.name} takes pictures as bytes only; give the file instead of its address."
        )
    data = base64.b64encode(image.data).decode("ascii")
    return {"mimeType": image.media_type or "image/png", "data": data}
