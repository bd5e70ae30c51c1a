"""An edit follows its lines to where they stand now, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircherd.core.document import Document
from aircherd.edits.model import DoesNotFit, Replacement, applied
from aircherd.edits.moved import LineMap, moved

LINES = [f"line {n}" for n in range(30)]


def document(lines: list[str]) -> Document:
    return Document(uri="file:///x", text="\n".join(lines) + "\n")


@given(st.integers(0, 29), st.integers(0, 29), st.integers(0, 3), st.integers(0, 3))
def test_an_edit_elsewhere_moves_it_and_one_on_it_refuses_it(
    mine: int, theirs: int, out: int, more: int
) -> None:
    seen = document(LINES)
    change = Replacement(seen.starts[mine], seen.starts[mine] + len(LINES[mine]), "MINE")
    typed = [*LINES[:theirs], *[f"typed {n}" for n in range(more)], *LINES[theirs + out :]]
    now = document(typed)
    if theirs <= mine < theirs + out:
        with pytest.raises(DoesNotFit, match="in the meantime"):
            moved([change], seen, now)
        return
    expected = ["MINE" if line == LINES[mine] else line for line in typed]
    assert applied(now.text, moved([change], seen, now)) == document(expected).text


def test_an_insertion_goes_where_its_line_went() -> None:
    seen = document(["a", "b", "c"])
    now = document(["new", "a", "b", "c"])
    change = Replacement(seen.starts[1], seen.starts[1], "inserted\n")
    assert applied(now.text, moved([change], seen, now)) == "new\na\ninserted\nb\nc\n"


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_a_line_is_only_ever_followed_to_its_like(old: list[str], new: list[str]) -> None:
    lines = LineMap(old, new)
    places = [lines.line(n) for n in range(len(old))]
    found = [(n, place) for n, place in enumerate(places) if place is not None]
    assert all(old[n] == new[place] for n, place in found)
    assert [p for _, p in found] == sorted({p for _, p in found}), "none is met twice"


def test_very_long_texts_are_compared_by_their_ends() -> None:
    old = [str(n) for n in range(20_000)]
    new = ["first", *old[:-1], "last"]
    assert LineMap(old, new).line(5) is None, "too much differs to be sure"
    new = [*old[:10], "new", *old[10:]]
    assert LineMap(old, new).line(15_000) == 15_001
