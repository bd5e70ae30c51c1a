"""The Responses family as one object: what `registry` knows under its name."""

from __future__ import annotations

import json

from aircherd.core.chat import ChatRequest
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.jsonpost import json_request
from aircherd.providers.openai_chat import OpenAIChat
from aircherd.providers.openai_responses.decode import Plain, Stream
from aircherd.providers.openai_responses.encode import body_of, prompt_of

_COUNTED = ("model", "input", "instructions", "reasoning", "tools", "tool_choice", "text")


class OpenAIResponses(OpenAIChat):
    """Conversations as responses; the older models, vectors and pictures as before."""

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat. Raises Unsupported."""
        if _as_chat(host, request.model):
            return super().encode(host, request)
        body, notices = body_of(host, request)
        return json_request(host, "POST", "/responses", body, notices=notices)

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder."""
        if _as_chat(host, request.model):
            return super().decoder(host, request)
        return Stream(host, request) if request.stream else Plain(host, request)

    def count_request(self, host: Host, request: ChatRequest) -> HttpRequest | None:
        """The request for the count; the server counts for every model alike."""
        body = prompt_of(host, request)
        counted = {name: body[name] for name in _COUNTED if name in body}
        return json_request(host, "POST", "/responses/input_tokens", counted)

    def parse_count(self, host: Host, body: bytes) -> int:
        """Tokens of the prompt."""
        return int(json.loads(body)["input_tokens"])


def _as_chat(host: Host, model: str) -> bool:
    return model.startswith(tuple(host.options.get("chat_models", "").split()))
