"""Several keys for one host: which one goes next, and which rest after a refusal."""

from __future__ import annotations

import asyncio
import random

from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host, KeySource
from aircherd.routing.balance import Member, Strategy, checked, primary_with_fallback

RESTING = {ErrorKind.RATE_LIMIT: 20.0, ErrorKind.QUOTA_EXCEEDED: 3_600.0}
"""Seconds a key rests after each kind of refusal, unless the provider asks for longer."""


class Keys:
    """The keys of one host, in the user's order. Of those that do not rest the strategy takes one,
    where the user wants one; else it is the first, so that prompt caches stay warm."""

    def __init__(
        self,
        host: Host,
        clock: Clock,
        source: KeySource | None = None,
        strategy: Strategy = primary_with_fallback,
    ) -> None:
        """`source` gives the keys when the first request needs them, where the host has none."""
        self._clock = clock
        self._strategy = strategy
        self._turn = -1
        self._used: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        """In a row, by key."""
        self._source = None if host.key else source
        self._asking = asyncio.Lock()
        self._keys = tuple(dict.fromkeys(key for key in (host.key, *host.spare_keys) if key))
        self._rests_until: dict[str, float] = {}

    async def take(self) -> str | None:
        """The key to use now, got first where need be. Raises ProviderError(authentication)."""
        if self._source is not None and not self._keys:
            async with self._asking:
                if not self._keys:
                    self._keys = tuple(dict.fromkeys(await self._source()))
        return self.next()

    def next(self) -> str | None:
        """The key to use now: one that does not rest, else the one that rests shortest."""
        if not self._keys:
            return None
        if len(self._keys) == 1:
            return self._keys[0]
        now = self._clock.monotonic()
        awake = [key for key in self._keys if self._rests_until.get(key, 0.0) <= now]
        if not awake:
            return min(self._keys, key=lambda key: self._rests_until.get(key, 0.0))
        self._turn += 1
        # A strategy may be a stranger's: it is told the places of the keys, never the keys.
        members = [
            Member(
                name=str(place),
                failures=self._failures.get(key, 0),
                last_used=self._used.get(key),
            )
            for place, key in enumerate(awake)
        ]
        chance = random.random()  # noqa: S311 - spreads load, no secret
        key = awake[int(checked(self._strategy, members, self._turn, chance)[0].name)]
        self._used[key] = now
        return key

    def answered(self, key: str | None) -> None:
        """A request with this key was let in."""
        if self._failures and key is not None:
            self._failures.pop(key, None)

    def refused(self, key: str | None, error: ProviderError) -> None:
        """Lets a key rest. When another is awake the error says that a retry helps at once."""
        if self._source is not None and error.error_kind is ErrorKind.AUTHENTICATION:
            # It may have been renewed since it was got; the next request asks for it again.
            self._keys = ()
            return
        rest = RESTING.get(error.error_kind)
        if key is None or rest is None or len(self._keys) < 2:
            return
        now = self._clock.monotonic()
        self._failures[key] = self._failures.get(key, 0) + 1
        self._rests_until[key] = now + max(rest, error.retry_after or 0.0)
        if any(self._rests_until.get(other, 0.0) <= now for other in self._keys):
            error.can_retry = error.retryable = True
            error.retry_after = 0.0
