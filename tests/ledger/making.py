"""What the tests of the books share: requests, limits, settlements, and processes that use them."""

from __future__ import annotations

from datetime import UTC, datetime

from aircherd.core.books import HoldRequest, Limit, Period, Settlement
from aircherd.core.chat import Usage
from aircherd.core.money import NanoUsd
from aircherd.routing.periods import day, month, week

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def periods(now: datetime = NOON, zone: str = "UTC") -> tuple[Period, ...]:
    return (day(now, zone), week(now, zone), month(now, zone))


def request(
    operation: str,
    amount: int,
    *,
    attempt: int = 1,
    task: str = "commit_messages",
    model: str = "openai/gpt-6-luna",
    workspace: str | None = None,
    branch: str | None = None,
    limits: tuple[Limit, ...] = (),
    now: datetime = NOON,
    zone: str = "UTC",
    lifetime: float = 960.0,
) -> HoldRequest:
    provider, _, name = model.partition("/")
    return HoldRequest(
        operation=operation,
        attempt=attempt,
        task=task,
        provider=provider,
        model=name,
        client="test",
        workspace=workspace,
        branch=branch,
        amount=NanoUsd(amount),
        price_version="test 1",
        limits=limits,
        periods=periods(now, zone),
        reason="{}",
        lifetime=lifetime,
    )


def limit(amount: int, scope: str = "all", kind: str = "day", now: datetime = NOON) -> Limit:
    period = {"day": day, "week": week, "month": month}[kind](now, "UTC")
    return Limit(scope=scope, period=period, amount=NanoUsd(amount), label=f"{scope} {kind}")


def settled(cost: int, outcome: str = "done", usage: Usage | None = None) -> Settlement:
    return Settlement(
        outcome=outcome,
        usage=usage or Usage(input=10, output=5),
        cost=NanoUsd(cost),
        duration_ms=1,
    )


class NoConnection:
    """A connection nobody is at the other end of."""

    def notify(self, method: str, params: object) -> None:
        """Nobody hears it."""

    def say(self, body: bytes) -> None:
        """Nobody hears it."""

    def at_end(self, work: object) -> None:
        """It never ends."""
