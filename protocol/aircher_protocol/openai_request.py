"""Parameters of the daemon's methods, made of the bodies OpenAI's own client sends.

Pure: bodies in, parameters out. Facts are those of the openai package 3.52 (`openai.types`). What
the daemon does not carry is refused by name, never left out unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from aircher_protocol.openai_shape import STATE

SILENT = frozenset(
    {"n", "stream", "stream_options", "user", "metadata", "store", "service_tier", "extra_body",
     "messages", "model", "safety_identifier", "prompt_cache_key", "logprobs", "timeout",
     "extra_headers", "extra_query"}
)  # fmt: skip
"""Fields that change nothing about the answer here, or are read apart."""
_SAME = {
    "temperature": "temperature",
    "top_p": "topP",
    "seed": "seed",
    "presence_penalty": "presencePenalty",
    "frequency_penalty": "frequencyPenalty",
    "parallel_tool_calls": "parallelToolCalls",
}
_OTHERS = {"max_tokens", "max_completion_tokens", "stop", "tools", "tool_choice",
           "response_format", "reasoning_effort"}  # fmt: skip
_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}
_EFFORTS = {
    "none": "off",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "max",
    "max": "max",
}


class Unsupported(ValueError):
    """A request asks for what cannot be carried; nothing was sent."""


def chat_params(given: Mapping[str, Any], provider: str | None) -> dict[str, Any]:
    """`aircher/chat` parameters of a Chat Completions body. Raises Unsupported."""
    body = {name: value for name, value in given.items() if _is_given(value)}
    body |= body.pop("extra_body", {})
    odd = sorted(set(body) - SILENT - _SAME.keys() - _OTHERS)
    odd += [name for name in ("logprobs", "store") if body.get(name)]
    if body.get("service_tier") not in (None, "auto", "default"):
        odd.append("service_tier")
    if odd:
        raise Unsupported(f"{', '.join(odd)} cannot be carried here; leave it out.")
    if body.get("n") not in (None, 1):
        raise Unsupported("Only one answer can be asked for at a time; leave n out.")
    params: dict[str, Any] = {
        "messages": [_message(_plain(message)) for message in body.get("messages", ())],
        "model": full_name(body.get("model"), provider),
        "maxOutputTokens": body.get("max_completion_tokens", body.get("max_tokens")),
        **{ours: body.get(theirs) for theirs, ours in _SAME.items()},
        "stop": _stops(body.get("stop")),
        "tools": [_tool(tool) for tool in body.get("tools", ())] or None,
        "toolChoice": _choice(body.get("tool_choice")),
        "responseFormat": _format(body.get("response_format")),
        "effort": _effort(body.get("reasoning_effort")),
    }
    return {name: value for name, value in params.items() if value is not None}


def embed_params(given: Mapping[str, Any], provider: str | None) -> dict[str, Any]:
    """`aircher/embed` parameters of an embeddings body. Raises Unsupported."""
    body = {name: value for name, value in given.items() if _is_given(value)}
    carried = {"model", "input", "dimensions", "encoding_format", "user", "timeout",
               "extra_headers", "extra_query"}  # fmt: skip
    odd = sorted(set(body) - carried)
    if odd or body.get("encoding_format") not in (None, "float", "base64"):
        raise Unsupported(
            f"{', '.join(odd) or 'encoding_format'} cannot be carried here; leave it out."
        )
    text = body.get("input")
    texts = [text] if isinstance(text, str) else list(text or ())
    if not all(isinstance(one, str) for one in texts):
        raise Unsupported("Only texts can be embedded here, not token numbers; give the text.")
    params: dict[str, Any] = {
        "texts": texts,
        "model": full_name(body.get("model"), provider),
        "dimensions": body.get("dimensions"),
    }
    return {name: value for name, value in params.items() if value is not None}


def full_name(model: Any, provider: str | None) -> str | None:
    """`provider/model`; None lets the daemon choose, and so does the name `auto`."""
    if model is None or model in ("", "auto"):
        return None
    name = str(model)
    if provider is None or name.startswith((f"{provider}/", f"{provider}:")):
        return name
    return f"{provider}/{name}"


def _is_given(value: Any) -> bool:
    """Whether a field was set: the official client has marks of its own for what was not."""
    return value is not None and type(value).__name__ not in ("NotGiven", "Omit")


def _plain(message: Any) -> Mapping[str, Any]:
    """A message as a mapping: what an earlier answer held may be handed back as it came."""
    if isinstance(message, Mapping):
        return message
    dump = getattr(message, "model_dump", None)
    if dump is None:
        raise Unsupported(f"A message is no {type(message).__name__}; give a dict.")
    found: Mapping[str, Any] = dump()
    return found


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    role = _ROLES.get(str(message.get("role")))
    if role is None or message.get("function_call") or message.get("audio"):
        raise Unsupported(
            f"A message of role {message.get('role')!r}, or with sound or a function_call, cannot "
            "be carried here; use tool_calls and the role tool, or say it as text."
        )
    made: dict[str, Any] = {"role": role}
    content = message.get("content")
    if isinstance(content, str):
        made["content"] = content
    elif content:
        made["parts"] = [_part(_plain(part)) for part in content]
    if message.get("tool_calls"):
        made["toolCalls"] = [_call(_plain(call)) for call in message["tool_calls"]]
    if message.get("tool_call_id"):
        made["toolCallId"] = message["tool_call_id"]
    if message.get(STATE):
        made["state"] = [_plain(state) for state in message[STATE]]
    return made


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    match part.get("type"):
        case "text":
            return {"text": str(part.get("text", ""))}
        case "refusal":
            return {"text": str(part.get("refusal", ""))}
        case "image_url":
            return _picture(part.get("image_url") or {})
    raise Unsupported(
        f"A part of type {part.get('type')!r} cannot be carried here; only text and pictures can."
    )


def _picture(image: Any) -> dict[str, Any]:
    url = image if isinstance(image, str) else str(image.get("url") or "")
    if not isinstance(image, str) and image.get("detail") not in (None, "auto"):
        raise Unsupported("The detail of a picture cannot be carried here; leave detail out.")
    if not url.startswith("data:"):
        if not url.startswith(("https://", "http://")):
            raise Unsupported("A picture needs an address or a data URL; leave it out or give one.")
        return {"url": url}
    head, comma, data = url[len("data:") :].partition(",")
    kind, mark, _ = head.partition(";base64")
    if not comma or not mark:
        raise Unsupported("A picture's data URL must be base64; leave it out or encode it anew.")
    return {"data": data, "mediaType": kind or "image/png"}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function")
    if call.get("type") not in (None, "function") or not isinstance(function, Mapping):
        raise Unsupported("Only calls of functions can be carried here; leave others out.")
    return {
        "id": call.get("id"),
        "name": function.get("name"),
        "arguments": function.get("arguments") or "",
    }


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, Mapping):
        raise Unsupported("Only tools of type function can be carried here; leave others out.")
    made = {
        "name": function.get("name"),
        "description": function.get("description") or "",
        "parameters": function.get("parameters"),
    }
    return {name: value for name, value in made.items() if value is not None}


def _choice(choice: Any) -> str | None:
    if choice is None or isinstance(choice, str):
        return choice
    name = (choice.get("function") or {}).get("name") if choice.get("type") == "function" else None
    if not isinstance(name, str):
        raise Unsupported(
            "This tool_choice cannot be carried here; name one function, or leave it."
        )
    return name


def _stops(stop: Any) -> list[str] | None:
    if stop is None:
        return None
    return [stop] if isinstance(stop, str) else list(_texts(stop))


def _texts(stop: Iterable[Any]) -> Iterable[str]:
    for text in stop:
        if not isinstance(text, str):
            raise Unsupported("stop is a text, or a list of texts; leave others out.")
        yield text


def _format(form: Any) -> dict[str, Any] | None:
    if form is None:
        return None
    match form.get("type") if isinstance(form, Mapping) else None:
        case "text":
            return None
        case "json_object":
            return {}
        case "json_schema":
            told = form.get("json_schema") or {}
            made = {"schema": told.get("schema"), "name": told.get("name") or "answer"}
            return {name: value for name, value in made.items() if value is not None}
    raise Unsupported("This response_format cannot be carried here; leave it out.")


def _effort(effort: Any) -> str | None:
    if effort is None:
        return None
    if effort not in _EFFORTS:
        known = ", ".join(_EFFORTS)
        raise Unsupported(f"reasoning_effort {effort!r} is not known here; use one of {known}.")
    return _EFFORTS[effort]
