"""The one way to a model: gate → seat → reserve → stream → settle; the next one on failure.

Nothing is sent that has not passed the gate (`egress`), nor without a hold that is already durable.
After the first piece of text has been shown there is neither retry nor another candidate: two half
answers are never glued. Only this layer retries, and a budget bounds what it adds to an outage.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from aircherd.attempt import Call, Job, Reply, Run, failed, not_sent
from aircherd.booking import Booking, Books, Ended, Keep, Settled
from aircherd.core.chat import (
    ChatRequest,
    Finished,
    FinishReason,
    StreamEvent,
    TextDelta,
    ThinkingDelta,
    cost_of,
)
from aircherd.core.clock import Clock
from aircherd.core.errors import (
    AircherError,
    BudgetExceeded,
    ErrorKind,
    NoModel,
    ProviderError,
    Unsupported,
    Withheld,
)
from aircherd.core.money import ZERO
from aircherd.core.operations import TokenCount
from aircherd.core.plan import Attempt, Candidate
from aircherd.core.settings import Settings
from aircherd.core.sink import Sink, in_line
from aircherd.core.tasks import TaskKind
from aircherd.counting import Counting
from aircherd.egress import Egress, Pass
from aircherd.fleet import Fleet
from aircherd.outbound.mask import Masked
from aircherd.providers.base import Provider, reaching
from aircherd.providers.joint import Joint
from aircherd.routing.estimate import PACKING_BYTES_PER_TOKEN, SOUND_BYTES_PER_TOKEN, likely
from aircherd.routing.queue import BACKGROUND
from aircherd.routing.retry import RetryBudget, better_elsewhere, wait_before_retry
from aircherd.seat import Seat
from aircherd.sharing import Sharing
from aircherd.spreading import equals

__all__ = ["Books", "Gateway"]


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
        keep: Keep,
        settled: Settled,
        ended: Ended = lambda *_: None,
        changed: Callable[[], None] = lambda: None,
        refused: Callable[[BudgetExceeded], None] = lambda _: None,
        fleet: Fleet | None = None,
        folder: Path | None = None,
    ) -> None:
        """`keep` starts a task that outlives the request; `ended` is told of each call, `settled`
        once it is booked, `changed` whenever `asking` is different, `refused` of each call a limit
        was in the way of; `folder` is where answers are kept, if the user wants that."""
        self._egress = egress
        self._refused = refused
        self._booking = Booking(
            books=books,
            settings=settings,
            clock=clock,
            keep=keep,
            settled=settled,
            ended=ended,
            busy=self._busy,
        )
        self._providers, self._settings = providers, settings
        self._clock, self._changed = clock, changed
        self.retries = RetryBudget()
        """What retries there were, and may be."""
        self._counting = Counting(egress, providers)
        self.fleet = fleet or Fleet(providers=providers, settings=settings, clock=clock)
        """The endpoints that are asked."""
        self.sharing = Sharing(
            egress=egress, booking=self._booking, settings=settings, clock=clock, folder=folder
        )
        """What is not asked twice."""
        self.joint = Joint(clock)
        """Vectors that are asked for together."""
        self.asking = 0
        """Operations that are asking a model now."""
        self.newest: TaskKind | None = None
        """What the newest of them is."""
        self.running: set[Run] = set()
        """Operations that are with a model, or wait for one; answers given again are not."""

    @property
    def settling(self) -> bool:
        """Whether a call that has ended is still being booked."""
        return self._booking.settling > 0

    def _busy(self, change: int) -> None:
        self.asking += change
        self._changed()

    async def run(self, job: Job, sink: Sink) -> Reply:
        """The first answer that comes whole.

        Raises NoModel, Untrusted, Withheld, or the BudgetExceeded, Unsupported or ProviderError of
        the first candidate that failed; a ProviderError after text was shown carries it in
        `partial`.
        """
        self.newest = job.task
        self.fleet.operations += 1
        self._busy(1)
        try:
            allowed = await self._egress.admit(job)
            if job.workspace != allowed.workspace:
                job = replace(job, workspace=allowed.workspace)
            return await self.sharing.run(job, sink, allowed, partial(self._run, job, allowed))
        finally:
            self._busy(-1)

    async def count(self, job: Job) -> tuple[TokenCount, str | None]:
        """Tokens of the job's prompt, and why they are not its provider's own count."""
        return await self._counting.count(job)

    async def _run(self, job: Job, allowed: Pass, sink: Sink) -> Reply:
        now = self._clock.monotonic()
        self.retries.offered(now)
        run = Run(job, sink, now, now + self._settings().deadline)
        self.running.add(run)
        try:
            return await self._candidates(run, allowed)
        except AircherError as error:
            error.operation, error.attempts = job.operation, tuple(run.attempts)
            raise
        finally:
            self.running.discard(run)

    async def _candidates(self, run: Run, allowed: Pass) -> Reply:
        waiting = run.job.plan.candidates
        kept: str | None = None
        while waiting:
            candidate, waiting = waiting[0], waiting[1:]
            if (why := allowed.why_not(candidate)) is not None:
                kept = kept or why
                run.attempts.append(not_sent(candidate, ErrorKind.WITHHELD, why))
                continue
            name = candidate.spec.ref.provider
            others = any(c.spec.ref.provider != name for c in waiting)
            try:
                if (reply := await self._candidate(run, candidate, others=others)) is not None:
                    return reply
            except BudgetExceeded:
                if not (waiting := equals(candidate, waiting)):
                    raise
            if self._clock.monotonic() >= run.deadline:
                break
        if run.first_error is not None:
            raise run.first_error
        if kept is not None:
            raise Withheld(f"No model may see this: {kept}. Start a local one, or change that.")
        raise NoModel("No model can answer this; run `aircher models` to see why.")

    async def _candidate(self, run: Run, candidate: Candidate, *, others: bool) -> Reply | None:
        """One candidate's answer; None when the next one is to be asked."""
        ratio, retries, ref = PACKING_BYTES_PER_TOKEN, 0, candidate.spec.ref
        while True:
            try:
                return await self._attempt(run, candidate, ratio, others=others)
            except (BudgetExceeded, Unsupported) as error:
                run.attempts.append(not_sent(candidate, error.kind, str(error)))
                run.first_error = run.first_error or error
                if isinstance(error, BudgetExceeded):
                    self._refused(error)
                    if not self._settings().costs.auto_downgrade:
                        raise
                elif run.job.plan.requested is not None:
                    raise  # who named a model wants that one; else another may be able to
                return None
            except ProviderError as error:
                now = self._clock.monotonic()
                if error.partial or now >= run.deadline:
                    raise
                run.first_error = run.first_error or error
                if error.kind is ErrorKind.CONTEXT_LENGTH and ratio != SOUND_BYTES_PER_TOKEN:
                    ratio = SOUND_BYTES_PER_TOKEN
                    continue
                if better_elsewhere(error) and self.fleet.untried(
                    ref.provider, ref.model, run.tried
                ):
                    continue
                wait = wait_before_retry(
                    error,
                    retries,
                    random.random(),  # noqa: S311 - jitter, no secret
                    others=others,
                    policy=self._settings().retry,
                )
                if wait is None or now + wait >= run.deadline or not self.retries.take(now):
                    return None
                retries += 1
                run.call = None
                await asyncio.sleep(wait)

    async def _attempt(
        self, run: Run, candidate: Candidate, bytes_per_token: float, *, others: bool
    ) -> Reply:
        ref, job = candidate.spec.ref, run.job
        run.candidate, run.call = candidate, None
        if not self.fleet.endpoints(ref.provider):
            raise NoModel(f"{ref.provider} was just removed; ask again.")
        built = job.build(candidate, bytes_per_token)
        request, masked = await self._egress.passed(job, built)
        price = self._booking.price(candidate)
        seat: Seat | None = None
        try:
            seat = await self.fleet.take(
                ref.provider,
                ref.model,
                client=job.client,
                task=job.task,
                tokens=likely(request.prompt_bytes),
                others=others,
                deadline=run.deadline,
                avoid=run.tried,
                urgency=None if job.converses else BACKGROUND,
                in_line=partial(in_line.get(), ref.provider),
            )
            run.waited += seat.waited
            hold = await self._booking.reserve(
                job, candidate, request, price, len(run.attempts) + 1
            )
            call = Call(job, candidate, request, price, hold, self._clock.monotonic())
            run.call = call
            reaching.set(call.reached)
            call.address = getattr(getattr(seat.provider, "host", None), "base_url", None)
            heard = partial(self._heard, call, seat, run.sink)
            try:
                way = job.through(seat.provider)
                answer = way.stream(request, deadline=run.deadline, take=heard)
            except BaseException:
                self._booking.left(call, str(ErrorKind.UNKNOWN))
                raise
            return await self._stream(run, call, seat, answer, masked, heard)
        except ProviderError as error:
            if seat is None:
                run.attempts.append(failed(candidate, error, ZERO))
            raise
        finally:
            if seat is not None:
                self.fleet.leave(seat)

    def _heard(self, call: Call, seat: Seat, sink: Sink, event: StreamEvent) -> None:
        """Takes note of an event and shows it. Runs where its bytes arrive, as a rule."""
        call.transcript.add(event)
        if type(event) is TextDelta:
            if call.first_token_ms is None:
                call.spoke(self._clock.monotonic())
                seat.spoke(call.first_token_ms)
            sink.append(event.text)
        elif type(event) is ThinkingDelta:
            sink.thinking(event.text)

    async def _stream(
        self,
        run: Run,
        call: Call,
        seat: Seat,
        answer: AsyncGenerator[StreamEvent],
        masked: Masked,
        heard: Callable[[StreamEvent], None],
    ) -> Reply:
        booking, candidate = self._booking, call.candidate
        ref = candidate.spec.ref
        try:
            with self._egress.watched(run.job, candidate, masked):
                try:
                    async for event in answer:
                        heard(event)
                finally:
                    await answer.aclose()
        except asyncio.CancelledError:
            booking.left(call, "cancelled")
            raise
        except ProviderError as error:
            seat.failed(error)
            run.tried.add(seat.endpoint.name)
            cost = await booking.failed(call, error)
            run.attempts.append(failed(candidate, error, cost))
            error.partial = "".join(call.transcript.text)
            error.provider = ref.provider
            error.model = error.model or ref.model
            raise
        except Unsupported as error:
            # Found out while the request was written: nothing was sent.
            await booking.unsent(call, str(error.kind))
            raise
        except BaseException:
            booking.left(call, str(ErrorKind.UNKNOWN))
            raise
        seat.answered()
        ended = call.transcript.finished or Finished(reason=FinishReason.UNKNOWN)
        usage = call.whole_usage()
        cost = await booking.end(call, "done", usage)
        run.attempts.append(
            Attempt(provider=ref.provider, model=ref.model, outcome="done", sent=True, cost=cost)
        )
        return Reply(
            transcript=call.transcript,
            text="".join(call.transcript.text),
            finish=ended.reason,
            candidate=candidate,
            request=call.request,
            usage=usage,
            cost=cost,
            attempts=tuple(run.attempts),
            first_token_ms=call.first_token_ms,
            masked=masked,
            by_table=cost_of(usage, call.price),
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
