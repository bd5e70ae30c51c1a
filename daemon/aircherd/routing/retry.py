"""Whether and when one model is asked again after a failure. Pure; the caller sleeps and rolls.

This is the only layer that retries. A budget bounds what retries add to an outage: at most a tenth
of the requests of the same second, and a small floor so that a quiet machine retries too.
"""

from __future__ import annotations

from dataclasses import dataclass

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.settings import RetrySettings
from aircherd.routing.circuit import is_loading

COOLING = "cooling_down"
"""The code of an error that says an endpoint was not even asked."""
BUSY = "busy"
"""The code of an error that says the line was too long."""
PLAIN = RetrySettings()
MOST_RETRIES = PLAIN.max_retries
LONGEST_WAIT = PLAIN.max_delay
LONGEST_WAIT_WITH_OTHERS = 1.5
"""Seconds a person is kept waiting when another candidate stands by."""
BUDGET_RATIO = 0.1
"""Retries per request, above the floor (Finagle's retry budget uses 0.2)."""
BUDGET_FLOOR = 10.0
"""Retries per second that are always allowed."""
_LOADING_WAIT = 1.0
_OWN_FAULT = frozenset(
    {
        ErrorKind.INVALID_REQUEST,
        ErrorKind.CONTEXT_LENGTH,
        ErrorKind.CONTENT_FILTER,
        ErrorKind.UNSUPPORTED,
    }
)
_NEVER = frozenset(
    {
        ErrorKind.AUTHENTICATION,
        ErrorKind.QUOTA_EXCEEDED,
        ErrorKind.INVALID_REQUEST,
        ErrorKind.CONTEXT_LENGTH,
        ErrorKind.CONTENT_FILTER,
        ErrorKind.MODEL_NOT_FOUND,
        ErrorKind.UNSUPPORTED,
    }
)


def wait_before_retry(
    error: ProviderError,
    retries: int,
    roll: float,
    *,
    others: bool = False,
    policy: RetrySettings = PLAIN,
) -> float | None:
    """Seconds to wait before asking the same model again; None to go on to the next.

    `roll` is uniform in [0, 1): full jitter over an exponential window, above the provider's own
    Retry-After where it names one. `others` says that another candidate stands by; `policy` is
    what the user wants, which never makes a failure worth a retry that is not.
    """
    if error.code == BUSY or (error.code == COOLING and error.kind is not ErrorKind.RATE_LIMIT):
        return None
    if is_loading(error):
        # An engine that loads says nothing about when; the deadline ends this, not a count.
        return _LOADING_WAIT * (0.5 + roll / 2)
    if others and error.kind is ErrorKind.TIMEOUT:
        # The person has waited a whole timeout already; two more of them at the same door would
        # cost a minute where the next one answers at once.
        return None
    other_key = error.kind is ErrorKind.QUOTA_EXCEEDED and error.retry_after == 0.0
    if not error.retryable or (error.kind in _NEVER and not other_key):
        return None
    unwanted = policy.kinds is not None and error.kind not in policy.kinds
    if (unwanted and not other_key) or retries >= policy.max_retries:
        return None
    wait = roll * min(policy.initial_delay * policy.backoff_factor**retries, policy.max_delay)
    if error.retry_after is not None:
        wait += error.retry_after
    longest = min(policy.max_delay, LONGEST_WAIT_WITH_OTHERS) if others else policy.max_delay
    return wait if wait <= longest else None


def better_elsewhere(error: ProviderError) -> bool:
    """Whether another replica of the same pool may do better."""
    return error.code != BUSY and error.kind not in _OWN_FAULT


@dataclass(slots=True)
class RetryBudget:
    """How many retries may still be made, second by second."""

    made: int = 0
    """Since the daemon started."""
    refused: int = 0
    """The same, of those there was no room for."""
    _second: int = -1
    _requests: int = 0
    _retries: int = 0

    def offered(self, now: float) -> None:
        """A request came in."""
        self._turn(now)
        self._requests += 1

    def take(self, now: float) -> bool:
        """Takes one retry out of the budget; False when there is none left."""
        self._turn(now)
        if self._retries + 1 > BUDGET_FLOOR + BUDGET_RATIO * self._requests:
            self.refused += 1
            return False
        self._retries += 1
        self.made += 1
        return True

    def _turn(self, now: float) -> None:
        if int(now) != self._second:
            self._second, self._requests, self._retries = int(now), 0, 0
