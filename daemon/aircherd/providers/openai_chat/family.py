"""The chat completions family as one object: what `registry` knows under its name."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from aircherd.core.catalog import ModelSpec
from aircherd.core.chat import ChatRequest, Usage
from aircherd.core.errors import ProviderError
from aircherd.core.operations import (
    Embeddings,
    EmbedRequest,
    Picture,
    PictureRequest,
    Pictures,
)
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.failures import failure
from aircherd.providers.jsonpost import json_request
from aircherd.providers.openai_chat.decode import Plain, Stream
from aircherd.providers.openai_chat.encode import body_of, messages_of
from aircherd.providers.openai_chat.models import models_of
from aircherd.providers.openai_chat.usage import charged, number

_PURPOSES = {"query": "query", "document": "passage"}
"""What NVIDIA calls the two sides of a search."""


class OpenAIChat:
    """Encode, decode, classify, and what these servers offer besides."""

    embed_batch: ClassVar[int] = 256
    """OpenAI takes 2,048 texts and 300,000 tokens at once; others less."""

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat. Raises Unsupported."""
        body, notices = body_of(host, request)
        return json_request(host, "POST", "/chat/completions", body, notices=notices)

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder."""
        return Stream(host, request) if request.stream else Plain(host, request)

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """What a refusal means."""
        return failure(host.name, status, headers, body, key=host.key)

    def list_request(self, host: Host) -> HttpRequest:
        """The request for the host's models."""
        return json_request(host, "GET", host.options.get("list", "/models"), None)

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """Its models, with whatever this host's list tells of them."""
        return models_of(host, json.loads(body))

    def health_request(self, host: Host) -> HttpRequest:
        """The cheapest request this host answers only when it is well."""
        fallback = host.options.get("list", "/models")
        return json_request(host, "GET", host.options.get("health", fallback), None)

    def parse_health(self, host: Host, body: bytes) -> str:
        """What that answer says, in words."""
        if not body.strip():
            return "is well"
        value = json.loads(body)
        row = value.get("data") if isinstance(value, dict) else value
        if isinstance(row, dict):
            left = row.get("limit_remaining")
            return "no limit on the key" if left is None else f"${left} left on the key"
        return f"offers {len(self.parse_models(host, body))} models"

    def count_request(self, host: Host, request: ChatRequest) -> HttpRequest | None:
        """The request for the count, at servers that tokenize (vLLM); None elsewhere."""
        path = host.options.get("tokenize")
        if path is None:
            return None
        body = {"model": request.model, "messages": list(messages_of(host, request))}
        return json_request(host, "POST", path, body)

    def parse_count(self, host: Host, body: bytes) -> int:
        """Tokens of the prompt."""
        return int(json.loads(body)["count"])

    def embed_request(self, host: Host, request: EmbedRequest) -> HttpRequest:
        """The HTTP request for some texts."""
        body: dict[str, Any] = {
            "model": request.model,
            "input": list(request.texts),
            "encoding_format": "float",
        }
        if request.dimensions is not None:
            body["dimensions"] = request.dimensions
        if "embedding_input_type" in host.quirks:
            body["input_type"] = _PURPOSES.get(request.purpose, "passage")
        return json_request(host, "POST", "/embeddings", body)

    def parse_embeddings(self, host: Host, request: EmbedRequest, body: bytes) -> Embeddings:
        """The vectors, in the order asked: the rows may come in any."""
        value = json.loads(body)
        rows = sorted(value["data"], key=lambda row: int(row.get("index", 0)))
        vectors = tuple(tuple(float(x) for x in row["embedding"]) for row in rows)
        usage = value.get("usage") or {}
        return Embeddings(
            vectors=vectors,
            usage=Usage(
                input=number(usage.get("prompt_tokens")),
                output=0,
                reported_cost=charged(usage, host),
            ),
            model=value.get("model"),
        )

    def picture_request(self, host: Host, request: PictureRequest) -> HttpRequest:
        """The HTTP request for pictures; they always come as base64, so no format is asked for."""
        body: dict[str, Any] = {
            "model": request.model,
            "prompt": request.prompt,
            "n": request.count,
        }
        for name in ("size", "quality"):
            if getattr(request, name) is not None:
                body[name] = getattr(request, name)
        return json_request(host, "POST", host.options.get("images", "/images/generations"), body)

    def parse_pictures(self, host: Host, request: PictureRequest, body: bytes) -> Pictures:
        """The pictures."""
        value = json.loads(body)
        kind = value.get("output_format") or "png"
        found = tuple(
            Picture(
                data=base64.b64decode(row["b64_json"], validate=True),
                media_type=row.get("media_type") or f"image/{kind}",
            )
            for row in value["data"]
        )
        usage = value.get("usage") or {}
        return Pictures(
            pictures=found,
            usage=Usage(
                input=number(usage.get("input_tokens", usage.get("prompt_tokens"))),
                output=number(usage.get("output_tokens", usage.get("completion_tokens"))),
                reported_cost=charged(usage, host),
            ),
            model=request.model,
        )
