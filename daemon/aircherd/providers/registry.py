"""Which providers there are: built-in rows, the user's own, and their wire families.

Families come in by `register`, the built-in ones as well.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from aircherd.core.clock import Clock
from aircherd.core.errors import InvalidConfig
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers.addresses import is_loopback, joined, ollama_host, origin
from aircherd.providers.anthropic import Anthropic
from aircherd.providers.base import Host, KeySource, Provider, Wire
from aircherd.providers.cohere import Cohere
from aircherd.providers.gemini import Gemini, vertex
from aircherd.providers.google import GoogleSignIn
from aircherd.providers.http import Timeouts
from aircherd.providers.ollama import Ollama
from aircherd.providers.openai_chat import OpenAIChat
from aircherd.providers.openai_responses import OpenAIResponses
from aircherd.providers.pool import Pool
from aircherd.providers.workshop import Whole
from aircherd.routing.balance import Strategy, primary_with_fallback

OFFLINE = "offline is on and it is not on this machine; `aircher offline auto` ends that"
NO_NETWORK = "there is no network and it is not on this machine; `aircher offline off` asks anyway"

_families: dict[str, Callable[[], Wire]] = {}


_added: dict[str, dict[str, Any]] = {}
"""Hosts that came in with a family, by name."""


def register(
    family: str,
    make: Callable[[], Wire],
    hosts: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Makes a wire family known under a name, and hosts that speak it, in rows like those of
    providers.toml. Raises InvalidConfig for what is taken: nobody takes another's place or key.
    """
    known = rows()
    variables = {v for row in known.values() for v in row.get("key_variables", ())}
    if family in _families:
        raise InvalidConfig(f"The family {family!r} is there already; choose another name.")
    for name, row in (hosts or {}).items():
        if name in known:
            raise InvalidConfig(f"The provider {name!r} is there already; choose another name.")
        if both := variables & set(row.get("key_variables", ())):
            raise InvalidConfig(f"{', '.join(sorted(both))} is another provider's key variable.")
    _families[family] = make
    _added.update({name: {"family": family, **row} for name, row in (hosts or {}).items()})


@contextmanager
def whole() -> Iterator[None]:
    """What is registered inside comes in whole: a failure takes all of it back."""
    before, hosts_before = dict(_families), dict(_added)
    try:
        yield
    except BaseException:
        _families.clear()
        _added.clear()
        _families.update(before)
        _added.update(hosts_before)
        raise


def rows() -> dict[str, dict[str, Any]]:
    """The built-in hosts, and those that came in with a family."""
    return {**_built_in(), **_added}


@cache
def _built_in() -> dict[str, dict[str, Any]]:
    text = Path(__file__).with_name("providers.toml").read_text("utf-8")
    return tomllib.loads(text)


register("anthropic", Anthropic)
register("cohere", Cohere)
register("gemini", Gemini)
register("openai_chat", OpenAIChat)
register("openai_responses", OpenAIResponses)
register("ollama", Ollama)


def key_variables(settings: Settings) -> tuple[str, ...]:
    """Every environment variable a key may be found in."""
    names = [name for row in rows().values() for name in row.get("key_variables", ())]
    for written in settings.providers.values():
        names += [v for v in (written.key_variable, *written.spare_key_variables) if v]
    return tuple(dict.fromkeys(names))


def hosts(settings: Settings, environ: Mapping[str, str]) -> tuple[Host, ...]:
    """Every host that may be used: the built-in ones and the configured ones.

    A host that wants a key it has not is in the list without one, so that it can be shown.
    """
    found: list[Host] = []
    for name, row in rows().items():
        if name in _added and not settings.plugins:
            continue
        written = settings.providers.get(name)
        if row.get("on_request") and written is None:
            continue
        if written is None or written.enabled:
            found.append(_host(name, row, written, environ))
    for name, written in settings.providers.items():
        if name not in rows() and written.enabled and (written.base_url or written.hosts):
            found.append(_host(name, {}, written, environ))
    found = [vertex.placed(host, environ, Path.home()) for host in found]
    found = [replace(host, proxy=_proxy(host, settings)) for host in found]
    order = {name: place for place, name in enumerate(settings.fallback_order)}
    if settings.offline == "on":
        found = [
            host if reaches_only_here(host) else replace(host, barred=OFFLINE) for host in found
        ]
    return tuple(
        sorted(found, key=lambda h: (h.name != settings.default, order.get(h.name, len(order))))
    )


