"""Composition root: builds the rooms, opens them in order, closes them in reverse."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

from aircher_protocol.types import BudgetParams, StatusChangedParams
from aircherd import runtime, singleton
from aircherd.attempt import Job
from aircherd.config import keys
from aircherd.config.catalogue import bundled
from aircherd.config.cli import user_file
from aircherd.config.load import user_settings
from aircherd.config.watch import watch
from aircherd.core.books import Spending
from aircherd.core.clock import SystemClock
from aircherd.core.errors import LedgerUnavailable
from aircherd.core.money import NanoUsd
from aircherd.core.plan import Candidate
from aircherd.features.commit_message import CommitRoom
from aircherd.features.desk import Desk
from aircherd.gateway import Gateway
from aircherd.ledger.store import Ledger
from aircherd.market import Market
from aircherd.providers import registry
from aircherd.providers.base import Host, Provider
from aircherd.routing.budget import crossed, limits_for
from aircherd.routing.periods import day
from aircherd.server import convert
from aircherd.server.handlers import handlers
from aircherd.server.handlers.usage import limits
from aircherd.server.house import Reports
from aircherd.server.listener import Listener, serve_stdio
from aircherd.server.log import register_secret, setup
from aircherd.version import __version__

log = logging.getLogger(__name__)

_LEASE_CHECK = 3.0
"""Seconds between two looks at whether clients still find this process."""


def run(*, stdio: bool) -> int:
    """Be the daemon until told to leave. The process's exit code."""
    lease = None
    if not stdio:
        lease = singleton.acquire()
        if lease is None:
            return runtime.HELD
    try:
        return asyncio.run(_App(lease).run())
    except KeyboardInterrupt:
        return 0
    finally:
        if lease is not None:
            lease.release()


