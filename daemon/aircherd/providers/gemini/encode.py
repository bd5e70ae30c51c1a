"""Requests of generateContent. Names are camelCase, as the REST documentation writes them."""

from __future__ import annotations

from typing import Any

from aircherd.core.catalog import Effort, Traits
from aircherd.core.chat import ChatRequest
from aircherd.core.errors import Unsupported
from aircherd.providers.base import Host
from aircherd.providers.effort import nearest, unheeded
from aircherd.providers.gemini.turns import contents

_BUDGETS = {
    Effort.OFF: 0,
    Effort.MINIMAL: 512,
    Effort.LOW: 1_024,
    Effort.MEDIUM: 8_192,
    Effort.HIGH: 24_576,
    Effort.MAX: -1,
}
"""Thinking tokens for the 2.5 family; -1 leaves it to the model, 0 turns it off."""
_LEVELS = {
    Effort.OFF: "MINIMAL",
    Effort.MINIMAL: "MINIMAL",
    Effort.LOW: "LOW",
    Effort.MEDIUM: "MEDIUM",
    Effort.HIGH: "HIGH",
    Effort.MAX: "XHIGH",
}
"""Words for the models that take levels; none of them can be told not to think at all."""
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
        if request.tools and traits.thinking and not levelled:
            # The 2.5 family answers 400 to both together.
            raise Unsupported(
                f"{request.model} gives JSON or calls tools, not both; ask for one of them."
            )
        config["responseMimeType"] = "application/json"
        if request.response_format.json_schema is not None:
            config["responseJsonSchema"] = request.response_format.json_schema
    thinking = _thinking(request, traits)
    notices += unheeded(request, thinking is not None)
    if thinking:
        config["thinkingConfig"] = thinking
    body["generationConfig"] = config
    if request.tools and not request.parallel_tool_calls:
        notices.append("The model cannot be held to one call at a time; it was left to it.")
    return body, notices


def prompt_of(host: Host, request: ChatRequest) -> dict[str, Any]:
    """What the model reads: the part that is also sent to be counted."""
    body: dict[str, Any] = {"contents": contents(host, request)}
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
    word = _LEVELS[level]
    if level not in (traits.efforts or ()):
        # Every model that takes levels takes these; the outermost ones only some.
        word = {"MINIMAL": "LOW", "XHIGH": "HIGH"}.get(word, word)
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
