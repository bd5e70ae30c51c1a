"""`aircher report`: the books as one web page that needs nothing from anywhere.

Charts are SVG by pygal (the `report` extra), drawn in the page's own colours so that they follow
the reader's light or dark scheme. Under each chart stand its figures as a table.
"""

from __future__ import annotations

import argparse
import os
import webbrowser
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from aircher.charts import acceptance, by_day, by_model, latency, words
from aircher.show import Failed, inert
from aircher.usage import GROUPS, every_day, fetch, total_lines

if TYPE_CHECKING:
    from aircher_protocol.types import UsageReport, UsageTotal


def run(options: argparse.Namespace) -> int:
    """Writes the page, and opens it when asked to."""
    if not options.output and not options.open:
        raise Failed("Say where to: `aircher report --open`, or `--output FILE`.")
    text = page(fetch(options))
    path = Path(options.output) if options.output else _own_place()
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Failed(
            f"{path} cannot be written ({error.strerror}); give another place with --output."
        ) from None
    if options.open and not webbrowser.open(path.absolute().as_uri()):
        raise Failed(f"No browser was found; open {path.absolute()} in one yourself.")
    print(f"written to {path}")
    return 0


def page(report: UsageReport) -> str:
    """The whole page. Raises Failed without the `report` extra."""
    template = Template((files("aircher") / "page.html").read_text("utf-8"))
    return template.substitute(
        title=_title(report),
        cards="".join(_cards(report)),
        charts="".join(_charts(report)),
        groups="".join(_groups(report)),
        limits=_limits(report),
        zone=_text(report.zone),
    )


def _own_place() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path("~/.local/state").expanduser()
    folder = Path(state) / "aircher"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "report.html"


def _title(report: UsageReport) -> str:
    if not report.days:
        return "Nothing was asked yet"
    days = every_day(report)
    return f"{days[0][0]:%-d %B %Y} to {days[-1][0]:%-d %B %Y}"


def _cards(report: UsageReport) -> list[str]:
    cards = []
    for name, total in (
        ("today", report.today),
        ("this week", report.week),
        ("this month", report.month),
    ):
        if total is not None:
            cards.append(_card(name, _money(total), f"{total.requests:,} requests"))
    coming, saved = report.projection, report.savings
    if coming is not None:
        what = f"{coming.low.text} to {coming.high.text}"
        cards.append(_card("the month in the end", f"~{coming.likely.text}", what))
    if saved is not None and saved.share is not None and (saved.saved.nano_usd or 0) > 0:
        cards.append(
            _card(
                f"saved ({saved.share:.0%})",
                f"~{saved.saved.text}",
                f"against {saved.baseline} for the same tokens",
            )
        )
    cached, again = report.cache_saved, report.repeats_saved
    if cached is not None and (cached.nano_usd or 0) > 0:
        cards.append(_card("saved by prompt caches", f"~{cached.text}", "this month"))
    if again is not None:
        cards.append(_card("given again", again.text, f"{report.repeats:,} answers, unasked"))
    return cards


def _card(name: str, value: str, more: str) -> str:
    return (
        f'<div class="card"><div class="name">{_text(name)}</div>'
        f'<div class="value">{_text(value)}</div><div class="more">{_text(more)}</div></div>'
    )


def _charts(report: UsageReport) -> list[str]:
    if not report.days:
        return ["<p>Ask something, then come back: <code>aircher ask …</code></p>"]
    charts = [_section("Spent by day and task", by_day(report), "wide")]
    if any(total.cost.nano_usd for total in report.by_model):
        charts.append(_section("Spent by model this month", by_model(report)))
    if dots := acceptance(report):
        charts.append(_section("Part of answers you kept, by cost of one", dots))
    if report.latency:
        charts.append(_section("Seconds to an answer, lately", latency(report)))
    return charts


def _section(title: str, chart: str, kind: str = "") -> str:
    return f'<section class="{kind}"><h2>{_text(title)}</h2>{chart}</section>'


def _groups(report: UsageReport) -> list[str]:
    sections = []
    for group in GROUPS:
        lines = total_lines(report, group)
        if lines and not (len(lines) == 1 and not lines[0].name):
            sections.append(_section(f"By {group} this month", _table(group, lines)))
    return sections


def _table(group: str, lines: tuple[UsageTotal, ...]) -> str:
    most = max((total.cost.nano_usd or 0 for total in lines), default=0) or 1
    rows = "".join(
        f"<tr><th>{_text(words(total.name) if group == 'task' else total.name or 'none')}</th>"
        f"<td>{total.requests:,}</td><td>{total.input:,}</td><td>{total.output:,}</td>"
        f"<td>{_text(_money(total))}</td>"
        f"{_bar((total.cost.nano_usd or 0) / most)}</tr>"
        for total in lines[:20]
    )
    head = "<tr><th></th><td>requests</td><td>tokens in</td><td>out</td><td>cost</td><td></td></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _limits(report: UsageReport) -> str:
    if not report.limits:
        return ""
    rows = "".join(
        f"<tr><th>{_text(words(line.label))}</th><td>{line.limit.text}</td><td>{line.spent.text}</td>"
        f"<td>{line.held.text}</td><td>{_text(line.resets_at[:16].replace('T', ' '))}</td>"
        f"{_bar((line.spent.nano_usd or 0) / (line.limit.nano_usd or 1), warns=True)}</tr>"
        for line in report.limits
    )
    head = "<tr><th></th><td>limit</td><td>spent</td><td>held</td><td>resets</td><td></td></tr>"
    return _section("Limits", f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>")


def _bar(share: float, *, warns: bool = False) -> str:
    """A cell filled by so much; in the colour of a warning when it warns and is nearly full."""
    kind = " full" if warns and share >= 0.95 else " near" if warns and share >= 0.75 else ""
    width = f"{min(share, 1):.1%}"
    return f'<td class="bar"><i class="fill{kind}" style="width:{width}"></i></td>'


def _money(total: UsageTotal) -> str:
    about = "~" if total.cost.estimated else ""
    unknown = f" + {total.unpriced} of unknown price" if total.unpriced else ""
    return f"{about}{total.cost.text}{unknown}"


def _text(text: str) -> str:
    return escape(inert(text))