class _App:
    """The rooms, and what goes on between them."""

    def __init__(self, lease: singleton.Lease | None) -> None:
        self._lease = lease
        self._clock = SystemClock()
        self.started = self._clock.monotonic()
        self.settings, self.problems = user_settings(user_file())
        setup(self.settings.log_level, Path(runtime.log_path()))
        self._keys = keys.take(registry.key_variables(self.settings))
        for value in self._keys.values():
            register_secret(value)
        self._hosts: tuple[Host, ...] = ()
        self._providers: dict[str, Provider] = {}
        self._market: Market | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._spendings: dict[str, Spending] = {}
        self.last_model: str | None = None
        self._leave = asyncio.Event()
        self._listener: Listener | None = None
        self.commits = CommitRoom(lambda: self.settings)
        self._ledger: Ledger
        self.desk: Desk

    async def run(self) -> int:
        self._ledger = await Ledger.open(Path(runtime.ledger_path()), clock=self._clock)
        gateway = Gateway(
            books=self._ledger,
            providers=lambda: self._providers,
            settings=lambda: self.settings,
            clock=self._clock,
            keep=self._keep,
            settled=self._settled,
        )
        self._furnish()
        self.desk = Desk(
            gateway=gateway,
            market=self._the_market,
            settings=lambda: self.settings,
            clock=self._clock,
        )
        for problem in self.problems:
            log.warning("%s", problem)
        log.info(
            "started version=%s pid=%s providers=%s ledger=%s",
            __version__,
            os.getpid(),
            ",".join(host.name for host in self._hosts if host.key or not host.needs_key),
            self._ledger.state,
        )
        try:
            return await self._serve()
        finally:
            await self._close()

    async def _serve(self) -> int:
        table = handlers(self)
        if self._lease is None:
            return await serve_stdio(table)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leave.set)
        self._listener = Listener(table, self._lease.socket)
        self._keep(watch(user_file(), self.reload))
        self._keep(self._stay())
        self._listener.start()
        await self._leave.wait()
        await self._listener.aclose()
        return 0

    async def _stay(self) -> None:
        """Leaves when nobody finds us any more, or nobody came for long enough."""
        alone_since = self._clock.monotonic()
        while True:
            await asyncio.sleep(_LEASE_CHECK)
            if self.sessions() or self.asking():
                alone_since = self._clock.monotonic()
            limit = self.settings.idle_exit
            if limit and self._clock.monotonic() - alone_since >= limit:
                log.info("leaving: no client for %.0f s", limit)
                self._leave.set()
            if self._lease is not None and not self._lease.still_ours():
                log.warning("leaving: the socket is no longer ours")
                self._leave.set()

    async def _close(self) -> None:
        # Settlements first: they are why tasks of the app's own exist.
        for task in tuple(self._tasks):
            if task.get_coro().__name__ in ("watch", "_stay"):  # type: ignore[union-attr]
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for provider in self._providers.values():
            await provider.aclose()
        await self._ledger.aclose()
        log.info("left")

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs work that outlives the request it comes from."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _furnish(self) -> None:
        hosts = registry.hosts(self.settings, {**os.environ, **self._keys})
        self._hosts = tuple(hosts)
        self._providers = {
            host.name: registry.connect(host, self.settings, self._clock)
            for host in hosts
            if host.base_url and (host.key or not host.needs_key)
        }
        self._market = Market(
            hosts=hosts,
            providers=self._providers,
            catalogue=bundled(),
            settings=self.settings,
            clock=self._clock,
        )

    def _the_market(self) -> Market:
        assert self._market is not None
        return self._market

    async def reload(self) -> bool:
        """Reads the configuration again; requests in flight keep what they began with."""
        settings, problems = await asyncio.to_thread(user_settings, user_file())
        changed = settings != self.settings
        self.problems = problems
        for problem in problems:
            log.warning("%s", problem)
        if changed:
            old = self._providers
            self.settings = settings
            self._keys |= keys.take(registry.key_variables(settings))
            self._furnish()
            self._keep(_close_later(old))
            log.info("configuration read again")
        return changed

    async def _settled(self, job: Job, candidate: Candidate) -> None:
        """After each booking: who answered, and whether a limit's threshold was crossed."""
        self.last_model = str(candidate.spec.ref)
        if self._listener is None:
            return
        self._listener.status_changed(
            StatusChangedParams(
                busy=self.asking() > 0,
                in_flight=self.in_flight(),
                model=self.last_model,
                today=convert.money(await self.today()),
            )
        )
        await self._alert(job, candidate)

    async def _alert(self, job: Job, candidate: Candidate) -> None:
        ref = candidate.spec.ref
        limits_now = limits_for(
            self.settings.costs,
            task=job.task,
            provider=ref.provider,
            model=str(ref),
            now=self._clock.now(),
        )
        for spending in await self._ledger.spending(limits_now):
            before = self._spendings.get(spending.limit.label)
            self._spendings[spending.limit.label] = spending
            if not crossed(before, spending, self.settings.costs.alert_threshold):
                continue
            lines = {line.label: line for line in await limits(self)}
            line = lines.get(spending.limit.label)
            if line is not None and self._listener is not None:
                text = f"{line.spent.text} of the {line.label} limit of {line.limit.text} is spent."
                self._listener.broadcast(
                    "aircher/budget", BudgetParams(level="warning", line=line, message=text)
                )

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
        period = day(self._clock.now(), self.settings.costs.zone)
        try:
            lines = await self._ledger.totals(start=period.start, end=period.end)
        except LedgerUnavailable:
            return None
        return lines[0].totals.cost

    def sessions(self) -> int:
        """Connected clients."""
        return 0 if self._listener is None else self._listener.sessions

    def in_flight(self) -> int:
        """Requests being answered."""
        return 0 if self._listener is None else self._listener.in_flight

    def asking(self) -> int:
        """Models being asked."""
        return self.desk.gateway.asking

    def missing_keys(self, names: Sequence[str]) -> tuple[str, ...]:
        """Key variables a client has and this daemon was started without."""
        known = set(registry.key_variables(self.settings))
        return tuple(name for name in names if name in known and name not in self._keys)


async def _close_later(providers: dict[str, Provider]) -> None:
    await asyncio.sleep(60)
    for provider in providers.values():
        await provider.aclose()
