"""`aircher usage`, `models`, `status`: what the daemon knows, as tables."""

from __future__ import annotations

import argparse
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aircher.show import inert, plain
from aircher_protocol.client import Client
from aircher_protocol.types import ModelList, Status, UsageReport, UsageTotal


def usage(options: argparse.Namespace) -> int:
    """Today, the month, and the month by task, provider and model."""
    report: UsageReport | None = _ask("aircher/usage", {}, options)
    if report is None:
        return 0
    console = _console()
    table = _table("", "requests", "tokens in", "out", "cost")
    for total in (report.today, report.month):
        name = "today" if total is report.today else "this month"
        _row(table, name, total)
    for title, groups in (
        ("by task", report.by_task),
        ("by provider", report.by_provider),
        ("by model", report.by_model),
    ):
        if groups:
            table.add_section()
            table.add_row(f"[dim]{title}[/dim]")
            for total in groups:
                _row(table, total.name, total)
    console.print(table)
    for line in report.limits:
        console.print(
            _safe(
                f"{line.label} limit {line.limit.text}: {line.spent.text} spent, "
                f"{line.held.text} held, resets {line.resets_at[:16].replace('T', ' ')}"
            )
        )
    if not report.limits:
        console.print("No limit is set; `aircher config set costs.daily_limit 2.00` sets one.")
    console.print(f"[dim]days are counted in {_safe(report.zone)}[/dim]")
    return 0


def models(options: argparse.Namespace) -> int:
    """Usable models, and what is wrong with the rest."""
    found: ModelList | None = _ask("aircher/models", {"refresh": options.refresh}, options)
    if found is None:
        return 0
    console = _console()
    usable = [line for line in found.models if line.usable]
    table = _table("model", "window", "in /M", "out /M", "quality", "")
    for line in found.models if options.all else usable:
        table.add_row(
            _safe(f"{line.provider}/{line.model}"),
            "?" if line.context is None else f"{line.context:,}",
            _price(line.input_per_million, line.local),
            _price(line.output_per_million, line.local),
            "?" if line.quality is None else f"{line.quality:.2f}",
            _safe(line.why),
        )
    if usable or options.all:
        console.print(table)
    else:
        console.print("No model can be used now; `aircher doctor` says why.")
    hidden = len(found.models) - len(usable)
    if hidden and not options.all:
        console.print(f"[dim]{hidden} more cannot be used now; --all shows them[/dim]")
    console.print(f"[dim]prices: {_safe(found.price_table)}, USD per million tokens[/dim]")
    return 0


def status(options: argparse.Namespace) -> int:
    """How the daemon is."""
    found: Status | None = _ask("aircher/status", {}, options)
    if found is None:
        return 0
    console = _console()
    console.print(f"aircherd {found.version}, pid {found.pid}, {found.sessions} sessions")
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


def _row(table: Table, name: str, total: UsageTotal) -> None:
    unknown = f" + {total.unpriced} of unknown price" if total.unpriced else ""
    about = "~" if total.cost.estimated else ""
    table.add_row(
        _safe(name),
        f"{total.requests:,}",
        f"{total.input:,}",
        f"{total.output:,}",
        f"{about}{total.cost.text}{unknown}",
    )


def _price(text: str | None, local: bool) -> str:
    if local:
        return "free"
    return "unknown" if text is None else f"${text}"


def _safe(text: str) -> str:
    return escape(inert(text))
