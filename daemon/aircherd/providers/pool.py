"""Several addresses that serve the same models, under one name: replicas of a local engine.

Conversations go to a member that the gateway has chosen; what is rarer goes to the first one that
can be reached. All members get the same keys, which the user's own file bound to them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar

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
from aircherd.providers.base import HttpRequest, Provider, Take

T = TypeVar("T")


class Pool:
    """One provider made of several."""

    def __init__(self, members: Sequence[Provider]) -> None:
        self.members = tuple(members)
        """The replicas, in the user's order."""

    @property
    def name(self) -> str:
        """The name in configuration, books and reports."""
        return self.members[0].name

    @property
    def local(self) -> bool:
        """Whether all of it runs on this machine."""
        return all(member.local for member in self.members)

    def supports(self, operation: Operation) -> bool:
        """Whether its API offers this at all."""
        return self.members[0].supports(operation)

    async def stream(
        self, request: ChatRequest, *, deadline: float, take: Take | None = None
    ) -> AsyncGenerator[StreamEvent]:
        """The first member's answer, for callers that do not choose. Raises ProviderError."""
        answer = self.members[0].stream(request, deadline=deadline, take=take)
        async with aclosing(answer) as events:
            async for event in events:
                yield event

    async def models(self) -> tuple[ModelSpec, ...]:
        """What any member has. Raises ProviderError when none could be asked."""
        answers = await asyncio.gather(
            *(member.models() for member in self.members), return_exceptions=True
        )
        found: dict[str, ModelSpec] = {}
        problem: BaseException | None = None
        for answer in answers:
            if isinstance(answer, BaseException):
                problem = problem or answer
                if not isinstance(answer, ProviderError):
                    raise answer
                continue
            for spec in answer:
                before = found.setdefault(spec.ref.model, spec)
                if spec.loaded and not before.loaded:
                    found[spec.ref.model] = replace(before, loaded=True)
        if problem is not None and not found:
            raise problem
        return tuple(found.values())

    def draft(self, request: ChatRequest) -> HttpRequest:
        """The request as the first member would be sent it. Nothing is sent."""
        return self.members[0].draft(request)

    async def embed(self, request: EmbedRequest, *, deadline: float) -> Embeddings:
        """Vectors. Raises ProviderError or Unsupported."""
        return await self._first(lambda member: member.embed(request, deadline=deadline))

    async def paint(self, request: PictureRequest, *, deadline: float) -> Pictures:
        """Pictures. Raises ProviderError or Unsupported."""
        return await self._first(lambda member: member.paint(request, deadline=deadline))

    async def count(self, request: ChatRequest) -> TokenCount:
        """Tokens of a prompt. Raises ProviderError."""
        return await self._first(lambda member: member.count(request))

    async def describe(self, spec: ModelSpec) -> ModelSpec:
        """The same model with what only a closer look tells."""
        return await self._first(lambda member: member.describe(spec))

    async def health(self) -> Health:
        """Well when any member is."""
        answers = await asyncio.gather(*(member.health() for member in self.members))
        well = sum(answer.ok for answer in answers)
        first = next((answer for answer in answers if answer.ok), answers[0])
        return replace(first, detail=f"{well} of {len(answers)} hosts; {first.detail}")

    async def aclose(self) -> None:
        """Closes all connections."""
        for member in self.members:
            await member.aclose()

    async def _first(self, ask: Callable[[Provider], Awaitable[T]]) -> T:
        """What the first member that can be reached says; what was sent is not sent again."""
        for member in self.members[:-1]:
            try:
                return await ask(member)
            except ProviderError as error:
                if error.sent:
                    raise
        return await ask(self.members[-1])
