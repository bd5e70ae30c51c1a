"""What `aircher top` draws: one look at the daemon, as lines that fit a window of any width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from aircher.show import inert
from aircher_protocol.types import EndpointLine, ProviderLine, ProviderList, RequestLine, Status

MOST_REQUESTS = 12
"""Requests that are shown one by one."""
_STATES = {
    "closed": ("ready", ""),
    "open": ("left alone", "red"),
    "half_open": ("on trial", "yellow"),
    "half-open": ("on trial", "yellow"),
}
"""What a circuit's state means to a person, and how it is coloured."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    head: str
    rank: int
    """The higher, the sooner it is left out where the window is narrow; 0 stays."""
    cells: Sequence[str | Text]
    right: bool = False
    """Whether it is a number."""


def screen(
    status: Status, providers: ProviderList, width: int, height: int | None = None
) -> list[Text]:
    """One look, as lines of at most `width` cells; at most `height` of them, if that is told."""
    lines: list[Text | str] = [*_head(status, width)]
    lines += _limits(status, width)
    lines += _requests(status.requests, width)
    lines += _endpoints(providers, width)
    for notice in status.notices:
        lines += ["", *_wrapped(notice, width)]
    drawn = [line if isinstance(line, Text) else Text(line) for line in lines]
    for line in drawn:
        line.no_wrap = True
        line.truncate(width, overflow="ellipsis")
    if height is not None and height < 1:
        return []
    if height is not None and len(drawn) > height:
        hidden = len(drawn) - height + 1
        more = Text(f"… {hidden} more lines in a taller window", "dim")
        more.truncate(width, overflow="ellipsis")
        drawn[height - 1 :] = [more]
    return drawn


def table(columns: Sequence[Column], width: int) -> list[Text]:
    """Columns side by side, those of high rank left out until the rest fits."""
    kept = list(columns)

    def wide(column: Column) -> int:
        return max(_cells(cell) for cell in (column.head, *column.cells))

    while sum(wide(c) + 2 for c in kept) - 2 > width and any(c.rank for c in kept):
        kept.remove(max(kept, key=lambda column: column.rank))
    rows = []
    for number in range(-1, len(columns[0].cells)):
        row = Text(style="bold" if number < 0 else "")
        for place, column in enumerate(kept):
            cell = column.head if number < 0 else column.cells[number]
            gap = " " * (wide(column) - _cells(cell))
            row.append("  " if place else "")
            row.append(gap if column.right else "")
            row.append_text(cell) if isinstance(cell, Text) else row.append(cell)
            row.append("" if column.right else gap)
        row.rstrip()
        rows.append(row)
    return rows


def _head(status: Status, width: int) -> Iterator[str]:
    facts = [
        f"aircherd {status.version}",
        f"up {_span(status.uptime_seconds)}",
        *(["offline"] if status.offline else []),
        _of(status.sessions, "client"),
        f"{_of(status.in_flight, 'request')} in flight",
        f"today {status.today.text}",
        f"this month {status.month.text}",
    ]
    yield from _wrapped(" · ".join(facts), width, " · ")


def _limits(status: Status, width: int) -> list[Text | str]:
    if not status.limits:
        return []
    rows = status.limits
    columns = (
        Column("limit", 0, [_line(row.label) for row in rows]),
        Column("spent", 0, [row.spent.text for row in rows], right=True),
        Column("held", 1, [row.held.text for row in rows], right=True),
        Column("of", 0, [row.limit.text for row in rows], right=True),
    )
    return ["", *table(columns, width)]


def _requests(rows: Sequence[RequestLine], width: int) -> list[Text | str]:
    if not rows:
        return []
    shown = rows[:MOST_REQUESTS]
    columns = (
        Column("for", 0, [_span(row.seconds) for row in shown], right=True),
        Column("request", 1, [_line(row.task.replace("_", " ")) for row in shown]),
        Column("with", 0, [_with(row) for row in shown]),
        Column("", 0, [_line(row.stage) for row in shown]),
        Column("asked by", 2, [_line(row.client) for row in shown]),
    )
    lines: list[Text | str] = ["", *table(columns, width)]
    if len(rows) > len(shown):
        lines.append(Text(f"… and {len(rows) - len(shown)} more", "dim"))
    return lines


