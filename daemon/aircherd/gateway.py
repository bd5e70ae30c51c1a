"""The one way to a model: gate → reserve → stream → settle; the next candidate on failure.

Nothing is sent that has not passed the gate (`egress`), nor without a hold that is already durable.
Every hold ends exactly once: settled when anything may have been sent, released only when provably
nothing was. Settling is handed to the app's own tasks, so that a request cancelled twice still
settles. After the first piece of text has been shown there is neither retry nor another candidate:
two half answers are never glued.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, Protocol

from aircherd.attempt import Call, Job, Reply
from aircherd.core.books import Hold, HoldRequest, Settlement
from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    TextDelta,
    ThinkingDelta,
    Usage,
    cost_of,
)
from aircherd.core.clock import Clock
from aircherd.core.errors import (
    BudgetExceeded,
    ErrorKind,
    NoModel,
    ProviderError,
    Unsupported,
    Withheld,
)
from aircherd.core.money import ZERO, NanoUsd, Price, per_million
from aircherd.core.operations import TokenCount
from aircherd.core.plan import Attempt, Candidate
from aircherd.core.settings import Settings
from aircherd.core.sink import Sink
from aircherd.core.tasks import TaskKind
from aircherd.counting import counted
from aircherd.egress import Egress
from aircherd.outbound.mask import Masked
from aircherd.providers.base import Provider
from aircherd.routing.budget import limits_for, periods_for
from aircherd.routing.estimate import (
    PACKING_BYTES_PER_TOKEN,
    SOUND_BYTES_PER_TOKEN,
    prompt_bound,
)
from aircherd.routing.retry import wait_before_retry

log = logging.getLogger(__name__)

_GRACE = 60.0
"""Seconds after its deadline in which a call is settled, before its hold is settled in full."""


class Books(Protocol):
    """What the gateway needs of the ledger."""

    async def reserve(self, request: HoldRequest) -> Hold:
        """Durable room for the worst case. Raises BudgetExceeded or LedgerUnavailable."""
        ...

    async def settle(self, hold: Hold, settlement: Settlement) -> None:
        """Books what a call cost and frees the rest."""
        ...

    async def release(self, hold: Hold, outcome: str) -> None:
        """Frees a hold whose call provably never left."""
        ...


class Gateway:
    """Asks the candidates of a plan, one after the other, until one answers."""

    def __init__(
        self,
        *,
        books: Books,
        egress: Egress,
        providers: Callable[[], Mapping[str, Provider]],
        settings: Callable[[], Settings],
        clock: Clock,
        keep: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        settled: Callable[[Job, Candidate, Settlement], Coroutine[Any, Any, None]],
        changed: Callable[[], None] = lambda: None,
        refused: Callable[[BudgetExceeded], None] = lambda _: None,
    ) -> None:
        """`keep` starts a task that outlives the request; `settled` is told after each booking,
        `changed` whenever `asking` is different, `refused` of each call a limit was in the way
        of."""
        self._books = books
        self._egress = egress
        self._providers = providers
        self._settings = settings
        self._clock = clock
        self._keep = keep
        self._settled = settled
        self._changed = changed
        self._refused = refused
        self.asking = 0
        """Operations that are asking a model now."""
        self.newest: TaskKind | None = None
        """What the newest of them is."""

    async def run(self, job: Job, sink: Sink) -> Reply:
        """The first answer that comes whole.

        Raises NoModel, Untrusted, Withheld, BudgetExceeded, or the ProviderError of the first
        candidate that failed; a ProviderError after text was shown carries it in `partial`.
        """
        self.asking += 1
        self.newest = job.task
        self._changed()
        try:
            return await self._run(job, sink)
        finally:
            self.asking -= 1
            self._changed()

    async def count(self, job: Job) -> tuple[TokenCount, str | None]:
        """Tokens of the job's prompt, and why they are not its provider's own count."""
        return await counted(self._egress, self._providers(), job)

    async def _run(self, job: Job, sink: Sink) -> Reply:
        attempts: list[Attempt] = []
        first_error: ProviderError | BudgetExceeded | None = None
        deadline = self._clock.monotonic() + self._settings().deadline
        allowed = await self._egress.admit(job)
        kept: str | None = None
        for candidate in job.plan.candidates:
            if (why := allowed.why_not(candidate)) is not None:
                kept = kept or why
                attempts.append(_not_sent(candidate, ErrorKind.WITHHELD, why))
                continue
            ratio, retries = PACKING_BYTES_PER_TOKEN, 0
            while True:
                try:
                    return await self._attempt(job, candidate, ratio, attempts, sink, deadline)
                except BudgetExceeded as error:
                    self._refused(error)
                    if not self._settings().costs.auto_downgrade:
                        raise
                    attempts.append(_not_sent(candidate, error.kind, str(error)))
                    first_error = first_error or error
                    break
                except ProviderError as error:
                    if error.partial or self._clock.monotonic() >= deadline:
                        raise
                    first_error = first_error or error
                    if error.kind is ErrorKind.CONTEXT_LENGTH and ratio != SOUND_BYTES_PER_TOKEN:
                        ratio = SOUND_BYTES_PER_TOKEN
                        continue
                    wait = wait_before_retry(error, retries, random.random())  # noqa: S311 - jitter
                    if wait is None or self._clock.monotonic() + wait >= deadline:
                        break
                    retries += 1
                    await asyncio.sleep(wait)
        if first_error is not None:
            raise first_error
        if kept is not None:
            raise Withheld(f"No model may see this: {kept}. Start a local one, or change that.")
        raise NoModel("No model can answer this; run `aircher models` to see why.")

    async def _attempt(
        self,
        job: Job,
        candidate: Candidate,
        bytes_per_token: float,
        attempts: list[Attempt],
        sink: Sink,
        deadline: float,
    ) -> Reply:
        provider = self._providers().get(candidate.spec.ref.provider)
        if provider is None:
            raise NoModel(f"{candidate.spec.ref.provider} was just removed; ask again.")
        built = job.build(candidate, bytes_per_token)
        request, masked = await self._egress.passed(job, built)
        price = self._price(candidate)
        hold = await self._reserve(job, candidate, request, price, len(attempts) + 1)
        call = Call(job, candidate, request, price, hold, self._clock.monotonic())
        try:
            async with (
                self._egress.watched(job, candidate, masked),
                aclosing(job.through(provider).stream(request, deadline=deadline)) as events,
            ):
                async for event in events:
                    call.transcript.add(event)
                    match event:
                        case TextDelta(text):
                            call.spoke(self._clock.monotonic())
                            sink.append(text)
                        case ThinkingDelta(text):
                            sink.thinking(text)
                        case _:
                            pass
        except asyncio.CancelledError:
            self._end(call, "cancelled", call.broken_usage())
            raise
        except ProviderError as error:
            cost = await self._fail(call, error)
            attempts.append(_failed(candidate, error, cost))
            error.partial = "".join(call.transcript.text)
            error.provider = candidate.spec.ref.provider
            error.model = error.model or candidate.spec.ref.model
            raise
        except Unsupported as error:
            # Found out while the request was written: nothing was sent.
            ended = self._books.release(call.hold, outcome=str(error.kind))
            await asyncio.shield(self._keep(ended))
            raise
        except BaseException:
            self._end(call, str(ErrorKind.UNKNOWN), call.broken_usage())
            raise
        finish = call.transcript.finished or Finished(reason=FinishReason.UNKNOWN)
        usage = call.whole_usage()
        cost, booked = self._end(call, "done", usage)
        await asyncio.shield(booked)
        attempts.append(
            Attempt(
                provider=candidate.spec.ref.provider,
                model=candidate.spec.ref.model,
                outcome="done",
                sent=True,
                cost=cost,
            )
        )
        return Reply(
            transcript=call.transcript,
            text="".join(call.transcript.text),
            finish=finish.reason,
            candidate=candidate,
            request=request,
            usage=usage,
            cost=cost,
            attempts=tuple(attempts),
            first_token_ms=call.first_token_ms,
            masked=masked,
        )

    async def previewed(
        self, job: Job, candidate: Candidate, request: ChatRequest
    ) -> tuple[ChatRequest, Masked, bytes]:
        """What would be sent: the request as it passes the gate, and its body byte for byte.

        Raises Untrusted, Withheld, NoModel.
        """
        why = (await self._egress.admit(job)).why_not(candidate)
        if why is not None:
            raise Withheld(f"{candidate.spec.ref} may not see this: {why}.")
        provider = self._providers().get(candidate.spec.ref.provider)
        if provider is None:
            raise NoModel(f"{candidate.spec.ref.provider} was just removed; ask again.")
        clean, masked = await self._egress.passed(job, request)
        return clean, masked, provider.draft(clean).body

    def _price(self, candidate: Candidate) -> Price:
        if candidate.spec.price is not None:
            return candidate.spec.price
        ceiling = self._settings().costs.unpriced_ceiling
        if ceiling is None:
            raise NoModel(
                f"The price of {candidate.spec.ref} is unknown; set costs.unpriced_ceiling."
            )
        top = per_million(ceiling)
        return Price(version="ceiling", input=top, output=top)

    async def _reserve(
        self, job: Job, candidate: Candidate, request: ChatRequest, price: Price, attempt: int
    ) -> Hold:
        spec, now, costs = candidate.spec, self._clock.now(), self._settings().costs
        worst = price.upper_bound(prompt_bound(request), request.max_output)
        if costs.request_limit is not None and worst > costs.request_limit:
            raise BudgetExceeded(
                scope="per-request",
                limit=costs.request_limit,
                spent=ZERO,
                held=ZERO,
                needed=worst,
                resets_at=None,
            )
        ref = spec.ref
        return await self._books.reserve(
            HoldRequest(
                operation=job.operation,
                attempt=attempt,
                task=job.task,
                provider=ref.provider,
                model=ref.model,
                client=job.client,
                workspace=job.workspace,
                amount=worst,
                price_version=None if spec.price is None else price.version,
                limits=limits_for(
                    costs,
                    task=job.task,
                    provider=ref.provider,
                    model=str(ref),
                    now=now,
                    workspace=job.workspace,
                )
                if worst
                else (),
                periods=periods_for(costs, now=now),
                reason=job.reason,
                branch=job.branch,
                lifetime=self._settings().deadline + _GRACE,
            )
        )

    async def _fail(self, call: Call, error: ProviderError) -> NanoUsd:
        """Books a failed attempt and gives what it cost."""
        if not error.sent:
            await asyncio.shield(
                self._keep(self._books.release(call.hold, outcome=str(error.kind)))
            )
            return ZERO
        usage = call.broken_usage()
        refused = error.status is not None and error.status >= 400
        if refused and not call.transcript.text and call.transcript.usage is None:
            # An error status instead of an answer: no provider bills a request it refused.
            usage = Usage(input=0, output=0)
        cost, booked = self._end(call, str(error.kind), usage)
        await asyncio.shield(booked)
        return cost

    def _end(self, call: Call, outcome: str, usage: Usage) -> tuple[NanoUsd, asyncio.Task[None]]:
        """Settles in a task of the app's own, which no cancel of the request reaches."""
        cost = cost_of(usage, call.price)
        if usage.estimated:
            cost = min(cost, call.hold.amount)
        settlement = Settlement(
            outcome=outcome,
            usage=usage,
            cost=cost,
            duration_ms=round((self._clock.monotonic() - call.began) * 1000),
            first_token_ms=call.first_token_ms,
        )

        async def settle() -> None:
            try:
                await self._books.settle(call.hold, settlement)
                await self._settled(call.job, call.candidate, settlement)
            except Exception:
                # The hold stays in the books in full, so nothing can be overspent; the next start
                # settles it at that amount.
                log.exception("could not settle hold %s of %s", call.hold.id, call.job.operation)
            finally:
                self.asking -= 1
                self._changed()

        # Nobody is told "idle", with the day's sum, before this call stands in it.
        self.asking += 1
        return cost, self._keep(settle())


def _not_sent(candidate: Candidate, outcome: str, error: str) -> Attempt:
    ref = candidate.spec.ref
    return Attempt(
        provider=ref.provider, model=ref.model, outcome=outcome, sent=False, cost=ZERO, error=error
    )


def _failed(candidate: Candidate, error: ProviderError, cost: NanoUsd) -> Attempt:
    ref = candidate.spec.ref
    return Attempt(
        provider=ref.provider,
        model=ref.model,
        outcome=str(error.kind),
        sent=error.sent,
        cost=cost,
        error=str(error),
    )
