"""What one attempt may cost and did cost: held before it is sent, booked once when it ended.

Every hold ends exactly once: settled when anything may have been sent, released only when provably
nothing was. Settling begins at once and waits for nobody, so that a request cancelled twice still
settles.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Protocol

from aircherd.attempt import Call, Job
from aircherd.core.books import Hold, HoldRequest, Settlement
from aircherd.core.chat import ChatRequest, Usage, cost_of
from aircherd.core.clock import Clock
from aircherd.core.errors import BudgetExceeded, NoModel, ProviderError
from aircherd.core.money import FREE_LOCAL, ZERO, NanoUsd, Price, per_million
from aircherd.core.plan import Candidate
from aircherd.core.settings import Settings, TaskRule
from aircherd.routing.budget import limits_for, periods_for
from aircherd.routing.estimate import prompt_bound
from aircherd.settling import Ending, waited

log = logging.getLogger(__name__)

_NO_RULE = TaskRule()
_GRACE = 60.0
"""Seconds after its deadline in which a call is settled, before its hold is settled in full."""

Keep = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
"""Starts a task that outlives the request it comes from."""
Ended = Callable[[Call, Settlement], None]
"""Told of each call as it ends, before it is booked."""
Settled = Callable[[Call, Settlement], Coroutine[Any, Any, None] | None]
"""Told of each booking; what it gives is what is left to do, where that has to wait."""


class Books(Protocol):
    """What the gateway needs of the ledger."""

    async def reserve(self, request: HoldRequest) -> Hold:
        """Durable room for the worst case. Raises BudgetExceeded or LedgerUnavailable."""
        ...

    def settling(
        self,
        hold: Hold,
        settlement: Settlement,
        told: Callable[[BaseException | None], None],
        *,
        waits: bool,
    ) -> None:
        """Books what a call cost and frees the rest; `told` hears when it stands."""
        ...

    async def release(self, hold: Hold, outcome: str) -> None:
        """Frees a hold whose call provably never left."""
        ...


def billed(usage: Usage, price: Price) -> NanoUsd:
    """What a call is booked at: by the price table, or what its provider says it charged if that
    is more.

    A provider knows of surcharges and new prices before a table does, and a limit is kept against
    the bill. Where it says less, the table stands: a discount that is not certain is not spent.
    """
    return max(cost_of(usage, price), usage.reported_cost or ZERO)


class Booking:
    """Holds and settlements of the gateway's attempts."""

    def __init__(
        self,
        *,
        books: Books,
        settings: Callable[[], Settings],
        clock: Clock,
        keep: Keep,
        settled: Settled,
        ended: Ended = lambda *_: None,
        busy: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`busy` is told 1 when a settlement begins and -1 when it is booked: nobody hears "idle",
        with the day's sum, before a call stands in it."""
        self._busy = busy
        self._books, self._settings = books, settings
        self._clock = clock
        self._keep = keep
        self._settled, self._tell_ended = settled, ended
        self.settling = 0
        """Calls that have ended and are being booked."""

    def price(self, candidate: Candidate) -> Price:
        """The price row to reckon with. Raises NoModel for one nobody knows."""
        if candidate.spec.price is not None:
            return candidate.spec.price
        ceiling = self._settings().costs.unpriced_ceiling
        if ceiling is None:
            raise NoModel(
                f"The price of {candidate.spec.ref} is unknown; set costs.unpriced_ceiling."
            )
        top = per_million(ceiling)
        return Price(version="ceiling", input=top, output=top)

    async def reserve(
        self, job: Job, candidate: Candidate, request: ChatRequest, price: Price, attempt: int
    ) -> Hold:
        """Durable room for the worst case. Raises BudgetExceeded or LedgerUnavailable."""
        spec, now, costs = candidate.spec, self._clock.now(), self._settings().costs
        worst = price.upper_bound(prompt_bound(request), request.max_output)
        rule = self._settings().task_rules.get(job.task, _NO_RULE).request_limit
        most = min((x for x in (costs.request_limit, rule) if x is not None), default=None)
        if most is not None and worst > most:
            raise BudgetExceeded(
                scope="per-request", limit=most, spent=ZERO, held=ZERO, needed=worst, resets_at=None
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

    async def saved(
        self, job: Job, candidate: Candidate, request: ChatRequest, saved: NanoUsd, outcome: str
    ) -> None:
        """Books an answer that was given without asking: a row that costs nothing and says what it
        would have."""
        reason = json.loads(job.reason) if job.reason else {}
        job = replace(job, reason=json.dumps({**reason, "saved": saved}, ensure_ascii=False))
        hold = await self.reserve(job, candidate, request, FREE_LOCAL, 1)
        call = Call(job, candidate, request, FREE_LOCAL, hold, self._clock.monotonic())
        call.first_token_ms = 0
        await self.end(call, outcome, Usage(input=0, output=0))

    async def unsent(self, call: Call, outcome: str) -> None:
        """Frees the hold of an attempt of which nothing left."""
        await asyncio.shield(self._keep(self._books.release(call.hold, outcome=outcome)))

    async def failed(self, call: Call, error: ProviderError) -> NanoUsd:
        """Books a failed attempt and gives what it cost."""
        if not error.sent:
            await self.unsent(call, str(error.kind))
            return ZERO
        usage = call.broken_usage()
        refused = error.status is not None and error.status >= 400
        if refused and not call.transcript.text and call.transcript.usage is None:
            # An error status instead of an answer: no provider bills a request it refused.
            usage = Usage(input=0, output=0)
        return await self.end(call, str(error.kind), usage)

    def left(self, call: Call, outcome: str) -> None:
        """Books an attempt that was broken off, without waiting; an end of the app does."""
        if call.unsent:
            self._keep(self._books.release(call.hold, outcome=outcome))
        else:
            self._keep(waited(self._settle(call, outcome, call.broken_usage())[1].heard()))

    async def end(self, call: Call, outcome: str, usage: Usage) -> NanoUsd:
        """Books what an attempt took, and gives what that cost.

        Nobody waits for what the hold on the disk covers: should the daemon die before, the next
        start books that in full. No cancel of the request reaches the booking, nor is it ever cut
        to what was held: the books say that it is an overrun, for the bill will not be cut either.
        """
        cost, ending = self._settle(call, outcome, usage)
        if cost <= call.hold.amount:
            return cost
        try:
            await ending.heard()
        except asyncio.CancelledError:
            if not ending.over:
                self._keep(waited(ending.heard()))
            raise
        return cost

    def _settle(self, call: Call, outcome: str, usage: Usage) -> tuple[NanoUsd, Ending]:
        cost = billed(usage, call.price)
        took, first = round((self._clock.monotonic() - call.began) * 1000), call.first_token_ms
        settlement = Settlement(
            outcome=outcome, usage=usage, cost=cost, duration_ms=took, first_token_ms=first
        )
        ending = Ending()

        def over() -> None:
            self.settling -= 1
            self._busy(-1)
            ending.tell()

        async def rest(more: Coroutine[Any, Any, None]) -> None:
            try:
                await more
            except Exception:
                log.exception("what follows on hold %s went wrong", call.hold.id)
            finally:
                over()

        def told(error: BaseException | None) -> None:
            more = None
            if error is not None:
                # The hold stays in full: nothing can be overspent, and the next start settles it.
                log.error("could not settle hold %s", call.hold.id, exc_info=error)
            else:
                try:
                    more = self._settled(call, settlement)
                except Exception:
                    log.exception("what follows on hold %s went wrong", call.hold.id)
            if more is None:
                over()
            else:
                self._keep(rest(more))

        self.settling += 1
        self._busy(1)
        self._books.settling(call.hold, settlement, told, waits=cost > call.hold.amount)
        self._tell_ended(call, settlement)
        return cost, ending
