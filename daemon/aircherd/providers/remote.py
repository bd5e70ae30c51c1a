"""A provider: a host, spoken to through its wire family, over the one road."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from aircherd.core.catalog import ModelSpec
from aircherd.core.chat import ChatRequest, StreamEvent
from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind
from aircherd.providers.base import Host, Wire
from aircherd.providers.failures import made
from aircherd.providers.http import MAX_ERROR_BODY, Head, Road, Timeouts
from aircherd.providers.ollama import Ollama, window_for

LIST_SECONDS = 10.0


class Remote:
    """One provider."""

    def __init__(self, host: Host, wire: Wire, timeouts: Timeouts, clock: Clock) -> None:
        self._host = host
        self._wire = wire
        self._clock = clock
        self._road = Road(host, timeouts, clock)
        self._shown: dict[str, ModelSpec] = {}
        self._windows: dict[str, int] = {}

    @property
    def name(self) -> str:
        """The name in configuration, books and reports."""
        return self._host.name

    @property
    def local(self) -> bool:
        """Whether it runs on this machine."""
        return self._host.local

    async def stream(self, request: ChatRequest, *, deadline: float) -> AsyncGenerator[StreamEvent]:
        """Sends the request and yields events until Finished. Raises ProviderError."""
        request = self._sized(request)
        decoder = self._wire.decoder(self._host, request)
        encoded = self._wire.encode(self._host, request)
        refused: Head | None = None
        body = bytearray()
        async with aclosing(self._road.send(encoded, deadline=deadline)) as answer:
            async for piece in answer:
                if isinstance(piece, Head):
                    refused = None if piece.status < 300 else piece
                elif refused is not None:
                    body += piece
                    if len(body) > MAX_ERROR_BODY:
                        break
                else:
                    for event in decoder.feed(piece):
                        yield event
        if refused is not None:
            raise self._wire.classify(self._host, refused.status, refused.headers, bytes(body))
        for event in decoder.end():
            yield event

    async def models(self) -> tuple[ModelSpec, ...]:
        """What can be asked for now, from the host itself. Raises ProviderError."""
        deadline = self._clock.monotonic() + LIST_SECONDS
        request = self._wire.list_request(self._host)
        head, body = await self._road.fetch(request, deadline=deadline)
        if head.status >= 300:
            raise self._wire.classify(self._host, head.status, head.headers, body[:MAX_ERROR_BODY])
        try:
            found = self._wire.parse_models(self._host, body)
        except (ValueError, AttributeError, TypeError):
            raise made(
                self.name, ErrorKind.SERVER_ERROR, "sent a model list that cannot be read"
            ) from None
        return tuple([await self.describe(spec) for spec in found])

    async def describe(self, spec: ModelSpec) -> ModelSpec:
        """The same model with what only a closer look tells (Ollama's `/api/show`)."""
        if not isinstance(self._wire, Ollama) or spec.context is not None:
            return spec
        known = self._shown.get(spec.ref.model)
        if known is None:
            deadline = self._clock.monotonic() + LIST_SECONDS
            request = self._wire.show_request(self._host, spec.ref.model)
            head, body = await self._road.fetch(request, deadline=deadline)
            known = spec
            if head.status < 300:
                try:
                    known = self._wire.parse_show(spec, body)
                except (ValueError, AttributeError, TypeError):
                    known = spec
            self._shown[spec.ref.model] = known
        return known

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._road.aclose()

    def _sized(self, request: ChatRequest) -> ChatRequest:
        """The request with a context window, for engines that let the caller choose one."""
        if not isinstance(self._wire, Ollama) or request.num_ctx is not None:
            return request
        shown = self._shown.get(request.model)
        window = window_for(
            request,
            shown.context if shown is not None else None,
            self._host.num_ctx_cap,
            self._windows.get(request.model),
        )
        self._windows[request.model] = window
        return replace(request, num_ctx=window)
