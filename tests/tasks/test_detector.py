"""What messages are taken for, with the weights that are bundled."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircherd.config.detector import bundled
from aircherd.core.errors import InvalidRequest
from aircherd.core.snapshot import ChangeKind, Operation, StagedChange, WorkspaceSnapshot
from aircherd.core.tasks import TaskKind
from aircherd.tasks.detector import Detector, Situation, detect
from aircherd.tasks.model import Model

K = TaskKind
DETECTOR = Detector(bundled())

PLAIN = [
    ("write a commit message for what is staged", K.COMMIT_MESSAGES),
    ("summarize this file in three sentences", K.SUMMARIES),
    ("review my changes", K.CODE_REVIEW),
    ("add docstrings to the public functions", K.DOCUMENTATION),
    ("refactor this class into smaller ones", K.REFACTORING),
    ("fix the failing test", K.DEBUGGING),
    ("what is the difference between a list and a tuple?", K.QUICK_QUESTIONS),
    ("write a function that parses dates", K.CODE_GENERATION),
    ("thanks, have a nice day", K.DEFAULT),
    ("Schreib eine Commit-Nachricht für meine Änderungen", K.COMMIT_MESSAGES),
    ("Explique-moi ce code", K.QUICK_QUESTIONS),
    ("corrige el error de la línea 3", K.DEBUGGING),
    ("отрефактори этот класс", K.REFACTORING),
    ("总结这个文件", K.SUMMARIES),
    ("このコードをレビューして", K.CODE_REVIEW),
]

MISLEADING = [
    ("write a test for the commit parser", K.CODE_GENERATION),
    ("explain the fix", K.QUICK_QUESTIONS),
    ("review how I refactor this module", K.CODE_REVIEW),
    ("rename ReviewService to FeedbackService", K.REFACTORING),
    ("document the error codes", K.DOCUMENTATION),
    ("the commit hook doesn't run", K.DEBUGGING),
]

SILENT = [
    ("go", Situation(git="staged"), K.COMMIT_MESSAGES),
    ("", Situation(git="staged"), K.COMMIT_MESSAGES),
    ("go", Situation(git="merge"), K.COMMIT_MESSAGES),
    ("do it", Situation(diagnostics=3, file="a.py"), K.DEBUGGING),
    ("?", Situation(last_command="pytest -q", last_exit=1), K.DEBUGGING),
    ("go", Situation(git="unstaged", file="a.go"), K.CODE_REVIEW),
    ("this?", Situation(selection="x = [f(y) for y in z]", file="a.py"), K.QUICK_QUESTIONS),
    ("go", Situation(git="clean"), K.DEFAULT),
    ("", Situation(), K.DEFAULT),
    (
        "ok do it",
        Situation(git="staged", file="app.py", last_command="npm test", last_exit=1),
        K.DEBUGGING,
    ),
    ("👍", Situation(git="staged", file="README.md"), K.COMMIT_MESSAGES),
    ("next", Situation(file="docs/setup.md", git="clean"), K.DOCUMENTATION),
    ("please", Situation(file="meeting-notes.txt", git="clean"), K.SUMMARIES),
    (
        "…",
        Situation(selection="def f(x):\n    raise NotImplementedError", file="a.py"),
        K.CODE_GENERATION,
    ),
    ("これは？", Situation(selection="x = [f(y) for y in z]", file="a.py"), K.QUICK_QUESTIONS),
    ("devam et", Situation(git="staged", file="main.go"), K.COMMIT_MESSAGES),
    (
        "help",
        Situation(selection="KeyError: 'id'\n  File \"a.py\", line 3", git="unstaged"),
        K.DEBUGGING,
    ),
]

TERSE = [
    ("null pointer", K.DEBUGGING),
    ("tldr", K.SUMMARIES),
    ("docstrings", K.DOCUMENTATION),
]


@pytest.mark.parametrize(("message", "task"), PLAIN + MISLEADING)
def test_words_tell_the_task(message: str, task: TaskKind) -> None:
    found = DETECTOR.detect(message)
    assert found.task is task
    assert 0 <= found.confidence <= 1


@pytest.mark.parametrize(("message", "situation", "task"), SILENT)
def test_the_situation_decides_when_words_do_not(
    message: str, situation: Situation, task: TaskKind
) -> None:
    assert DETECTOR.detect(message, situation).task is task


@pytest.mark.parametrize(("message", "task"), PLAIN)
def test_words_beat_the_situation(message: str, task: TaskKind) -> None:
    busy = Situation(git="staged", file="src/app.ts", diagnostics=2)
    assert DETECTOR.detect(message, busy).task is task


@pytest.mark.parametrize(("message", "task"), TERSE)
def test_two_words_that_tell_are_not_drowned_by_the_situation(message: str, task: TaskKind) -> None:
    busy = Situation(git="unstaged", file="src/app.ts")
    assert DETECTOR.detect(message, busy).task is task


def test_an_answer_that_rests_on_plain_words_names_them() -> None:
    found = DETECTOR.detect("the spinner never goes away")
    assert found.evidence
    assert all(piece.weight > 0 and piece.text for piece in found.evidence)


def test_a_command_that_names_its_task_decides() -> None:
    found = DETECTOR.detect("fix the bug", Situation(command="aircher.review"))
    assert (found.task, found.evidence[0].text) == (K.CODE_REVIEW, "the command is review")


def test_a_snapshot_says_what_git_would() -> None:
    change = StagedChange(
        kind=ChangeKind.MODIFIED, path=b"a", old_mode=1, new_mode=1, old_oid="0", new_oid="1"
    )
    looked = WorkspaceSnapshot(
        root="/x", branch="main", head="1", operation=Operation.NONE, staged=(change,)
    )
    assert DETECTOR.detect("go", Situation(snapshot=looked)).task is K.COMMIT_MESSAGES
    merging = replace(looked, staged=(), operation=Operation.MERGE)
    assert DETECTOR.detect("go", Situation(snapshot=merging)).task is K.COMMIT_MESSAGES


def test_evidence_is_for_people() -> None:
    found = DETECTOR.detect("please review my diff")
    assert 'says "review"' in [piece.text for piece in found.evidence]
    found = DETECTOR.detect("go", Situation(diagnostics=1, file="a.py"))
    assert "the editor shows 1 problem" in [piece.text for piece in found.evidence]
    for piece in found.evidence:
        assert piece.weight > 0


def test_below_the_threshold_it_abstains() -> None:
    model = bundled()
    unsure = Model.__new__(Model)
    unsure.__dict__.update(model.__dict__)
    unsure.threshold = 1.1
    found = Detector(unsure).detect("fix the failing test")
    assert found.task is K.DEFAULT
    assert found.confidence < 0.5


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.text(max_size=60), st.text(max_size=60))
def test_any_text_gets_an_answer(message: str, path: str, selected: str) -> None:
    situation = Situation(file=path, selection=selected, last_command=path, git=selected)
    found = DETECTOR.detect(message, situation)
    assert found.task in K
    assert 0 <= found.confidence <= 1
    assert DETECTOR.detect(message, situation) == found


HOSTILE = [
    "write " * 4_000,
    "(" * 20_000,
    "`" * 20_000,
    '"' * 20_000,
    "a\n" * 10_000,
    "at x.y.z.(" * 2_000,
    "の" * 20_000,
    "-" * 20_000,
    "aA1_" * 5_000,
    " " * 20_000,
    "2024-01-01T00:00\n" * 1_200,
    "\u0301" * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_looked_at_is_bounded(text: str) -> None:
    """Ten times the text must not cost ten times the work: counted in calls, not in seconds."""
    assert _steps(text) < 1.5 * _steps(text[: len(text) // 3]) + 4_000


def _steps(text: str) -> int:
    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        DETECTOR.detect(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("damaged", [b"", b"x", b"\x78\x9c", b"{}" * 99])
def test_damaged_weights_are_refused_in_words(damaged: bytes) -> None:
    with pytest.raises(InvalidRequest, match="install aircher again"):
        Model(damaged)


def test_without_weights_the_patterns_answer() -> None:
    assert detect("write a commit message").task is K.COMMIT_MESSAGES
    assert detect("go", Situation(git="staged")).task is K.COMMIT_MESSAGES
    assert detect("").task is K.DEFAULT
