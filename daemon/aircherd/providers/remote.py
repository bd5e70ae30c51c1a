"""A provider: a host, spoken to through its wire family, over the one road."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from contextvars import copy_context
from dataclasses import replace

from aircherd.core.catalog import ModelSpec
from aircherd.core.chat import ChatRequest, Notice, StreamEvent
from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError, Unsupported
from aircherd.core.operations import Operation
from aircherd.providers import base
from aircherd.providers.abilities import Counts, Describes, Embeds, Keeps, Pages, Paints, Sizes
from aircherd.providers.base import Decoder, Host, HttpRequest, KeySource, Take, TokenSource, Wire
from aircherd.providers.failures import made
from aircherd.providers.http import MAX_ERROR_BODY, Head, Road, Timeouts
from aircherd.providers.keyring import Keys
from aircherd.routing.balance import Strategy, primary_with_fallback

LIST_SECONDS = 10.0
_MOST_PAGES = 50
_PROTOCOLS: dict[Operation, type] = {
    Operation.EMBEDDINGS: Embeds,
    Operation.IMAGES: Paints,
    Operation.COUNT_TOKENS: Counts,
    Operation.PULL: Keeps,
    Operation.RUNNING: Keeps,
    Operation.LOAD: Keeps,
}
UNREADABLE = (
    *(ValueError, AttributeError, TypeError, KeyError, IndexError, RecursionError),
    OverflowError,  # no ValueError, yet what 1e999 raises where a whole number should be
)
"""What parsing an answer of a shape nobody promised can raise."""


class Remote:
    """One provider."""

    def __init__(
        self,
        host: Host,
        wire: Wire,
        timeouts: Timeouts,
        clock: Clock,
        *,
        token: TokenSource | None = None,
        keys: KeySource | None = None,
        strategy: Strategy = primary_with_fallback,
    ) -> None:
        """`token` gives a short-lived key for each request, for hosts that have no lasting one;
        `keys` gives the lasting ones of a host that has none yet; of several lasting ones the
        `strategy` says which goes next."""
        self.host = host
        self.wire = wire
        self.clock = clock
        self._token = token
        self._keys = Keys(host, clock, keys, strategy)
        self._road = Road(host, timeouts, clock)
        self.on_head: Callable[[str, Mapping[str, str]], None] = lambda *_: None
        """Told the model and the headers of each answer, for what they say of rate limits."""
        self._armed: Host | None = None
        self._sizing: tuple[Wire | None, Sizes | None] = (None, None)
        self._shown: dict[str, ModelSpec] = {}
        self._windows: dict[str, int] = {}

    @property
    def name(self) -> str:
        """The name in configuration, books and reports."""
        return self.host.name

    @property
    def local(self) -> bool:
        """Whether it runs on this machine."""
        return self.host.local

    def supports(self, operation: Operation) -> bool:
        """Whether its API offers this at all; a model may still lack it."""
        needed = _PROTOCOLS.get(operation)
        if f"no_{operation}" in self.host.quirks:
            return False
        return needed is None or isinstance(self.wire, needed)

    def require(self, operation: Operation) -> None:
        """Raises Unsupported, before anything is sent, for what this API does not offer."""
        if not self.supports(operation):
            what = operation.replace("_", " ")
            raise Unsupported(f"{self.name} offers no {what}; `aircher models` shows who does.")

    async def stream(
        self, request: ChatRequest, *, deadline: float, take: Take | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """Sends the request and yields events until Finished. Raises ProviderError."""
        request = self._sized(request)
        host = await self.armed()
        decoder = self.wire.decoder(host, request)
        encoded = self.wire.encode(host, request)
        for text in encoded.notices:
            yield Notice(text=text)
        refused: Head | None = None
        body = bytearray()
        taken = None if take is None else _taker(decoder, take)
        async with aclosing(self._road.send(encoded, deadline=deadline, take=taken)) as answer:
            async for piece in answer:
                if isinstance(piece, Head):
                    self.on_head(request.model, piece.headers)
                    refused = None if piece.status < 300 else piece
                    if refused is None:
                        self._keys.answered(host.key)
                elif refused is not None:
                    body += piece
                    if len(body) > MAX_ERROR_BODY:
                        break
                else:
                    for event in decoder.feed(piece):
                        yield event
        if refused is not None:
            raise self._refused(host, refused, bytes(body))
        for event in decoder.end():
            yield event

    def draft(self, request: ChatRequest) -> HttpRequest:
        """The request as `stream` would send it, without its key. Nothing is sent."""
        return self.wire.encode(replace(self.host, key=None), self._sized(request))

    async def models(self) -> tuple[ModelSpec, ...]:
        """What can be asked for now, from the host itself. Raises ProviderError."""
        deadline = self.clock.monotonic() + LIST_SECONDS
        host = await self.armed()
        request: HttpRequest | None = self.wire.list_request(host)
        found: list[ModelSpec] = []
        for _ in range(_MOST_PAGES):
            if request is None:
                break
            body = await self.fetch(host, request, deadline=deadline)
            try:
                found += self.wire.parse_models(host, body)
                request = self.wire.next_page(host, body) if isinstance(self.wire, Pages) else None
            except UNREADABLE:
                raise self.unreadable("a model list") from None
        return tuple([await self.describe(spec) for spec in found])

    async def describe(self, spec: ModelSpec) -> ModelSpec:
        """The same model with what only a closer look tells (Ollama's `/api/show`)."""
        if not isinstance(self.wire, Describes) or spec.context is not None:
            return spec
        known = self._shown.get(spec.ref.model)
        if known is None:
            deadline = self.clock.monotonic() + LIST_SECONDS
            host = await self.armed()
            known = spec
            try:
                request = self.wire.show_request(host, spec.ref.model)
                body = await self.fetch(host, request, deadline=deadline)
                known = self.wire.parse_show(spec, body)
            except (ProviderError, *UNREADABLE):
                # A model that cannot be looked at closely can still be asked.
                return spec
            self._shown[spec.ref.model] = known
        return known

    async def armed(self) -> Host:
        """The host with the key of this request. Raises ProviderError; then nothing was sent.

        A key may be a program's output or a sign-in: neither is asked where nothing may be sent.
        """
        self._road.require()
        base.reaching.get()(False)  # a program that gives a key may wait for its user
        if self._token is not None:
            key = await self._token()
            return replace(self.host, key=key, options={**self._token.told, **self.host.options})
        now = await self._keys.take()
        if self._armed is None or self._armed.key != now:
            self._armed = replace(self.host, key=now)
        return self._armed

    async def fetch(self, host: Host, request: HttpRequest, *, deadline: float) -> bytes:
        """The body of a small answer. Raises ProviderError for a refusal."""
        head, body = await self._road.fetch(request, deadline=deadline)
        if head.status >= 300:
            raise self._refused(host, head, body[:MAX_ERROR_BODY])
        return body

    def send(self, request: HttpRequest, *, deadline: float) -> AsyncGenerator[Head | bytes]:
        """The head of an answer and its bytes as they come."""
        return self._road.send(request, deadline=deadline)

    def unreadable(self, what: str) -> ProviderError:
        """The error for an answer whose shape is not the one promised."""
        return made(self.name, ErrorKind.SERVER_ERROR, f"sent {what} that cannot be read")

    async def warm(self) -> bool:
        """Opens a connection ahead of a request; whether it did. Raises ProviderError."""
        return await self._road.warm()

    @property
    def waiting(self) -> bool:
        """Whether a connection that was opened ahead waits for its first request."""
        return self._road.waiting

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._road.aclose()

    def _refused(self, host: Host, head: Head, body: bytes) -> ProviderError:
        error = self.wire.classify(host, head.status, head.headers, body)
        self._keys.refused(host.key, error)
        if error.error_kind is ErrorKind.AUTHENTICATION and self._token is not None:
            self._token.forget()
        return error

    def _sized(self, request: ChatRequest) -> ChatRequest:
        """The request with a context window, for engines that let the caller choose one."""
        wire = self.wire
        if self._sizing[0] is not wire:
            # To look for an ability takes as long as to write a whole request's head.
            self._sizing = (wire, wire if isinstance(wire, Sizes) else None)
        sizes = self._sizing[1]
        if sizes is None or request.num_ctx is not None:
            return request
        shown = self._shown.get(request.model)
        window = sizes.window(
            self.host,
            request,
            shown.context if shown is not None else None,
            self._windows.get(request.model),
        )
        self._windows[request.model] = window
        return replace(request, num_ctx=window)


def _taker(decoder: Decoder, take: Take) -> Callable[[bytes], None]:
    """Takes bytes and gives their events: what is wrong behind one is raised once it was given."""
    context = copy_context()  # lines of the log say whose they are, whoever opened the connection

    def given(data: bytes) -> None:
        for event in decoder.feed(data):
            take(event)

    return lambda data: context.run(given, data)
