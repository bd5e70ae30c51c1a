"""Before a model is asked: has this been answered, or is it being answered just now?"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from aircherd.answers import Disk, Kept, Memory, keys_of, place_of
from aircherd.attempt import Job, Reply
from aircherd.booking import Booking
from aircherd.core.chat import ChatRequest, Finished, FinishReason, TextDelta, Transcript, Usage
from aircherd.core.clock import Clock
from aircherd.core.money import ZERO, NanoUsd, show
from aircherd.core.plan import Attempt, Candidate
from aircherd.core.settings import Settings
from aircherd.core.sink import Sink
from aircherd.egress import Egress, Pass
from aircherd.flights import Flights
from aircherd.outbound.mask import Masked
from aircherd.routing.estimate import PACKING_BYTES_PER_TOKEN

_REMEMBERED = 256
CACHED, JOINED = "cached", "joined"
_SAID = {
    CACHED: "The same was asked before; its answer is given again.",
    JOINED: "The same was being asked already; this is its answer.",
}


class Sharing:
    """Gives answers again, and makes one of requests that are the same."""

    def __init__(
        self,
        *,
        egress: Egress,
        booking: Booking,
        settings: Callable[[], Settings],
        clock: Clock,
        folder: Path | None,
    ) -> None:
        """`folder` is where answers are kept on disk, if the user wants that."""
        self._egress = egress
        self._booking = booking
        self._settings = settings
        self._clock = clock
        self._memory = Memory()
        self._disk = None if folder is None else Disk(folder)
        self._flights = Flights()
        self._keys: OrderedDict[str, tuple[str, str]] = OrderedDict()
        """Where the newest answers are kept, by operation."""
        self.hits = 0
        """Requests that were answered without asking."""
        self.saved = ZERO
        """What those would have cost."""

    async def run(
        self, job: Job, sink: Sink, allowed: Pass, ask: Callable[[Sink], Awaitable[Reply]]
    ) -> Reply:
        """An answer: kept, shared, or asked for."""
        first = next((c for c in job.plan.candidates if allowed.why_not(c) is None), None)
        if first is None or not self._settings().cache or not job.converses:
            return await ask(sink)
        built = job.build(first, PACKING_BYTES_PER_TOKEN)
        if built.tools:
            return await ask(sink)
        request, masked = await self._egress.passed(job, built)
        asked_of = [str(c.spec.ref) for c in job.plan.candidates]
        key, lasting = keys_of(job.client, request, job.workspace, str(job.task), asked_of)
        # An answer about a secret may say it.
        secret = bool(masked.secrets or masked.let)
        kept = await self._find(key, None if secret else lasting)
        if kept is not None:
            self._stands(job, (key, lasting))
            sink.append(kept.text)
            given = Transcript(notices=list(kept.notices))
            given.add(TextDelta(kept.text))
            given.add(Finished(reason=FinishReason.STOP))
            return await self._again(job, first, request, masked, given, kept.cost, CACHED)

        mine: Kept | None = None

        async def asked(flight: Sink) -> Reply:
            nonlocal mine
            reply = await ask(flight)
            # Kept before the flight is over: who asks the same in between finds one or the other.
            mine = self._remember(job, (key, lasting), first, reply)
            return reply

        reply, joined = await self._flights.join(key, sink, asked, first.spec.ref.provider)
        if joined:
            self._stands(job, (key, lasting))
            given = replace(reply.transcript, notices=list(reply.transcript.notices))
            # What was asked may be another candidate's request than the first one's; building it
            # here as well tells this caller what that one left out.
            if reply.candidate.spec.ref != first.spec.ref:
                job.build(reply.candidate, PACKING_BYTES_PER_TOKEN)
            return await self._again(
                job, reply.candidate, reply.request, reply.masked, given, reply.cost, JOINED
            )
        if mine is not None and not secret:
            await self._write(lasting, mine)
        return reply

    async def useless(self, operation: str) -> None:
        """Forgets an answer nothing could be made of: who asks again wants another one."""
        keys = self._keys.pop(operation, None)
        if keys is None:
            return
        self._memory.drop(keys[0])
        if self._disk is not None:
            await asyncio.to_thread(self._disk.drop, keys[1])

    async def forget(self, workspace: str | None, before: datetime | None) -> int:
        """Drops kept answers of a workspace, those from before an instant, or what is both.

        How many there were on disk. Raises OSError.
        """
        place = place_of(workspace)
        since = None
        if before is not None:
            ago = (self._clock.now() - before).total_seconds()
            since = self._clock.monotonic() - ago
        self._memory.forget(place, since)
        if self._disk is None:
            return 0
        stamp = None if before is None else before.timestamp()
        return await asyncio.to_thread(self._disk.forget, place, stamp)

    async def _find(self, key: str, lasting: str | None) -> Kept | None:
        kept = self._memory.get(key, self._clock.monotonic())
        settings = self._settings()
        if kept is None and lasting is not None and settings.cache_on_disk and self._disk:
            now = self._clock.now().timestamp()
            kept = await asyncio.to_thread(self._disk.get, lasting, now, settings.cache_age)
            # What was being asked may have been answered while the disk was looked at.
            kept = kept or self._memory.get(key, self._clock.monotonic())
        return kept

    def _remember(
        self, job: Job, keys: tuple[str, str], first: Candidate, reply: Reply
    ) -> Kept | None:
        """Keeps an answer in memory, if it is whole. It does not wait: nobody comes in between."""
        whole = reply.finish is FinishReason.STOP and not reply.transcript.calls
        # An answer that is given again is said to be the first candidate's.
        if not (whole and reply.text and reply.candidate.spec.ref == first.spec.ref):
            return None
        mine = Kept(
            text=reply.text,
            cost=int(reply.cost),
            place=place_of(job.workspace),
            notices=tuple(reply.transcript.notices),
        )
        self._memory.put(keys[0], mine, self._clock.monotonic())
        self._stands(job, keys)
        return mine

    def _stands(self, job: Job, keys: tuple[str, str]) -> None:
        """Notes where an operation's answer is kept, also when it was given again."""
        self._keys[job.operation] = keys
        if len(self._keys) > _REMEMBERED:
            self._keys.popitem(last=False)

    async def _write(self, lasting: str, kept: Kept) -> None:
        settings = self._settings()
        if settings.cache_on_disk and self._disk:
            await asyncio.to_thread(self._disk.put, lasting, kept, settings.cache_bytes)

    async def _again(
        self,
        job: Job,
        candidate: Candidate,
        request: ChatRequest,
        masked: Masked,
        given: Transcript,
        cost: int,
        how: str,
    ) -> Reply:
        saved = NanoUsd(cost)
        self.hits += 1
        self.saved = NanoUsd(self.saved + saved)
        await self._booking.saved(job, candidate, request, saved, how)
        price = f" {show(saved)} saved." if saved else ""
        given.notices.append(f"{_SAID[how]}{price}")
        ended = given.finished or Finished(reason=FinishReason.UNKNOWN)
        ref = candidate.spec.ref
        return Reply(
            transcript=given,
            text="".join(given.text),
            finish=ended.reason,
            candidate=candidate,
            request=request,
            usage=Usage(input=0, output=0),
            cost=ZERO,
            attempts=(
                Attempt(provider=ref.provider, model=ref.model, outcome=how, sent=False, cost=ZERO),
            ),
            first_token_ms=0,
            masked=masked,
        )
