"""`aircher top`: what the daemon does, as it does it, until Ctrl-C."""

from __future__ import annotations

import argparse
import time

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from aircher_protocol.client import Client
from aircher_protocol.types import EndpointLine, ProviderList, Status

EVERY = 1.0
"""Seconds between two looks."""


_STATES = {
    "closed": "ready",
    "open": "left alone",
    "half_open": "on trial",
    "half-open": "on trial",
}
"""What a circuit's state means to a person."""


def _of(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def run(options: argparse.Namespace) -> int:
    """Shows until it is stopped, or once. The process's exit code."""
    console = Console()
    with Client(name="aircher top") as client:
        if options.once:
            console.print(_look(client))
            return 0
        with Live(_look(client), console=console, screen=console.is_terminal) as live:
            try:
                while True:
                    time.sleep(EVERY)
                    live.update(_look(client))
            except KeyboardInterrupt:
                return 0


def _look(client: Client) -> Group:
    status: Status = client.call("aircher/status", {})
    providers: ProviderList = client.call("aircher/providers", {})
    return screen(status, providers)


def screen(status: Status, providers: ProviderList) -> Group:
    """One look, as it is drawn."""
    minutes = status.uptime_seconds / 60
    offline = ", offline" if status.offline else ""
    head = (
        f"aircherd {status.version} (pid {status.pid}), up {minutes:.0f} min{offline} · "
        f"{_of(status.sessions, 'session')}, {_of(status.in_flight, 'request')} in flight · "
        f"today {status.today.text}, this month {status.month.text}"
    )
    limits = Table(box=None, pad_edge=False)
    for name in ("limit", "spent", "held", "of"):
        limits.add_column(name)
    for line in status.limits:
        limits.add_row(escape(line.label), line.spent.text, line.held.text, line.limit.text)
    ends = Table(box=None, pad_edge=False)
    for name in ("endpoint", "state", "now", "in line", "answers", "failures", "first text", ""):
        ends.add_column(name)
    for provider in providers.providers:
        for one in provider.endpoints:
            if provider.key_present or provider.local or one.answers or one.failures:
                ends.add_row(*_row(one))
    parts: list[str | Table] = [escape(head), ""]
    parts += [limits, ""] if status.limits else []
    parts.append(ends)
    parts += [escape(notice) for notice in status.notices]
    return Group(*parts)


def _row(one: EndpointLine) -> tuple[str, ...]:
    state = (
        f"left alone {one.cooling_seconds:.0f} s"
        if one.cooling_seconds
        else _STATES.get(one.circuit, one.circuit)
    )
    first = "" if one.first_p50_ms is None else f"{one.first_p50_ms} / {one.first_p99_ms} ms"
    most = "" if one.at_once is None else f" of {one.at_once}"
    return (
        escape(one.name),
        state,
        f"{one.in_flight}{most}",
        str(one.waiting),
        str(one.answers),
        str(one.failures),
        first,
        escape((one.last_error or "")[:60]),
    )
