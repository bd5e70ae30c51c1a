"""aircher/dump: everything about this daemon that helps to find a fault, and nothing of anybody's.

No prompt, no answer, no key. What could hold a secret by accident (the words of an error) goes
through the filter of the log.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.types import Dump, DumpParams
from aircherd.server.dispatch import Call
from aircherd.server.house import House
from aircherd.server.redaction import redact
from aircherd.version import __version__

_LIBRARIES = ("pygls", "lsprotocol", "httptools", "httpx", "watchfiles", "GitPython")
_PAGE = os.sysconf("SC_PAGE_SIZE")


async def handle(house: House, call: Call[DumpParams]) -> Dump:
    """What is known at about this moment, as JSON text."""
    facts: dict[str, Any] = {}
    for name, told in _FACTS.items():
        facts[name] = told(house)
        await asyncio.sleep(0)  # so that nobody waits for all of it
    text = json.dumps(facts, ensure_ascii=False, indent=1, default=str)
    await asyncio.sleep(0)
    return Dump(text=redact(text))


@cache
def _versions() -> dict[str, str | int]:
    found: dict[str, str | int] = {"aircherd": __version__, "protocol": PROTOCOL_VERSION}
    from importlib import metadata  # 1.3 MB with what it loads, for those who have trouble

    # Not platform.platform(): that may start a program.
    system = os.uname()
    found["system"] = f"{system.sysname} {system.release} {system.machine}"
    found["python"] = platform.python_version()
    # The ledger has loaded it; nothing else may.
    found["sqlite"] = getattr(sys.modules.get("sqlite3"), "sqlite_version", "not loaded")
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def _process(house: House) -> dict[str, Any]:
    return {
        "pid": os.getpid(),
        "uptimeSeconds": round(house.desk.clock.monotonic() - house.started, 1),
        "residentBytes": _resident(),
        "descriptors": _descriptors(),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "modules": len(sys.modules),
        "loop": type(asyncio.get_running_loop()).__module__,
        "sessions": house.sessions(),
        "inFlight": house.in_flight(),
        "asking": house.asking(),
        "listening": len(house.views.staging.roots),
    }


def _resident() -> int | None:
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE
    except OSError:
        return None  # only Linux says so


def _descriptors() -> int | None:
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count, not paths
    except OSError:
        return None


def _requests() -> Mapping[str, int]:
    """Methods being answered; a session names the task of each request by its method."""
    names = (task.get_name() for task in asyncio.all_tasks())
    return Counter(name for name in names if "/" in name)


def _work(task: asyncio.Task[Any]) -> str:
    return getattr(task.get_coro(), "__qualname__", "unknown")


def _endpoints(house: House) -> list[dict[str, Any]]:
    fleet, market = house.desk.gateway.fleet, house.desk.market()
    return [asdict(one) for host in market.hosts for one in fleet.standings(host.name)]


def _opened_ahead(house: House) -> list[str]:
    """Providers to which a connection was opened that waits for its first request."""
    fleet, market = house.desk.gateway.fleet, house.desk.market()
    return [
        host.name
        for host in market.hosts
        if any(getattr(way, "waiting", False) for _, way in fleet.endpoints(host.name))
    ]


def _settings(house: House) -> dict[str, Any]:
    """What decides where requests go; addresses and headers stay out, for they may hold secrets."""
    mine, market = house.settings, house.desk.market()
    return {
        "providers": {
            host.name: {
                "family": host.family,
                "local": host.local,
                "key": host.keyed,
                "proxy": host.proxy is not None,
                "quirks": sorted(host.quirks),
                "away": market.away(host),
            }
            for host in market.hosts
        },
        "default": mine.default,
        "fallbackOrder": list(mine.fallback_order),
        "prefer": mine.prefer,
        "egress": mine.egress,
        "offline": mine.offline,
        "prices": house.price_table,
        "problems": [problem.message for problem in house.problems],
    }


def _shared(house: House) -> dict[str, int]:
    sharing = house.desk.gateway.sharing
    return {"answers": sharing.hits, "savedNanoUsd": int(sharing.saved)}


_FACTS: dict[str, Callable[[House], Any]] = {
    "versions": lambda _: _versions(),
    "process": _process,
    "requests": lambda _: _requests(),
    "tasks": lambda _: dict(Counter(_work(task) for task in asyncio.all_tasks())),
    "endpoints": _endpoints,
    "openedAhead": _opened_ahead,
    "shared": _shared,
    "ledger": lambda house: house.books.state,
    "settings": _settings,
}
