"""One attempt at one model, and what it can have cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from aircherd.core.books import Hold
from aircherd.core.catalog import Capability, Effort
from aircherd.core.chat import ChatRequest, FinishReason, Transcript, Usage
from aircherd.core.errors import BudgetExceeded, ProviderError, Unsupported
from aircherd.core.money import ZERO, NanoUsd, Price
from aircherd.core.plan import Attempt, Candidate, Plan
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.outbound.mask import Masked
from aircherd.providers.base import Provider, Streams
from aircherd.routing.estimate import likely, prompt_bound

_MOST_TOKENS = 1 << 40
"""A count above this is none: no model has read as much, and the books could not hold its price."""
_UNSEEN_OUTPUT = 32
"""Tokens an engine may have made after the last one we read when a stream was closed."""


def _itself(provider: Provider) -> Streams:
    return provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One operation: what to ask, of whom, for whom."""

    operation: str
    task: TaskKind
    plan: Plan
    build: Callable[[Candidate, float], ChatRequest]
    """Makes the request for one candidate, fitted to its window at so many bytes a token."""
    reason: str
    """Why, as JSON, for the books."""
    client: str
    workspace: str | None
    branch: str | None = None
    """What was checked out there."""
    within: tuple[str, ...] = ()
    """Folders in the workspace that what is asked about lies in: their own settings count too."""
    through: Callable[[Provider], Streams] = _itself
    """What a provider is asked through, where it is no conversation: see `providers.atonce`."""

    @property
    def converses(self) -> bool:
        """Whether it is a conversation, whose whole answer is its text."""
        return self.through is _itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of an operation that was answered."""

    transcript: Transcript
    text: str
    finish: FinishReason
    candidate: Candidate
    request: ChatRequest
    usage: Usage
    cost: NanoUsd
    attempts: tuple[Attempt, ...]
    first_token_ms: int | None
    masked: Masked
    """The secrets that were taken out, to be put back into what stays on this machine."""
    by_table: NanoUsd | None = None
    """What the price table makes of the usage, whatever the provider says it charged; None for an
    answer nobody was asked for."""


class Call:
    """One attempt while it runs."""

    def __init__(
        self,
        job: Job,
        candidate: Candidate,
        request: ChatRequest,
        price: Price,
        hold: Hold,
        began: float,
    ) -> None:
        self.job = job
        self.candidate = candidate
        self.request = request
        self.price = price
        self.hold = hold
        self.began = began
        self.transcript = Transcript()
        self.first_token_ms: int | None = None
        self.address: str | None = None
        """Base URL of the endpoint it went to; None where that is not said."""
        self._left: bool | None = None

    @property
    def unsent(self) -> bool:
        """Whether it is known that nothing of it has left; where nobody says, it may have."""
        return self._left is False

    def reached(self, leaves: bool) -> None:
        """It looks for a way to its provider, or has found one: what once left stays so."""
        self._left = leaves or bool(self._left)

    def spoke(self, now: float) -> None:
        if self.first_token_ms is None:
            self.first_token_ms = round((now - self.began) * 1000)

    def whole_usage(self) -> Usage:
        """What a complete answer took: the provider's count, ours where it gave none.

        Ours is a likely figure where nothing is paid, and otherwise the most it can have been.
        """
        reported, seen = self._reported(), self._seen_bytes()
        if reported.output_total == 0 and seen:
            reported = replace(reported, output=None)
        if self.price.is_free:
            return reported.filled(input=likely(self.request.prompt_bytes), output=likely(seen))
        return reported.filled(input=prompt_bound(self.request), output=self._most(seen))

    def broken_usage(self) -> Usage:
        """What a broken answer can have taken at most.

        A stream may report usage as it goes; what was made after the last report is not in it, so
        the output is never taken from a report alone.
        """
        reported = self._reported()
        output = max(reported.output or 0, self._seen_bytes() + _UNSEEN_OUTPUT)
        return replace(reported, output=None).filled(
            input=prompt_bound(self.request), output=self._most(output)
        )

    def _reported(self) -> Usage:
        reported = self.transcript.usage or Usage(input=None, output=None)
        if max(reported.prompt_total or 0, reported.output_total or 0) > _MOST_TOKENS:
            reported = Usage(input=None, output=None, reported_cost=reported.reported_cost)
        if reported.prompt_total == 0:
            # There is no prompt of no tokens: a server that says so has not counted.
            reported = replace(reported, input=None)
        return reported

    def _most(self, output: int) -> int:
        return (
            self.request.max_output
            if self._may_be_unseen()
            else min(output, self.request.max_output)
        )

    def _seen_bytes(self) -> int:
        texts = (*self.transcript.text, *self.transcript.thinking)
        return sum(len(text.encode()) for text in texts)

    def _may_be_unseen(self) -> bool:
        if not self.job.converses or self.request.tools:
            # What comes at once may have been made whole; so may a call that is not shown in parts.
            return True
        thinks = Capability.THINKING in self.candidate.spec.capabilities
        return thinks and self.request.effort is not Effort.OFF


class Run:
    """One operation while it runs."""

    def __init__(self, job: Job, sink: Sink, began: float, deadline: float) -> None:
        self.job = job
        self.sink = sink
        self.began = began
        """Monotonic instant, as is its deadline."""
        self.deadline = deadline
        self.candidate: Candidate | None = None
        """Whom it is with, or waits for; None before the first."""
        self.call: Call | None = None
        """What that one is being asked; None while it waits."""
        self.attempts: list[Attempt] = []
        self.tried: set[str] = set()
        """Endpoints that failed this operation."""
        self.first_error: ProviderError | BudgetExceeded | Unsupported | None = None
        self.waited = 0.0


def not_sent(candidate: Candidate, outcome: str, error: str) -> Attempt:
    """An attempt that ended before anything left."""
    ref = candidate.spec.ref
    return Attempt(
        provider=ref.provider, model=ref.model, outcome=outcome, sent=False, cost=ZERO, error=error
    )


def failed(candidate: Candidate, error: ProviderError, cost: NanoUsd) -> Attempt:
    """An attempt that brought an error."""
    ref = candidate.spec.ref
    return Attempt(
        provider=ref.provider,
        model=ref.model,
        outcome=str(error.kind),
        sent=error.sent,
        cost=cost,
        error=str(error),
    )
