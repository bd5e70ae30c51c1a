"""`aircher top`: what the daemon does, as it does it, until Ctrl-C or `q`."""

from __future__ import annotations

import argparse
import contextlib
import os

from rich.console import Console, Group
from rich.live import Live

from aircher.keyboard import pressed
from aircher.screen import screen
from aircher_protocol.client import Client
from aircher_protocol.types import ProviderList, Status

EVERY = 1.0
"""Seconds between two looks."""
PIPED = 160
"""Cells of a line for a reader that has no window; it says so with COLUMNS where it has."""


def run(options: argparse.Namespace) -> int:
    """Shows until it is stopped, or once where nobody watches. The process's exit code."""
    console = Console(highlight=False)
    with Client(name="aircher top") as client:
        if options.once or not console.is_terminal:
            if not console.is_terminal and "COLUMNS" not in os.environ:
                console.width = PIPED
            console.print(_look(client, console))
            return 0
        with (
            contextlib.suppress(KeyboardInterrupt),
            pressed() as key,
            Live(_look(client, console, whole=False), console=console, screen=True,
                 auto_refresh=False) as live,
        ):  # fmt: skip
            while key(EVERY) not in ("q", "\x04"):
                live.update(_look(client, console, whole=False), refresh=True)
    return 0


def _look(client: Client, console: Console, *, whole: bool = True) -> Group:
    status: Status = client.call("aircher/status", {})
    providers: ProviderList = client.call("aircher/providers", {})
    height = None if whole else console.height
    return Group(*screen(status, providers, console.width, height))