def connect(
    host: Host,
    settings: Settings,
    clock: Clock,
    *,
    keys: KeySource | None = None,
    strategy: Strategy = primary_with_fallback,
) -> Provider:
    """The provider at a host; `keys` gives its keys where it has none yet, and of several keys the
    `strategy` says which goes next.

    Raises InvalidConfig for a family nobody registered.
    """
    make = _families.get(host.family)
    if make is None:
        known = ", ".join(sorted(_families))
        raise InvalidConfig(
            f"providers.{host.name}.family {host.family!r} is not known; use one of {known}."
        )
    unlisted = settings.allow is not None and host.name not in settings.allow
    if unlisted or (settings.egress == "local" and not host.local):
        host = replace(host, shut=True)
    first = settings.local_first_byte_timeout if host.local else settings.first_byte_timeout
    timeouts = Timeouts(
        connect=settings.connect_timeout, first_byte=first, idle=settings.idle_timeout
    )
    token = GoogleSignIn(host, clock) if vertex.is_vertex(host) else None

    def at(one: Host) -> Whole:
        return Whole(one, make(), timeouts, clock, token=token, keys=keys, strategy=strategy)

    if not host.replicas:
        return at(host)
    return Pool([at(replace(host, base_url=url, replicas=())) for url in host.addresses])


def _host(
    name: str,
    row: Mapping[str, Any],
    written: ProviderSettings | None,
    environ: Mapping[str, str],
) -> Host:
    mine = written or ProviderSettings(name=name)
    family = mine.family or row.get("family", "openai_chat")
    usual = row.get("base_url", "")
    pool = tuple(dict.fromkeys(joined(url, family) for url in mine.hosts))
    mine_at = pool[0] if pool else mine.base_url or None
    # One that is written and cannot be read leaves none: the usual one was not meant.
    elsewhere = ollama_host(name, environ) or usual
    base = joined(elsewhere if mine_at is None else mine_at, family)
    # An empty usual address is one every user has of their own.
    moved = (
        bool(usual)
        and mine_at is not None
        and any(origin(one) != origin(usual) for one in (base, *pool))
    )
    if moved and mine.family is None:
        # Servers that stand in for a provider speak its common dialect, not always its newest.
        family = row.get("family_elsewhere", family)
    foreign = moved or not row
    variables = tuple(row.get("key_variables", ()))
    if mine.key_variable:
        variables = (mine.key_variable, *mine.spare_key_variables)
    elif moved:
        # The usual key belongs to the usual address; another address must name its own.
        variables = ()
    later = bool(mine.key_command) and not mine.key_variable
    if later:
        # What the user says of this provider counts before what happens to be set.
        variables = ()
    keys = [environ[v] for v in variables if environ.get(v, "").strip()]
    key = keys[0] if keys else None
    here = all(is_loopback(one) for one in (base, *pool))
    local = mine.local if mine.local is not None else here
    return Host(
        name=name,
        family=family,
        base_url=base,
        replicas=tuple(filter(None, pool[1:])),
        local=local,
        key=key,
        # The usual variables of a host are names for one key; the user's own are several.
        spare_keys=tuple(keys[1:]) if mine.key_variable else (),
        key_later=later,
        key_variables=variables,
        key_header=row.get("key_header", "authorization"),
        # A server that wants no key may be given one; one the user names a key for wants it.
        needs_key=row.get("needs_key", bool(variables)) and (not moved or bool(mine.key_variable)),
        headers={**row.get("headers", {}), **_account(mine, family), **mine.headers},
        # A server nobody knows may end a stream without its marker; the finish reason must do.
        quirks=frozenset(
            (*row.get("quirks", ()), *mine.quirks, *(("no_done_marker",) if foreign else ()))
        ),
        efforts=row.get("efforts"),
        pictures=row.get("pictures", {}),
        models=tuple(dict.fromkeys((*mine.models, *mine.custom_models.values()))),
        keep_alive=mine.keep_alive or row.get("keep_alive"),
        num_ctx_cap=mine.num_ctx,
        options={**row.get("options", {}), **_place(mine)},
    )


def _proxy(host: Host, settings: Settings) -> str | None:
    """The proxy a host is asked through: its own, or that of all hosts beyond this machine."""
    written = settings.providers.get(host.name)
    own = None if written is None else written.proxy
    if own is None:
        own = None if host.local or reaches_only_here(host) else settings.proxy
    return own or None


def _account(mine: ProviderSettings, family: str) -> dict[str, str]:
    """Headers that say who pays, where an account has several organizations or projects."""
    if not family.startswith("openai"):
        return {}
    named = {"OpenAI-Organization": mine.org_id, "OpenAI-Project": mine.project}
    return {name: value for name, value in named.items() if value}


def _place(mine: ProviderSettings) -> dict[str, str]:
    places = " ".join(mine.sign_in_at)
    named = {"project": mine.project, "location": mine.location, "sign_in_at": places}
    return {name: value for name, value in named.items() if value}


def reaches_only_here(host: Host) -> bool:
    """Whether every address of a host is this machine's own loopback."""
    return all(is_loopback(url) for url in host.addresses)
