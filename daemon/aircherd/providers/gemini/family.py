"""The Gemini family as one object: what `registry` knows under its name."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote

from aircherd.core.catalog import Capability, ModelRef, ModelSpec
from aircherd.core.chat import ChatRequest, Usage
from aircherd.core.errors import ProviderError, Unsupported
from aircherd.core.operations import Embeddings, EmbedRequest, Picture, PictureRequest, Pictures
from aircherd.providers.base import Decoder, Host, HttpRequest
from aircherd.providers.gemini import refusals, vertex
from aircherd.providers.gemini.decode import Plain, Stream, usage_of
from aircherd.providers.gemini.encode import body_of, prompt_of
from aircherd.providers.jsonpost import json_request

_PURPOSES = {
    "document": "RETRIEVAL_DOCUMENT",
    "query": "RETRIEVAL_QUERY",
    "classification": "CLASSIFICATION",
    "clustering": "CLUSTERING",
}
_RESOLUTIONS = ("1K", "2K", "4K")


class Gemini:
    """Encode, decode, classify, and what Google offers besides."""

    embed_batch: ClassVar[int] = 100

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat. Raises Unsupported."""
        body, notices = body_of(host, request)
        verb = "streamGenerateContent?alt=sse" if request.stream else "generateContent"
        return json_request(host, "POST", _path(host, request.model, verb), body, notices=notices)

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
        path = vertex.list_path() if vertex.is_vertex(host) else "/models?pageSize=1000"
        return json_request(host, "GET", path, None)

    def next_page(self, host: Host, body: bytes) -> HttpRequest | None:
        """The request for the page after this one."""
        token = json.loads(body).get("nextPageToken")
        if not isinstance(token, str) or not token:
            return None
        path = f"/models?pageSize=1000&pageToken={quote(token, safe='')}"
        if vertex.is_vertex(host):
            path = vertex.list_path(token)
        return json_request(host, "GET", path, None)

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """The models; the list tells windows and thinking, but not vision or tools."""
        value = json.loads(body)
        if vertex.is_vertex(host):
            return vertex.models_of(host, value)
        return tuple(_model(host, row) for row in value.get("models") or [])

    def health_request(self, host: Host) -> HttpRequest:
        """One row of the model list."""
        path = vertex.list_path() if vertex.is_vertex(host) else "/models?pageSize=1"
        return json_request(host, "GET", path, None)

    def parse_health(self, host: Host, body: bytes) -> str:
        """That it answered."""
        value = json.loads(body)
        found = value.get("models") or value.get("publisherModels")
        return "the key is taken" if found else "offers no models"

    def count_request(self, host: Host, request: ChatRequest) -> HttpRequest | None:
        """The request for the count, system turn and tools included."""
        model = {"model": f"models/{_bare(request.model)}"}
        body: dict[str, Any] = {"generateContentRequest": {**model, **prompt_of(host, request)}}
        if vertex.is_vertex(host):
            # There the prompt stands bare, and the choice among tools has no place in it.
            body = {k: v for k, v in prompt_of(host, request).items() if k != "toolConfig"}
        return json_request(host, "POST", _path(host, request.model, "countTokens"), body)

    def parse_count(self, host: Host, body: bytes) -> int:
        """Tokens of the prompt."""
        return int(json.loads(body)["totalTokens"])

    def embed_request(self, host: Host, request: EmbedRequest) -> HttpRequest:
        """The HTTP request for some texts."""
        if vertex.is_vertex(host):
            verb = vertex.embed_verb(request.model)
            body = vertex.embed_body(request, _PURPOSES[request.purpose])
            return json_request(host, "POST", _path(host, request.model, verb), body)
        one: dict[str, Any] = {
            "model": f"models/{_bare(request.model)}",
            "taskType": _PURPOSES[request.purpose],
        }
        if request.dimensions is not None:
            one["outputDimensionality"] = request.dimensions
        rows = [{**one, "content": {"parts": [{"text": text}]}} for text in request.texts]
        path = _path(host, request.model, "batchEmbedContents")
        return json_request(host, "POST", path, {"requests": rows})

    def parse_embeddings(self, host: Host, request: EmbedRequest, body: bytes) -> Embeddings:
        """The vectors; how many tokens they took is not told."""
        value = json.loads(body)
        if vertex.is_vertex(host):
            return vertex.embeddings_of(request, value)
        rows = value["embeddings"]
        return Embeddings(
            vectors=tuple(tuple(float(x) for x in row["values"]) for row in rows),
            usage=Usage(input=None, output=0),
            model=request.model,
        )

    def picture_request(self, host: Host, request: PictureRequest) -> HttpRequest:
        """The HTTP request. Raises Unsupported for a size that is no ratio and no resolution."""
        config: dict[str, Any] = {"responseModalities": ["TEXT", "IMAGE"]}
        if request.size in _RESOLUTIONS:
            config["imageConfig"] = {"imageSize": request.size}
        elif request.size is not None and ":" in request.size:
            config["imageConfig"] = {"aspectRatio": request.size}
        elif request.size is not None:
            raise Unsupported(
                f"{host.name} takes a ratio such as 16:9 or one of {', '.join(_RESOLUTIONS)}, "
                f"not {request.size}."
            )
        if request.count != 1:
            raise Unsupported(f"{host.name} makes one picture at a time; ask again for more.")
        body = {
            "contents": [{"role": "user", "parts": [{"text": request.prompt}]}],
            "generationConfig": config,
        }
        return json_request(host, "POST", _path(host, request.model, "generateContent"), body)

    def parse_pictures(self, host: Host, request: PictureRequest, body: bytes) -> Pictures:
        """The pictures, and the words that came with them. Raises ProviderError for neither."""
        value = json.loads(body)
        parts = [
            part
            for candidate in value.get("candidates") or []
            for part in (candidate.get("content") or {}).get("parts") or []
        ]
        found = tuple(
            Picture(
                data=base64.b64decode(part["inlineData"]["data"], validate=True),
                media_type=str(part["inlineData"].get("mimeType") or "image/png"),
            )
            for part in parts
            if "inlineData" in part and not part.get("thought")
        )
        if not found:
            raise refusals.error_of(host, value)
        words = "".join(p["text"] for p in parts if p.get("text") and not p.get("thought"))
        usage = usage_of(value.get("usageMetadata") or {})
        return Pictures(pictures=found, usage=usage, model=request.model, text=words)


def _bare(model: str) -> str:
    return quote(model.removeprefix("models/"), safe="-._~@")


def _path(host: Host, model: str, verb: str) -> str:
    if vertex.is_vertex(host):
        return vertex.path(host, _bare(model), verb)
    return f"/models/{_bare(model)}:{verb}"


def _model(host: Host, row: dict[str, Any]) -> ModelSpec:
    verbs = row.get("supportedGenerationMethods") or []
    can: set[Capability] = set()
    if "generateContent" in verbs:
        can |= {Capability.CHAT, Capability.STREAMING, Capability.SYSTEM}
    if "embedContent" in verbs:
        can.add(Capability.EMBEDDINGS)
    if row.get("thinking"):
        can.add(Capability.THINKING)
    return ModelSpec(
        ref=ModelRef(host.name, str(row["name"]).removeprefix("models/")),
        local=host.local,
        context=row.get("inputTokenLimit"),
        max_output=row.get("outputTokenLimit"),
        capabilities=frozenset(can),
    )
