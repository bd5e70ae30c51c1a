"""What a provider can do besides talk: vectors, pictures, counting, health, keeping models."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from itertools import chain
from math import isfinite

from aircherd.core.chat import PICTURE_TOKENS, ChatRequest, Usage
from aircherd.core.errors import ErrorKind, ProviderError, Unsupported
from aircherd.core.money import NanoUsd
from aircherd.core.operations import (
    Embeddings,
    EmbedRequest,
    Health,
    Operation,
    PictureRequest,
    Pictures,
    PullProgress,
    RunningModel,
    TokenCount,
)
from aircherd.providers.abilities import Counts, Embeds, Keeps, Paints, Probes
from aircherd.providers.failures import made
from aircherd.providers.http import MAX_ERROR_BODY, Head
from aircherd.providers.remote import LIST_SECONDS, UNREADABLE, Remote


class Whole(Remote):
    """A provider with every operation its family offers; the rest is refused unsent."""

    async def embed(self, request: EmbedRequest, *, deadline: float) -> Embeddings:
        """Vectors, in as many requests as it takes. Raises ProviderError or Unsupported."""
        self.require(Operation.EMBEDDINGS)
        assert isinstance(self.wire, Embeds)
        vectors: list[tuple[float, ...]] = []
        tokens: int | None = 0
        told: NanoUsd | None = None
        model: str | None = None
        for start in range(0, len(request.texts), self.wire.embed_batch):
            batch = replace(request, texts=request.texts[start : start + self.wire.embed_batch])
            try:
                host = await self.armed()
                encoded = self.wire.embed_request(host, batch)
                body = await self.fetch(host, encoded, deadline=deadline)
            except ProviderError as error:
                if start:
                    # Whatever came of this part, those before it were answered and are billed.
                    error.sent, error.status = True, None
                raise
            try:
                part = self.wire.parse_embeddings(host, batch, body)
            except UNREADABLE:
                raise self.unreadable("embeddings") from None
            if not all(map(isfinite, chain.from_iterable(part.vectors))):
                raise self.unreadable("vectors with numbers that are none")
            if len(part.vectors) != len(batch.texts):
                raise self.unreadable(f"{len(part.vectors)} vectors for {len(batch.texts)} texts,")
            vectors += part.vectors
            seen, cost = part.usage.input, part.usage.reported_cost
            tokens = None if tokens is None or seen is None else tokens + seen
            told = told if cost is None else NanoUsd((told or 0) + cost)
            model = part.model or model
        usage = Usage(input=tokens, output=0, reported_cost=told)
        return Embeddings(vectors=tuple(vectors), usage=usage, model=model)

    async def paint(self, request: PictureRequest, *, deadline: float) -> Pictures:
        """Pictures. Raises ProviderError or Unsupported."""
        self.require(Operation.IMAGES)
        assert isinstance(self.wire, Paints)
        host = await self.armed()
        encoded = self.wire.picture_request(host, request)
        body = await self.fetch(host, encoded, deadline=deadline)
        try:
            return self.wire.parse_pictures(host, request, body)
        except UNREADABLE:
            raise self.unreadable("a picture") from None

    async def count(self, request: ChatRequest) -> TokenCount:
        """Tokens of a prompt: the provider's own count, else a bound. Raises ProviderError."""
        if self.supports(Operation.COUNT_TOKENS):
            assert isinstance(self.wire, Counts)
            host = await self.armed()
            encoded = self.wire.count_request(host, request)
            if encoded is not None:
                deadline = self.clock.monotonic() + LIST_SECONDS
                body = await self.fetch(host, encoded, deadline=deadline)
                try:
                    return TokenCount(tokens=self.wire.parse_count(host, body), how="provider")
                except UNREADABLE:
                    raise self.unreadable("a token count") from None
        # No byte-level tokenizer makes more tokens than there are bytes; each message has a frame.
        most = request.prompt_bytes + 16 * len(request.messages)
        return TokenCount(tokens=most + request.pictures * PICTURE_TOKENS, how="bound")

    async def health(self) -> Health:
        """Whether it answers now; what it says goes into the answer, nothing is raised."""
        began = self.clock.monotonic()
        try:
            host = await self.armed()
            deadline = began + LIST_SECONDS
            if isinstance(self.wire, Probes):
                body = await self.fetch(host, self.wire.health_request(host), deadline=deadline)
                detail = self.wire.parse_health(host, body)
            else:
                body = await self.fetch(host, self.wire.list_request(host), deadline=deadline)
                detail = f"offers {len(self.wire.parse_models(host, body))} models"
        except ProviderError as error:
            return Health(ok=False, latency_ms=None, detail=str(error))
        except UNREADABLE:
            strange = self.unreadable("an answer to the health check")
            return Health(ok=False, latency_ms=None, detail=str(strange))
        took = round((self.clock.monotonic() - began) * 1000)
        return Health(ok=True, latency_ms=took, detail=detail)

    async def pull(self, model: str) -> AsyncGenerator[PullProgress]:
        """Fetches a model to this machine. Raises ProviderError or Unsupported.

        There is no deadline over all: a large model takes hours; only silence ends it.
        """
        wire = self._keeper(Operation.PULL)
        host = await self.armed()
        decoder = wire.pull_decoder(host)
        refused: Head | None = None
        body = bytearray()
        sent = self.send(wire.pull_request(host, model), deadline=float("inf"))
        async with aclosing(sent) as answer:
            async for piece in answer:
                if isinstance(piece, Head):
                    refused = None if piece.status < 300 else piece
                elif refused is not None:
                    body += piece[: MAX_ERROR_BODY - len(body)]
                else:
                    for progress in decoder.feed(piece):
                        yield progress
        if refused is not None:
            raise self.wire.classify(host, refused.status, refused.headers, bytes(body))
        for progress in decoder.end():
            yield progress

    async def running(self) -> tuple[RunningModel, ...]:
        """The models held in memory. Raises ProviderError or Unsupported."""
        wire = self._keeper(Operation.RUNNING)
        host = await self.armed()
        deadline = self.clock.monotonic() + LIST_SECONDS
        body = await self.fetch(host, wire.running_request(host), deadline=deadline)
        try:
            return wire.parse_running(host, body)
        except UNREADABLE:
            raise self.unreadable("a list of running models") from None

    async def load(self, model: str, *, keep: bool, deadline: float) -> None:
        """Loads a model without asking it anything; lets it go when not `keep`."""
        wire = self._keeper(Operation.LOAD)
        host = await self.armed()
        body = await self.fetch(host, wire.load_request(host, model, keep=keep), deadline=deadline)
        if b'"error"' in body[:512]:
            raise made(self.name, ErrorKind.SERVER_ERROR, "could not load the model")

    async def load_for(self, request: ChatRequest, *, deadline: float) -> None:
        """Loads the model of a request with the window the request will have. Raises ProviderError
        or Unsupported."""
        wire, sized = self._keeper(Operation.LOAD), self._sized(request)
        host = await self.armed()
        window = sized.num_ctx
        encoded = wire.load_request(host, request.model, keep=True, window=window)
        body = await self.fetch(host, encoded, deadline=deadline)
        if b'"error"' in body[:512]:
            raise made(self.name, ErrorKind.SERVER_ERROR, "could not load the model")

    def _keeper(self, operation: Operation) -> Keeps:
        self.require(operation)
        if not isinstance(self.wire, Keeps):
            raise Unsupported(f"{self.name} does not keep models.")
        return self.wire
