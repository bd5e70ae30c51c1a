"""`aircher models`, `status`: what the daemon knows, as tables."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
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
    if usable:
        console.print(_usable(usable))
        for line in usable:
            if line.why or line.retires:
                ends = f"ends {line.retires}" if line.retires else ""
                why = _safe("; ".join(filter(None, (line.why, ends))))
                console.print(f"{_safe(f'{line.provider}/{line.model}')}: {why}")
    else:
        console.print("No model can be used now; `aircher doctor` says why.")
    rest = [line for line in found.models if not line.usable] if options.all else []
    if rest:
        table = _table("cannot be used", "")
        for line in rest:
            table.add_row(_safe(f"{line.provider}/{line.model}"), _safe(line.why))
        console.print()
        console.print(table)
    hidden = len(found.models) - len(usable)
    if hidden and not options.all:
        more = f"{hidden} more" if usable else f"{hidden} models"
        console.print(f"[dim]{more} cannot be used now; --all shows them[/dim]")
    if not usable:
        return 0
    console.print(f"[dim]prices: {_safe(found.price_table)}, USD per million tokens[/dim]")
    letters = ", ".join(f"{mark} {name.replace('_', ' ')}" for name, mark in _LETTERS.items())
    console.print(f"[dim]can: {letters}; begins: half of its latest answers sooner[/dim]")
    return 0


def _usable(lines: Sequence[ModelLine]) -> Table:
    """Their figures. A name is broken over lines only where not even 80 columns hold it."""
    timed = any(line.first_token_ms is not None for line in lines)
    begins = ("begins",) if timed else ()
    table = _table("model", "window", "in /M", "out /M", "quality", *begins, "can")
    for column in table.columns:
        column.no_wrap = True
    table.columns[0].no_wrap = False
    for line in lines:
        table.add_row(
            _safe(f"{line.provider}/{line.model}"),
            _tokens(line.context),
            _price(line.input_per_million, line.local),
            _price(line.output_per_million, line.local),
            "?" if line.quality is None else f"{line.quality:.2f}",
            *([_seconds(line.first_token_ms)] if timed else []),
            _can(line),
        )
    return table


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


def _tokens(count: int | None) -> str:
    """Such as 128k or 1.05M."""
    if count is None or count < 1_000:
        return "?" if count is None else str(count)
    if count < 1_000_000:
        return f"{count / 1_000:.0f}k"
    return f"{count / 1_000_000:.2f}".rstrip("0").rstrip(".") + "M"


def _seconds(value: int | None) -> str:
    return "" if value is None else f"{value / 1000:.1f} s"


def _price(text: str | None, local: bool) -> str:
    if local:
        return "free"
    return "unknown" if text is None else f"${text}"


def _safe(text: str) -> str:
    return escape(inert(text))
