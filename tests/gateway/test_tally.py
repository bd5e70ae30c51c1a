"""What is counted by model for a monitor: everything, under a bounded number of names."""

from __future__ import annotations

from aircherd.core.books import Settlement
from aircherd.core.catalog import ModelRef
from aircherd.core.chat import Usage
from aircherd.core.money import NanoUsd
from aircherd.server.handlers import metrics
from aircherd.tally import MOST, OTHER, Tally


def booked(usage: Usage | None, cost: int = 5, outcome: str = "done") -> Settlement:
    return Settlement(outcome=outcome, usage=usage, cost=NanoUsd(cost), duration_ms=1)


def test_sums_by_model_and_the_unknown_is_not_nothing() -> None:
    tally, ref = Tally(), ModelRef("acme", "m")
    tally.note(ref, booked(Usage(input=10, output=4, cache_read=90, reasoning=6)))
    tally.note(ref, booked(Usage(input=3, output=None), outcome="timeout"))
    tally.note(ref, booked(None, cost=0))
    tally.note(ref, booked(Usage(input=0, output=0), cost=0, outcome="cached"))
    tally.note(ref, booked(Usage(input=0, output=0), cost=0, outcome="joined"))
    sums = tally[ref]
    assert (sums.requests, sums.cost) == (3, 10), "whose answer was given again asked nobody"
    assert (sums.input, sums.output, sums.uncounted) == (103, 10, 2)


def test_however_many_models_there_are_a_monitor_keeps_so_many_series() -> None:
    tally = Tally()
    for number in range(10 * MOST):
        for _ in range(2):
            tally.note(ModelRef("acme", f"m{number}"), booked(Usage(input=1, output=1)))
    assert len(tally) == MOST + 1
    assert tally[OTHER].requests == 2 * 9 * MOST, "nothing is lost"
    assert tally[ModelRef("acme", "m0")].requests == 2
    tally.note(ModelRef("acme", "x" * 9_000), booked(None))
    assert len(tally) == MOST + 1
    text = "\n".join(metrics._models(tally))
    assert text.count("aircher_model_requests_total{") == MOST + 1


def test_a_name_of_any_length_is_told_at_a_bounded_one() -> None:
    tally = Tally()
    for end in "ab":
        tally.note(ModelRef("acme", "x" * 9_000 + end), booked(None))
    ((ref, sums),) = tally.items()
    assert (len(ref.model), sums.requests) == (200, 2)


def test_names_cannot_break_out_of_their_label() -> None:
    tally = Tally()
    tally.note(ModelRef('a"\\', 'm"} 9\nfake 1'), booked(Usage(input=1, output=1)))
    lines = metrics._models(tally)
    assert 'aircher_model_requests_total{provider="a\\"\\\\",model="m\\"} 9\\nfake 1"} 1' in lines
    assert not any("\n" in line for line in lines)
