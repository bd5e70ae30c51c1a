"""What each family's official SDK would say to a body: raises where it has no place for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from anthropic.types import message_create_params
from cohere.v2.raw_client import RawV2Client
from google.genai import types as genai
from ollama import _types as ollama
from openai.types import EmbeddingCreateParams, ImageGenerateParams
from openai.types.chat import completion_create_params
from openai.types.responses import response_create_params
from typing_extensions import TypedDict

from providers.conform import fits

CHAT_BESIDE = frozenset(
    {"chat_template_kwargs", "reasoning", "provider", "thinking", "random_seed"}
)
"""Fields that other servers of OpenAI's dialect added."""


def by_arguments(call: Any) -> Any:
    """A type for the body of a call whose SDK takes each field as an argument."""
    hints = get_type_hints(call, include_extras=True)
    names = [p for p in inspect.signature(call).parameters if p not in ("self", "request_options")]
    return TypedDict(call.__name__, {name: hints[name] for name in names}, total=False)  # type: ignore[operator]


COHERE_CHAT = by_arguments(RawV2Client.chat_stream)
COHERE_EMBED = by_arguments(RawV2Client.embed)


def gemini_chat(body: dict[str, Any]) -> None:
    """Google's SDK has no type for the whole body, but one for every part."""
    assert set(body) <= {
        "contents",
        "systemInstruction",
        "tools",
        "toolConfig",
        "generationConfig",
    }
    for content in [*body["contents"], *filter(None, [body.get("systemInstruction")])]:
        genai.Content.model_validate(content)
    for tool in body.get("tools", []):
        genai.Tool.model_validate(tool)
    genai.ToolConfig.model_validate(body.get("toolConfig", {}))
    genai.GenerationConfig.model_validate(body["generationConfig"])


def ollama_chat(body: dict[str, Any]) -> None:
    """Ollama's client takes any mapping for a message; each is looked at by itself."""
    fits(ollama.ChatRequest, body, beside=frozenset({"truncate"}))
    for message in body.get("messages", []):
        # A picture is an object there that becomes bare base64 on the wire.
        images = [{"value": image} for image in message.get("images", [])]
        fits(ollama.Message, {**message, **({"images": images} if images else {})})
    for tool in body.get("tools", []):
        fits(ollama.Tool, tool)


def gemini_embed(body: dict[str, Any]) -> None:
    """Vectors at AI Studio and at Vertex."""
    for row in body.get("requests", []):
        genai.Content.model_validate(row["content"])
        config = row.get("embedContentConfig", {k: row[k] for k in ("taskType",) if k in row})
        genai.EmbedContentConfig.model_validate(config)


CHAT: dict[str, Callable[[dict[str, Any]], None]] = {
    "openai_chat": lambda body: fits(
        completion_create_params.CompletionCreateParams, body, beside=CHAT_BESIDE
    ),
    "openai_responses": lambda body: fits(response_create_params.ResponseCreateParams, body),
    "anthropic": lambda body: fits(message_create_params.MessageCreateParams, body),
    "gemini": gemini_chat,
    "cohere": lambda body: fits(COHERE_CHAT, body, beside=frozenset({"stream"})),
    "ollama": ollama_chat,
}
"""By wire family: raises for a body its official SDK would not send."""
EMBED: dict[str, Callable[[dict[str, Any]], None]] = {
    "openai_chat": lambda b: fits(EmbeddingCreateParams, b, beside=frozenset({"input_type"})),
    "openai_responses": lambda body: fits(EmbeddingCreateParams, body),
    "gemini": gemini_embed,
    "cohere": lambda body: fits(COHERE_EMBED, body),
    "ollama": lambda body: fits(ollama.EmbedRequest, body),
}


def gemini_picture(body: dict[str, Any]) -> None:
    """A picture is asked for as a conversation."""
    for content in body["contents"]:
        genai.Content.model_validate(content)
    genai.GenerationConfig.model_validate(body["generationConfig"])


PICTURE: dict[str, Callable[[dict[str, Any]], None]] = {
    "openai_chat": lambda body: fits(ImageGenerateParams, body),
    "openai_responses": lambda body: fits(ImageGenerateParams, body),
    "gemini": gemini_picture,
}
