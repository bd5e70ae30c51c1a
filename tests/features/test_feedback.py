"""What users do with answers is counted by task and model, the last word on each."""

from __future__ import annotations

from aircherd.core.catalog import ModelRef
from aircherd.core.tasks import TaskKind
from aircherd.features import feedback
from aircherd.features.feedback import Feedback, Tally

REVIEW, MODEL = TaskKind.CODE_REVIEW, ModelRef("acme", "m")


def test_the_last_word_on_one_thing_counts() -> None:
    kept = Feedback()
    kept.note("a", REVIEW, MODEL)
    assert kept.tell("a", "dismissed", "f1")
    assert kept.tell("a", "applied", "f2")
    assert kept.tally(REVIEW, MODEL) == Tally(taken=1, left=1)
    assert kept.tell("a", "applied", "f1")
    assert kept.tally(REVIEW, MODEL) == Tally(taken=2, left=0)
    assert kept.tally(TaskKind.DEBUGGING, MODEL) == Tally()


def test_what_nobody_asked_is_not_counted_and_nothing_grows_for_ever() -> None:
    kept = Feedback()
    assert not kept.tell("never", "accepted")
    for number in range(feedback.MOST + 10):
        kept.note(f"o{number}", REVIEW, MODEL)
        kept.tell(f"o{number}", "dismissed", f"f{number}")
    assert not kept.tell("o0", "accepted")
    assert not kept.dismissed("f0")
    assert kept.dismissed(f"f{feedback.MOST + 9}")
    assert kept.tally(REVIEW, MODEL).left == feedback.MOST + 10