def _with(row: RequestLine) -> str:
    return _line(f"{row.provider}/{row.model}") if row.provider else "nobody yet"


def _endpoints(providers: ProviderList, width: int) -> Iterator[Text | str]:
    known = [
        (provider, one)
        for provider in providers.providers
        if provider.state not in ("no key", "off")
        for one in provider.endpoints
    ]
    used = [(provider, one) for provider, one in known if _used(one)]
    if used:
        rows = [one for _, one in used]
        columns = (
            Column("endpoint", 0, [_line(one.name) for one in rows]),
            Column("state", 0, [_state(provider, one) for provider, one in used]),
            Column("now", 0, [_now(one) for one in rows]),
            Column("in line", 1, [str(one.waiting) for one in rows], right=True),
            Column("answers", 3, [str(one.answers) for one in rows], right=True),
            Column("failed", 2, [str(one.failures) for one in rows], right=True),
            Column("first text, p99", 4, [_first(one) for one in rows]),
            Column("last used", 5, [_ago(one.last_used_seconds_ago) for one in rows]),
        )
        head, *drawn = table(columns, width)
        yield from ("", head)
        for (provider, one), line in zip(used, drawn, strict=True):
            yield line
            if one.last_error:
                error = _line(one.last_error.removeprefix(f"{provider.name}: "))
                yield Text(f"  {_ago(one.last_error_seconds_ago)}: {error}", "dim")
    idle: dict[str, list[str]] = {}
    for provider, one in known:
        if not _used(one):
            word = "not reachable" if provider.state == "unreachable" else "not asked yet"
            idle.setdefault(word, []).append(_line(one.name))
    if idle:
        yield ""
    for word, names in idle.items():
        yield from _wrapped(f"{word}: {', '.join(names)}", width)


def _used(one: EndpointLine) -> bool:
    return bool(one.in_flight or one.waiting or one.answers or one.failures or one.cooling_seconds)


def _state(provider: ProviderLine, one: EndpointLine) -> Text:
    word, style = _STATES.get(one.circuit, (_line(one.circuit), ""))
    if one.cooling_seconds:
        word, style = f"left alone {max(1, round(one.cooling_seconds))} s", "red"
    elif word == "ready" and provider.state == "unreachable":
        word, style = "not reachable", "red"
    elif word == "ready" and 0 in (one.requests_left, one.tokens_left):
        word, style = "at its limit", "yellow"
    return Text(word, style)


def _now(one: EndpointLine) -> str:
    return f"{one.in_flight}" if one.at_once is None else f"{one.in_flight} of {one.at_once}"


def _first(one: EndpointLine) -> str:
    if one.first_p50_ms is None or one.first_p99_ms is None:
        return ""
    return f"{_time(one.first_p50_ms)}, {_time(one.first_p99_ms)}"


def _time(ms: int) -> str:
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def _ago(seconds: float | None) -> str:
    return "" if seconds is None else f"{_span(seconds)} ago"


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def _of(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _line(text: str) -> str:
    """Text of others on one line, with nothing in it that a terminal would obey."""
    return " ".join(inert(text).split())


def _cells(cell: str | Text) -> int:
    return cell_len(cell) if isinstance(cell, str) else cell.cell_len


def _wrapped(text: str, width: int, between: str = " ") -> list[str]:
    """The text on as many lines as it takes, broken only where `between` stands."""
    lines: list[str] = []
    for word in _line(text).split(between):
        if lines and cell_len(lines[-1]) + cell_len(between) + cell_len(word) <= width:
            lines[-1] += between + word
        else:
            lines.append(word)
    return lines
