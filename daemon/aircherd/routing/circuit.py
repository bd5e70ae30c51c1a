"""Whether one endpoint is asked at all: a circuit breaker. Pure; the caller tells the time.

Closed until failures pile up, then open for a while, then half-open: one request is let through,
and what becomes of it decides. Every attempt counts, retries as well as first ones. An only
provider opens like any other: an immediate answer that says when to come back is better than the
same wait over and over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from aircherd.core.errors import ErrorKind, ProviderError

FAILURES_TO_OPEN = 3
"""Failures in a row that open a circuit."""
FIRST_COOL_DOWN = 5.0
LONGEST_COOL_DOWN = 60.0
"""Seconds; each probe that fails doubles the wait up to here."""
LONGEST_ASKED = 3_600.0
"""Seconds a provider's own Retry-After is believed for."""
USED_UP = 600.0
"""Seconds an account without credit is left alone, unless the provider says when."""
REFUSED_KEY = 60.0
"""Seconds a provider that refuses the key is left alone; a new key comes with a reload."""
_PROBE_LIFETIME = 120.0
"""Seconds after which a probe nobody reported on is taken for lost."""

_OUTAGES = frozenset(
    {ErrorKind.SERVER_ERROR, ErrorKind.NETWORK_ERROR, ErrorKind.TIMEOUT, ErrorKind.INTERRUPTED}
)
_LOADING_CODES = frozenset({"unavailable_error", "model_loading", "loading"})


class State(StrEnum):
    """Of a circuit."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Admission(StrEnum):
    """What a circuit says to one request."""

    REFUSED = "refused"
    PASSED = "passed"
    PROBE = "probe"
    """Let through alone; what becomes of it decides for all."""


def is_loading(error: ProviderError) -> bool:
    """Whether an engine only says that its model is not in memory yet.

    llama.cpp answers 503 `unavailable_error` "Loading model" (tools/server); others say it in
    words. The status is asked for too: a model's own words never come with one.
    """
    if error.status not in (425, 503):
        return False
    return error.code in _LOADING_CODES or "loading model" in error.message.lower()


@dataclass(slots=True)
class Circuit:
    """One endpoint's standing. All instants are monotonic seconds."""

    failures: int = 0
    """In a row."""
    open_until: float = 0.0
    trips: int = 0
    """Times it opened since it last answered."""
    probing_since: float | None = None
    last_error: str | None = None
    last_error_at: float | None = None
    last_kind: ErrorKind | None = None

    def state(self, now: float) -> State:
        """Where it stands."""
        if now < self.open_until:
            return State.OPEN
        return State.HALF_OPEN if self.trips else State.CLOSED

    def cooling(self, now: float) -> float:
        """Seconds until it may be tried again; 0 when it may."""
        return max(0.0, self.open_until - now)

    def free(self, now: float) -> bool:
        """Whether a request would be let through; asking changes nothing."""
        match self.state(now):
            case State.CLOSED:
                return True
            case State.OPEN:
                return False
            case State.HALF_OPEN:
                since = self.probing_since
                return since is None or now - since > _PROBE_LIFETIME

    def admit(self, now: float) -> Admission:
        """Whether a request is let through; in half-open the first one becomes the probe."""
        if not self.free(now):
            return Admission.REFUSED
        if self.state(now) is State.HALF_OPEN:
            self.probing_since = now
            return Admission.PROBE
        return Admission.PASSED

    def succeeded(self) -> None:
        """A request was answered: everything is forgotten but the last error's words."""
        self.failures = self.trips = 0
        self.open_until = 0.0
        self.probing_since = None

    def left(self, admission: Admission) -> None:
        """A request ended without a verdict (cancelled, or refused for its own sake)."""
        if admission is Admission.PROBE:
            self.probing_since = None

    def failed(
        self, error: ProviderError, now: float, *, local: bool, admission: Admission
    ) -> None:
        """A request failed. Whether that tells of the endpoint, the error's kind decides."""
        self.left(admission)
        if is_loading(error) and local:
            # It is up and at work. The caller waits; nobody else needs to be kept away.
            return
        rest = _asked_rest(error)
        if rest is None and error.kind not in _OUTAGES:
            # The request's own fault, and proof that somebody answers.
            if error.sent:
                self.failures = self.trips = 0
            return
        self.last_error, self.last_error_at, self.last_kind = str(error), now, error.kind
        if rest is not None:
            self._open(now + rest)
        elif admission is Admission.PROBE:
            self._open(now + self._wait())
        elif self.state(now) is State.CLOSED:
            # One that began before the circuit opened tells nothing new.
            self.failures += 1
            if self.failures >= FAILURES_TO_OPEN:
                self._open(now + self._wait())

    def _wait(self) -> float:
        return min(LONGEST_COOL_DOWN, FIRST_COOL_DOWN * 2.0 ** min(self.trips, 10))

    def _open(self, until: float) -> None:
        self.trips += 1
        self.failures = 0
        self.open_until = max(self.open_until, until)


def _asked_rest(error: ProviderError) -> float | None:
    """Seconds an answer asks us to stay away, whether it says so or means it."""
    if error.can_retry and error.retry_after == 0.0:
        # Another key or replica is awake.
        return None
    asked = error.retry_after
    if error.kind is ErrorKind.QUOTA_EXCEEDED:
        return min(LONGEST_ASKED, asked if asked is not None else USED_UP)
    if error.kind is ErrorKind.AUTHENTICATION:
        return REFUSED_KEY
    if error.kind is ErrorKind.RATE_LIMIT:
        return min(LONGEST_ASKED, max(asked if asked is not None else 1.0, 0.05))
    if asked is not None and error.kind in _OUTAGES:
        return min(LONGEST_ASKED, asked)
    return None
