"""What the gateway sees of a provider: a door, whatever stands behind it.

A provider is a *host* (a row of providers.toml or of the user's configuration) spoken to through a
*wire family* (pure encode / decode / classify) over the one HTTP room. A family has `Wire` for
conversations and as many protocols of `abilities` as its API offers; what it lacks is refused
before anything is sent.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aircherd.core.catalog import ModelSpec
from aircherd.core.chat import ChatRequest, StreamEvent
from aircherd.core.errors import ProviderError
from aircherd.core.operations import (
    Embeddings,
    EmbedRequest,
    Health,
    Operation,
    PictureRequest,
    Pictures,
    TokenCount,
)

KeyHeader = Literal["authorization", "x-api-key", "x-goog-api-key", "api-key"]
"""The header a key travels in; `authorization` means `Bearer KEY`."""


KeySource = Callable[[], Awaitable[tuple[str, ...]]]
"""Gives a host's keys when they are needed. Raises ProviderError(authentication)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where a provider lives and what is peculiar about it. Data, never a class per provider."""

    name: str
    family: str
    base_url: str
    replicas: tuple[str, ...] = ()
    """Further addresses that serve the same models."""
    local: bool = False
    """Runs on this machine: nothing leaves, nothing is billed."""
    key: str | None = field(default=None, repr=False)
    spare_keys: tuple[str, ...] = field(default=(), repr=False)
    """Further keys of the same account holder, tried in turn when one is rate limited."""
    key_later: bool = False
    """Whether a key is to be had elsewhere when the first request needs it."""
    key_variables: tuple[str, ...] = ()
    """Environment variables the key is looked for in, in order."""
    key_header: KeyHeader = "authorization"
    needs_key: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    quirks: frozenset[str] = frozenset()
    """Named capabilities and oddities, listed with their meaning in the wire family."""
    efforts: Mapping[str, str] | None = None
    """Words for levels of thinking, by the beginning of a model's name; None: by the quirks."""
    pictures: Mapping[str, Any] = field(default_factory=dict)
    """What it takes of pictures (`images.ImageLimits`), where its family states no limits."""
    models: tuple[str, ...] = ()
    """Models named in the configuration; empty means ask the host."""
    keep_alive: str | None = None
    """How long a local engine keeps a model in memory after a call."""
    num_ctx_cap: int | None = None
    barred: str | None = None
    """Why nothing may be sent there; the road refuses."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What only this family knows, such as Vertex' `project` and `location`."""
    proxy: str | None = field(default=None, repr=False)
    """Address of the proxy it is asked through; it may hold a name and a password."""
    shut: bool = False
    """Whether nothing at all may be sent to it, not even to ask what it has."""

    @property
    def keyed(self) -> bool:
        """Whether it can be asked as far as keys go: it has one, can get one, or needs none."""
        return bool(self.key) or self.key_later or not self.needs_key

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of it."""
        return (self.base_url, *self.replicas)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One HTTP request, ready to send. The body is bytes so that tests see what leaves."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    notices: tuple[str, ...] = ()
    """What had to be left out or changed for this model, in words for the user."""


class Decoder(Protocol):
    """Bytes of one response body in, events out. Sans-I/O: no sockets, any chunking."""

    def feed(self, data: bytes) -> Iterable[StreamEvent]:
        """Takes the next bytes. Raises ProviderError for an error inside the stream."""
        ...

    def end(self) -> Iterable[StreamEvent]:
        """The body ended. Raises ProviderError(interrupted) unless the answer was complete."""
        ...


class TokenSource(Protocol):
    """Gives a host that has no lasting key a short-lived one."""

    @property
    def told(self) -> Mapping[str, str]:
        """Options of the host that came with the key; what the user says counts before them."""
        ...

    async def __call__(self) -> str:
        """The key for one request. Raises ProviderError; then nothing was sent."""
        ...

    def forget(self) -> None:
        """The key was refused; the next one is a new one."""
        ...


class Wire(Protocol):
    """A wire family: how one kind of API is spoken. Pure."""

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        """The HTTP request for this chat. Raises Unsupported before anything is sent."""
        ...

    def decoder(self, host: Host, request: ChatRequest) -> Decoder:
        """A fresh decoder for the answer to that request, streamed or plain."""
        ...

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        """What a refusal means. Never contains the key or the prompt."""
        ...

    def list_request(self, host: Host) -> HttpRequest:
        """The request for the host's models (the first page of them)."""
        ...

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        """The models in that answer. Raises ValueError, TypeError, KeyError or AttributeError."""
        ...


Take = Callable[[StreamEvent], None]
"""Takes an event. Never waits: it is called where the bytes of the event arrive."""


class Streams(Protocol):
    """Something a request can be sent to and an answer comes from."""

    def stream(
        self, request: ChatRequest, *, deadline: float, take: Take | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """Sends the request and yields events until Finished, as a Provider does."""
        ...


departing: ContextVar[Callable[[HttpRequest], Awaitable[None]] | None] = ContextVar(
    "departing", default=None
)
"""Told of each request of the running call, right before it is sent."""

reaching: ContextVar[Callable[[bool], None]] = ContextVar("reaching", default=lambda _: None)
"""Told False while the running call looks for a way to its provider, and True right before anything
of it can leave; told nothing by who does not know."""


class Provider(Protocol):
    """One usable provider, as the gateway and the catalogue see it."""

    @property
    def name(self) -> str:
        """The name in configuration, books and reports."""
        ...

    @property
    def local(self) -> bool:
        """Whether it runs on this machine."""
        ...

    def supports(self, operation: Operation) -> bool:
        """Whether its API offers this at all; a model may still lack it."""
        ...

    def stream(
        self, request: ChatRequest, *, deadline: float, take: Take | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """Sends the request and yields events until Finished.

        While the next event is waited for, it may be given to `take` instead, without waking who
        waits; each is given once, one way or the other, and their order is kept. What `take` raises
        is raised by the generator. `deadline` is a monotonic instant. Raises ProviderError; closing
        the generator closes the connection. An answer that ended without the provider saying so
        raises kind `interrupted`.
        """
        ...

    def draft(self, request: ChatRequest) -> HttpRequest:
        """The request as `stream` would send it, without its key. Nothing is sent."""
        ...

    async def embed(self, request: EmbedRequest, *, deadline: float) -> Embeddings:
        """Vectors, in as many requests as it takes. Raises ProviderError or Unsupported."""
        ...

    async def paint(self, request: PictureRequest, *, deadline: float) -> Pictures:
        """Pictures. Raises ProviderError or Unsupported."""
        ...

    async def count(self, request: ChatRequest) -> TokenCount:
        """Tokens of a prompt: the provider's own count, else a bound. Raises ProviderError."""
        ...

    async def health(self) -> Health:
        """Whether it answers now; what it says goes into the answer, nothing is raised."""
        ...

    async def models(self) -> tuple[ModelSpec, ...]:
        """What can be asked for now, from the host itself. Raises ProviderError."""
        ...

    async def describe(self, spec: ModelSpec) -> ModelSpec:
        """The same model with what only a closer look tells (Ollama's `/api/show`)."""
        ...

    async def aclose(self) -> None:
        """Closes its connections."""
        ...
