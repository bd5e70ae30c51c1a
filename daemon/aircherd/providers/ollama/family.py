"""The Ollama family as one object: what `registry` knows under its name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
from aircherd.core.chat import ChatRequest, Usage
from aircherd.core.errors import ProviderError
from aircherd.core.operations import Embeddings, EmbedRequest, RunningModel
from aircherd.providers.abilities import PullDecoder
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.failures import failure
from aircherd.providers.jsonpost import json_request
from aircherd.providers.ollama.decode import Stream
from aircherd.providers.ollama.encode import LEVELS, body_of
from aircherd.providers.ollama.pull import PullStream
from aircherd.providers.ollama.window import window_for

_CAPABILITIES = {
    "tools": Capability.TOOLS,
    "vision": Capability.VISION,
    "thinking": Capability.THINKING,
    "embedding": Capability.EMBEDDINGS,
}
_JSON = frozenset({Capability.JSON_OBJECT, Capability.JSON_SCHEMA})
"""Every local model answers in JSON: the engine constrains what it may say."""
_LEVELLED = frozenset({"gptoss", "gpt-oss"})
"""Architectures that take thinking as a level (openai/harmony format)."""


class Ollama:
    """Encode, decode, classify, and the engine's keeping of models."""

    embed_batch: ClassVar[int] = 64

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat. Raises Unsupported."""
        body, notices = body_of(host, request)
        return json_request(host, "POST", "/api/chat", body, notices=notices)

    def window(self, host: Host, request: ChatRequest, context: int | None, now: int | None) -> int:
        """Tokens to allocate for a request."""
        return window_for(request, context, host.num_ctx_cap, now)

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder; a plain answer is a stream of one line."""
        return Stream(host, request)

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """What a refusal means."""
        return failure(host.name, status, headers, body, key=host.key)

    def list_request(self, host: Host) -> HttpRequest:
        """The request for installed models."""
        return json_request(host, "GET", "/api/tags", None)

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """The installed models. Those named `…:cloud` run elsewhere and are not local."""
        found: list[ModelSpec] = []
        for row in json.loads(body).get("models") or []:
            name = row.get("model") or row.get("name")
            if not isinstance(name, str):
                continue
            remote = bool(row.get("remote_host")) or name.endswith((":cloud", "-cloud"))
            size = row.get("size")
            details = row.get("details") or {}
            spec = ModelSpec(
                ref=ModelRef(host.name, name),
                local=host.local and not remote,
                size_bytes=size if isinstance(size, int) else None,
                traits=_traits(details.get("family")),
            )
            found.append(_described(spec, row.get("capabilities"), details.get("context_length")))
        return tuple(found)

    def show_request(self, host: Host, model: str) -> HttpRequest:
        """The request for what one model is."""
        return json_request(host, "POST", "/api/show", {"model": model})

    def parse_show(self, spec: ModelSpec, body: bytes) -> ModelSpec:
        """The model with its window and capabilities."""
        value = json.loads(body)
        info = value.get("model_info") or {}
        architecture = info.get("general.architecture")
        if spec.traits.thinking is None:
            spec = replace(spec, traits=_traits(architecture))
        window = info.get(f"{architecture}.context_length")
        return _described(spec, value.get("capabilities"), window)

    def health_request(self, host: Host) -> HttpRequest:
        """The request for its version."""
        return json_request(host, "GET", "/api/version", None)

    def parse_health(self, host: Host, body: bytes) -> str:
        """The version, in words."""
        return f"version {json.loads(body)['version']}"

    def embed_request(self, host: Host, request: EmbedRequest) -> HttpRequest:
        """The HTTP request for some texts; one that is too long is an error, not cut."""
        body: dict[str, Any] = {
            "model": request.model,
            "input": list(request.texts),
            "truncate": False,
        }
        if request.dimensions is not None:
            body["dimensions"] = request.dimensions
        if host.keep_alive is not None:
            body["keep_alive"] = host.keep_alive
        return json_request(host, "POST", "/api/embed", body)

    def parse_embeddings(self, host: Host, request: EmbedRequest, body: bytes) -> Embeddings:
        """The vectors, in order."""
        value = json.loads(body)
        count = value.get("prompt_eval_count")
        return Embeddings(
            vectors=tuple(tuple(float(x) for x in row) for row in value["embeddings"]),
            usage=Usage(input=count if isinstance(count, int) else None, output=0),
            model=value.get("model"),
        )

    def pull_request(self, host: Host, model: str) -> HttpRequest:
        """The request that fetches a model."""
        return json_request(host, "POST", "/api/pull", {"model": model, "stream": True})

    def pull_decoder(self, host: Host) -> PullDecoder:
        """A fresh decoder for its progress."""
        return PullStream(host)

    def running_request(self, host: Host) -> HttpRequest:
        """The request for what is in memory."""
        return json_request(host, "GET", "/api/ps", None)

    def parse_running(self, host: Host, body: bytes) -> tuple[RunningModel, ...]:
        """The models in memory, with the window that is really allocated."""
        return tuple(
            RunningModel(
                model=str(row.get("model") or row["name"]),
                context=row.get("context_length"),
                size_bytes=row.get("size_vram") or row.get("size"),
                expires=row.get("expires_at"),
            )
            for row in json.loads(body).get("models") or []
        )

    def load_request(
        self, host: Host, model: str, *, keep: bool, window: int | None = None
    ) -> HttpRequest:
        """An empty conversation only loads the model; kept for no time, it is let go. A request
        with another window than it was loaded with would load it again."""
        body: dict[str, Any] = {"model": model, "messages": [], "stream": False}
        if window is not None:
            body["options"] = {"num_ctx": window}
        body["keep_alive"] = (host.keep_alive or "10m") if keep else 0
        return json_request(host, "POST", "/api/chat", body)


def _traits(architecture: Any) -> Traits:
    if str(architecture).lower() in _LEVELLED:
        levels = frozenset({Effort.LOW, Effort.MEDIUM, Effort.HIGH})
        return Traits(thinking=frozenset({LEVELS}), efforts=levels)
    return Traits()


def _described(spec: ModelSpec, names: Any, context: Any) -> ModelSpec:
    capabilities = set(spec.capabilities) | _JSON
    said = spec.said
    if isinstance(names, list):
        capabilities |= {_CAPABILITIES[name] for name in names if name in _CAPABILITIES}
        if "completion" not in names:
            capabilities -= {Capability.CHAT, Capability.STREAMING, *_JSON}
        said = frozenset(capabilities)
    window = context if isinstance(context, int) and context > 0 else spec.context
    off = LEVELS not in (spec.traits.thinking or ())
    return replace(
        spec, context=window, capabilities=frozenset(capabilities), said=said, effort_off=off
    )
