"""Whether and when one model is asked again after a failure. Pure; the caller sleeps and rolls."""

from __future__ import annotations

from aircherd.core.errors import ErrorKind, ProviderError

MOST_RETRIES = 2
"""Further attempts at one model; other candidates come after them."""
LONGEST_WAIT = 20.0
"""Seconds a person is kept waiting before the next candidate is asked instead."""
_FIRST_WAIT = 0.5
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


def wait_before_retry(error: ProviderError, retries: int, roll: float) -> float | None:
    """Seconds to wait before asking the same model again; None to go on to the next.

    `roll` is uniform in [0, 1): full jitter over an exponential window, above the provider's own
    Retry-After where it names one.
    """
    if not error.retryable or error.kind in _NEVER or retries >= MOST_RETRIES:
        return None
    wait = roll * _FIRST_WAIT * 2.0**retries
    if error.retry_after is not None:
        wait += error.retry_after
    return wait if wait <= LONGEST_WAIT else None
