"""Whatever a model writes is read for findings, and nothing it writes raises."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aircherd.findings.anchor import anchored
from aircherd.findings.ground import of_hunks, of_lines
from aircherd.findings.merge import merged
from aircherd.findings.model import Claim, Ground
from aircherd.findings.parse import claims, says_nothing_found, severity
from aircherd.findings.verdicts import verdicts

ONE = '{"file": "a.py", "quote": "x = 1", "title": "T", "why": "W"}'


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (ONE, 1),
        (f"{ONE}\n{ONE}", 2),
        (f"[{ONE},{ONE},]", 2),
        (f'{{"review": {{"findings": [{ONE}]}}}}', 1),
        (f"```json\n{ONE}\n```", 1),
        (f"Sure! Here: {ONE} Hope it helps {{really}}.", 1),
        (ONE.replace('"W"}', '"W",}'), 1),
        (ONE.replace("x = 1", "a\nb"), 1),
        (ONE.replace("x = 1", r"\d+\.x"), 1),
        (f"if (x) {{ broken {ONE}", 1),
        (ONE.replace(', "title": "T", "why": "W"', ""), 0),
        ("[]", 0),
        ("", 0),
        ("title: T\nquote: x = 1\nwhy: W\n\ntitle: U\nquote: y\nwhy: V", 2),
        (ONE[:40], 0),
    ],
)
def test_findings_are_read(answer: str, count: int) -> None:
    assert len(claims(answer)) == count


@given(st.text(alphabet='{}[]":,\\ abc\n`', max_size=300))
def test_nothing_raises(answer: str) -> None:
    claims(answer)
    says_nothing_found(answer)
    verdicts(answer, 5)


@pytest.mark.parametrize(
    "bait", ["{" * 100_000, '{"a":' * 50_000, '{"' * 60_000, "title:" * 30_000]
)
def test_bait_takes_no_long_time(bait: str) -> None:
    """Quadratic reading of these would take hours; a generous bound tells the two apart."""
    began = time.process_time()
    claims(bait)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("Critical", "error"),
        ("**HIGH**", "error"),
        ("medium (P2)", "warning"),
        ("nit", "hint"),
        ("low", "information"),
        ("¯\\_(ツ)_/¯", "warning"),
    ],
)
def test_severities_by_any_name(word: str, meant: str) -> None:
    assert severity(word) == meant


def test_a_wrapper_of_any_size_is_opened() -> None:
    every = [ONE.replace("T", f"T{n}") for n in range(150)]
    wide = '{"findings": [' + ",".join(one.replace("W", "W" * 400) for one in every) + "]}"
    assert len(wide) > 60_000
    assert len(claims(wide)) == 150


def test_lines_and_files_are_read_from_one_word() -> None:
    (found,) = claims('{"file": "src/a.py:12-14", "title": "T"}')
    assert (found.file, found.line) == ("src/a.py", 12)


@given(
    st.lists(st.sampled_from(["a = 1", "  a = 1", "b = 2", "", "c()"]), min_size=1, max_size=12),
    st.sets(st.integers(0, 11)),
    st.sampled_from(["a = 1", "b=2", "c ()", "a = 1\nb = 2", "nowhere()", ""]),
    st.one_of(st.none(), st.integers(-5, 10**9)),
)
def test_a_finding_never_stands_where_nothing_changed(
    lines: list[str], changed: set[int], quote: str, line: int | None
) -> None:
    ground = Ground(
        path="a.py",
        lines=dict(enumerate(lines)),
        changed=frozenset(n for n in changed if n < len(lines)),
    )
    claim = Claim(file="a.py", quote=quote, line=line, title="T", why="W")
    kept, dropped = anchored([claim], [ground])
    assert len(kept) + len(dropped) == 1
    for one in kept:
        assert {one.first, one.last} <= ground.changed
        assert one.quote.split("\n") == lines[one.first : one.last + 1]


def test_hunks_are_counted_as_the_new_text_is() -> None:
    ground = of_hunks("a.py", [(3, [" a", "-b", "-c", "+d\r", " e", "-f", "\\ No newline"])])
    assert ground.lines == {2: "a", 3: "d", 4: "e"}
    assert ground.changed == {3}
    assert ground.removed == {3: ("b", "c"), 4: ("f",)}
    assert of_hunks("gone.py", [(0, ["-a", "-b"])]).changed == frozenset()
    assert of_lines("a.py", ["a", "b"], 1, 99).changed == {1}


def test_the_gravest_of_those_that_say_the_same_stays() -> None:
    ground = of_lines("a.py", ["x = 1", "y = 2"], 0, 1)
    said = [
        Claim(
            file="a.py", quote="x = 1", severity="hint", title="Wrong value of x", why="It is 2."
        ),
        Claim(file="a.py", quote="x=1", severity="error", title="x has a wrong value", why="No."),
        Claim(
            file="a.py", quote="y = 2", severity="hint", title="Wrong value of y", why="It is 3."
        ),
        Claim(file="a.py", quote="x = 1", severity="hint", title="Never read", why="Dead."),
    ]
    kept, dropped = anchored(said, [ground])
    assert [(one.first, one.severity, one.title) for one in kept] == [
        (0, "error", "x has a wrong value"),
        (0, "hint", "Never read"),
        (1, "hint", "Wrong value of y"),
    ]
    assert [one.why for one in dropped] == ["the same as `x has a wrong value`"]
    assert merged(kept)[0] == kept


def test_the_same_finding_has_the_same_name_in_the_next_review() -> None:
    claim = Claim(file="a.py", quote="x = 1", title="T", why="W")
    (first,), _ = anchored([claim], [of_lines("a.py", ["x = 1"], 0, 0)])
    (second,), _ = anchored([claim], [of_lines("a.py", ["new", "x = 1"], 0, 1)])
    assert first.id == second.id
