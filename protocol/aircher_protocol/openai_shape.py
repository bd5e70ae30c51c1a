"""The shapes of OpenAI's Chat Completions, embeddings and model list, made of the daemon's answers.

Pure: bodies in, bodies out. Facts are those of the openai package 3.52 (`openai.types`). What the
daemon does not carry is refused by name, never left out unsaid.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aircher_protocol.types import Answer, ModelLine

SILENT = frozenset(
    {"n", "stream", "stream_options", "user", "metadata", "store", "service_tier", "extra_body"}
)
"""Fields that change nothing about the answer here; `n` only when it is 1."""
_ROLES = {"system": "system", "developer": "system", "user": "user", "assistant": "assistant"}
_FINISH = {"stop": "stop", "length": "length", "content_filter": "content_filter"}


class Unsupported(ValueError):
    """A request asks for what cannot be carried; nothing was sent."""


def chat_params(body: Mapping[str, Any], provider: str | None) -> dict[str, Any]:
    """`aircher/chat` parameters of a Chat Completions body. Raises Unsupported."""
    known = {"messages", "model", "temperature", "max_tokens", "max_completion_tokens"} | SILENT
    odd = sorted(name for name, value in body.items() if name not in known and value is not None)
    if odd:
        raise Unsupported(f"{', '.join(odd)} cannot be carried here; leave it out.")
    if body.get("n") not in (None, 1):
        raise Unsupported("Only one answer can be asked for at a time; leave n out.")
    params: dict[str, Any] = {
        "messages": [_message(message) for message in body.get("messages", ())],
        "model": full_name(body.get("model"), provider),
        "temperature": body.get("temperature"),
        "maxOutputTokens": body.get("max_completion_tokens", body.get("max_tokens")),
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


def completion(answer: Answer) -> dict[str, Any]:
    """A whole chat completion. What is ours stands under `aircher`."""
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": _FINISH.get(answer.finish, "stop"),
        "logprobs": None,
    }
    return {
        **_head(answer.request_id, answer.model, "chat.completion"),
        "choices": [choice],
        "usage": usage(answer),
        "aircher": account(answer),
    }


def chunks(
    pieces: Iterable[str | Answer], model: str, with_usage: bool
) -> Iterator[dict[str, Any]]:
    """Chat completion chunks, the last with the reason for the end, then usage when asked."""
    head = _head("aircher", model, "chat.completion.chunk")
    yield {**head, "choices": [_delta({"role": "assistant", "content": ""})]}
    shown = ""
    for piece in pieces:
        if isinstance(piece, str):
            shown += piece
            yield {**head, "choices": [_delta({"content": piece})]}
            continue
        if piece.text.startswith(shown) and (rest := piece.text[len(shown) :]):
            yield {**head, "choices": [_delta({"content": rest})]}
        end = {**_delta({}), "finish_reason": _FINISH.get(piece.finish, "stop")}
        yield {**head, "model": piece.model, "choices": [end], "aircher": account(piece)}
        if with_usage:
            yield {**head, "model": piece.model, "choices": [], "usage": usage(piece)}


def usage(answer: Answer) -> dict[str, Any] | None:
    """Token counts in OpenAI's overlapping classes; None when they are unknown."""
    said = answer.usage
    if said is None or said.input is None or said.output is None:
        return None
    prompt = said.input + said.cache_read + said.cache_write
    output = said.output + said.reasoning
    return {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
        "prompt_tokens_details": {"cached_tokens": said.cache_read},
        "completion_tokens_details": {"reasoning_tokens": said.reasoning},
    }


def account(answer: Answer) -> dict[str, Any]:
    """Who answered, why, and what it cost."""
    return {
        "provider": answer.provider,
        "model": answer.model,
        "local": answer.local,
        "cost": answer.cost.text,
        "nano_usd": answer.cost.nano_usd,
        "reason": answer.reason.summary,
        "notices": list(answer.notices),
    }


def embeddings(
    vectors: Iterable[Iterable[float]], model: str, tokens: int | None
) -> dict[str, Any]:
    """A list of vectors."""
    data = [
        {"object": "embedding", "index": place, "embedding": list(vector)}
        for place, vector in enumerate(vectors)
    ]
    counted = {"prompt_tokens": tokens or 0, "total_tokens": tokens or 0}
    return {"object": "list", "model": model, "data": data, "usage": counted}


def models(lines: Iterable[ModelLine], provider: str | None) -> dict[str, Any]:
    """A list of models that can be used now."""
    data = [
        {
            "id": line.model if provider else f"{line.provider}/{line.model}",
            "object": "model",
            "created": 0,
            "owned_by": line.provider,
        }
        for line in lines
        if line.usable and provider in (None, line.provider)
    ]
    return {"object": "list", "data": data}


def _head(request: str, model: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{request}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _delta(delta: dict[str, Any]) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}


def _message(message: Mapping[str, Any]) -> dict[str, str]:
    role = _ROLES.get(str(message.get("role")))
    if role is None or message.get("tool_calls"):
        raise Unsupported("Tool calls and their results cannot be carried here; say them as text.")
    content = message.get("content")
    if not isinstance(content, str):
        parts = content or ()
        if any(part.get("type") != "text" for part in parts):
            raise Unsupported("Only text can be carried here; leave pictures and sounds out.")
        content = "".join(str(part.get("text", "")) for part in parts)
    return {"role": role, "content": content}
