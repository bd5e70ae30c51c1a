"""Puts hosts, their keys and providers together, for the daemon and for the doctor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from aircherd import runtime, strategies
from aircherd.config.catalogue import bundled
from aircherd.config.files import user_file
from aircherd.config.keybook import Kept, entry, kept
from aircherd.config.keysource import source_for
from aircherd.core.clock import Clock
from aircherd.core.errors import InvalidConfig
from aircherd.core.settings import Problem, ProviderSettings, Settings
from aircherd.fleet import Fleet
from aircherd.market import Market
from aircherd.providers import registry
from aircherd.providers.base import Host, Provider
from aircherd.providers.strangers import let_in
from aircherd.routing.balance import STRATEGIES, Strategy, primary_with_fallback


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """Everything that can be asked, as it is now."""

    hosts: tuple[Host, ...]
    providers: dict[str, Provider]
    market: Market
    sources: Mapping[str, str]
    """Provider → where its key is from, in words; never the key."""
    problems: tuple[Problem, ...]
    """What could not be put together, and what another package brought that does not work."""


def keybook() -> Path:
    """The file of the keys that are kept."""
    return Path(runtime.state_dir(), "keys.json")


def read_keybook() -> tuple[dict[str, Kept], tuple[Problem, ...]]:
    """What is kept, and what is wrong with the file."""
    try:
        return kept(keybook()), ()
    except InvalidConfig as error:
        return {}, (_said(str(keybook()), str(error)),)


def furnish(
    settings: Settings,
    environ: Mapping[str, str],
    book: Mapping[str, Kept],
    clock: Clock,
    secret: Callable[[str], None],
    *,
    online: Callable[[], bool] = lambda: True,
    fleet: Fleet | None = None,
) -> Furniture:
    """Hosts with their keys, a provider for each that can be asked, and the market of both.

    `secret` is told every key before anything else has it; `online` says whether there is a
    network, and `fleet` how the endpoints of the hosts are.
    """
    problems = [_said(name, why) for name, why in let_in(settings.plugins)]
    problems += _no_strategies(settings)
    hosts: list[Host] = []
    providers: dict[str, Provider] = {}
    sources: dict[str, str] = {}
    for host in registry.hosts(settings, environ):
        written = settings.providers.get(host.name)
        found = None if host.key or host.key_later else book.get(entry(host.name, host.base_url))
        if host.key:
            set_ones = [name for name in host.key_variables if environ.get(name, "").strip()]
            sources[host.name] = f"${set_ones[0]}" if set_ones else "the environment"
        elif host.key_later and written is not None:
            sources[host.name] = f"the program {written.key_command[0]}"
        elif found is not None:
            sources[host.name] = "the keyring" if found.where == "keyring" else "the key file"
            host = _with(host, found)
        for key in (host.key, *host.spare_keys):
            if key:
                secret(key)
        hosts.append(host)
        if host.base_url and host.keyed:
            source = source_for(host.name, written, found, secret)
            try:
                providers[host.name] = registry.connect(
                    host, settings, clock, keys=source, strategy=_strategy(written)
                )
            except InvalidConfig as error:
                problems.append(_said(str(user_file()), str(error)))
    market = Market(
        hosts=hosts,
        providers=providers,
        catalogue=bundled(),
        settings=settings,
        clock=clock,
        cooling=(lambda _: 0.0) if fleet is None else fleet.cooling,
        online=online,
        balanced=(lambda plan: plan) if fleet is None else fleet.balanced,
    )
    return Furniture(
        hosts=tuple(hosts),
        providers=providers,
        market=market,
        sources=sources,
        problems=tuple(problems),
    )


def _strategy(written: ProviderSettings | None) -> Strategy:
    """How a host's keys take turns; as its replicas do, where the user says how."""
    wanted = written.balance if written else None
    return (strategies.named(wanted) if wanted else None) or primary_with_fallback


def _no_strategies(settings: Settings) -> Iterator[Problem]:
    wanted = {"providers.strategy": settings.strategy}
    for name, written in settings.providers.items():
        if written.balance:
            wanted[f"providers.{name}.balance"] = written.balance
    for key, name in wanted.items():
        if strategies.named(name) is None:
            known = ", ".join(STRATEGIES)
            yield _said(str(user_file()), f"{key}: there is no strategy {name!r}; use {known}.")


def _said(where: str, message: str) -> Problem:
    return Problem(file=where, line=0, column=0, message=message)


def _with(host: Host, found: Kept) -> Host:
    if found.where == "keyring":
        return replace(host, key_later=True)
    return replace(host, key=found.keys[0], spare_keys=found.keys[1:]) if found.keys else host
