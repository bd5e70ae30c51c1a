"""What a user taught."""

from __future__ import annotations

import pytest

from aircherd.config.detector import bundled
from aircherd.core.tasks import TaskKind
from aircherd.tasks.context import facts
from aircherd.tasks.corrections import MOST, Corrections
from aircherd.tasks.detector import Detector, Situation
from aircherd.tasks.features import Features, features
from aircherd.tasks.text import read

MESSAGE = "give the ledger its usual treatment"


def seen(message: str) -> Features:
    """The features of a message."""
    return features(read(message), facts(Situation()), bundled().lexicon)


def taught(message: str, task: TaskKind) -> Detector:
    """A detector told once."""
    return Detector(bundled(), Corrections().learn(seen(message), task, "2026-01-02"))


@pytest.mark.parametrize("task", list(TaskKind))
def test_one_correction_is_enough_for_the_same_message(task: TaskKind) -> None:
    found = taught(MESSAGE, task).detect(MESSAGE)
    assert found.task is task
    assert found.evidence[0].text == "you corrected a message like this"


def test_a_similar_message_follows_and_another_does_not() -> None:
    detector = taught("summarize the weekly numbers for me", TaskKind.DOCUMENTATION)
    near = detector.detect("summarize the weekly numbers for me now")
    assert near.task is TaskKind.DOCUMENTATION
    other = "review my changes to the parser"
    assert detector.detect(other) == Detector(bundled()).detect(other)


def test_the_later_word_counts_and_the_list_is_bounded() -> None:
    kept = Corrections().learn(seen(MESSAGE), TaskKind.SUMMARIES, "2026-01-01")
    kept = kept.learn(seen(MESSAGE), TaskKind.CODE_REVIEW, "2026-01-02")
    assert [c.task for c in kept.kept] == [TaskKind.CODE_REVIEW]
    for number in range(MOST + 5):
        words = f"{chr(97 + number % 26)}zebra {chr(97 + number // 26)}quux"
        kept = kept.learn(seen(words), TaskKind.DEFAULT, "2026-01-03")
    assert len(kept.kept) == MOST
    assert TaskKind.CODE_REVIEW not in [c.task for c in kept.kept]


def test_what_is_stored_can_be_read_back_and_holds_no_message() -> None:
    kept = Corrections().learn(
        seen("refactor the secretsauce module"), TaskKind.DEFAULT, "2026-01-01"
    )
    stored = kept.to_json()
    assert Corrections.from_json(stored) == kept
    assert "secretsauce" not in stored
    assert "restruct" in stored


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "[]",
        "{}",
        '{"version": 2, "corrections": []}',
        '{"version": 1, "corrections": [{}]}',
        '{"version": 1, "corrections": [{"task": "x", "at": "", "hint": "", "marks": []}]}',
    ],
)
def test_anything_else_is_refused(stored: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Corrections.from_json(stored)
