"""`aircher usage`: what was spent, what it will come to, and what it would have cost elsewhere."""

from __future__ import annotations

import argparse
import os
from datetime import date, timedelta

from rich.bar import Bar
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from aircher.show import inert, plain
from aircher.spreadsheet import GROUPS as GROUPS
from aircher.spreadsheet import as_csv as as_csv
from aircher.spreadsheet import total_lines as total_lines
from aircher_protocol.client import Client
from aircher_protocol.types import LimitLine, UsageReport, UsageTotal

_STEPS = "▁▂▃▄▅▆▇█"
_BAR = 18
"""Columns of the widest bar, or of what else stands last."""


def run(options: argparse.Namespace) -> int:
    """The books as tables, JSON or CSV."""
    report = fetch(options)
    if options.json:
        print(plain(report))
    elif options.csv:
        print(as_csv(report), end="")
    else:
        show(report, Console(highlight=False, soft_wrap=False), tuple(options.by or GROUPS[:3]))
    return 0


def fetch(options: argparse.Namespace) -> UsageReport:
    """Asks the daemon. Raises RemoteError or ConnectionLost."""
    params: dict[str, object] = {"days": options.days}
    if options.baseline:
        params["baseline"] = options.baseline
    if options.workspace:
        params["workspace"] = os.path.realpath(options.workspace)
    with Client(name="terminal") as client:
        report: UsageReport = client.call("aircher/usage", params)
    return report


def show(report: UsageReport, console: Console, groups: tuple[str, ...]) -> None:
    """Everything worth knowing, the most asked for first."""
    console.print(_periods(report))
    for line in _sentences(report):
        console.print(line)
    if report.days:
        console.print(_sparkline(report, console.width))
    for group in groups:
        table = _group(group, total_lines(report, group))
        if table.row_count:
            console.print()
            console.print(table)
    if report.latency:
        console.print()
        console.print(_latency(report))
    if report.acceptance:
        console.print()
        console.print(_acceptance(report))
    if report.limits:
        console.print()
        console.print(_limits(report.limits))
    else:
        console.print("\nNo limit is set; `aircher config set costs.daily_limit 2.00` sets one.")
    console.print(f"[dim]days are counted in {_safe(report.zone)}[/dim]")


def _periods(report: UsageReport) -> Table:
    table = _table("", "requests", "tokens in", "out", "cost")
    for name, total in (
        ("session", report.session),
        ("today", report.today),
        ("this week", report.week),
        ("this month", report.month),
    ):
        if total is not None:
            _row(table, name, total)
    return table


def _sentences(report: UsageReport) -> list[str]:
    lines = []
    coming, saved = report.projection, report.savings
    if coming is not None:
        lines.append(
            f"This month will come to about [bold]{coming.likely.text}[/bold], "
            f"{coming.low.text} to {coming.high.text} [dim](from {coming.days} days)[/dim]."
        )
    if saved is not None and saved.share is not None:
        baseline = _safe(saved.baseline)
        if (saved.saved.nano_usd or 0) >= 0:
            lines.append(
                f"[green]{saved.saved.text} less[/green] ({saved.share:.0%}) than the same tokens "
                f"at {baseline} alone: {saved.paid.text} instead of {saved.instead.text}."
            )
        else:
            lines.append(
                f"{saved.saved.text.removeprefix('-')} more than the same tokens at {baseline} "
                f"alone: {saved.paid.text} instead of {saved.instead.text}."
            )
    cached, again = report.cache_saved, report.repeats_saved
    if cached is not None and (cached.nano_usd or 0) > 0:
        lines.append(f"Prompt caches saved about {cached.text} this month.")
    if again is not None:
        times = "once" if report.repeats == 1 else f"{report.repeats:,} times"
        lines.append(f"An answer was given again {times} without asking: {again.text} not spent.")
    return lines


