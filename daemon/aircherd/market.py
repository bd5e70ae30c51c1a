"""What can be asked now: hosts × catalogue × what the hosts themselves say.

Hosted providers are never asked on the way to an answer: their models come from the bundled table
and the configuration. Local engines are, because only they know what is installed; their answer is
kept for a while, a failure shortly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from aircherd.core.catalog import ModelRef, ModelSpec, ProviderState
from aircherd.core.clock import Clock
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.money import FREE_LOCAL, Price, per_million
from aircherd.core.plan import Plan
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.core.tasks import TaskKind
from aircherd.providers.base import Host, Provider
from aircherd.providers.effort import with_efforts
from aircherd.providers.failures import made
from aircherd.providers.registry import NO_NETWORK, reaches_only_here
from aircherd.routing.selector import Offer

LOOK_TIMEOUT = 1.5
"""Seconds a local engine may take to say what it has."""
ASK_TIMEOUT = 8.0
"""Seconds a hosted provider may take to say what it has, when the user asks."""
KEEP_LOCAL = 20.0
KEEP_HOSTED = 3_600.0
KEEP_FAILURE = 3.0
near_only: ContextVar[bool] = ContextVar("near_only", default=False)
"""Whether what runs now may ask nobody beyond this machine what there is."""
WRITTEN = "your configuration"
"""The version of a price the user wrote."""


class Catalogue(Protocol):
    """What the market needs of the bundled models table."""

    def fill(self, spec: ModelSpec, now: datetime) -> ModelSpec:
        """The same model with window, price, quality and capabilities where the table knows."""
        ...

    def known(self, provider: str, now: datetime) -> tuple[ModelSpec, ...]:
        """The models of a provider worth naming without asking it."""
        ...

    def preferred(self, provider: str, task: TaskKind) -> str | None:
        """The model of a provider that suits a task, as a rule."""
        ...

    def quality(self, spec: ModelSpec, task: TaskKind) -> float | None:
        """How good a model is at a task, 0 to 1; None: unknown."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one provider said when it was asked what it has."""

    at: float
    models: tuple[ModelSpec, ...] = ()
    error: ProviderError | None = None


