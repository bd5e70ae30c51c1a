"""Where values stand, held to the two patterns that say it in one line each."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from aircherd.outbound import places

ASSIGNED = re.compile(rb"[oe][qeo]{0,6}(a{10,}+)e{0,3}")
STRETCH = re.compile(rb"a{16,}+")
CLASSES = st.lists(
    st.sampled_from([b"a", 9 * b"a", 10 * b"a", 16 * b"a", b"e", b"o", b"q", b"x", b"n", b"qqo"]),
    max_size=14,
).map(b"".join)


@given(CLASSES)
def test_values_and_stretches_stand_where_the_patterns_say(classes: bytes) -> None:
    values = [(*found.span(1), found.end()) for found in ASSIGNED.finditer(classes)]
    assert list(places._assigned(classes)) == values
    one = classes.replace(b"e", b"a")
    assert places._stretches(one) == [found.span() for found in STRETCH.finditer(one)]


def test_what_fills_up_a_value_is_no_operator_of_the_next() -> None:
    ten = 10 * b"a"
    assert list(places._assigned(b"e" + ten + b"e" + ten)) == [(1, 11, 12)]
    assert list(places._assigned(b"e" + ten + b"eeee" + ten)) == [(1, 11, 14), (15, 25, 25)]
