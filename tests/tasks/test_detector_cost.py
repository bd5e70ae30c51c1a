"""What a message costs to be told, and what is kept of it: counted, for counts do not hang on the
load of a machine."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircherd.config.detector import bundled
from aircherd.tasks import rows, shapes, text
from aircherd.tasks.context import facts
from aircherd.tasks.detector import Detector, Situation
from aircherd.tasks.features import features
from aircherd.tasks.memo import LONGEST_KEPT, Memo
from aircherd.tasks.model import LABELS, scales
from aircherd.tasks.text import read

DETECTOR = Detector(bundled())
PROSE = "please write a function that parses the commit log and tell me why tests fail. " * 26
MOST_CALLS = 70
"""Functions of Python's begun for 2 KB of prose; 351 when every word was looked at by itself."""

TEXTS = [
    PROSE[:2_000],
    "fix this",
    "",
    "Warum schlägt der Test fehl? " * 9,
    "修复这个按钮，加载不出来。" * 40,
    "なぜ失敗する？ README.mdを見て " * 30,
    "can you review the diff before I push it, and don't touch docs/setup.md " * 5,
    "wrnog spleling evreywhere in tihs mesage about refactring",
]


def calls(message: str) -> int:
    """Functions of Python's begun while a message is told that was told before."""
    count = 0

    def seen(frame: FrameType, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call"

    DETECTOR.detect(message)
    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        DETECTOR.detect(message)
    finally:
        sys.setprofile(before)
    return count


def test_two_kilobytes_of_prose_take_few_calls() -> None:
    assert calls(PROSE[:2_000]) <= MOST_CALLS


def test_calls_do_not_grow_with_the_words() -> None:
    assert calls(PROSE[:2_000]) - calls(PROSE[:200]) < 20


@pytest.mark.parametrize("message", TEXTS)
def test_sums_are_those_of_the_features_weights_were_fitted_to(message: str) -> None:
    """The daemon sums by pairs of words; training goes by the names of what they make."""
    model = bundled()
    found = features(read(message), facts(Situation(git="staged", file="a.py")), model.lexicon)
    by_name = list(model.bias)
    for group, scale in scales(found):
        for lane, weight in enumerate(model.weights(group)):
            by_name[lane] += scale * weight
    assert model.scores(found) == by_name
    assert len(by_name) == len(LABELS)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="the fix commit 修复 按钮 é' .?\n", max_size=700))
def test_sums_are_those_of_the_names_whatever_is_said(message: str) -> None:
    test_sums_are_those_of_the_features_weights_were_fitted_to(message)


ERRORS = [
    *("ValueError in x", "a NullPointerException here", "Segfault? no: PageFault", "got ENOENT"),
    *("TS2304 again", "E0502 again", "ORA-00942", "died of SIGSEGV", "ERR_CONNECTION_RESET"),
    *("at 0xdeadbeef", "errno is set", "a segfault", "Segmentation fault", "core dumped"),
    *("exit code 1", "Exited status 2", "HTTP 404", "status 429 now", "a 503", "it is NaN", "OOM"),
    *("panicked at main", "undefined reference to f", "a stack trace", "stacktrace:", "traceback"),
]
OTHERS = [
    *("KeyError: 1", "pass", "...", "# TODO", "FIXME later", "raise NotImplementedError", "a"),
    *("todo!()", "unimplemented", "  x.Warning: y", "10 of 4 0 5", "EAT", "plain words", "At 7"),
]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(ERRORS + OTHERS), min_size=1, max_size=4))
def test_what_spares_reading_lines_changes_nothing(lines: list[str]) -> None:
    message = "\n".join(lines)
    short = shapes.sort(message)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(shapes, "_hints", lambda looked_at: (True, True, list(set(looked_at))))
        assert shapes.sort(message) == short


@pytest.mark.parametrize("line", ERRORS)
def test_every_way_to_name_an_error_is_found(line: str) -> None:
    assert "errortext" in read(f"hello\nit said {line} there").shapes


def test_nothing_long_is_remembered() -> None:
    """A key or a token pasted into a message is in no table afterwards."""
    secret = "q" + "9zk" * 12
    spoken = "qwertyuiop" * 4
    assert len(secret) > LONGEST_KEPT
    assert len(spoken) > LONGEST_KEPT
    model = bundled()
    DETECTOR.detect(f"why is {secret} refused and {spoken} not, {secret}, ({spoken})?")
    known, lexicon = model._rows, model.lexicon
    tables = [text._CHUNKS, text._WORDS, model.leanings, lexicon._entries, lexicon._parts]
    tables += [known._names, known._letters, known._pairs, known._mixed]
    assert all(tables)
    for table in tables:
        kept = repr(table)
        assert secret not in kept
        assert spoken not in kept


def test_what_is_remembered_is_bounded() -> None:
    made: list[str] = []

    def make(key: str) -> int:
        made.append(key)
        return len(key)

    memo = Memo(make, 3)
    assert [memo[key] for key in ("a", "bb", "a", "ccc", "d", "a")] == [1, 2, 1, 3, 1, 1]
    assert made == ["a", "bb", "ccc", "d", "a"]
    assert len(memo) == 2
    assert memo["x" * 99] == 99
    assert len(memo) == 2


def test_rows_remembered_are_bounded() -> None:
    model = bundled()
    for n in range(180):
        words = " ".join(f"{chr(97 + n % 26)}{chr(97 + n // 26)}{chr(97 + k)}x" for k in range(25))
        DETECTOR.detect(words)
    known = model._rows
    for table in (known._names, known._letters, known._pairs, known._mixed):
        assert 0 < len(table) <= rows._MOST
    assert len(model.lexicon._entries) <= 2_048


class _Forgotten(dict[Any, int]):
    """A table that another thread empties whenever something is put into it."""

    def __setitem__(self, key: Any, value: int) -> None:
        super().__setitem__(key, value)
        self.clear()


def test_what_another_thread_forgets_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question is told its task in a thread of its own, while the loop tells another's."""
    expected = [DETECTOR.detect(message) for message in TEXTS]
    for table in ("_names", "_letters", "_pairs", "_mixed"):
        monkeypatch.setattr(bundled()._rows, table, _Forgotten())
    assert [DETECTOR.detect(message) for message in TEXTS] == expected
