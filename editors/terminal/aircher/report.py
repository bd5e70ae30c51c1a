"""`aircher models`, `status`: what the daemon knows, as tables."""

from __future__ import annotations

import argparse
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aircher.show import inert, plain
from aircher_protocol.client import Client
from aircher_protocol.types import ModelLine, ModelList, Status


def models(options: argparse.Namespace) -> int:
    """Usable models, and what is wrong with the rest."""
    found: ModelList | None = _ask("aircher/models", {"refresh": options.refresh}, options)
    if found is None:
        return 0
    console = _console()
    usable = [line for line in found.models if line.usable]
    table = _table("model", "window", "in /M", "out /M", "quality", "begins", "can", "")
    for line in found.models if options.all else usable:
        table.add_row(
            _safe(f"{line.provider}/{line.model}"),
            "?" if line.context is None else f"{line.context:,}",
            _price(line.input_per_million, line.local),
            _price(line.output_per_million, line.local),
            "?" if line.quality is None else f"{line.quality:.2f}",
            "" if line.first_token_ms is None else f"{line.first_token_ms / 1000:.1f} s",
            _can(line),
            _safe(line.why + (f"; ends {line.retires}" if line.retires and line.usable else "")),
        )
    if usable or options.all:
        console.print(table)
    else:
        console.print("No model can be used now; `aircher doctor` says why.")
    hidden = len(found.models) - len(usable)
    if hidden and not options.all:
        console.print(f"[dim]{hidden} more cannot be used now; --all shows them[/dim]")
    console.print(f"[dim]prices: {_safe(found.price_table)}, USD per million tokens[/dim]")
    letters = ", ".join(f"{mark} {name.replace('_', ' ')}" for name, mark in _LETTERS.items())
    console.print(f"[dim]can: {letters}; begins: half of its latest answers sooner[/dim]")
    return 0


def status(options: argparse.Namespace) -> int:
    """How the daemon is."""
    found: Status | None = _ask("aircher/status", {}, options)
    if found is None:
        return 0
    console = _console()
    windows = "1 session" if found.sessions == 1 else f"{found.sessions} sessions"
    console.print(f"aircherd {found.version}, pid {found.pid}, {windows}")
    console.print(f"ledger {_safe(found.ledger)}; last model {_safe(found.last_model or 'none')}")
    console.print(f"today {found.today.text}, this month {found.month.text}")
    for notice in found.notices:
        console.print(_safe(notice), style="yellow")
    return 0


def _ask(method: str, params: dict[str, Any], options: argparse.Namespace) -> Any:
    with Client(name="terminal") as client:
        result = client.call(method, params)
    if options.json:
        print(plain(result))
        return None
    return result


def _console() -> Console:
    return Console(highlight=False, soft_wrap=False)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, name in enumerate(columns):
        right = number > 0 and name != ""
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    return table


_LETTERS = {
    "tools": "t",
    "vision": "v",
    "thinking": "r",
    "json_schema": "j",
    "embeddings": "e",
    "images": "i",
}


def _can(line: ModelLine) -> str:
    """What a model can besides talk, a letter each."""
    return "".join(mark for name, mark in _LETTERS.items() if name in line.capabilities)


def _price(text: str | None, local: bool) -> str:
    if local:
        return "free"
    return "unknown" if text is None else f"${text}"


def _safe(text: str) -> str:
    return escape(inert(text))
