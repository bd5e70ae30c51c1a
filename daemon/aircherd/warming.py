"""Getting ready for the commit message that is probably asked for next: a connection, or a model.

Something new was staged in a folder an editor has open, or a commit's buffer was opened. Whoever
would be asked for the message is found as for the message itself, but nobody beyond this machine is
asked anything on the way. To a hosted provider one connection is opened, over which nothing is
sent, and only where the next request could go at once: the gate lets it, the budget has room, its
circuit is closed, and this user has asked that very address within a week. A local engine is told
to load its model where the user's file says so, since that may fill the machine's memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from aircherd.core.books import Limit, Spending
from aircherd.core.catalog import ModelRef
from aircherd.core.chat import ChatRequest
from aircherd.core.clock import Clock
from aircherd.core.errors import AircherError
from aircherd.core.money import ZERO
from aircherd.core.operations import Operation
from aircherd.core.plan import Candidate
from aircherd.core.settings import Settings
from aircherd.core.tasks import TaskKind
from aircherd.egress import Pass
from aircherd.endpoint import Endpoint
from aircherd.fleet import Fleet
from aircherd.market import Market, near_only
from aircherd.providers.abilities import Warms
from aircherd.routing.budget import limits_for
from aircherd.trust.store import restricted

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two connections opened ahead to one provider, and two loads of a model."""
PAUSE = 1.0
"""Seconds between two looks at one repository: a rebase writes its index again and again."""
LATELY = timedelta(days=7)
"""How long ago a host may have been asked last."""
_MOST = 64
"""Repositories that are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The request that is probably made next in a repository."""

    candidate: Candidate | None
    """Who would be asked first; None when it is nobody."""
    request: ChatRequest | None
    """What for. It is not sent."""
    within: tuple[str, ...] = ()
    """Folders in the repository that it tells of: their own settings count too."""


class Past(Protocol):
    """What this needs of the ledger."""

    @property
    def state(self) -> str:
        """`ok`, or why nothing can be spent."""
        ...

    async def standing(self, limits: Sequence[Limit]) -> tuple[Spending, ...]:
        """Where limits stand. Raises LedgerUnavailable."""
        ...


