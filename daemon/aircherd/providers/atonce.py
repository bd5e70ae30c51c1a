"""Vectors and pictures, asked for as a conversation is, so that the gateway treats them alike.

The texts are the turns of a request, so they are masked, bounded and reserved for like any prompt;
what comes of it stands in `made` when the stream has finished.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Literal, Protocol

from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    Message,
    StreamEvent,
    TextDelta,
    UsageReport,
)
from aircherd.core.operations import Embeddings, EmbedRequest, PictureRequest, Pictures
from aircherd.providers.base import Provider, Take

MOST_PICTURE_TOKENS = 16_384
"""Output tokens one picture is reserved at. OpenAI's largest take about 6,200 (its page on image
generation), Google's about 2,000; thinking before them is counted too."""


class Embedding(Protocol):
    """What vectors are asked of."""

    async def embed(self, request: EmbedRequest, *, deadline: float) -> Embeddings:
        """Vectors. Raises ProviderError or Unsupported."""
        ...


class Vectors:
    """Asks a provider for vectors, a text a turn."""

    def __init__(
        self,
        *,
        purpose: Literal["document", "query", "classification", "clustering"] = "document",
        dimensions: int | None = None,
    ) -> None:
        self.made: Embeddings | None = None
        self._purpose = purpose
        self._dimensions = dimensions
        self._provider: Embedding | None = None

    def request(self, model: str, texts: tuple[str, ...]) -> ChatRequest:
        """The texts as a request; nothing is answered, so no room is kept for an answer."""
        turns = tuple(Message.of("user", text) for text in texts)
        return ChatRequest(model=model, messages=turns, max_output=0)

    def through(self, provider: Embedding) -> Vectors:
        """Asks this provider from now on."""
        self._provider = provider
        return self

    async def stream(
        self, request: ChatRequest, *, deadline: float, take: Take | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """Asks. Raises ProviderError or Unsupported."""
        assert self._provider is not None
        wanted = EmbedRequest(
            model=request.model,
            texts=tuple(message.text for message in request.messages),
            purpose=self._purpose,
            dimensions=self._dimensions,
        )
        self.made = await self._provider.embed(wanted, deadline=deadline)
        yield UsageReport(usage=self.made.usage)
        yield Finished(reason=FinishReason.STOP)


class Painted:
    """Asks a provider for pictures."""

    def __init__(
        self, *, count: int = 1, size: str | None = None, quality: str | None = None
    ) -> None:
        self.made: Pictures | None = None
        self._count = count
        self._size = size
        self._quality = quality
        self._provider: Provider | None = None

    def request(self, model: str, prompt: str) -> ChatRequest:
        """The words as a request, with room for every picture."""
        turns = (Message.of("user", prompt),)
        most = self._count * MOST_PICTURE_TOKENS
        return ChatRequest(model=model, messages=turns, max_output=most)

    def through(self, provider: Provider) -> Painted:
        """Asks this provider from now on."""
        self._provider = provider
        return self

    async def stream(
        self, request: ChatRequest, *, deadline: float, take: Take | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """Asks. Raises ProviderError or Unsupported."""
        assert self._provider is not None
        wanted = PictureRequest(
            model=request.model,
            prompt="\n".join(message.text for message in request.messages),
            count=self._count,
            size=self._size,
            quality=self._quality,
        )
        made = self.made = await self._provider.paint(wanted, deadline=deadline)
        if made.text:
            yield TextDelta(made.text)
        usage = made.usage
        if usage.output is None:
            # Bytes say nothing of tokens here: all that was reserved is taken to be used.
            usage = replace(usage, output=request.max_output, estimated=True)
        yield UsageReport(usage=usage)
        yield Finished(reason=FinishReason.STOP)
