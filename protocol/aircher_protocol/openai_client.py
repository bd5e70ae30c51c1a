"""A client in the shape of the official `openai` one, for when that package is not installed.

`chat.completions.create` (whole and streamed), `embeddings.create`, `models.list`, `close`. What
comes back is read by attribute as there; `model_dump()` gives plain values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aircher_protocol import openai_request as ask
from aircher_protocol import openai_shape as shape
from aircher_protocol.line import Line
from aircher_protocol.provider_errors import translated


class Shaped:
    """A JSON object whose fields are attributes."""

    def __init__(self, value: dict[str, Any]) -> None:
        self._value = value

    def __getattr__(self, name: str) -> Any:
        try:
            return shaped(self._value[name])
        except KeyError:
            raise AttributeError(name) from None

    def __repr__(self) -> str:
        return f"Shaped({self._value!r})"

    def model_dump(self) -> dict[str, Any]:
        """The plain values."""
        return self._value


class Page(Shaped):
    """A list with its fields; iterating gives its items."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.data)


def shaped(value: Any) -> Any:
    """Any JSON value, objects readable by attribute."""
    if isinstance(value, dict):
        return Shaped(value)
    return [shaped(item) for item in value] if isinstance(value, list) else value


class OpenAIShape:
    """One provider, spoken to as by the official client."""

    def __init__(self, line: Line, provider: str | None = None) -> None:
        """`provider` None asks whichever provider the daemon chooses."""
        self._line = line
        self._provider = provider
        self.chat = _Chat(self)
        self.embeddings = _Embeddings(self)
        self.models = _Models(self)

    def __enter__(self) -> OpenAIShape:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is held here: the connection belongs to whoever made it."""


class _Chat:
    def __init__(self, client: OpenAIShape) -> None:
        self.completions = _Completions(client)


class _Completions:
    def __init__(self, client: OpenAIShape) -> None:
        self._client = client

    def create(self, *, stream: bool = False, **body: Any) -> Any:
        """A completion, or an iterator of chunks. Raises Unsupported or a ProviderFailure."""
        line, provider = self._client._line, self._client._provider
        params = ask.chat_params(body, provider)
        if stream:
            wants = bool((body.get("stream_options") or {}).get("include_usage"))
            return self._chunks(params, str(body.get("model")), wants)
        with translated():
            return Shaped(shape.completion(line.call("aircher/chat", params)))

    def _chunks(self, params: dict[str, Any], model: str, wants: bool) -> Iterator[Shaped]:
        with translated():
            pieces = self._client._line.pieces("aircher/chat", params)
            yield from map(Shaped, shape.chunks(pieces, model, wants))


class _Embeddings:
    def __init__(self, client: OpenAIShape) -> None:
        self._client = client

    def create(self, **body: Any) -> Page:
        """A vector for each text of `input`. Raises Unsupported or a ProviderFailure."""
        with translated():
            return Page(embedded(self._client._line, self._client._provider, body))


class _Models:
    def __init__(self, client: OpenAIShape) -> None:
        self._client = client

    def list(self) -> Page:
        """The models that can be used now."""
        with translated():
            found = self._client._line.call("aircher/models", {})
            return Page(shape.models(found.models, self._client._provider))


def embedded(line: Line, provider: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """The body of an embeddings answer."""
    made = line.call("aircher/embed", ask.embed_params(body, provider))
    tokens = None if made.usage is None else made.usage.input
    packed = body.get("encoding_format") == "base64"
    return shape.embeddings(made.vectors, made.model, tokens, packed=packed)
