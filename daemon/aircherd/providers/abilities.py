"""What a wire family may offer besides conversations, a protocol each.

`remote` and `workshop` ask with isinstance, so a family says what it can by having the methods; a
host that lacks one of them says so with the quirk `no_embeddings`, `no_images`, `no_count_tokens`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from aircherd.core.catalog import ModelSpec
from aircherd.core.chat import ChatRequest
from aircherd.core.operations import (
    Embeddings,
    EmbedRequest,
    Operation,
    PictureRequest,
    Pictures,
    PullProgress,
    RunningModel,
)
from aircherd.providers.base import Host, HttpRequest


@runtime_checkable
class Pages(Protocol):
    """A family whose model list comes in pages."""

    def next_page(self, host: Host, body: bytes) -> HttpRequest | None:
        """The request for the page after this one; None after the last."""
        ...


@runtime_checkable
class Describes(Protocol):
    """A family with a closer look at one model."""

    def show_request(self, host: Host, model: str) -> HttpRequest:
        """The request for what one model is."""
        ...

    def parse_show(self, spec: ModelSpec, body: bytes) -> ModelSpec:
        """The model with what that answer tells."""
        ...


@runtime_checkable
class Sizes(Protocol):
    """A family whose engine lets the caller choose the context window."""

    def window(self, host: Host, request: ChatRequest, context: int | None, now: int | None) -> int:
        """Tokens to allocate: `context` is what the model can, `now` what was asked for last."""
        ...


@runtime_checkable
class Probes(Protocol):
    """A family with something cheaper than the model list to ask after its health."""

    def health_request(self, host: Host) -> HttpRequest:
        """The cheapest request that needs the key where there is one."""
        ...

    def parse_health(self, host: Host, body: bytes) -> str:
        """What that answer says, in words."""
        ...


@runtime_checkable
class Counts(Protocol):
    """A family whose provider counts tokens."""

    def count_request(self, host: Host, request: ChatRequest) -> HttpRequest | None:
        """The request for the count; None where this host has no such endpoint."""
        ...

    def parse_count(self, host: Host, body: bytes) -> int:
        """Tokens of the prompt. Raises ValueError, TypeError or KeyError."""
        ...


@runtime_checkable
class Embeds(Protocol):
    """A family that makes embeddings."""

    embed_batch: int
    """Texts one request may have."""

    def embed_request(self, host: Host, request: EmbedRequest) -> HttpRequest:
        """The HTTP request for at most `embed_batch` texts. Raises Unsupported."""
        ...

    def parse_embeddings(self, host: Host, request: EmbedRequest, body: bytes) -> Embeddings:
        """The vectors in order. Raises ValueError, TypeError or KeyError for anything else."""
        ...


@runtime_checkable
class Paints(Protocol):
    """A family that makes pictures."""

    def picture_request(self, host: Host, request: PictureRequest) -> HttpRequest:
        """The HTTP request. Raises Unsupported."""
        ...

    def parse_pictures(self, host: Host, request: PictureRequest, body: bytes) -> Pictures:
        """The pictures. Raises ValueError, TypeError or KeyError; ProviderError for a refusal."""
        ...


@runtime_checkable
class Keeps(Protocol):
    """A local engine that fetches, holds and lets go of models."""

    def pull_request(self, host: Host, model: str) -> HttpRequest:
        """The request that fetches a model, reporting as it goes."""
        ...

    def pull_decoder(self, host: Host) -> PullDecoder:
        """A fresh decoder for its progress."""
        ...

    def running_request(self, host: Host) -> HttpRequest:
        """The request for what is in memory."""
        ...

    def parse_running(self, host: Host, body: bytes) -> tuple[RunningModel, ...]:
        """The models in memory."""
        ...

    def load_request(
        self, host: Host, model: str, *, keep: bool, window: int | None = None
    ) -> HttpRequest:
        """The request that loads a model without asking it anything, or lets it go; `window` is
        how many tokens to allocate, None what the engine takes by itself."""
        ...


@runtime_checkable
class Warms(Protocol):
    """A provider that can be made ready for a request before there is one."""

    def supports(self, operation: Operation) -> bool:
        """Whether its API offers this at all."""
        ...

    async def warm(self) -> bool:
        """Opens a connection and sends nothing over it; whether it did. Raises ProviderError."""
        ...

    async def load_for(self, request: ChatRequest, *, deadline: float) -> None:
        """Loads the model a request is for, as large as that needs. Raises ProviderError."""
        ...


class PullDecoder(Protocol):
    """Bytes of a pull's answer in, progress out."""

    def feed(self, data: bytes) -> Iterable[PullProgress]:
        """Takes the next bytes. Raises ProviderError for an error inside the stream."""
        ...

    def end(self) -> Iterable[PullProgress]:
        """The body ended. Raises ProviderError(interrupted) unless the pull was complete."""
        ...
