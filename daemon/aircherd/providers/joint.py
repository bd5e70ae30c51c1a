"""Vectors that several ask for at the same moment, bought in one request.

Each caller has passed the gate and holds money for its own texts, and is told its own vectors and
its own part of the bill; only the request to the provider is one. Joined is what would be the same
request but for its texts: the same endpoint, model, purpose and length of vectors, and the same
workspace, so that nothing stands beside another workspace's text. Where the provider refuses what
was joined, each is asked for alone: one bad text costs nobody else an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.money import NanoUsd
from aircherd.core.operations import Embeddings, EmbedRequest
from aircherd.providers.base import HttpRequest, Provider, departing, reaching

WINDOW = 0.01
"""Seconds the first one waits for others."""
MOST_TEXTS = 96
"""Texts in one joined request; no provider takes fewer at once (Cohere's limit)."""
MOST_BYTES = 128 * 1024
_REFUSED = (400, 413, 422)
"""Answers that say something is wrong with what was asked, which may be another's."""

Tell = Callable[[HttpRequest], Awaitable[None]]


@dataclass(eq=False)
class _Guest:
    """One caller and what it asks for."""

    request: EmbedRequest
    deadline: float
    tell: Tell | None
    answer: asyncio.Future[Embeddings] = field(default_factory=asyncio.Future)


class _Party:
    """Those who go together."""

    def __init__(self) -> None:
        self.guests: list[_Guest] = []
        self.gone = False
        """Whether the request is on its way."""
        self.task: asyncio.Task[None] | None = None

    def room(self, request: EmbedRequest) -> bool:
        together = [request, *(guest.request for guest in self.guests)]
        texts = sum(len(one.texts) for one in together)
        return texts <= MOST_TEXTS and sum(one.prompt_bytes for one in together) <= MOST_BYTES

    def waiting(self) -> list[_Guest]:
        return [guest for guest in self.guests if not guest.answer.done()]


class Joint:
    """Requests for vectors that are being gathered."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gathering: dict[tuple[object, ...], _Party] = {}

    def at(self, provider: Provider, workspace: str | None) -> At:
        """A provider whose vectors are bought together with others'."""
        return At(self, provider, workspace)

    async def embed(
        self, provider: Provider, workspace: str | None, request: EmbedRequest, deadline: float
    ) -> Embeddings:
        """This caller's vectors, with its part of the usage. Raises ProviderError, Unsupported."""
        if not _Party().room(request):
            return await provider.embed(request, deadline=deadline)
        key = (id(provider), workspace, request.model, request.purpose, request.dimensions)
        party = self._gathering.get(key)
        if party is None or not party.room(request):
            party = self._gathering[key] = _Party()
            party.task = asyncio.create_task(self._send(key, party, provider))
        guest = _Guest(request, deadline, departing.get())
        party.guests.append(guest)
        try:
            async with asyncio.timeout(max(0.001, deadline - self._clock.monotonic())):
                return await guest.answer
        except TimeoutError:
            raise ProviderError(
                message=f"{provider.name}: took too long to answer. Try again.",
                error_kind=ErrorKind.TIMEOUT,
                provider=provider.name,
                sent=party.gone,
            ) from None
        finally:
            guest.answer.cancel()
            if not party.waiting() and party.task is not None:
                # Nobody is left to hear of it, nor may anybody come.
                self._leave(key, party)
                party.task.cancel()

    async def _send(self, key: tuple[object, ...], party: _Party, provider: Provider) -> None:
        await asyncio.sleep(WINDOW)
        self._leave(key, party)
        party.gone = True
        guests = party.waiting()
        if not guests:
            return
        try:
            made = await _asked(provider, guests)
            parts = shared(made, [guest.request for guest in guests])
        except Exception as error:
            if len(guests) > 1 and isinstance(error, ProviderError) and error.status in _REFUSED:
                await asyncio.gather(*(_alone(provider, guest) for guest in guests))
            else:
                _fail(guests, error)
            return
        for guest, part in zip(guests, parts, strict=True):
            if not guest.answer.done():
                guest.answer.set_result(part)

    def _leave(self, key: tuple[object, ...], party: _Party) -> None:
        if self._gathering.get(key) is party:
            del self._gathering[key]


@dataclass(frozen=True, slots=True)
class At:
    """One provider, as `Vectors` asks it."""

    joint: Joint
    provider: Provider
    workspace: str | None

    async def embed(self, request: EmbedRequest, *, deadline: float) -> Embeddings:
        """Vectors. Raises ProviderError or Unsupported."""
        return await self.joint.embed(self.provider, self.workspace, request, deadline)


async def _asked(provider: Provider, guests: Sequence[_Guest]) -> Embeddings:
    async def tell(request: HttpRequest) -> None:
        for guest in guests:
            if guest.tell is not None:
                await guest.tell(request)

    texts = tuple(text for guest in guests for text in guest.request.texts)
    token = departing.set(tell)
    reaching.set(lambda _: None)  # who leaves takes its texts out of nothing
    try:
        return await provider.embed(
            replace(guests[0].request, texts=texts), deadline=max(g.deadline for g in guests)
        )
    finally:
        departing.reset(token)


async def _alone(provider: Provider, guest: _Guest) -> None:
    if guest.answer.done():
        return
    try:
        made = await _asked(provider, (guest,))
    except Exception as error:
        _fail((guest,), error)
    else:
        if not guest.answer.done():
            guest.answer.set_result(made)


def _fail(guests: Sequence[_Guest], error: Exception) -> None:
    for guest in guests:
        if not guest.answer.done():
            # Each its own: what becomes of the attempt is written into it.
            own = replace(error) if isinstance(error, ProviderError) else error
            guest.answer.set_exception(own)


def shared(made: Embeddings, requests: Sequence[EmbedRequest]) -> list[Embeddings]:
    """Each one's vectors and part of the usage, by the bytes of its texts; the parts add up."""
    weights = [request.prompt_bytes for request in requests]
    tokens = _parts(made.usage.input, weights)
    costs = _parts(made.usage.reported_cost, weights)
    parts, at, before = [], 0, 0
    for request, mine, cost in zip(requests, tokens, costs, strict=True):
        usage = replace(
            made.usage,
            input=mine,
            before=before,
            reported_cost=None if cost is None else NanoUsd(cost),
        )
        vectors = made.vectors[at : at + len(request.texts)]
        parts.append(replace(made, vectors=vectors, usage=usage))
        at, before = at + len(request.texts), before + (mine or 0)
    return parts


def _parts(whole: int | None, weights: Sequence[int]) -> list[int] | list[None]:
    """A whole number in parts by weight, each of at least 1 where there is enough for that."""
    if whole is None:
        return [None] * len(weights)
    least = int(whole >= len(weights))
    rest, total = whole - least * len(weights), sum(weights)
    parts, done, weight = [], 0, 0
    for one in weights:
        weight += one
        upto = rest * weight // total
        parts.append(least + upto - done)
        done = upto
    return parts
