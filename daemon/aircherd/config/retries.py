"""`[retry]`: how one model is asked again, from checked values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.core.errors import ErrorKind
from aircherd.core.settings import RetrySettings

_HELPED: Mapping[str, frozenset[ErrorKind]] = {
    "rate_limit": frozenset({ErrorKind.RATE_LIMIT}),
    "server_error": frozenset({ErrorKind.SERVER_ERROR}),
    "network_error": frozenset({ErrorKind.NETWORK_ERROR, ErrorKind.INTERRUPTED}),
    "timeout": frozenset({ErrorKind.TIMEOUT}),
    "unknown": frozenset({ErrorKind.UNKNOWN}),
}
"""Failures after which the same request can succeed, by their names in the file."""
_NEVER = ("authentication", "quota_exceeded", "invalid_request")
"""Further names of failures; the same request fails in the same way again."""


def retries(values: Mapping[str, Any]) -> tuple[RetrySettings, list[tuple[str, str]]]:
    """The settings, and what of them has no effect, each as a message and what to do."""
    wrong: list[tuple[str, str]] = []
    plain = RetrySettings()
    initial = values.get("retry.initial_delay", plain.initial_delay)
    longest = values.get("retry.max_delay", max(plain.max_delay, initial))
    if initial > longest:
        wrong.append(
            (
                f"retry.initial_delay is longer than retry.max_delay; {longest:g} s counts",
                "write the shorter one first",
            )
        )
    named = values.get("retry.retryable_errors")
    kinds: set[ErrorKind] = set()
    for name in named or ():
        if name in _HELPED:
            kinds |= _HELPED[name]
        elif name in _NEVER:
            wrong.append(
                (
                    f"{name!r} is never asked again, for it would fail in the same way",
                    "leave it out of retry.retryable_errors",
                )
            )
        else:
            wrong.append(
                (
                    f"{name!r} in retry.retryable_errors is no kind of failure",
                    f"use {', '.join(_HELPED)}",
                )
            )
    return (
        RetrySettings(
            max_retries=values.get("retry.max_retries", plain.max_retries),
            initial_delay=min(initial, longest),
            max_delay=longest,
            backoff_factor=float(values.get("retry.backoff_factor", plain.backoff_factor)),
            kinds=None if named is None else frozenset(kinds),
        ),
        wrong,
    )
