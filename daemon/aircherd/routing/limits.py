"""How much one endpoint takes a minute: what it says in its headers, what the user wrote. Pure.

Header names and value forms are those of OpenAI and what copies it (`x-ratelimit-…`, resets as
durations such as `6m0s`, plain seconds, or epoch milliseconds at OpenRouter) and of Anthropic
(`anthropic-ratelimit-…`, resets as RFC 3339 instants). A header that cannot be read is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["requests", "tokens"]
KINDS: tuple[Kind, ...] = ("requests", "tokens")
MINUTE = 60.0
_LONGEST_RESET = 3_600.0
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_TOKENS = ("tokens", "input-tokens", "output-tokens")


@dataclass(slots=True)
class _Bucket:
    """One kind of allowance, filled steadily: `limit` a minute."""

    limit: float | None = None
    left: float = 0.0
    at: float = 0.0
    shut_until: float = 0.0
    """Nothing before this instant: the endpoint said that none is left."""

    def now(self, now: float) -> float | None:
        """What is left; None for no known limit."""
        if self.limit is None:
            return None
        return min(self.limit, self.left + (now - self.at) * self.limit / MINUTE)

    def wait(self, amount: float, now: float) -> float:
        """Seconds until so much fits. More than fits a minute waits for a full bucket."""
        shut = max(0.0, self.shut_until - now)
        left = self.now(now)
        if left is None or not self.limit:
            return shut
        lacking = min(amount, self.limit) - left
        return max(shut, lacking * MINUTE / self.limit)

    def take(self, amount: float, now: float) -> None:
        left = self.now(now)
        if left is not None:
            self.left, self.at = left - amount, now


@dataclass(slots=True)
class Allowance:
    """What one endpoint may still be asked this minute."""

    buckets: dict[Kind, _Bucket] = field(
        default_factory=lambda: {"requests": _Bucket(), "tokens": _Bucket()}
    )
    written: dict[Kind, int] = field(default_factory=dict)

    def configure(self, kind: Kind, limit: int | None, now: float) -> None:
        """What the user wrote; it holds whatever the headers say, unless they say less."""
        if limit is None:
            self.written.pop(kind, None)
            return
        bucket = self.buckets[kind]
        if self.written.get(kind) != limit:
            self.written[kind] = limit
            bucket.limit, bucket.left, bucket.at = float(limit), float(limit), now

    def wait(self, tokens: int, now: float) -> float:
        """Seconds until a request of so many tokens fits."""
        return max(
            self.buckets["requests"].wait(1, now), self.buckets["tokens"].wait(float(tokens), now)
        )

    def take(self, tokens: int, now: float) -> None:
        """Counts a request."""
        self.buckets["requests"].take(1, now)
        self.buckets["tokens"].take(float(tokens), now)

    def left(self, kind: Kind, now: float) -> int | None:
        """What is left; None for no known limit."""
        left = self.buckets[kind].now(now)
        return None if left is None else max(0, int(left))

    def heard(self, headers: Mapping[str, str], now: float, wall: datetime) -> None:
        """Learns from an answer's headers. Names are looked up in lower case."""
        low = {name.lower(): value for name, value in headers.items()}
        if not any("ratelimit" in name for name in low):
            return
        self._learn("requests", low, "requests", now, wall)
        for name in _TOKENS:
            self._learn("tokens", low, name, now, wall)
        if "x-ratelimit-limit" in low:
            self._learn("requests", low, "", now, wall)

    def _learn(
        self, kind: Kind, low: Mapping[str, str], name: str, now: float, wall: datetime
    ) -> None:
        def said(what: str) -> str:
            tail = f"-{name}" if name else ""
            ours = low.get(f"anthropic-ratelimit-{name}-{what}") if name else None
            return (ours or low.get(f"x-ratelimit-{what}{tail}") or "").strip()

        limit, left = _number(said("limit")), _number(said("remaining"))
        bucket = self.buckets[kind]
        if limit is not None and limit > 0:
            written = self.written.get(kind)
            known = limit if written is None else min(limit, float(written))
            if bucket.limit is None:
                bucket.left, bucket.at = known, now
            # Of several token limits the tightest counts.
            bucket.limit = known if name in ("", "requests", "tokens") else _least(bucket, known)
        if left is None or bucket.limit is None:
            return
        here = bucket.now(now)
        bucket.left, bucket.at = (left if here is None else min(here, left)), now
        wait = seconds(said("reset"), wall)
        if left <= 0 and wait is not None:
            # The reset names the instant of a full bucket; a request fits a good deal earlier.
            share = wait if kind == "tokens" else wait / max(1.0, bucket.limit)
            bucket.shut_until = max(bucket.shut_until, now + min(share, _LONGEST_RESET))


def seconds(text: str, wall: datetime) -> float | None:
    """Seconds until a reset, from any of the forms in use; None for none of them."""
    text = text.strip()
    if not text:
        return None
    number = _number(text)
    if number is not None:
        if number > 1e11:
            return max(0.0, number / 1000.0 - wall.timestamp())
        if number > 1e8:
            return max(0.0, number - wall.timestamp())
        return max(0.0, number)
    found = _DURATION.fullmatch(text)
    if found:
        hours, minutes, secs, millis = found.groups()
        return (
            int(hours or 0) * 3600
            + int(minutes or 0) * 60
            + float(secs or 0)
            + float(millis or 0) / 1000
        )
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        return None
    return max(0.0, (instant - wall).total_seconds())


def _number(text: str) -> float | None:
    if not re.fullmatch(r"-?\d{1,15}(?:\.\d{1,9})?", text):
        return None
    value = float(text)
    return value if value >= 0 else None


def _least(bucket: _Bucket, known: float) -> float:
    return known if bucket.limit is None else min(bucket.limit, known)
