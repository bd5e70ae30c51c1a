"""One place a request can go: its circuit, its allowance, who waits for it and how quick it was.

A provider has one endpoint, a pool one per replica. Rate limits are kept by model, because that is
how providers count them; outages are the whole endpoint's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from statistics import median

from aircherd.announcing import Announcer, InLine
from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.routing.balance import Member
from aircherd.routing.circuit import Admission, Circuit
from aircherd.routing.concurrency import AdaptiveLimit
from aircherd.routing.limits import Allowance
from aircherd.routing.queue import FairQueue, Ticket

_LATENCIES = 64

Pass = tuple[Admission, Admission]
"""What the circuits of the endpoint and of the model said."""


_OF_KEYS = (ErrorKind.AUTHENTICATION, ErrorKind.QUOTA_EXCEEDED)


class Lane:
    """One model at one endpoint: what it said of its limits, and whether it is resting."""

    def __init__(self) -> None:
        self.circuit = Circuit()
        self.allowance = Allowance()
        self.in_flight = 0
        self.last_used: float | None = None
        """Monotonic instant; None before the first use."""


class Endpoint:
    """One place, and everything known about it. Lives through reloads of the configuration."""

    def __init__(self, name: str, *, local: bool, clock: Clock) -> None:
        self.name = name
        self.local = local
        self.circuit = Circuit()
        self.written = Allowance()
        """What the user wrote about the whole endpoint."""
        self.most: int | None = None
        """Requests at once, as the user wrote; None: adapted for engines here, else unlimited."""
        self.in_flight = 0
        self.answers = 0
        self.failures = 0
        self.last_used: float | None = None
        self.queue = FairQueue()
        self._adaptive = AdaptiveLimit()
        self._clock = clock
        self.lanes: dict[str, Lane] = {}
        self.firsts: deque[int] = deque(maxlen=_LATENCIES)
        self._lasting: deque[float] = deque(maxlen=_LATENCIES)
        self._granted: dict[Ticket, tuple[asyncio.Future[None], str]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._announcer = Announcer(
            lambda: self.queue.order(clock.monotonic()),
            lambda ticket, at: self.expected_wait(at, self._granted[ticket][1], ticket.tokens),
        )

    def lane(self, model: str) -> Lane:
        """What is known of one model here."""
        found = self.lanes.get(model)
        if found is None:
            found = self.lanes[model] = Lane()
        return found

    def renewed(self) -> None:
        """Its settings were read anew, and with them its key: what the one before was refused for
        is forgotten."""
        for circuit in (self.circuit, *(lane.circuit for lane in self.lanes.values())):
            if circuit.last_kind in _OF_KEYS:
                circuit.succeeded()

    def limit(self) -> int | None:
        """Requests it is given at once."""
        if self.most is not None:
            return self.most
        return self._adaptive.most if self.local else None

    def free(self, model: str) -> bool:
        """Whether a request for this model would be let through."""
        now = self._clock.monotonic()
        return self.circuit.free(now) and self.lane(model).circuit.free(now)

    def cooling(self, model: str | None = None) -> float:
        """Seconds until it may be asked again; 0 when it may."""
        now = self._clock.monotonic()
        lane = 0.0 if model is None else self.lane(model).circuit.cooling(now)
        return max(self.circuit.cooling(now), lane)

    def admit(self, model: str) -> Pass | None:
        """Lets a request through the circuits, as a probe where one is due; None: refused."""
        now = self._clock.monotonic()
        lane = self.lane(model).circuit
        if not (self.circuit.free(now) and lane.free(now)):
            return None
        return self.circuit.admit(now), lane.admit(now)

    def wait(self, model: str, tokens: int) -> float:
        """Seconds its limits ask for before so many tokens more."""
        now = self._clock.monotonic()
        return max(
            self.written.wait(tokens, now), self.lane(model).allowance.wait(tokens, now), 0.0
        )

    def room(self, model: str, tokens: int) -> bool:
        """Whether a request could go now, ahead of nobody."""
        most = self.limit()
        busy = most is not None and self.in_flight >= most
        return not (len(self.queue) or busy or self.wait(model, tokens) > 0)

    def expected_wait(self, place: int, model: str, tokens: int) -> float | None:
        """Seconds until the one at this place in line goes: as things went lately, and as its
        limits ask for. None when neither says."""
        lately = 0.0
        if self._lasting:
            lately = median(self._lasting) * place / max(1, self.limit() or 1)
        return max(lately, self.wait(model, tokens)) or None

    async def enter(self, ticket: Ticket, model: str, in_line: InLine = lambda *_: None) -> None:
        """Waits for its turn, and takes a seat. A caller that is cancelled gives it back.

        `in_line` is told its place, again whenever that has changed, and 0 when its turn came.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._granted[ticket] = (turn, model)
        self.queue.enter(ticket)
        self.pump()
        if not turn.done():
            self._announcer.enter(ticket, in_line)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.leave(None)
            raise
        finally:
            self._granted.pop(ticket, None)
            self._announcer.leave(ticket)
            self.queue.leave(ticket)
            self.pump()
        in_line(0, None)

    def pump(self) -> None:
        """Gives free seats to those who wait, in their order."""
        while True:
            now = self._clock.monotonic()
            ticket = self.queue.first(now)
            if ticket is None:
                return
            turn, model = self._granted[ticket]
            if turn.done():
                self.queue.leave(ticket)
                continue
            most = self.limit()
            if most is not None and self.in_flight >= most:
                return
            wait = self.wait(model, ticket.tokens)
            if wait > 0:
                self._wake_in(wait)
                return
            self.queue.take(ticket)
            self.sit(model, ticket.tokens)
            turn.set_result(None)

    def sit(self, model: str, tokens: int) -> None:
        """Takes a seat. The caller has seen that there is room."""
        now = self._clock.monotonic()
        self.in_flight += 1
        self.last_used = now
        self.written.take(tokens, now)
        self.lane(model).allowance.take(tokens, now)

    def leave(self, lasted: float | None) -> None:
        """Gives the seat back; `lasted` seconds, None when nothing was asked."""
        self.in_flight -= 1
        if lasted is not None:
            self._lasting.append(lasted)
        self.pump()

    def spoke(self, model: str, first_ms: int | None) -> None:
        """The first text came: it works."""
        self.circuit.succeeded()
        self.lane(model).circuit.succeeded()
        if first_ms is not None:
            self.firsts.append(first_ms)
            self._adaptive.answered(first_ms, self.in_flight)

    def answered(self, model: str) -> None:
        """A whole answer came."""
        self.circuit.succeeded()
        self.lane(model).circuit.succeeded()
        self.answers += 1

    def failed(self, model: str, error: ProviderError, admitted: Pass) -> None:
        """An attempt failed; each counts."""
        now = self._clock.monotonic()
        self.failures += 1
        lane = self.lane(model).circuit
        if error.kind is ErrorKind.RATE_LIMIT:
            # Limits are kept by model; that one answered at all tells well of the endpoint.
            self.circuit.succeeded()
            lane.failed(error, now, local=self.local, admission=admitted[1])
            self.circuit.last_error, self.circuit.last_error_at = str(error), now
        else:
            lane.left(admitted[1])
            self.circuit.failed(error, now, local=self.local, admission=admitted[0])
        if self.local and error.status in (429, 503):
            self._adaptive.overloaded()

    def left(self, model: str, admitted: Pass) -> None:
        """An attempt ended without telling anything of the endpoint."""
        self.circuit.left(admitted[0])
        self.lane(model).circuit.left(admitted[1])

    def heard(self, model: str, headers: Mapping[str, str]) -> None:
        """The headers of an answer came."""
        self.lane(model).allowance.heard(headers, self._clock.monotonic(), self._clock.now())

    def member(self, cost: int | None = None) -> Member:
        """As a strategy sees it."""
        return Member(
            name=self.name,
            occupied=self.in_flight + len(self.queue),
            failures=self.circuit.failures + self.circuit.trips,
            last_used=self.last_used,
            latency_ms=median(self.firsts) if self.firsts else None,
            cost=cost,
        )

    def _wake_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(min(seconds, 60.0) + 0.001, self.pump)
