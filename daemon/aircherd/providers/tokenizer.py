"""Tokens counted on this machine, for models whose vocabulary is known.

The rs-bpe library (extra `aircher[tokens]`) has OpenAI's two vocabularies in its wheel, so nothing
is fetched; it is loaded at the first count and takes 30 to 70 MB from then on. A model whose
vocabulary is another's is never counted with these: a bound is told instead.
"""

from __future__ import annotations

import json
from typing import Any

from aircherd.core.chat import ChatRequest, ImagePart, TextPart, ToolCallPart, ToolResultPart

_NEW = ("gpt-4o", "gpt-4.1", "gpt-5", "gpt-6", "gpt-oss", "chatgpt-4o", "o1", "o3", "o4")
"""Models with the vocabulary o200k_base; OpenAI names none newer (its SDK and tiktoken)."""
_OLD = ("gpt-4", "gpt-3.5", "text-embedding-3", "text-embedding-ada-002")
"""Models with the vocabulary cl100k_base."""
_FRAME = 4
"""Tokens around one turn, and as many once before the answer (OpenAI's cookbook on counting)."""


def counted(request: ChatRequest) -> int | None:
    """Tokens of a prompt, nearly; None without the library, the vocabulary, or for a picture."""
    vocabulary = _vocabulary(request.model)
    if vocabulary is None:
        return None
    total = _FRAME
    for message in request.messages:
        total += _FRAME
        for part in message.parts:
            match part:
                case TextPart(text):
                    total += vocabulary.count(text)
                case ToolCallPart():
                    total += vocabulary.count(part.name) + vocabulary.count(part.arguments) + _FRAME
                case ToolResultPart():
                    total += vocabulary.count(part.content) + _FRAME
                case ImagePart():
                    return None
                case _:
                    pass
    for tool in request.tools:
        told = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
        total += int(vocabulary.count(json.dumps(told))) + _FRAME
    return int(total)


def _vocabulary(model: str) -> Any:
    name = model.rsplit("/", 1)[-1]
    old = name.startswith(_OLD) and not name.startswith(_NEW)
    if not old and not name.startswith(_NEW):
        return None
    try:
        from rs_bpe.bpe import openai
    except ImportError:
        return None
    return openai.cl100k_base() if old else openai.o200k_base()
