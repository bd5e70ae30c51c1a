"""The page's charts, as SVG by pygal: in the page's own colours, so that they follow its scheme."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import cycle
from typing import TYPE_CHECKING, Any

from aircher.show import Failed, inert
from aircher.usage import every_day

if TYPE_CHECKING:
    from aircher_protocol.types import UsageReport

_COLOURS = tuple(f"var(--c{number})" for number in range(1, 9))
_NANO = 1_000_000_000


def by_day(report: UsageReport) -> str:
    """A column a day, stacked by task, the dearest task at the foot."""
    days = [day for day, _ in every_day(report)]
    sums: dict[str, dict[date, int]] = {}
    for part in report.days_by_task:
        nano = part.cost.nano_usd or 0
        sums.setdefault(part.name, {})[date.fromisoformat(part.date)] = nano
    names = sorted(sums, key=lambda name: -sum(sums[name].values()))
    chart = _pygal("StackedBar", width=1080, height=340)
    chart.x_labels = [f"{day:%-d %b}" for day in days]
    chart.x_labels_major = chart.x_labels[:: max(1, len(days) // 10)]
    chart.show_minor_x_labels = False
    for name in names:
        chart.add(words(name), [sums[name].get(day, 0) / _NANO or None for day in days])
    chart.y_labels = _ticks(max(cost for _, cost in every_day(report)) / _NANO)
    return _legend([words(name) for name in names]) + _drawn(chart)


def by_model(report: UsageReport) -> str:
    """A bar a model, the dearest first."""
    lines = [total for total in report.by_model if total.cost.nano_usd][:8]
    chart = _pygal("HorizontalBar", width=530, height=70 + 44 * len(lines))
    chart.x_labels = [_short(total.name) for total in reversed(lines)]
    chart.y_labels = _ticks((lines[0].cost.nano_usd or 0) / _NANO, 4)
    chart.add("cost", [(total.cost.nano_usd or 0) / _NANO for total in reversed(lines)])
    return _drawn(chart)


def acceptance(report: UsageReport) -> str:
    """Cost of an answer against how much of it is kept: a dot a model, the good ones high up on the
    left. A model nothing was learned of has none; without any there is no chart."""
    kept: dict[str, tuple[int, float]] = {}
    for line in report.acceptance:
        count, near = kept.get(line.name, (0, 0.0))
        kept[line.name] = (count + line.answers, near + line.acceptance * line.answers)
    dots = [
        (total.name, (total.cost.nano_usd or 0) / total.requests / _NANO, *kept[total.name])
        for total in report.by_model
        if total.name in kept and total.requests
    ]
    if not dots:
        return ""
    chart = _pygal("XY", width=530, height=300, stroke=False, dots_size=7)
    for name, cost, count, near in dots[:8]:
        chart.add(_short(name), [(cost, 100 * near / count)])
    chart.x_labels = _ticks(max(cost for _, cost, _, _ in dots), 4)
    chart.y_labels = [0, 25, 50, 75, 100]
    chart.x_value_formatter = _dollars
    chart.value_formatter = _percent
    return _legend([_short(name) for name, *_ in dots[:8]]) + _drawn(chart)


def latency(report: UsageReport) -> str:
    """Three bars a model: to the first word, to the end, and to the end of nine in ten."""
    lines = list(reversed(report.latency[:6]))
    chart = _pygal("HorizontalBar", width=530, height=40 + 58 * len(lines), dollars=False)
    chart.x_labels = [_short(line.name) for line in lines]
    names = ("first word", "whole answer", "nine of ten whole answers")
    chart.add(names[0], [(line.first_median or 0) / 1000 or None for line in lines])
    chart.add(names[1], [line.median / 1000 for line in lines])
    chart.add(names[2], [line.p90 / 1000 for line in lines])
    chart.y_labels = _ticks(max(line.p90 for line in lines) / 1000)
    return _legend(names) + _drawn(chart)


def _legend(names: Sequence[str]) -> str:
    """Which colour is which, above the chart: pygal's own is cut off at the bottom (3.1.3)."""
    items = "".join(
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>'
        for name, colour in zip(names, cycle(_COLOURS), strict=False)
    )
    return f'<p class="legend">{items}</p>'


def _pygal(kind: str, *, dollars: bool = True, **more: Any) -> Any:
    try:
        import pygal
        from pygal.style import Style
    except ImportError:
        raise Failed(
            "The page needs the `report` extra; run `pip install 'aircher[report]'`."
        ) from None
    # pygal 3.1.3 leaves a finder of the old kind behind, at which every later import that fails
    # warns; it only serves pygal's own plug-ins, of which there are none here.
    sys.meta_path[:] = [f for f in sys.meta_path if type(f).__module__ != "pygal"]
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="var(--text)",
        foreground_strong="var(--text)",
        foreground_subtle="var(--faint)",
        guide_stroke_color="var(--line)",
        major_guide_stroke_color="var(--line)",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        opacity="1",
        opacity_hover=".8",
        transition="0s",
        colors=_COLOURS,
        font_family="inherit",
        label_font_size=12,
        major_label_font_size=12,
        no_data_font_size=14,
    )
    return getattr(pygal, kind)(
        style=style,
        js=[],
        no_prefix=False,
        disable_xml_declaration=True,
        pretty_print=False,
        margin=4,
        margin_right=28,
        spacing=14,
        show_legend=False,
        truncate_label=-1,
        show_y_guides=True,
        value_formatter=_dollars if dollars else _seconds,
        **more,
    )


def _drawn(chart: Any) -> str:
    """The chart as markup of the page. pygal's own script is left out: the page runs none."""
    from xml.etree import ElementTree

    tree = chart.render_tree()
    for parent in list(tree.iter()):
        for child in list(parent):
            if child.tag == "script" or not isinstance(child.tag, str):
                parent.remove(child)
    drawn = ElementTree.tostring(tree, encoding="unicode")
    return f"<figure>{drawn}</figure>"


def _ticks(top: float, most: int = 6) -> list[float]:
    """Three or more round values from nothing to the top, in at most so many steps."""
    if top <= 0:
        return [0, 1]
    power = 10.0 ** math.floor(math.log10(top))
    step = next(s * power for s in (0.2, 0.25, 0.5, 1, 2, 2.5, 5) if top / (s * power) <= most)
    return [step * number for number in range(math.ceil(top / step) + 1)]


def words(name: str) -> str:
    """A task's name as words."""
    return inert(name).replace("_", " ")


def _short(name: str) -> str:
    """A model's name that leaves room for its bar."""
    name = inert(name).partition("/")[2] or inert(name)
    return name if len(name) <= 24 else f"{name[:23]}…"


def _dollars(value: float) -> str:
    """An amount on an axis: to the cent, below a dime to two figures, never `$0` for what is more
    than nothing."""
    if value <= 0:
        return "$0"
    places = max(2, 1 - math.floor(math.log10(value)))
    whole, _, part = f"{value:,.{places}f}".partition(".")
    return f"${whole}.{part.rstrip('0'):0<2}"


def _percent(value: float) -> str:
    return f"{value:.0f} %"


def _seconds(value: float) -> str:
    return f"{value:g} s"
