"""The shapes of OpenAI's Chat Completions, embeddings and model list, made of the daemon's answers.

Pure: answers in, bodies out. Facts are those of the openai package 3.52 (`openai.types`). What is
ours stands in fields that begin with `aircher`; `openai_request` reads them back.
"""

from __future__ import annotations

import base64
import struct
import time
from collections.abc import Iterable, Iterator
from typing import Any

from aircher_protocol.codec import unstructure
from aircher_protocol.types import Answer, ModelLine

STATE = "aircher_state"
"""Field of an assistant's message: what goes back to its model with it, unread."""
_FINISH = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content_filter",
    "tool_calls": "tool_calls",
}


def completion(answer: Answer) -> dict[str, Any]:
    """A whole chat completion. What is ours stands under `aircher`."""
    called = _calls(answer)
    message: dict[str, Any] = {"role": "assistant", "content": answer.text, "refusal": None}
    if called:
        message |= {"content": answer.text or None, "tool_calls": called}
    if answer.state:
        message[STATE] = unstructure(answer.state)
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
        last: dict[str, Any] = {}
        if piece.tool_calls:
            last["tool_calls"] = [{"index": n, **c} for n, c in enumerate(_calls(piece))]
        if piece.state:
            last[STATE] = unstructure(piece.state)
        if last:
            yield {**head, "choices": [_delta(last)]}
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
    vectors: Iterable[Iterable[float]], model: str, tokens: int | None, *, packed: bool = False
) -> dict[str, Any]:
    """A list of vectors; packed each is little-endian 32-bit floats in base64."""
    data = [
        {"object": "embedding", "index": place, "embedding": _packed(v) if packed else list(v)}
        for place, v in enumerate(vectors)
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


def _packed(vector: Iterable[float]) -> str:
    values = list(vector)
    return base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode("ascii")


def _head(request: str, model: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{request}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in answer.tool_calls
    ]


def _delta(delta: dict[str, Any]) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}
