"""`aircher doctor`: everything that has to be right, and what to do about what is not."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aircher_protocol.client import AsyncClient, ConnectionLost, RemoteError
from aircher_protocol.types import EndpointLine, ProviderLine
from aircherd import autostart, runtime
from aircherd.config.files import user_file
from aircherd.config.load import user_settings
from aircherd.core.clock import SystemClock
from aircherd.core.settings import Settings
from aircherd.furnishing import furnish, read_keybook
from aircherd.network import Network
from aircherd.roots import top_of
from aircherd.shown import inert
from aircherd.spreading import unborne
from aircherd.version import __version__
from aircherd.workspace.run import program_folders


def main(arguments: Sequence[str]) -> int:
    """Prints the findings; 1 when something keeps aircher from working."""
    if arguments:
        print("`aircher doctor` takes no arguments.", file=sys.stderr)
        return 2
    bad = _tools()
    bad |= _places()
    settings, problems = user_settings(user_file())
    written = "" if user_file().exists() else " (not there: everything has a default)"
    _line(not problems, "configuration", f"{user_file()}{written}")
    for problem in problems:
        print(f"     {problem}")
    try:
        asyncio.run(_providers(settings))
    except ImportError as error:
        # A broken installation is what this is asked about; it is not to fall over it.
        _line(False, "installation", f"a part is missing ({error.name}); install aircher again")
        bad = True
    return 1 if bad else 0


def _line(fine: bool | None, name: str, text: str) -> None:
    """`fine` is None for what was not set up, which is neither right nor wrong."""
    mark = "-- " if fine is None else "ok " if fine else "!! "
    print(inert(f"{mark}  {name:<14} {text}"))


def _tools() -> bool:
    _line(True, "aircher", __version__)
    fine = sys.version_info >= (3, 11)
    _line(fine, "Python", f"{platform.python_version()} at {sys.executable}")
    folders = program_folders(top_of("."))
    git = shutil.which("git", path=folders)
    if git is None:
        _line(False, "git", "not found on PATH; install it")
        return True
    said = subprocess.run(
        [git, "--version"], capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": folders},
    )  # fmt: skip
    _line(True, "git", f"{said.stdout.strip().removeprefix('git version ')} at {git}")
    return not fine


def _places() -> bool:
    try:
        connection = autostart.dial()
        where = runtime.socket_path()
        state = Path(runtime.state_dir())
    except runtime.Refused as error:
        _line(False, "socket", str(error))
        return True
    if connection is None:
        _line(True, "daemon", f"not running; it starts when needed ({where})")
    else:
        end = runtime.peer(connection)
        connection.close()
        _line(True, "daemon", f"running, pid {end[0] if end else 'unknown'} ({where})")
    writable = os.access(state, os.W_OK)
    _line(writable, "books and logs", f"{state}{'' if writable else ' is not writable'}")
    return not writable


async def _providers(settings: Settings) -> None:
    book, problems = read_keybook()
    made = furnish(
        settings, os.environ, book, SystemClock(), lambda _: None, online=Network().there
    )
    hosts, providers, market = made.hosts, made.providers, made.market
    usable = [host for host in hosts if host.name in providers and market.away(host) is None]
    for problem in (*problems, *made.problems):
        _line(False, Path(problem.file).name, problem.message)
    await asyncio.gather(*(market.look(host) for host in usable))
    for text in unborne(settings, market):
        _line(False, user_file().name, text)
    traffic = await _traffic()
    ready = 0
    for host in hosts:
        look = market.last_look(host)
        variable = " or ".join(f"${name}" for name in host.key_variables)
        away = market.away(host)
        if away is not None:
            _line(True, host.name, away)
        elif look is None:
            _line(None, host.name, f"no key in {variable}")
        elif look.error is not None:
            key = f" (key from {made.sources[host.name]})" if host.name in made.sources else ""
            _line(False, host.name, f"{str(look.error).removeprefix(f'{host.name}: ')}{key}")
        else:
            ready += 1
            names = ", ".join(spec.ref.model for spec in look.models[:6])
            more = f" and {len(look.models) - 6} more" if len(look.models) > 6 else ""
            key = f"key from {made.sources[host.name]}; " if host.name in made.sources else ""
            _line(True, host.name, f"{key}{_of(len(look.models), 'model')}: {names}{more}")
        seen = traffic.get(host.name)
        if seen is not None and (host.key or host.key_later) and not seen.key_present:
            _line(False, host.name, "the daemon that runs has no key for it; `aircherd restart`")
        for one in seen.endpoints if seen else ():
            if one.answers or one.failures or one.in_flight:
                print(inert(f"     {_seen(one, None if look is None else look.error)}"))
    if not ready and any(host.key or host.key_later for host in hosts):
        print(
            "\nNo model can be reached. Commit messages are drafted by rule until what is marked "
            "!! is mended."
        )
    elif not ready:
        print(
            "\nNo model can be reached. Commit messages are drafted by rule until there is one:\n"
            "start Ollama and `ollama pull qwen3.5:4b`, or set a key such as OPENAI_API_KEY."
        )
    for provider in providers.values():
        await provider.aclose()


async def _traffic() -> dict[str, ProviderLine]:
    """What a daemon that runs has seen of each provider; nothing when none does."""
    connection = await asyncio.to_thread(autostart.dial)
    if connection is None:
        return {}
    connection.close()
    client = AsyncClient(name="aircher doctor")
    try:
        await client.start()
        listed = await client.call("aircher/providers", {})
    except (RemoteError, ConnectionLost):
        return {}
    finally:
        await client.close()
    return {line.name: line for line in listed.providers}


def _seen(one: EndpointLine, said: object = None) -> str:
    """`said` is what was told just before; the same is not told twice."""
    text = f"{one.name}: {_of(one.answers, 'answer')}, {_of(one.failures, 'failure')}"
    if one.last_used_seconds_ago is not None:
        text += f"; last asked {one.last_used_seconds_ago:.0f} s ago"
    if one.first_p50_ms is not None:
        text += f"; first words after {one.first_p50_ms} ms, 90 % within {one.first_p90_ms} ms"
    if one.cooling_seconds:
        text += f"; left alone for {one.cooling_seconds:.0f} s"
    elif one.circuit != "closed":
        text += "; the next request tries it"
    if one.last_error is not None and one.last_error != str(said):
        ago = one.last_error_seconds_ago
        when = "at some time" if ago is None else f"{ago:.0f} s ago"
        text += f"; {when}: {one.last_error}"
    return text


def _of(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