class Market:
    """Providers and their models, with what is wrong with the rest."""

    def __init__(
        self,
        *,
        hosts: Sequence[Host],
        providers: Mapping[str, Provider],
        catalogue: Catalogue,
        settings: Settings,
        clock: Clock,
        cooling: Callable[[str], float] = lambda _: 0.0,
        online: Callable[[], bool] = lambda: True,
        balanced: Callable[[Plan], Plan] = lambda plan: plan,
    ) -> None:
        """`cooling` tells how many seconds a provider is still left alone, `online` whether there
        is a network at all; `balanced` spreads requests over equals."""
        self.balanced = balanced
        self._cooling = cooling
        self._online = online
        self.hosts = tuple(hosts)
        self._names = tuple(host.name for host in self.hosts)
        self.providers = providers
        self._catalogue = catalogue
        self._settings = settings
        self._clock = clock
        self._looks: dict[str, Look] = {}
        self._near = {host.name for host in self.hosts if reaches_only_here(host)}
        self._changes = 0
        """How often anything that was heard of a provider changed."""
        self._as_of: tuple[bool, int, int] | None = None
        self._all: dict[TaskKind, tuple[Offer, ...]] = {}
        self._to_ask: tuple[Host, ...] = ()
        self._cool: list[float] | None = None
        self._states: tuple[ProviderState, ...] = ()
        self._made: dict[tuple[str, TaskKind], tuple[tuple[ModelSpec, ...], tuple[Offer, ...]]] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._specs: dict[str, tuple[tuple[float | None, int], tuple[ModelSpec, ...]]] = {}
        self._had: dict[str, tuple[ModelSpec, ...]] = {}
        """What local engines had when they last answered."""

    def distrust(self, provider: str) -> None:
        """Forgets what a provider said, so that it is asked again before the next answer."""
        self._looks.pop(provider, None)
        self._changes += 1

    async def offers(self, task: TaskKind) -> tuple[tuple[Offer, ...], tuple[ProviderState, ...]]:
        """Every model that could be asked, and how each provider is; the very same values while
        nothing changes, so that what follows from them can be remembered."""
        self._renew()
        stale = [host for host in self._to_ask if self._fresh(host) is None]
        if near_only.get():
            stale = [host for host in stale if host.name in self._near]
        if stale:
            await asyncio.gather(*(self.look(host) for host in stale))
            self._renew()
        offers = self._all.get(task)
        if offers is None:
            minute = self._minute()
            its = [self._offers_of(host, task, minute) for host in self.hosts]
            offers = self._all[task] = tuple(one for some in its for one in some)
        cooling = list(map(self._cooling, self._names))
        if cooling != self._cool:
            self._cool, self._states = cooling, tuple(self.state_of(host) for host in self.hosts)
        return offers, self._states

    def told(self) -> bool:
        """Whether all who must say themselves what they have, beyond this machine, ever did: else
        nobody knows who would be asked."""
        self._renew()
        beyond = (host.name for host in self._to_ask if host.name not in self._near)
        return all(name in self._looks for name in beyond)

    def _renew(self) -> None:
        """Forgets what was put together when anything it follows from is different."""
        there = self._settings.offline != "auto" or self._online()
        now = (there, self._minute(), self._changes)
        if now != self._as_of:
            self._as_of, self._cool = now, None
            self._all.clear()
            self._to_ask = tuple(host for host in self.hosts if self._must_ask(host))

    def _minute(self) -> int:
        return int(self._clock.now().timestamp()) // 60

    def _offers_of(self, host: Host, task: TaskKind, minute: int) -> tuple[Offer, ...]:
        """One host's models with their quality at a task, made anew when the models changed."""
        specs = self._models_of(host, minute)
        known = self._made.get((host.name, task))
        if known is not None and known[0] is specs:
            return known[1]
        preferred = self._catalogue.preferred(host.name, task)
        made = tuple(
            Offer(
                spec=replace(spec, quality=self._catalogue.quality(spec, task)),
                preferred=spec.ref.model == preferred,
            )
            for spec in specs
        )
        self._made[host.name, task] = (specs, made)
        return made

    async def look(self, host: Host, *, again: bool = False) -> Look:
        """Asks a provider what it has, unless it was asked a moment ago."""
        async with self._asking.setdefault(host.name, asyncio.Lock()):
            known = None if again else self._fresh(host)
            if known is not None:
                return known
            look = await self._ask(host)
            self._looks[host.name] = look
            self._changes += 1
            return look

    def _fresh(self, host: Host) -> Look | None:
        """What a provider said a moment ago."""
        known = self._looks.get(host.name)
        if known is None:
            return None
        keep = KEEP_LOCAL if host.local else KEEP_HOSTED
        if known.error is not None:
            keep = KEEP_FAILURE
        return known if self._clock.monotonic() - known.at < keep else None

    async def _ask(self, host: Host) -> Look:
        provider, error = self.providers.get(host.name), None
        models: tuple[ModelSpec, ...] = ()
        if (away := self.away(host)) is not None:
            # A key may be a program's output: none is run for what cannot be asked.
            error = made(host.name, ErrorKind.NETWORK_ERROR, away, sent=False)
        elif provider is not None:
            try:
                async with asyncio.timeout(LOOK_TIMEOUT if host.local else ASK_TIMEOUT):
                    models = await provider.models()
            except TimeoutError:
                why = f"at {host.base_url} did not answer in time"
                error = made(host.name, ErrorKind.TIMEOUT, why)
            except ProviderError as failed:
                error = failed
        return Look(at=self._clock.monotonic(), models=models, error=error)

    def origin(self, provider: str) -> str | None:
        """Scheme, host and port a provider lives at; None for one that is not known."""
        for host in self.hosts:
            if host.name == provider:
                parts = urlsplit(host.base_url)
                return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        return None

    def last_look(self, host: Host) -> Look | None:
        """What a provider said last, if it was asked."""
        return self._looks.get(host.name)

    def models_of(self, host: Host) -> tuple[ModelSpec, ...]:
        """The models of one host: its own list, the configuration's, the table's.

        Put together once a minute, for prices change by the hour, and when the host was asked.
        """
        return self._models_of(host, self._minute())

    def _models_of(self, host: Host, minute: int) -> tuple[ModelSpec, ...]:
        look = self._looks.get(host.name)
        at = (None if look is None else look.at, minute)
        known = self._specs.get(host.name)
        if known is None or known[0] != at:
            made = self._put_together(host, look)
            if known is not None and known[1] == made:
                made = known[1]  # what was made from them still holds
            known = self._specs[host.name] = (at, made)
        return known[1]

    def unborne(self, host: Host, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the names that no model of a host bears; none of them while it has not said."""
        look, there = self._looks.get(host.name), {one.ref.model for one in self.models_of(host)}
        if not there or (self._must_ask(host) and (look is None or look.error is not None)):
            return ()
        return tuple(name for name in names if name not in there)

    def named(self, name: str) -> ModelSpec | None:
        """A hosted model by `provider/model` that only the table knows; None when it does not.

        What a local engine has is what it says.
        """
        provider, _, model = name.replace(":", "/", 1).partition("/")
        host = next((host for host in self.hosts if host.name == provider), None)
        if host is None or host.local or not model:
            return None
        bare = ModelSpec(ref=ModelRef(provider, model), local=False)
        known = self._catalogue.fill(bare, self._clock.now()).price is not None
        return self._complete(host, bare) if known else None

    def _put_together(self, host: Host, look: Look | None) -> tuple[ModelSpec, ...]:
        models = look.models if look else ()
        if look is not None and look.error is not None:
            # It was here a moment ago: its models still come first, so that a company nobody named
            # does not take their place.
            models = self._had.get(host.name, ())
        elif models and host.local:
            self._had[host.name] = models
        said = {spec.ref.model: spec for spec in models}
        named = {
            name: ModelSpec(ref=ModelRef(host.name, name), local=host.local) for name in host.models
        }
        if said:
            found = {**said, **{k: v for k, v in named.items() if k not in said}}
        else:
            known = () if host.local else self._catalogue.known(host.name, self._clock.now())
            found = {**{spec.ref.model: spec for spec in known}, **named}
        chosen = self._settings.providers.get(host.name)
        if chosen is not None and chosen.models and not chosen.fetch_models:
            found = {name: found[name] for name in chosen.models if name in found}
        return tuple(self._complete(host, spec) for spec in found.values())

    def _complete(self, host: Host, spec: ModelSpec) -> ModelSpec:
        spec = self._catalogue.fill(with_efforts(host, spec), self._clock.now())
        written = self._settings.providers.get(host.name)
        if written is not None:
            spec = _as_written(spec, written)
        return replace(spec, price=FREE_LOCAL) if spec.local and spec.price is None else spec

    def state_of(self, host: Host) -> ProviderState:
        """How one provider is, from what is known without asking it."""
        why: str | None = None
        if not host.base_url:
            why = f"has no address; set providers.{host.name}.base_url"
        elif (away := self.away(host)) is not None:
            why = away
        elif not host.keyed:
            names = " or ".join(f"${name}" for name in host.key_variables) or "the configuration"
            why = f"no key in {names}"
        elif host.name not in self.providers:
            why = "could not be loaded; see `aircher doctor`"
        else:
            look = self._looks.get(host.name)
            if look is not None and look.error is not None and self._must_ask(host):
                why = str(look.error)
            elif look is not None and self._must_ask(host) and not self.models_of(host):
                why = "has no models yet; pull or load one"
        cooling = self._cooling(host.name)
        if why is not None and self._had.get(host.name):
            cooling = max(cooling, KEEP_FAILURE)
        return ProviderState(
            name=host.name,
            local=host.local,
            usable=why is None,
            why_not=why,
            cooling_down=cooling,
        )

    def away(self, host: Host) -> str | None:
        """Why a host cannot be reached from here at all."""
        if host.barred is not None:
            return host.barred
        if self._settings.offline == "auto" and host.name not in self._near and not self._online():
            return NO_NETWORK
        return None

    def _must_ask(self, host: Host) -> bool:
        if self.away(host) is not None:
            return False
        if not host.keyed:
            return False
        if host.local:
            return True
        written = self._settings.providers.get(host.name)
        return bool(
            written is not None
            and written.fetch_models
            and not host.models
            and not self._catalogue.known(host.name, self._clock.now())
        )


def _as_written(spec: ModelSpec, written: ProviderSettings) -> ModelSpec:
    if written.input_per_million is not None and written.output_per_million is not None:
        price = Price(
            version=WRITTEN,
            input=per_million(written.input_per_million),
            output=per_million(written.output_per_million),
        )
        spec = replace(spec, price=price)
    if written.context is not None:
        spec = replace(spec, context=written.context)
    return spec
