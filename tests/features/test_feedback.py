"""What users do with answers is counted by task and model, the last word on each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.plan import Candidate, Plan
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.features import feedback, feedback_ladder
from aircherd.features.acceptance import Acceptance
from aircherd.features.feedback import Feedback, Tally
from aircherd.features.feedback_ladder import Ladder
from aircherd.workspace.repositories import Repositories

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


def test_what_is_no_name_of_a_finding_is_not_kept() -> None:
    """It would be written to disk as it came."""
    kept = Feedback()
    kept.note("a", REVIEW, MODEL)
    for name in ("", "f" * (feedback.LONGEST + 1), "a line of code\n"):
        assert not kept.tell("a", "dismissed", name)
        assert not kept.dismissed(name)
    assert kept.tally(REVIEW, MODEL) == Tally()


def _restarted(folder: Path) -> Feedback:
    """As a daemon makes it at its start, over the same folder."""
    acceptance = Acceptance(Settings, Repositories(), folder / "acceptance.json")
    return Feedback(acceptance)


def test_what_was_said_and_waved_away_outlives_the_process(tmp_path: Path) -> None:
    first = _restarted(tmp_path)
    first.ladder.answered("a", "the mark", REVIEW, MODEL)
    first.tell("a", "dismissed", "f1")
    second = _restarted(tmp_path)
    assert second.dismissed("f1")
    assert not second.dismissed("f2")
    assert second.tell("a", "rejected"), "an answer of before the restart is known"
    plan = Plan(
        detection=Detection(task=REVIEW, confidence=1.0),
        candidates=tuple(
            Candidate(
                spec=ModelSpec(ref=ModelRef("acme", name), local=False, quality=quality),
                why="w",
                expected=None,
                worst=None,
            )
            for name, quality in (("m", 0.5), ("best", 0.9), ("better", 0.7))
        ),
        refused=(),
    )
    third = _restarted(tmp_path)
    assert third.ladder.turned(plan, "the mark").candidates[0].spec.ref.model == "better"
    assert third.ladder.turned(plan, "another mark") is plan
    acceptance = third.acceptance
    assert acceptance is not None
    assert acceptance.records()[(str(MODEL), REVIEW)].trials == 2
    third.tell("a", "dismissed", "f1")
    assert acceptance.records()[(str(MODEL), REVIEW)].trials == 2, "said before the restart"
    text = (tmp_path / "awaited.json").read_text("utf-8")
    assert "the mark" not in text
    third.forget(None)
    assert not _restarted(tmp_path).dismissed("f1")
    assert not _restarted(tmp_path).tell("a", "rejected")


def test_a_rejection_counts_until_an_answer_is_taken_or_given_anew_or_a_day_has_passed() -> None:
    now = 0.0
    ladder = Ladder(now=lambda: now)
    spec = ModelSpec(ref=MODEL, local=False, quality=0.5)
    low = Candidate(spec=spec, why="w", expected=None, worst=None)
    high = replace(low, spec=replace(spec, ref=ModelRef("acme", "high"), quality=0.8))
    plan = Plan(
        detection=Detection(task=REVIEW, confidence=1.0), candidates=(low, high), refused=()
    )

    def first() -> str:
        return ladder.turned(plan, "m").candidates[0].spec.ref.model

    def rejected() -> None:
        ladder.answered("a", "m", REVIEW, MODEL)
        ladder.rejected("a")
        assert first() == "high"

    rejected()
    ladder.taken("a")
    assert first() == "m"
    rejected()
    ladder.answered("b", "m", REVIEW, ModelRef("acme", "high"))
    assert first() == "m"
    rejected()
    now = feedback_ladder.PATIENCE + 1
    assert first() == "m"
    ladder.rejected("nobody knows it")
    assert ladder.turned(plan, None) is plan
