"""aircher/metrics: what a monitor reads, as OpenMetrics text (its specification, version 1.0).

Nobody is listened to over a network: a monitor's own collector runs `aircherd call`, which prints
this text as it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from aircher_protocol.types import Metrics, MetricsParams
from aircherd.core.errors import LedgerUnavailable
from aircherd.routing.circuit import State
from aircherd.routing.periods import month
from aircherd.server.dispatch import Call
from aircherd.server.handlers.status import others_in_flight
from aircherd.server.handlers.usage import limits
from aircherd.server.house import House
from aircherd.standing import Standing
from aircherd.tally import Tally

Row = tuple[str, float | int | None]
_OPEN = {State.CLOSED: 0.0, State.HALF_OPEN: 0.5, State.OPEN: 1.0}
_UNITS = ("seconds", "nanousd", "tokens")


async def handle(house: House, call: Call[MetricsParams]) -> Metrics:
    """Every figure at this moment; one that is not known is left out."""
    gateway, market = house.desk.gateway, house.desk.market()
    ends = [one for host in market.hosts for one in gateway.fleet.standings(host.name)]
    uptime = house.desk.clock.monotonic() - house.started
    lines = _family("aircher_uptime_seconds", "gauge", "Since the daemon started.", [("", uptime)])
    lines += _family("aircher_sessions", "gauge", "Connected clients.", [("", house.sessions())])
    lines += _family(
        "aircher_requests_in_flight", "gauge", "Being answered.", [("", others_in_flight(house))]
    )
    lines += _family("aircher_asking", "gauge", "Operations under way.", [("", house.asking())])
    lines += _family(
        "aircher_shared_answers", "counter", "Answers given again.", [("", gateway.sharing.hits)]
    )
    lines += _family(
        "aircher_saved_nanousd", "counter", "What those would cost.", [("", gateway.sharing.saved)]
    )
    lines += _family(
        "aircher_retries", "counter", "Calls asked once more.", [("", gateway.retries.made)]
    )
    lines += _family(
        "aircher_retries_refused",
        "counter",
        "Not asked once more: the retry budget was used up.",
        [("", gateway.retries.refused)],
    )
    lines += _family("aircher_spent_nanousd", "gauge", "Booked.", await _spent(house))
    lines += await _limits(house)
    lines += _endpoints(ends)
    lines += _models(house.tally)
    return Metrics(text="\n".join([*lines, "# EOF", ""]))


async def _spent(house: House) -> list[Row]:
    key = month(house.desk.clock.now(), house.settings.costs.zone).key
    try:
        lines = await house.books.days(key)
        this_month: int | None = lines[0].totals.cost
    except LedgerUnavailable:
        this_month = None
    return [('period="day"', await house.today()), ('period="month"', this_month)]


async def _limits(house: House) -> list[str]:
    try:
        known = await limits(house)
    except LedgerUnavailable:
        known = ()

    def rows(figure: str) -> list[Row]:
        return [(f'limit="{_escaped(one.label)}"', getattr(one, figure).nano_usd) for one in known]

    lines = _family("aircher_limit_nanousd", "gauge", "May be spent.", rows("limit"))
    lines += _family("aircher_limit_spent_nanousd", "gauge", "Booked on it.", rows("spent"))
    return lines + _family("aircher_limit_held_nanousd", "gauge", "Held on it.", rows("held"))


def _endpoints(ends: Sequence[Standing]) -> list[str]:
    def rows(figure: str) -> list[Row]:
        return [(f'endpoint="{_escaped(one.name)}"', getattr(one, figure)) for one in ends]

    lines = _family("aircher_endpoint_in_flight", "gauge", "Asked now.", rows("in_flight"))
    lines += _family("aircher_endpoint_waiting", "gauge", "In line for it.", rows("waiting"))
    lefts = "Its rate limit still allows."
    lines += _family("aircher_endpoint_requests_left", "gauge", lefts, rows("requests_left"))
    lines += _family("aircher_endpoint_tokens_left", "gauge", lefts, rows("tokens_left"))
    used = "Since it was last asked."
    lines += _family("aircher_endpoint_last_used_seconds", "gauge", used, rows("last_used_ago"))
    lines += _family("aircher_endpoint_answers", "counter", "Whole answers.", rows("answers"))
    lines += _family("aircher_endpoint_failures", "counter", "Failed.", rows("failures"))
    lines += _family("aircher_endpoint_cooling_seconds", "gauge", "Left alone.", rows("cooling"))
    states: list[Row] = [(f'endpoint="{_escaped(one.name)}"', _OPEN[one.state]) for one in ends]
    lines += _family("aircher_endpoint_open", "gauge", "1: open, 0.5: on trial.", states)
    firsts: list[Row] = [
        (f'endpoint="{_escaped(one.name)}",quantile="{quantile}"', _seconds(value))
        for one in ends
        for quantile, value in (
            ("0.5", one.first_p50),
            ("0.9", one.first_p90),
            ("0.99", one.first_p99),
        )
    ]
    return lines + _family("aircher_first_text_seconds", "summary", "To the first text.", firsts)


def _models(tally: Tally) -> list[str]:
    def rows(figure: str) -> list[Row]:
        return [
            (f'provider="{_escaped(ref.provider)}",model="{_escaped(ref.model)}"', count)
            for ref, sums in tally.items()
            if (count := getattr(sums, figure)) or figure != "uncounted"
        ]

    lines = _family("aircher_model_requests", "counter", "Calls booked.", rows("requests"))
    given, made = "Of prompts, cached ones included.", "Of answers, thinking included."
    lines += _family("aircher_model_input_tokens", "counter", given, rows("input"))
    lines += _family("aircher_model_output_tokens", "counter", made, rows("output"))
    unknown = "Calls whose tokens are not known."
    lines += _family("aircher_model_uncounted", "counter", unknown, rows("uncounted"))
    return lines + _family("aircher_model_cost_nanousd", "counter", "As booked.", rows("cost"))


def _family(name: str, kind: str, text: str, rows: Sequence[Row]) -> list[str]:
    end = "_total" if kind == "counter" else ""
    known = [(labels, value) for labels, value in rows if value is not None]
    return [
        f"# TYPE {name} {kind}",
        *(f"# UNIT {name} {unit}" for unit in _UNITS if name.endswith(f"_{unit}")),
        f"# HELP {name} {text}",
        *(f"{name}{end}{{{labels}}} {value}" if labels else f"{name}{end} {value}"
          for labels, value in known),
    ]  # fmt: skip


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
