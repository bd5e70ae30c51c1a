"""Composition root: builds the rooms, opens them in order, closes them in reverse."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from collections.abc import Coroutine, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from aircher_protocol.types import BudgetParams, StatusChangedParams
from aircherd import runtime, strategies
from aircherd.attempt import Call
from aircherd.beat import beat
from aircherd.config import keys
from aircherd.config.catalogue import bundled
from aircherd.config.files import user_file
from aircherd.config.load import newer, user_settings
from aircherd.config.watch import watch
from aircherd.core.books import Limit, Settlement
from aircherd.core.chat import Usage
from aircherd.core.clock import SystemClock
from aircherd.core.errors import BudgetExceeded, LedgerUnavailable
from aircherd.core.money import ZERO, NanoUsd, show
from aircherd.core.settings import CostSettings, Settings
from aircherd.egress import Egress
from aircherd.features import foreseen
from aircherd.features.commit_room import CommitRoom
from aircherd.features.conversations import Conversations
from aircherd.features.desk import Desk
from aircherd.features.feedback import Feedback
from aircherd.features.sources import Sources
from aircherd.features.teaching import Teaching
from aircherd.fleet import Fleet
from aircherd.furnishing import Furniture, furnish, read_keybook
from aircherd.gateway import Gateway
from aircherd.hardening import give_back
from aircherd.health import HealthChecks
from aircherd.knowledge import Knowledge
from aircherd.ledger.store import Ledger
from aircherd.market import Market
from aircherd.network import Network
from aircherd.outbound.departures import Departures
from aircherd.providers import registry
from aircherd.providers.base import Host, Provider
from aircherd.providers.strangers import let_in
from aircherd.routing.budget import limits_for
from aircherd.routing.periods import present
from aircherd.server.handlers import handlers, notified
from aircherd.server.handlers.forget import retained
from aircherd.server.handlers.usage import limit_line, refused_line
from aircherd.server.house import Reports
from aircherd.server.live import live
from aircherd.server.log import setup
from aircherd.server.redaction import register_secret
from aircherd.server.sessions import Sessions
from aircherd.singleton import Lease
from aircherd.tally import Tally
from aircherd.telemetry import Telemetry
from aircherd.threads import pool
from aircherd.trust.store import Trust
from aircherd.version import __version__
from aircherd.warming import Warming
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.views import Views

log = logging.getLogger(__name__)

_LEASE_CHECK = 2.0
"""Seconds between two looks at whether clients still find this process."""


class App:
    """The rooms, and what goes on between them."""

    def __init__(self, sessions: Sessions, config: str | None = None) -> None:
        """`sessions` may have begun; they are told of the rooms when these are open."""
        self._sessions = sessions
        self._clock = SystemClock()
        self.started = self._clock.monotonic()
        self._over = None if config is None else Path(config).absolute()
        self.settings, self.problems = user_settings(user_file(), self._over)
        setup(self.settings.log_level, Path(runtime.log_path()))
        let_in(self.settings.plugins)
        self._keys = keys.take(registry.key_variables(self.settings))
        for value in self._keys.values():
            register_secret(value)
        self._table = bundled()
        self._kept, problems = read_keybook()
        self.problems = (*self.problems, *problems)
        self._hosts: tuple[Host, ...] = ()
        self._providers: dict[str, Provider] = {}
        self._market: Market | None = None
        self._network = Network()
        self._telemetry = Telemetry(lambda: self.settings, self._clock)
        self.fleet = Fleet(
            providers=lambda: self._providers,
            settings=lambda: self.settings,
            clock=self._clock,
            strategies=strategies.named,
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._attendants: set[asyncio.Task[Any]] = set()
        self._retired: list[Provider] = []
        self.last_model: str | None = None
        self.last_cost: NanoUsd | None = None
        self.spent, self.tally = ZERO, Tally()
        repositories = Repositories()
        self.views = Views(repositories)
        self._beside = pool(1, "history")
        self.commits = CommitRoom(lambda: self.settings, repositories, self._beside)
        self.teaching = Teaching(Path(runtime.state_dir(), "corrections.json"), self._clock)
        self.trust = Trust(runtime.trust_path())
        self.sources = Sources(lambda: self.settings, repositories)
        self.talks = Conversations(self._clock)
        self.feedback = Feedback(self.commits.acceptance)
        self.departures = Departures(runtime.departures_path())
        self._ledger: Ledger
        self.desk: Desk

    async def open(self) -> None:
        """Opens the books and all that stands on them, and lets in who came."""
        self._ledger = await Ledger.open(Path(runtime.ledger_path()), clock=self._clock)
        egress = Egress(lambda: self.settings, self.trust, self.departures)
        gateway = Gateway(
            books=self._ledger,
            egress=egress,
            providers=lambda: self._providers,
            settings=lambda: self.settings,
            clock=self._clock,
            keep=self._keep,
            settled=self._settled,
            ended=self._ended,
            changed=self._changed,
            refused=self._refused,
            fleet=self.fleet,
            folder=Path(runtime.cache_dir()) / "answers",
        )
        self._install(self._furnished(self.settings))
        self.problems = (*self.problems, *self._faults)
        self.desk = Desk(
            gateway=gateway,
            market=self._the_market,
            settings=lambda: self.settings,
            clock=self._clock,
            detector=self.teaching.detector,
            judged=self.commits.acceptance.judged,
            proposed=self.commits.acceptance.edits.proposed,
            ladder=self.feedback.ladder,
            known=Knowledge(self._ledger, lambda: self.settings, self._clock).known,
            expect=(warming := self._warming(egress)).expect,
        )
        self.fleet.seated = warming.seated
        for problem in self.problems:
            log.warning("%s", problem)
        log.info(
            "started version=%s pid=%s providers=%s ledger=%s",
            __version__,
            os.getpid(),
            ",".join(host.name for host in self._hosts if host.keyed),
            self._ledger.state,
        )
        give_back()
        self._sessions.open(handlers(self), self._status, notified(self))

    def attend(self, lease: Lease, leave: asyncio.Event) -> None:
        """Begins what a daemon does unasked. `leave` is set when nobody needs it any more."""
        self._background(watch(user_file(), self.reload))
        self._background(self._stay(lease, leave))
        self._background(self._health().run())
        self._background(retained(self))
        self.commits.acceptance.resume()
        # What stands now stays: looking for garbage among it again and again takes 26 ms each time,
        # and puts off the look that finds what requests leave behind.
        gc.freeze()

    def _warming(self, egress: Egress) -> Warming:
        return Warming(
            settings=lambda: self.settings,
            clock=self._clock,
            fleet=self.fleet,
            market=self._the_market,
            past=self._ledger,
            passage=egress.passage,
            staged=partial(foreseen.staged, self.commits),
            expected=lambda path: foreseen.expected(self.desk, self.commits, path),
            asked_since=self.departures.sent_since,
            begin=self._background,
        )

    def _health(self) -> HealthChecks:
        return HealthChecks(
            self.fleet,
            lambda: tuple(h.name for h in self._hosts if self._the_market().away(h) is None),
            self._clock,
            self.settings.health_interval,
        )

    async def _stay(self, lease: Lease, leave: asyncio.Event) -> None:
        """Leaves when nobody finds us any more, or nobody came for long enough."""
        alone_since = self._clock.monotonic()
        while True:
            await beat(_LEASE_CHECK)
            if self.sessions() or self.asking():
                alone_since = self._clock.monotonic()
            limit = self.settings.idle_exit
            if limit and self._clock.monotonic() - alone_since >= limit:
                log.info("leaving: no client for %.0f s", limit)
                leave.set()
            found = leave.is_set() or lease.still_ours()
            if not found:
                log.warning("leaving: the socket is no longer ours")
                leave.set()

    async def aclose(self) -> None:
        """Ends all of it: what was asked is settled, what was booked is written."""
        for task in self._attendants:
            task.cancel()
        await self._sessions.aclose()
        await self.views.aclose()
        await self.commits.ahead.aclose()
        self.commits.acceptance.pending.flush()
        # Settlements are waited for: they are why tasks of the app's own exist.
        await asyncio.gather(*self._attendants, *self._tasks, return_exceptions=True)
        for provider in (*self._providers.values(), *self._retired):
            await provider.aclose()
        self._beside.shutdown(wait=False, cancel_futures=True)
        self.departures.close()
        await self._ledger.aclose()
        await self._telemetry.aclose()
        log.info("left")

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs work that outlives the request it comes from, and that an end waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def take_over(self, task: asyncio.Task[Any]) -> None:
        """Takes over work that is already under way; an end cuts it off."""
        self._attendants.add(task)
        task.add_done_callback(self._attendants.discard)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs work that an end cuts off."""
        task = asyncio.get_running_loop().create_task(work)
        self._attendants.add(task)
        task.add_done_callback(self._attendants.discard)

    def _furnished(self, settings: Settings) -> Furniture:
        return furnish(
            settings,
            {**os.environ, **self._keys},
            self._kept,
            self._clock,
            register_secret,
            online=self._network.there,
            fleet=self.fleet,
        )

    def _install(self, made: Furniture) -> None:
        self._table = bundled()
        self._hosts, self._providers, self._market = made.hosts, made.providers, made.market
        self._faults = made.problems

    def _the_market(self) -> Market:
        assert self._market is not None
        return self._market

    async def reload(self) -> bool:
        """Reads the configuration again; requests in flight keep what they began with."""
        read, problems = await asyncio.to_thread(user_settings, user_file(), self._over)
        settings = newer(self.settings, read)
        kept, more = await asyncio.to_thread(read_keybook)
        table = await asyncio.to_thread(bundled)
        changed = settings != self.settings or kept != self._kept or table is not self._table
        self._kept = kept
        if changed:
            self._keys |= keys.take(registry.key_variables(settings))
            # All of it or nothing: what cannot be furnished leaves everything as it was.
            made = self._furnished(settings)
            former, began = tuple(self._providers.values()), self.settings.deadline
            self._background(self._let_go(former, began))
            self.settings = settings
            self._install(made)
            log.info("configuration read again")
        self.problems = (*problems, *more, *self._faults)
        for problem in self.problems:
            log.warning("%s", problem)
        return changed

    async def _let_go(self, providers: Sequence[Provider], seconds: float) -> None:
        """Closes connections once what still uses them has had the time it began with."""
        self._retired += providers
        await asyncio.sleep(seconds)
        for provider in providers:
            self._retired.remove(provider)
            await provider.aclose()

    def _changed(self) -> None:
        self._sessions.status_changed()

    async def _status(self) -> StatusChangedParams:
        return await live(self)

    def _ended(self, call: Call, settlement: Settlement) -> None:
        """As each call ends: who has its answer may ask about it at once."""
        ref = call.candidate.spec.ref
        self.last_model, self.last_cost = str(ref), settlement.cost
        self.spent = NanoUsd(self.spent + settlement.cost)
        self.feedback.note(call.job.operation, call.job.task, ref)

    def _settled(self, call: Call, settlement: Settlement) -> Coroutine[Any, Any, None] | None:
        """After each booking: a line in the log, and whether a threshold is crossed."""
        job, candidate = call.job, call.candidate
        ref, usage = candidate.spec.ref, settlement.usage or Usage(input=None, output=None)
        self.tally.note(ref, settlement)
        who = job.operation, job.client, job.task, ref.provider, ref.model
        reported = None if usage.reported_cost is None else show(usage.reported_cost)
        counts = usage.prompt_total, usage.output_total, show(settlement.cost), reported
        took = settlement.duration_ms, settlement.first_token_ms, settlement.outcome
        log.info(
            "request operation=%s client=%s task=%s provider=%s model=%s input=%s output=%s"
            " cost=%s reported=%s estimated=%s duration_ms=%s first_token_ms=%s outcome=%s",
            *(*who, *counts, usage.estimated, *took),
        )
        self._telemetry.note(call, settlement)
        self._changed()
        costs = self.settings.costs
        limits_now = limits_for(
            costs,
            task=job.task,
            provider=ref.provider,
            model=str(ref),
            now=self._clock.now(),
            workspace=job.workspace,
        )
        far = self._ledger.far_from(limits_now, costs.thresholds)
        return None if far else self._alert(limits_now, costs)

    async def _alert(self, limits_now: Sequence[Limit], costs: CostSettings) -> None:
        for spending, fraction in await self._ledger.crossings(limits_now, costs.thresholds):
            line = limit_line(spending, costs.zone)
            text = f"{line.spent.text} of the {line.label} limit of {line.limit.text} is spent."
            log.warning("budget crossed=%s %s", fraction, text)
            level = "warning" if fraction < 1 else "exceeded"
            self._sessions.alert(BudgetParams(level=level, line=line, message=text))

    def _refused(self, error: BudgetExceeded) -> None:
        line = refused_line(error, self.settings.costs.zone)
        if line is not None:
            self._sessions.alert(BudgetParams(level="exceeded", line=line, message=str(error)))

    @property
    def books(self) -> Reports:
        """The ledger, for reports."""
        return self._ledger

    @property
    def price_table(self) -> str:
        """Source and day of the prices."""
        return bundled().version

    async def today(self) -> NanoUsd | None:
        """Spent since local midnight; None when the books cannot be read."""
        period = present(self._clock.now(), self.settings.costs.zone)[0]
        try:
            told = self._ledger.spent(period.key)
            return (await self._ledger.days(period.key))[0].totals.cost if told is None else told
        except LedgerUnavailable:
            return None

    def sessions(self) -> int:
        """Connected clients."""
        return self._sessions.count

    def in_flight(self) -> int:
        """Requests being answered."""
        return self._sessions.in_flight

    def asking(self) -> int:
        """Models being asked."""
        return self.desk.gateway.asking

    def missing_keys(self, names: Sequence[str]) -> tuple[str, ...]:
        """Key variables a client has and this daemon was started without."""
        known = set(registry.key_variables(self.settings))
        return tuple(name for name in names if name in known and name not in self._keys)
