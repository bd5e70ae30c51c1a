"""`aircher keys set | list | rm`: keys in the keyring or a private file, never shown again."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from aircherd.config import ring
from aircherd.config.files import user_file
from aircherd.config.keybook import Kept, Where, entry, kept, usable, write
from aircherd.config.load import user_settings
from aircherd.core.errors import InvalidConfig
from aircherd.core.settings import Settings
from aircherd.furnishing import keybook
from aircherd.providers import registry
from aircherd.providers.base import Host
from aircherd.providers.strangers import let_in


def main(arguments: Sequence[str], told: Callable[[], None] = lambda: None) -> int:
    """Runs one command; 0 when it worked. `told` lets a running daemon know of a change."""
    options = _parser().parse_args(arguments)
    try:
        changed: bool = options.run(options)
    except (InvalidConfig, EOFError) as error:
        print(str(error) or "There was no key to read; nothing is changed.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nNothing is changed.", file=sys.stderr)
        return 130
    if changed:
        told()
    return 0


def _set(options: argparse.Namespace) -> bool:
    host = _host(options.provider)
    book = kept(keybook())
    name = entry(host.name, host.base_url)
    where: Where = "file" if options.file or not ring.usable() else "keyring"
    given = _read(host)
    why = usable(given)
    if why is not None:
        raise InvalidConfig(f"What was given {why}; nothing is changed.")
    before = _keys_of(book.get(name)) if options.add else ()
    keys = tuple(dict.fromkeys((*before, given)))
    old = book.get(name)
    if where == "keyring":
        ring.put(name, keys)
    book[name] = Kept(name, where, len(keys), keys if where == "file" else ())
    write(keybook(), book.values())
    if old is not None and old.where == "keyring" and where == "file":
        ring.drop(name)
    place = "the keyring" if where == "keyring" else str(keybook())
    many = f" ({len(keys)} keys take turns)" if len(keys) > 1 else ""
    print(f"Kept in {place}{many}; it is only ever sent to {name.partition('@')[2]}.")
    for variable in host.key_variables:
        if os.environ.get(variable, "").strip():
            print(f"${variable} is set as well and counts before it.")
    return True


def _rm(options: argparse.Namespace) -> bool:
    book = kept(keybook())
    names = [name for name in book if options.provider in (name, name.partition("@")[0])]
    if not names:
        raise InvalidConfig(f"No key is kept for {options.provider}; see `aircher keys list`.")
    for name in names:
        if book.pop(name).where == "keyring":
            ring.drop(name)
        print(f"Forgotten: {entry(*name.split('@', 1))}")
    write(keybook(), book.values())
    return True


def _list(_: argparse.Namespace) -> bool:
    settings = _settings()
    book = kept(keybook())
    shown: list[tuple[str, str, str]] = []
    for host in registry.hosts(settings, os.environ):
        found = book.pop(entry(host.name, host.base_url), None)
        written = settings.providers.get(host.name)
        if host.key:
            where = " or ".join(f"${name}" for name in host.key_variables)
        elif host.key_later and written is not None:
            where = f"the program {written.key_command[0]}"
        elif found is not None:
            where = _place(found)
        else:
            continue
        shown.append((host.name, entry(host.name, host.base_url).partition("@")[2], where))
    for name, found in book.items():
        provider, _at, address = name.partition("@")
        origin = entry(provider, address).partition("@")[2]
        shown.append((provider, origin, f"{_place(found)}; not used, {provider} is not there now"))
    for provider, origin, where in shown:
        print(f"{provider:<12} {origin:<44} {where}")
    if not shown:
        print("No key is set or kept; `aircher keys set openai` keeps one.")
    return False


def _place(found: Kept) -> str:
    many = f", {found.count} keys" if found.count > 1 else ""
    return f"{'keyring' if found.where == 'keyring' else 'key file'}{many}"


def _keys_of(found: Kept | None) -> tuple[str, ...]:
    if found is None:
        return ()
    return ring.get(found.name) if found.where == "keyring" else found.keys


def _settings() -> Settings:
    settings, _problems = user_settings(user_file())
    let_in(settings.plugins)
    return settings


def _host(provider: str) -> Host:
    settings = _settings()
    hosts = {host.name: host for host in registry.hosts(settings, {}) if host.base_url}
    if provider not in hosts:
        raise InvalidConfig(
            f"There is no provider {provider!r}; there are {', '.join(sorted(hosts))}. "
            "Others need a [providers.NAME] table first: see `aircher config edit`."
        )
    return hosts[provider]


def _read(host: Host) -> str:
    """The key, from a prompt that shows nothing, or the first line of what is piped in."""
    if sys.stdin.isatty():
        where = entry(host.name, host.base_url).partition("@")[2]
        return getpass.getpass(f"Key for {host.name} ({where}): ").strip()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aircher keys", description="Keep keys of providers, each for one address."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(run=run)
        return made

    put = command("set", _set, "Keep a key, read from a prompt or from standard input.")
    put.add_argument("provider", metavar="PROVIDER", help="such as openai")
    put.add_argument("--add", action="store_true", help="beside the ones kept; they take turns")
    put.add_argument("--file", action="store_true", help="in a private file, not in the keyring")
    command("list", _list, "Say which keys there are and where from; never the keys.")
    rm = command("rm", _rm, "Forget a key.")
    rm.add_argument("provider", metavar="PROVIDER")
    return parser
