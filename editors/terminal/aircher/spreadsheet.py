"""`aircher usage --csv`: the books as rows for spreadsheets."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from aircher.show import inert
from aircher_protocol.types import UsageReport, UsageTotal

GROUPS = ("task", "provider", "model", "workspace", "branch")


def total_lines(report: UsageReport, group: str) -> tuple[UsageTotal, ...]:
    """The month by one kind of group."""
    lines: tuple[UsageTotal, ...] = getattr(report, f"by_{group}")
    return lines


def as_csv(report: UsageReport) -> str:
    """One row a period, a day and a group, for spreadsheets. Amounts are exact US dollars."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        (
            *("group", "name", "requests", "attempts", "cost_usd", "unpriced"),
            *("tokens_in", "tokens_cached", "tokens_out"),
        )
    )
    periods = {
        "session": report.session,
        "today": report.today,
        "week": report.week,
        "month": report.month,
    }
    rows = [("period", name, total) for name, total in periods.items() if total is not None]
    rows += [("day", total.name, total) for total in report.days]
    rows += [(group, total.name, total) for group in GROUPS for total in total_lines(report, group)]
    for group, name, total in rows:
        nano = total.cost.nano_usd
        writer.writerow(
            (
                group,
                _cell(name),
                total.requests,
                total.attempts,
                "" if nano is None else f"{Decimal(nano) / 1_000_000_000:f}",
                total.unpriced,
                total.input,
                total.cached,
                total.output,
            )
        )
    return out.getvalue()


def _cell(text: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    text = inert(text)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
