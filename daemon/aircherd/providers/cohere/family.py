"""The Cohere family as one object: what `registry` knows under its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
from aircherd.core.chat import ChatRequest, Usage
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.operations import Embeddings, EmbedRequest
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.cohere import refusals
from aircherd.providers.cohere.decode import Plain, Stream, usage_of
from aircherd.providers.cohere.encode import body_of, text_of
from aircherd.providers.failures import made
from aircherd.providers.jsonpost import json_request

_PURPOSES = {
    "document": "search_document",
    "query": "search_query",
    "classification": "classification",
    "clustering": "clustering",
}
_FEATURES = {
    "tools": Capability.TOOLS,
    "strict_tools": Capability.TOOLS,
    "json_mode": Capability.JSON_OBJECT,
    "json_schema": Capability.JSON_SCHEMA,
    "vision": Capability.VISION,
    "reasoning": Capability.THINKING,
}
_CHAT = frozenset({Capability.CHAT, Capability.STREAMING, Capability.SYSTEM})
_MOST_CHARACTERS = 65_536
"""Characters its tokenizer takes at once."""
_LIST = "/v1/models?page_size=1000"


class Cohere:
    """Encode, decode, classify, and what Cohere offers besides."""

    embed_batch: ClassVar[int] = 96

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat. Raises Unsupported."""
        body, notices = body_of(host, request)
        return json_request(host, "POST", "/v2/chat", body, notices=notices)

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder."""
        return Stream(host, request) if request.stream else Plain(host, request)

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """What a refusal means."""
        return refusals.classify(host, status, headers, body)

    def list_request(self, host: Host) -> HttpRequest:
        """The request for the first page of models."""
        return json_request(host, "GET", _LIST, None)

    def next_page(self, host: Host, body: bytes) -> HttpRequest | None:
        """The request for the page after this one."""
        token = json.loads(body).get("next_page_token")
        if not isinstance(token, str) or not token:
            return None
        return json_request(host, "GET", f"{_LIST}&page_token={quote(token, safe='')}", None)

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """The models that talk or make vectors, with windows and features."""
        found = (_model(host, row) for row in json.loads(body)["models"])
        return tuple(spec for spec in found if spec.capabilities)

    def health_request(self, host: Host) -> HttpRequest:
        """Whether the key is valid; costs nothing."""
        return json_request(host, "POST", "/v1/check-api-key", {})

    def parse_health(self, host: Host, body: bytes) -> str:
        """What that answer says. Raises ProviderError for a key that is not valid."""
        if json.loads(body)["valid"] is not True:
            raise made(host.name, ErrorKind.AUTHENTICATION, "the key is not valid")
        return "the key is taken"

    def count_request(self, host: Host, request: ChatRequest) -> HttpRequest | None:
        """The request for the count; None for more than its tokenizer takes at once."""
        text = text_of(request)
        if not 0 < len(text) <= _MOST_CHARACTERS:
            return None
        return json_request(host, "POST", "/v1/tokenize", {"model": request.model, "text": text})

    def parse_count(self, host: Host, body: bytes) -> int:
        """Tokens of the prompt."""
        return len(json.loads(body)["tokens"])

    def embed_request(self, host: Host, request: EmbedRequest) -> HttpRequest:
        """The HTTP request for some texts; what they are for has to be told."""
        body: dict[str, Any] = {
            "model": request.model,
            "texts": list(request.texts),
            "input_type": _PURPOSES[request.purpose],
            "embedding_types": ["float"],
        }
        if request.dimensions is not None:
            body["output_dimension"] = request.dimensions
        return json_request(host, "POST", "/v2/embed", body)

    def parse_embeddings(self, host: Host, request: EmbedRequest, body: bytes) -> Embeddings:
        """The vectors, and what they are billed as."""
        value = json.loads(body)
        rows = value["embeddings"]["float"]
        tokens = usage_of(value.get("meta") or {}).prompt_total
        return Embeddings(
            vectors=tuple(tuple(float(x) for x in row) for row in rows),
            usage=Usage(input=tokens, output=0),
            model=request.model,
        )


def _model(host: Host, row: dict[str, Any]) -> ModelSpec:
    endpoints, features = row.get("endpoints") or [], row.get("features") or []
    can: set[Capability] = set()
    if "chat" in endpoints:
        can |= _CHAT | {ours for theirs, ours in _FEATURES.items() if theirs in features}
    if "embed" in endpoints:
        can.add(Capability.EMBEDDINGS)
    thinks = Capability.THINKING in can
    window = row.get("context_length")
    return ModelSpec(
        ref=ModelRef(host.name, str(row["name"])),
        local=host.local,
        context=int(window) if isinstance(window, int | float) and window > 0 else None,
        capabilities=frozenset(can),
        # A list without features says nothing of them; with them it says all.
        said=frozenset(can) if features or "chat" not in endpoints else None,
        traits=Traits(thinking=frozenset({"enabled", "disabled"}), efforts=frozenset(Effort))
        if thinks
        else Traits(),
    )