class Warming:
    """Gets ready when a message is probably asked for soon, and says nothing to anybody."""

    def __init__(
        self,
        *,
        settings: Callable[[], Settings],
        clock: Clock,
        fleet: Fleet,
        market: Callable[[], Market],
        past: Past,
        passage: Callable[[str, tuple[str, ...]], Awaitable[Pass]],
        staged: Callable[[str], Hashable],
        expected: Callable[[str], Awaitable[Expected]],
        asked_since: Callable[[str, datetime], bool],
        begin: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        """`passage` is the gate, `past` the books. `staged` stands for what is staged
        around a path, and runs git; `expected` is the request that would follow. `asked_since`
        tells whether an origin was sent anything since an instant. `begin` starts work that an end
        cuts off."""
        self._settings, self._clock = settings, clock
        self._fleet, self._market, self._past = fleet, market, past
        self._passage, self._staged, self._expected = passage, staged, expected
        self._asked_since, self._begin = asked_since, begin
        self._known: dict[str, Hashable] = {}
        """Repository → what was staged there at the last look."""
        self._looked: dict[str, float] = {}
        self._due: set[str] = set()
        self._done: dict[str, float] = {}
        """Endpoint → when something was last done there."""
        self._loads: dict[str, tuple[str, asyncio.Task[Any]]] = {}
        """Provider → the model that is being loaded there."""

    def expect(self, path: str, surely: bool = False) -> None:
        """Something may have been staged around a path; `surely`: a message is being written."""
        if restricted.get() or path in self._due or not self._wanted():
            return
        self._due.add(path)
        self._begin(self._look(path, surely))

    def seated(self, provider: str, model: str) -> None:
        """A request goes to a model. A load of another one there would be in its way; one of the
        same is left alone, since Ollama begins again when whoever asked for it hangs up."""
        loading = self._loads.get(provider)
        if loading is not None and loading[0] != model:
            loading[1].cancel()

    def _wanted(self) -> bool:
        settings = self._settings()
        return settings.warm != "never" or any(p.warm for p in settings.providers.values())

    async def _look(self, path: str, surely: bool) -> None:
        try:
            since = self._clock.monotonic() - self._looked.pop(path, -PAUSE)
            if since < PAUSE:
                await asyncio.sleep(PAUSE - since)
        finally:
            self._due.discard(path)
        self._looked[path] = self._clock.monotonic()
        if len(self._looked) > _MOST:
            del self._looked[next(iter(self._looked))]
        try:
            await self._warm(path, surely)
        except AircherError as error:
            log.debug("nothing is made ready for %s: %s", path, error)

    async def _warm(self, path: str, surely: bool) -> None:
        await self._passage(path, ())
        now = await asyncio.to_thread(self._staged, path)
        before = self._known.pop(path, None)
        self._known[path] = now
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        if now is None or (now == before and not surely) or not self._market().told():
            return
        near_only.set(True)
        expected = await self._expected(path)
        candidate = expected.candidate
        allowed = await self._passage(path, expected.within)
        if candidate is None or allowed.why_not(candidate) is not None:
            return
        ref = candidate.spec.ref
        ways = self._fleet.endpoints(ref.provider)
        # Which of a pool's replicas is asked is known only when it is.
        if len(ways) != 1 or not ways[0][0].free(ref.model):
            return
        endpoint, provider = ways[0]
        at = self._clock.monotonic()
        if not isinstance(provider, Warms) or at - self._done.get(endpoint.name, -EVERY) < EVERY:
            return
        if candidate.spec.local:
            await self._load(endpoint, provider, ref, expected.request)
        elif await self._may_open(endpoint, candidate, allowed):
            self._done[endpoint.name] = at
            if await provider.warm():
                origin = self._market().origin(ref.provider)
                log.info("connection opened ahead provider=%s origin=%s", ref.provider, origin)

    async def _may_open(self, endpoint: Endpoint, candidate: Candidate, allowed: Pass) -> bool:
        ref, market = candidate.spec.ref, self._market()
        host = next((one for one in market.hosts if one.name == ref.provider), None)
        if self._settings().warm == "never" or host is None or market.away(host) is not None:
            return False
        return await self._affordable(candidate, allowed) and await self._asked(endpoint, ref)

    async def _asked(self, endpoint: Endpoint, ref: ModelRef) -> bool:
        """Whether the user has asked this very address lately."""
        used, now = endpoint.last_used, self._clock.monotonic()
        # Of a request that had its seat, nothing may have left: the books refused it, perhaps.
        if endpoint.answers and used is not None and now - used <= LATELY.total_seconds():
            return True
        origin = self._market().origin(ref.provider)
        since = self._clock.now() - LATELY
        return origin is not None and await asyncio.to_thread(self._asked_since, origin, since)

    async def _affordable(self, candidate: Candidate, allowed: Pass) -> bool:
        """Whether the request would get its reservation, as the books stand. Raises
        LedgerUnavailable."""
        costs, ref = allowed.settings.costs, candidate.spec.ref
        worst = candidate.worst or ZERO
        if self._past.state != "ok":
            return False
        if costs.request_limit is not None and worst > costs.request_limit:
            return False
        limits = limits_for(
            costs,
            task=TaskKind.COMMIT_MESSAGES,
            provider=ref.provider,
            model=str(ref),
            now=self._clock.now(),
            workspace=allowed.workspace,
        )
        standing = await self._past.standing(limits)
        return all(one.spent + one.held + worst <= one.limit.amount for one in standing)

    async def _load(
        self, endpoint: Endpoint, provider: Warms, ref: ModelRef, request: ChatRequest | None
    ) -> None:
        written = self._settings().providers.get(ref.provider)
        if request is None or written is None or not written.warm:
            return
        if endpoint.in_flight or not provider.supports(Operation.LOAD):
            return
        now = self._clock.monotonic()
        self._done[endpoint.name] = now
        seconds = self._settings().local_first_byte_timeout
        task = asyncio.ensure_future(provider.load_for(request, deadline=now + seconds))
        self._loads[ref.provider] = (ref.model, task)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._loads.pop(ref.provider, None)
        if task.cancelled():
            log.info(
                "load ended provider=%s model=%s: another is asked for", ref.provider, ref.model
            )
        elif (error := task.exception()) is not None:
            log.info("load failed provider=%s model=%s: %s", ref.provider, ref.model, error)
        else:
            log.info("model loaded ahead provider=%s model=%s", ref.provider, ref.model)
