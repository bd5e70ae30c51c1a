"""Asks after endpoints that are in use but silent just now. Traffic tells of the others.

An endpoint is asked when somebody used it lately, nothing is under way there, and either its
circuit has just become half-open or nothing was heard of it for an interval. The question is the
cheapest the provider has and costs no tokens. No answer to it opens the circuit again, so that
nobody has to find out; an answer closes one that opened because nothing was to be reached. Where
requests were refused or hung it proves nothing, for an API that lists its models may still answer
none: there the next request is the probe.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aircherd.beat import beat
from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.endpoint import Endpoint
from aircherd.fleet import Fleet
from aircherd.providers.base import Provider
from aircherd.routing.circuit import State

log = logging.getLogger(__name__)

IN_USE = 1_800.0
"""Seconds after its last request an endpoint counts as in use."""
ROUND = 2.0
"""Seconds between two looks at who is to be asked."""
_UNPROVEN = frozenset({ErrorKind.SERVER_ERROR, ErrorKind.TIMEOUT, ErrorKind.INTERRUPTED})
"""Failures of requests that an answered question tells nothing of."""


class HealthChecks:
    """The rounds, and when each endpoint was asked last."""

    def __init__(
        self, fleet: Fleet, names: Callable[[], tuple[str, ...]], clock: Clock, interval: float
    ) -> None:
        self._fleet = fleet
        self._names = names
        self._clock = clock
        self._interval = interval
        self._asked: dict[str, float] = {}

    async def run(self) -> None:
        """Makes rounds until cancelled."""
        while True:
            await beat(ROUND)
            await self.round()

    async def round(self) -> int:
        """One round; how many were asked."""
        due = [
            (endpoint, provider)
            for name in self._names()
            for endpoint, provider in self._fleet.endpoints(name)
            if self._due(endpoint)
        ]
        await asyncio.gather(*(self._ask(endpoint, provider) for endpoint, provider in due))
        return len(due)

    def _due(self, endpoint: Endpoint) -> bool:
        now, used = self._clock.monotonic(), endpoint.last_used
        if self._interval <= 0 or used is None or now - used > IN_USE or endpoint.in_flight:
            return False
        state = endpoint.circuit.state(now)
        if state is State.OPEN:
            return False
        asked = self._asked.get(endpoint.name, 0.0)
        if state is State.HALF_OPEN and asked < endpoint.circuit.open_until:
            return True
        return now - max(used, asked) >= self._interval

    async def _ask(self, endpoint: Endpoint, provider: Provider) -> None:
        now = self._clock.monotonic()
        self._asked[endpoint.name] = now
        admission = endpoint.circuit.admit(now)
        try:
            found = await provider.health()
        except asyncio.CancelledError:
            endpoint.circuit.left(admission)
            raise
        circuit = endpoint.circuit
        # Why it opened is remembered through questions that fail as well.
        kind = circuit.last_kind if circuit.trips and circuit.last_kind in _UNPROVEN else None
        if found.ok and kind is not None:
            circuit.left(admission)
            return
        if found.ok:
            if circuit.trips:
                log.info("%s answers again", endpoint.name)
            circuit.succeeded()
            return
        error = ProviderError(
            message=found.detail,
            error_kind=kind or ErrorKind.NETWORK_ERROR,
            provider=endpoint.name,
        )
        endpoint.circuit.failed(
            error, self._clock.monotonic(), local=endpoint.local, admission=admission
        )
