"""Every endpoint there is, and a seat at one of them for each attempt.

A seat is taken before anything is reserved or sent: an endpoint whose circuit is open is passed
over at once, one that is busy is waited for in a fair line, and of a pool's replicas the strategy
says which. What becomes of the attempt is told to the endpoint that was asked, whatever it is.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence, Set

from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.plan import Plan
from aircherd.core.settings import Settings
from aircherd.core.tasks import TaskKind
from aircherd.endpoint import Endpoint
from aircherd.providers.base import Provider
from aircherd.routing.balance import STRATEGIES, Strategy, checked
from aircherd.routing.queue import URGENCY, WORK, Ticket
from aircherd.routing.retry import LONGEST_WAIT_WITH_OTHERS
from aircherd.seat import Seat, busy, left_alone
from aircherd.spreading import spread
from aircherd.standing import Standing, standing


class Fleet:
    """The endpoints of all providers, kept while providers come and go."""

    def __init__(
        self,
        *,
        providers: Callable[[], Mapping[str, Provider]],
        settings: Callable[[], Settings],
        clock: Clock,
        strategies: Callable[[str], Strategy | None] = STRATEGIES.get,
    ) -> None:
        self._providers = providers
        self._settings = settings
        self._clock = clock
        self._strategies = strategies
        self._endpoints: dict[str, Endpoint] = {}
        self._ways: dict[str, tuple[Provider, Settings, tuple[tuple[Endpoint, Provider], ...]]] = {}
        self._turns: dict[str, int] = {}
        self.seated: Callable[[str, str], None] = lambda *_: None
        """Told the provider and the model of each request that has its seat."""
        self.operations = 0
        """Operations that were begun; what round-robin counts by."""

    def endpoints(self, name: str) -> tuple[tuple[Endpoint, Provider], ...]:
        """A provider's endpoints with the way to each; empty for one that is not there."""
        provider = self._providers().get(name)
        if provider is None:
            return ()
        settings, known = self._settings(), self._ways.get(name)
        if known is not None and known[0] is provider and known[1] is settings:
            return known[2]
        members: Sequence[Provider] = getattr(provider, "members", (provider,))
        ways = tuple(
            (self._endpoint(name, number, member, len(members)), member)
            for number, member in enumerate(members)
        )
        if known is not None and known[0] is not provider:
            for endpoint, _ in ways:
                endpoint.renewed()
        self._ways[name] = (provider, settings, ways)
        return ways

    def _endpoint(self, name: str, number: int, member: Provider, count: int) -> Endpoint:
        host = getattr(member, "host", None)
        where = f"{name}@{getattr(host, 'base_url', number)}"
        endpoint = self._endpoints.get(where)
        if endpoint is None:
            shown = f"{name}#{number + 1}" if count > 1 else name
            endpoint = Endpoint(shown, local=member.local, clock=self._clock)
            self._endpoints[where] = endpoint
        if hasattr(member, "on_head"):
            member.on_head = endpoint.heard
        written = self._settings().providers.get(name)
        now = self._clock.monotonic()
        most = None if written is None else written.concurrency
        endpoint.most = None if most is None else max(1, most)
        endpoint.written.configure(
            "requests", written.requests_per_minute if written else None, now
        )
        endpoint.written.configure("tokens", written.tokens_per_minute if written else None, now)
        return endpoint

    def cooling(self, name: str) -> float:
        """Seconds until any endpoint of a provider may be asked; 0 when one may."""
        if name not in self._ways:
            # Nobody was ever sent there, so nothing is known against it. Of all providers there
            # are, this is asked before every choice.
            return 0.0
        return min((endpoint.cooling() for endpoint, _ in self.endpoints(name)), default=0.0)

    def last_error(self, name: str) -> str | None:
        """What went wrong last at a provider."""
        known = [endpoint.circuit for endpoint, _ in self.endpoints(name)]
        told = [one for one in known if one.last_error_at is not None]
        newest = max(told, key=lambda one: one.last_error_at or 0.0, default=None)
        return None if newest is None else newest.last_error

    def standings(self, name: str) -> tuple[Standing, ...]:
        """How a provider's endpoints are doing."""
        return tuple(
            standing(endpoint, self._clock.monotonic()) for endpoint, _ in self.endpoints(name)
        )

    def waiting(self) -> int:
        """Requests in line, anywhere."""
        return sum(len(endpoint.queue) for endpoint in self._endpoints.values())

    async def take(
        self,
        name: str,
        model: str,
        *,
        client: str,
        task: TaskKind,
        tokens: int,
        others: bool,
        deadline: float,
        avoid: Set[str] = frozenset(),
        urgency: int | None = None,
        in_line: Callable[[int, float | None], None] = lambda *_: None,
    ) -> Seat:
        """A seat, waited for in a fair line. Whoever takes one gives it back by `leave`.

        Raises ProviderError, never sent: code `cooling_down` when every endpoint is left alone for
        now, `busy` when the line is too long, or longer than asking somebody else takes.
        Endpoints of `avoid` are taken only when there is no other.
        """
        endpoint, provider = self._choose(name, model, tokens, avoid)
        began = self._clock.monotonic()
        waited = 0.0
        if endpoint.room(model, tokens):
            endpoint.sit(model, tokens)
        else:
            await self._line(
                endpoint, model, client, _urgency(task, urgency), tokens, others, deadline, in_line
            )
            waited = self._clock.monotonic() - began
        admitted = endpoint.admit(model)
        if admitted is None:
            endpoint.leave(None)
            raise self._cooling(name, [endpoint], model)
        self.seated(name, model)
        return Seat(endpoint, provider, model, admitted, waited, self._clock.monotonic())

    def leave(self, seat: Seat) -> None:
        """Gives a seat back; unless more was told of it, nothing came of it."""
        seat.left()
        seat.endpoint.leave(self._clock.monotonic() - seat.since)

    def balanced(self, plan: Plan) -> Plan:
        """The plan with its providers, and a provider's pool of models, in the order of the user's
        strategies."""
        return spread(
            plan,
            self._settings(),
            lambda name: [endpoint for endpoint, _ in self.endpoints(name)],
            self._strategies,
            self.operations,
        )

    def untried(self, name: str, model: str, tried: Set[str]) -> bool:
        """Whether a pool has another endpoint that may be asked at once."""
        return any(one.name not in tried and one.free(model) for one, _ in self.endpoints(name))

    def _choose(
        self, name: str, model: str, tokens: int, avoid: Set[str]
    ) -> tuple[Endpoint, Provider]:
        known = self.endpoints(name)
        free = {endpoint.name: (endpoint, way) for endpoint, way in known if endpoint.free(model)}
        if not free:
            raise self._cooling(name, [endpoint for endpoint, _ in known], model)
        free = {one: way for one, way in free.items() if one not in avoid} or free
        if len(known) == 1:
            return next(iter(free.values()))
        turn = self._turns[name] = self._turns.get(name, -1) + 1
        written = self._settings().providers.get(name)
        wanted = (written.balance if written else None) or "least-busy"
        strategy = self._strategies(wanted) or STRATEGIES["least-busy"]
        members = [endpoint.member() for endpoint, _ in free.values()]
        order = checked(strategy, members, turn, random.random())  # noqa: S311 - no secret
        for member in order:
            if free[member.name][0].room(model, tokens):
                return free[member.name]
        return free[order[0].name]

    async def _line(
        self,
        endpoint: Endpoint,
        model: str,
        client: str,
        urgency: int,
        tokens: int,
        others: bool,
        deadline: float,
        in_line: Callable[[int, float | None], None],
    ) -> None:
        now = self._clock.monotonic()
        ticket = Ticket(client=client, urgency=urgency, since=now, tokens=tokens)
        if endpoint.queue.full(client):
            raise busy(endpoint.name, "its line is full")
        place = endpoint.queue.place_of(ticket, now)
        asked = endpoint.wait(model, tokens)
        expected = endpoint.expected_wait(place, model, tokens)
        if others and expected is not None and expected > LONGEST_WAIT_WITH_OTHERS:
            raise busy(endpoint.name, f"about {expected:.0f} s of waiting")
        if now + asked >= deadline:
            raise busy(endpoint.name, f"its limits ask for {asked:.0f} s of waiting", asked)
        try:
            async with asyncio.timeout(max(0.001, deadline - now)):
                await endpoint.enter(ticket, model, in_line)
        except TimeoutError:
            raise busy(endpoint.name, "no turn came before the deadline") from None

    def _cooling(self, name: str, known: Sequence[Endpoint], model: str) -> ProviderError:
        wait = min((endpoint.cooling(model) for endpoint in known), default=0.0)
        limited = any(
            endpoint.lane(model).circuit.last_kind is ErrorKind.RATE_LIMIT
            and not endpoint.circuit.trips
            for endpoint in known
        )
        return left_alone(name, wait, self.last_error(name), limited=limited)


def _urgency(task: TaskKind, urgency: int | None) -> int:
    return URGENCY.get(task, WORK) if urgency is None else urgency
