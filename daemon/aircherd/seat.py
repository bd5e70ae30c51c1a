"""The right to send one request, and the duty to say what became of it."""

from __future__ import annotations

from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.endpoint import Endpoint, Pass
from aircherd.providers.base import Provider
from aircherd.routing.retry import BUSY, COOLING


class Seat:
    """The right to send one request to one endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        provider: Provider,
        model: str,
        admitted: Pass,
        waited: float,
        since: float,
    ) -> None:
        self.since = since
        """The monotonic instant it was taken."""
        self.endpoint = endpoint
        self.provider = provider
        self.waited = waited
        """Seconds in line."""
        self._model = model
        self._admitted = admitted
        self._told = False
        self._lane = endpoint.lane(model)
        self._lane.in_flight += 1
        self._lane.last_used = since

    def spoke(self, first_ms: int | None) -> None:
        """The first text came."""
        self.endpoint.spoke(self._model, first_ms)

    def answered(self) -> None:
        """The whole answer came."""
        self._told = True
        self.endpoint.answered(self._model)

    def failed(self, error: ProviderError) -> None:
        """It failed."""
        self._told = True
        self.endpoint.failed(self._model, error, self._admitted)

    def left(self) -> None:
        """It ended, once; nothing to tell unless it was told."""
        self._lane.in_flight -= 1
        if not self._told:
            self.endpoint.left(self._model, self._admitted)


def left_alone(name: str, wait: float, last: str | None, *, limited: bool) -> ProviderError:
    """The error for an endpoint whose circuit is open: it was not asked."""
    when = f"ask again in {wait:.0f} s" if wait >= 1 else "ask again in a moment"
    why = f" after: {last.rstrip('.')}" if last else ""
    return ProviderError(
        message=f"{name} is left alone for now{why}. Use another provider, or {when}.",
        error_kind=ErrorKind.RATE_LIMIT if limited else ErrorKind.SERVER_ERROR,
        provider=name,
        code=COOLING,
        can_retry=True,
        retry_after=round(wait, 3),
        sent=False,
    )


def busy(name: str, why: str, wait: float | None = None) -> ProviderError:
    """The error for a line that is too long: it was not asked."""
    return ProviderError(
        message=f"{name} is busy: {why}. Try again later, or use another provider.",
        error_kind=ErrorKind.RATE_LIMIT,
        provider=name,
        code=BUSY,
        can_retry=True,
        retry_after=wait,
        sent=False,
    )