def _sparkline(report: UsageReport, width: int) -> str:
    costs = every_day(report)[-max(7, width - 40) :]
    most = max(cost for _, cost in costs)
    peak = max(report.days, key=lambda total: total.cost.nano_usd or 0)
    marks = "".join(_STEPS[min(7, cost * 8 // most) if most else 0] for _, cost in costs)
    days = "1 day" if len(costs) == 1 else f"{len(costs)} days"
    return (
        f"\nlast {days}  [cyan]{marks}[/cyan]"
        f"  [dim]most {peak.cost.text} on {_safe(peak.name)}[/dim]"
    )


def every_day(report: UsageReport) -> list[tuple[date, int]]:
    """(date, nano-dollars) from the first day with a call to the last, none left out."""
    spent = {date.fromisoformat(total.name): total.cost.nano_usd or 0 for total in report.days}
    first, last = min(spent), max(spent)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, spent.get(day, 0)) for day in days]


def _group(group: str, lines: tuple[UsageTotal, ...]) -> Table:
    table = _table(f"by {group}", "requests", "tokens in", "out", "cost", "")
    most = max((total.cost.nano_usd or 0 for total in lines), default=0)
    # What was asked and never answered cost nothing and says nothing here.
    lines = tuple(one for one in lines if one.requests or one.cost.nano_usd or one.unpriced)
    for total in lines[:12]:
        size = total.cost.nano_usd or 0
        _row(table, total.name or "none", total, Bar(most or 1, 0, size, color="cyan"))
    if len(lines) > 12:
        table.add_row(f"[dim]{len(lines) - 12} more; --json shows them[/dim]")
    return table


def _latency(report: UsageReport) -> Table:
    table = _table("lately, by model", "answers", "first word", "9 of 10", "whole", "9 of 10")
    for line in report.latency[:8]:
        table.add_row(
            _safe(line.name),
            f"{line.answers:,}",
            *(_seconds(value) for value in (line.first_median, line.first_p90)),
            *(_seconds(value) for value in (line.median, line.p90)),
        )
    return table


def _acceptance(report: UsageReport) -> Table:
    table = _table("what you kept", "answers", "as it was", "edited", "kept", "")
    for line in sorted(report.acceptance, key=lambda line: -line.answers)[:8]:
        table.add_row(
            _safe(line.name),
            *(f"{count:,}" for count in (line.answers, line.kept, line.edited)),
            f"{line.acceptance:.0%}",
            f"[dim]{line.task.value.replace('_', ' ')}[/dim]",
        )
    return table


def _limits(limits: tuple[LimitLine, ...]) -> Table:
    table = _table("limit", "", "spent", "held", "resets", "")
    for line in limits:
        limit, spent = line.limit.nano_usd or 0, line.spent.nano_usd or 0
        share = spent / limit if limit else 1.0
        color = "red" if share >= 0.95 else "yellow" if share >= 0.75 else "green"
        table.add_row(
            _safe(line.label),
            line.limit.text,
            line.spent.text,
            line.held.text,
            line.resets_at[:16].replace("T", " "),
            Bar(1, 0, min(share, 1), color=color),
        )
    return table


def _seconds(value: int | None) -> str:
    return "?" if value is None else f"{value / 1000:.1f} s"


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, name in enumerate(columns):
        right = number > 0 and number < len(columns) - (columns[-1] == "")
        table.add_column(
            name,
            justify="right" if right else "left",
            overflow="fold",
            # A name or an amount broken over lines is hard to read; the last column gives way.
            no_wrap=number == 0 or right,
            max_width=None if name else _BAR,
        )
    return table


def _row(table: Table, name: str, total: UsageTotal, *more: Bar) -> None:
    unknown = f" + {total.unpriced} of unknown price" if total.unpriced else ""
    about = "~" if total.cost.estimated else ""
    table.add_row(
        _safe(name),
        f"{total.requests:,}",
        f"{total.input:,}",
        f"{total.output:,}",
        f"{about}{total.cost.text}{unknown}",
        *more,
    )


def _safe(text: str) -> str:
    return escape(inert(text))
