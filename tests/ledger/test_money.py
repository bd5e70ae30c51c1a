"""Integer money: golden bills after the makers' published prices."""

from __future__ import annotations

from functools import reduce
from itertools import repeat
from operator import add

import pytest

from aircherd.core.chat import Usage, cost_of
from aircherd.core.money import NanoUsd, Price, per_million, show, usd

LUNA = Price(
    version="t",
    input=per_million("0.10"),
    cache_read=per_million("0.01"),
    cache_write=per_million("0.125"),
    output=per_million("0.50"),
    tiers=((272_000, Price(version="t", input=per_million("0.20"), output=per_million("0.75"))),),
)


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        (Usage(input=3_300, output=150), "0.000405"),
        (Usage(input=1_000, cache_read=10_000, output=0), "0.0002"),
        (Usage(input=0, cache_write=8_000, output=100, reasoning=900), "0.0015"),
        (Usage(input=272_000, output=0), "0.0272"),
        (Usage(input=272_001, output=0), "0.0544002"),
    ],
)
def test_golden_bills(usage: Usage, dollars: str) -> None:
    assert cost_of(usage, LUNA) == usd(dollars)


def test_an_unknown_count_has_no_price() -> None:
    with pytest.raises(ValueError, match="unknown"):
        cost_of(Usage(input=None, output=3), LUNA)


def test_the_bound_is_never_below_the_bill() -> None:
    for prompt in (1, 999, 272_000, 272_001, 900_000):
        bill = cost_of(Usage(input=0, cache_write=prompt, output=10, reasoning=90), LUNA)
        assert LUNA.upper_bound(prompt, 100) >= bill


def test_a_million_additions_are_exact() -> None:
    assert reduce(add, repeat(usd("0.1"), 1_000_000)) == usd("100000")


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0", "$0.00"), ("0.000406", "$0.00041"), ("0.0123", "$0.012"), ("2.5", "$2.50")],
)
def test_amounts_for_people(amount: str, text: str) -> None:
    assert show(usd(amount)) == text


@pytest.mark.parametrize("wrong", ["", "x", "-1", "nan", "inf"])
def test_no_amount(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        usd(wrong)
    assert NanoUsd(0) == 0
