"""What is learned from the commits a user makes of suggestions: numbers, and never a word."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aircherd.config import learned
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.errors import InvalidConfig
from aircherd.core.plan import Candidate, Plan
from aircherd.core.settings import Settings
from aircherd.core.tasks import Detection, TaskKind
from aircherd.features import acceptance as module
from aircherd.features.acceptance import Acceptance
from aircherd.features.acceptance_awaited import MOST_DRAFTS, Draft, of_row
from aircherd.features.edits_kept import EditsKept
from aircherd.features.feedback import Feedback
from aircherd.quality import main
from aircherd.routing.acceptance import FARTHEST, FLOOR, Record, moved, nearness
from aircherd.routing.escalation import escalated
from aircherd.routing.selector import Offer
from aircherd.workspace.repositories import Repositories

REF = ModelRef("openai", "gpt-6-luna")
COMMIT = TaskKind.COMMIT_MESSAGES
SUGGESTED = "Refuse discounts below zero\n\nThe sum was negative for them."


class Shop:
    """A repository with something staged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q")
        self.write("shop.py", "a = 1\n")
        self.git("commit", "-q", "-m", "Begin")
        self.write("shop.py", "a = 2\n")

    def git(self, *words: str) -> None:
        subprocess.run(["git", *words], cwd=self.root, check=True, capture_output=True)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, "utf-8")
        self.git("add", name)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture
async def learning(tmp_path: Path) -> AsyncIterator[Callable[..., Acceptance]]:
    made: list[Acceptance] = []

    def make(settings: Settings | None = None) -> Acceptance:
        now = settings or Settings()
        made.append(Acceptance(lambda: now, Repositories(), tmp_path / "acceptance.json"))
        return made[-1]

    yield make
    for one in made:
        if one._looking is not None:
            one._looking.cancel()
            await asyncio.gather(one._looking, return_exceptions=True)


@pytest.mark.parametrize(
    ("committed", "kept"),
    [
        (SUGGESTED, Record(1, 1.0, kept=1)),
        (SUGGESTED + "\n\nSigned-off-by: A <a@b.c>\n# a remark", Record(1, 1.0, kept=1)),
        ("Refuse discounts under zero\n\nThe sum was negative for them.", "edited"),
        ("wip", Record(1, 0.0, dropped=1)),
    ],
)
async def test_a_commit_is_compared_with_its_suggestion(
    shop: Shop, learning: Any, committed: str, kept: Record | str
) -> None:
    acceptance = learning()
    await acceptance.suggested(REF, SUGGESTED, str(shop.root))
    await acceptance.look()
    assert acceptance.records() == {}, "nothing has landed yet"
    shop.git("commit", "-q", "-m", committed, "--cleanup=verbatim")
    await acceptance.look()
    (record,) = acceptance.records().values()
    if kept == "edited":
        assert (record.trials, record.edited) == (1, 1)
        assert 0.8 < record.score < 1
    else:
        assert record == kept
    await acceptance.look()
    assert acceptance.records()[(str(REF), COMMIT)].trials == 1, "a commit counts once"


async def test_no_text_is_stored(shop: Shop, learning: Any, tmp_path: Path) -> None:
    acceptance = learning()
    await acceptance.suggested(REF, SUGGESTED, str(shop.root))
    shop.git("commit", "-q", "-m", "Refuse discounts under zero")
    await acceptance.look()
    stored = json.loads((tmp_path / "acceptance.json").read_text("utf-8"))
    values = stored[str(REF)][COMMIT].values()
    assert all(isinstance(value, int | float) for value in values)
    assert "iscount" not in json.dumps(stored)
    assert (tmp_path / "acceptance.json").stat().st_mode & 0o777 == 0o600


async def test_a_commit_of_other_files_is_not_the_one(shop: Shop, learning: Any) -> None:
    """As after a pull: what others wrote says nothing of this suggestion."""
    acceptance = learning()
    await acceptance.suggested(REF, SUGGESTED, str(shop.root))
    shop.git("stash", "-q")
    shop.write("other.py", "b = 1\n")
    shop.git("commit", "-q", "-m", "By somebody else")
    await acceptance.look()
    assert acceptance.records() == {}
    shop.git("stash", "pop", "-q", "--index")
    shop.git("commit", "-q", "-m", SUGGESTED)
    await acceptance.look()
    assert acceptance.records()[(str(REF), COMMIT)].kept == 1


async def test_asking_anew_throws_the_first_away(shop: Shop, learning: Any) -> None:
    acceptance = learning()
    other = ModelRef("ollama", "qwen3.5:4b")
    await acceptance.suggested(REF, "Change things", str(shop.root))
    await acceptance.suggested(other, SUGGESTED, str(shop.root))
    shop.git("commit", "-q", "-m", SUGGESTED)
    await acceptance.look()
    records = acceptance.records()
    assert records[(str(REF), COMMIT)].dropped == 1
    assert records[(str(other), COMMIT)].kept == 1


async def test_of_two_suggestions_the_one_that_was_committed_was_kept(
    shop: Shop, learning: Any
) -> None:
    """Printed by a command and taken, while a hook had another one written for the same commit."""
    first = learning()
    other = ModelRef("ollama", "qwen3.5:4b")
    await first.suggested(REF, SUGGESTED, str(shop.root))
    await first.suggested(other, "Change things", str(shop.root))
    assert first.records() == {}, "whose it will be is open"
    first.pending.flush()
    second = learning()
    shop.git("commit", "-q", "-m", SUGGESTED)
    await second.look()
    await second.look()
    records = second.records()
    assert records == {
        (str(REF), COMMIT): Record(1, 1.0, kept=1),
        (str(other), COMMIT): Record(1, 0.0, dropped=1),
    }


async def test_the_same_text_given_twice_is_one_suggestion(shop: Shop, learning: Any) -> None:
    """As an answer that is kept is given again, to the hook after the command."""
    acceptance = learning()
    for _ in range(3):
        await acceptance.suggested(REF, SUGGESTED, str(shop.root))
    shop.git("commit", "-q", "-m", SUGGESTED)
    await acceptance.look()
    assert acceptance.records() == {(str(REF), COMMIT): Record(1, 1.0, kept=1)}


@pytest.mark.parametrize("end", ["patience", "another change"])
async def test_what_was_asked_for_anew_is_thrown_away_though_nothing_is_committed(
    shop: Shop, learning: Any, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    acceptance = learning()
    for text in ("Change things", "Change more things", SUGGESTED):
        await acceptance.suggested(REF, text, str(shop.root))
    if end == "patience":
        monkeypatch.setattr(module, "PATIENCE", -1.0)
        await acceptance.look()
    else:
        shop.write("other.py", "b = 1\n")
        await acceptance.suggested(REF, "Add another", str(shop.root))
    assert acceptance.records() == {(str(REF), COMMIT): Record(2, 0.0, dropped=2)}


async def test_only_so_many_suggestions_for_one_change_are_remembered(
    shop: Shop, learning: Any
) -> None:
    acceptance = learning()
    for number in range(MOST_DRAFTS + 3):
        await acceptance.suggested(REF, f"Change {number} things", str(shop.root))
    assert acceptance.records() == {(str(REF), COMMIT): Record(3, 0.0, dropped=3)}


def test_a_suggestion_kept_by_an_earlier_version_is_still_awaited() -> None:
    found = of_row([str(REF), "aabbccdd", "head", ["p"], 1.0])
    assert found.drafts == (Draft(REF, ("aabb", "ccdd")),)
    assert of_row(found.row()).drafts == found.drafts


async def test_it_looks_by_itself(
    shop: Shop, learning: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.01)
    acceptance = learning()
    await acceptance.suggested(REF, SUGGESTED, str(shop.root))
    shop.git("commit", "-q", "-m", SUGGESTED)
    async with asyncio.timeout(20):
        while not acceptance.records():
            await asyncio.sleep(0.01)
        await acceptance._looking  # It ends when nothing is awaited any more.


async def test_it_can_be_turned_off(shop: Shop, learning: Any) -> None:
    acceptance = learning(replace(Settings(), learn_acceptance=False))
    await acceptance.suggested(REF, SUGGESTED, str(shop.root))
    assert acceptance._looking is None
    acceptance.outcome(REF, TaskKind.CODE_REVIEW, "rejected")
    assert acceptance.records() == {}


EDIT = "a = 2\nb = 3\nc = 4\nd = 5\n"


@pytest.mark.parametrize(
    ("committed", "score"),
    [(EDIT, 1.0), ("a = 2\n    b = 3\nc = 0\nd = 5\n", 2 / 3), ("a = 2\n", 0.0)],
)
async def test_an_edit_that_was_taken_is_compared_with_what_was_committed(
    shop: Shop, learning: Any, committed: str, score: float
) -> None:
    acceptance = learning()
    feedback = Feedback(acceptance)
    feedback.note("op", TaskKind.REFACTORING, REF)
    file = shop.root / "shop.py"
    acceptance.edits.proposed("op", file.as_uri(), file.read_text("utf-8"), EDIT)
    assert await feedback.take("op", "applied")
    assert await feedback.take("op", "applied"), "said twice"
    await acceptance.look()
    assert acceptance.records() == {}, "nothing has landed yet"
    shop.git("reset", "-q")
    shop.write("other.py", "x = 1\n")
    shop.git("commit", "-q", "-m", "Another file")
    await acceptance.look()
    assert acceptance.records() == {}, "a commit of another file tells nothing"
    shop.write("shop.py", committed)
    shop.git("commit", "-q", "-a", "-m", "This file")
    await acceptance.look()
    await acceptance.look()
    record = acceptance.records()[(str(REF), TaskKind.REFACTORING)]
    assert (record.trials, round(record.score, 3)) == (1, round(score, 3))


async def test_an_edit_outside_any_repository_counts_as_taken(
    tmp_path: Path, learning: Any
) -> None:
    acceptance = learning()
    feedback = Feedback(acceptance)
    for name in ("out", "nothing"):
        feedback.note(name, TaskKind.REFACTORING, REF)
    acceptance.edits.proposed("out", (tmp_path / "a.py").as_uri(), "", EDIT)
    assert await feedback.take("out", "applied")
    assert await feedback.take("nothing", "accepted")
    assert acceptance.records() == {(str(REF), TaskKind.REFACTORING): Record(2, 2.0, kept=2)}


async def test_no_mark_of_an_edit_is_kept_where_nothing_is_to_be_learned(
    shop: Shop, learning: Any, tmp_path: Path
) -> None:
    for wanted in (False, True):
        acceptance = learning(Settings(learn_acceptance=wanted))
        acceptance.edits.proposed("op", (shop.root / "shop.py").as_uri(), "", EDIT)
        acceptance.pending.flush()
        kept = json.loads((tmp_path / "awaited.json").read_text("utf-8"))
        assert bool(kept["proposed"]) == wanted


async def test_an_edit_that_is_never_committed_is_let_go(shop: Shop, tmp_path: Path) -> None:
    now, learned_of = 0.0, list[float]()
    edits = EditsKept(Repositories(), lambda *what: learned_of.append(what[2]), lambda: now)
    edits.proposed("op", (shop.root / "shop.py").as_uri(), "", EDIT)
    assert await edits.taken("op", REF, TaskKind.REFACTORING)
    await edits.look()
    assert (edits.latest, learned_of) == (0.0, [])
    now = 25 * 3_600.0
    await edits.look()
    assert (edits.latest, learned_of) == (None, [1.0])


async def test_what_is_forgotten_of_a_workspace_takes_its_edits_along(
    shop: Shop, learning: Any, tmp_path: Path
) -> None:
    """Their lines are held in memory until a commit; the lines of other places stay."""
    acceptance = learning()
    other = Shop(tmp_path / "shop2")
    for number, place in enumerate((shop, shop, other, other)):
        acceptance.edits.proposed(f"op{number}", (place.root / "shop.py").as_uri(), "", EDIT)
    for number in (0, 2):
        await acceptance.taken(f"op{number}", REF, TaskKind.REFACTORING)
    acceptance.forget_of(str(shop.root.resolve()), None)
    assert await acceptance.edits.taken("op3", REF, TaskKind.REFACTORING)
    assert not await acceptance.edits.taken("op1", REF, TaskKind.REFACTORING)
    for place in (shop, other):
        place.write("shop.py", EDIT)
        place.git("commit", "-q", "-m", "Take it")
    await acceptance.edits.look()
    (record,) = acceptance.records().values()
    assert record.trials == 2


async def test_what_is_awaited_outlives_the_process_without_its_text(
    shop: Shop, learning: Any, tmp_path: Path
) -> None:
    """A message and an edit, the process gone, both committed: the next one learns of them."""
    first = learning()
    await first.suggested(REF, SUGGESTED, str(shop.root))
    file = shop.root / "shop.py"
    first.edits.proposed("op", file.as_uri(), "a = 1\n", EDIT)
    first.edits.proposed("later", file.as_uri(), "a = 1\n", EDIT)
    await first.taken("op", REF, TaskKind.REFACTORING)
    first.pending.flush()
    kept = tmp_path / "awaited.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    text = kept.read_text("utf-8")
    for word in ("iscount", "negative", "b = 3", "c = 4"):
        assert word not in text, "no text is stored"
    second = learning()
    assert second.last(str(shop.root)) == REF, "whom a rejection of the message is of"
    assert await second.edits.taken("later", REF, TaskKind.DEBUGGING)
    near = "Refuse discounts under zero\n\nThe sum was negative for them."
    shop.write("shop.py", "a = 2\nb = 3\nc = 0\nd = 5\n")
    shop.git("commit", "-q", "-m", near)
    second.resume()
    assert second._looking is not None, "it goes on looking by itself"
    await second.look()
    records = second.records()
    assert records[(str(REF), COMMIT)].score == pytest.approx(nearness(SUGGESTED, near))
    assert round(records[(str(REF), TaskKind.REFACTORING)].score, 3) == 0.75
    assert (str(REF), TaskKind.DEBUGGING) in records
    second.pending.flush()
    third = learning()
    await third.look()
    counted = {key: record.trials for key, record in records.items()}
    assert {key: record.trials for key, record in third.records().items()} == counted


async def test_what_is_forgotten_is_gone_from_the_disk_as_well(
    shop: Shop, learning: Any, tmp_path: Path
) -> None:
    first = learning()
    await first.suggested(REF, SUGGESTED, str(shop.root))
    first.pending.flush()
    assert str(shop.root) in (tmp_path / "awaited.json").read_text("utf-8")
    first.forget_of(str(shop.root), None)
    assert str(shop.root) not in (tmp_path / "awaited.json").read_text("utf-8")
    second = learning()
    shop.git("commit", "-q", "-m", SUGGESTED)
    await second.look()
    assert second.records() == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"key": 7}', '{"suggested": [[1]]}', "\xff"])
async def test_a_damaged_file_of_what_is_awaited_awaits_nothing(
    shop: Shop, learning: Any, tmp_path: Path, text: str
) -> None:
    (tmp_path / "awaited.json").write_text(text, "utf-8")
    first = learning()
    await first.look()
    await first.suggested(REF, SUGGESTED, str(shop.root))
    first.pending.flush()
    assert learning().last(str(shop.root)) == REF


async def test_what_is_said_of_answers_counts_once(learning: Any) -> None:
    acceptance = learning()
    feedback = Feedback(acceptance)
    feedback.note("op", TaskKind.CODE_REVIEW, REF)
    assert await feedback.take("op", "accepted")
    assert await feedback.take("op", "rejected")
    assert not await feedback.take("unknown", "accepted")
    assert acceptance.records() == {(str(REF), TaskKind.CODE_REVIEW): Record(1, 1.0, kept=1)}


def test_an_estimate_moves_after_a_floor_and_never_far() -> None:
    record = Record()
    for trial in range(1, 500):
        record = record.with_one(0.0)
        now = moved(0.6, record)
        assert now is not None
        assert (now == 0.6) is (trial < FLOOR)
        assert now >= 0.6 - FARTHEST
    assert moved(0.6, record) == pytest.approx(0.6 - FARTHEST)
    assert moved(0.6, Record(10, 10.0, kept=10)) == pytest.approx((18 + 10) / 40)
    assert moved(None, record) is None
    assert moved(0.6, None) == 0.6


async def test_offers_are_judged_by_task(learning: Any) -> None:
    acceptance = learning()
    offer = Offer(spec=ModelSpec(ref=REF, local=False, quality=0.6))
    for _ in range(30):
        acceptance.learn(REF, COMMIT, 1.0)
    (judged,) = acceptance.judged(COMMIT, (offer,))
    assert judged.spec.quality == pytest.approx(0.75)
    assert acceptance.judged(TaskKind.CODE_REVIEW, (offer,)) == (offer,)


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("a b c", "a b c", 1.0),
        ("a b c", "", 0.0),
        ("", "", 1.0),
        ("docs: say more", "docs: say more", 1.0),
        ("docs: say more", "feat: do less", 0.25),
    ],
)
def test_nearness(one: str, other: str, near: float) -> None:
    assert nearness(one, other) == pytest.approx(near, abs=0.01)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"m": {"commit_messages": {"trials": 1, "score": 9, "kept": 1}}}', "x" * 9]
)
def test_a_damaged_file_is_told_of(tmp_path: Path, text: str) -> None:
    path = tmp_path / "acceptance.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidConfig, match="--reset"):
        learned.load(path)


def test_the_command_shows_and_forgets(capsys: pytest.CaptureFixture[str]) -> None:
    from aircherd import runtime

    assert main([]) == 0
    assert "Nothing is learned yet" in capsys.readouterr().out
    record = Record(20, 20.0, kept=20)
    learned.save(Path(runtime.learned_path()), {(str(REF), COMMIT): record})
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert "openai/gpt-6-luna" in shown
    assert "0.70 → 0.82" in shown
    assert main(["--reset"]) == 0
    assert not Path(runtime.learned_path()).exists()


def _plan(*rungs: tuple[str, float | None], requested: str | None = None) -> Plan:
    return Plan(
        detection=Detection(task=COMMIT, confidence=1.0),
        candidates=tuple(
            Candidate(
                spec=ModelSpec(ref=ModelRef("p", name), local=False, quality=quality),
                why="cheapest",
                expected=None,
                worst=None,
            )
            for name, quality in rungs
        ),
        refused=(),
        requested=requested,
    )


LADDER = (("small", 0.5), ("odd", None), ("top", 0.9), ("middle", 0.7))


@pytest.mark.parametrize(
    ("rejected", "first"),
    [("small", "middle"), ("middle", "top"), ("top", "small"), ("odd", "small"), ("x", "small")],
)
def test_a_rejected_answer_leads_one_step_up(rejected: str, first: str) -> None:
    plan = _plan(*LADDER)
    found = escalated(plan, ModelRef("p", rejected))
    assert found.candidates[0].spec.ref.model == first
    assert {c.spec.ref for c in found.candidates} == {c.spec.ref for c in plan.candidates}
    if first != "small":
        assert rejected in found.candidates[0].why
    named = _plan(*LADDER, requested="p/small")
    assert escalated(named, ModelRef("p", rejected)) is named
    assert escalated(plan, None) is plan


async def test_the_newest_suggestion_of_a_tree_is_known(shop: Shop, learning: Any) -> None:
    acceptance = learning(replace(Settings(), learn_acceptance=False))
    assert acceptance.last(str(shop.root)) is None
    await acceptance.suggested(REF, SUGGESTED, str(shop.root))
    assert acceptance.last(str(shop.root)) == REF


async def test_what_is_forgotten_by_its_age_takes_older_suggestions_and_edits_along(
    shop: Shop, learning: Any, tmp_path: Path
) -> None:
    """What came later stays: else looking after old usage would have nothing ever learned."""
    acceptance = learning()
    now = asyncio.get_running_loop().time()
    acceptance.edits._now = lambda: now
    other = Shop(tmp_path / "shop2")
    for step, place in enumerate((shop, other)):
        now += 100 * step
        acceptance.edits.proposed(f"waiting{step}", (place.root / "shop.py").as_uri(), "", EDIT)
        acceptance.edits.proposed(f"taken{step}", (place.root / "shop.py").as_uri(), "", EDIT)
        await acceptance.edits.taken(f"taken{step}", REF, TaskKind.REFACTORING)
        await acceptance.suggested(REF, "Add prices", str(place.root))
    roots = (str(shop.root.resolve()), str(other.root.resolve()))
    for root, at in zip(roots, (now - 100, now), strict=True):
        acceptance._awaited[root] = replace(acceptance._awaited[root], at=at)
    acceptance.forget_of("/elsewhere", None, now + 1)
    assert set(acceptance._awaited) == set(roots)
    acceptance.forget_of(None, "2020-01-01", now - 50)
    assert set(acceptance._awaited) == {roots[1]}
    assert not await acceptance.edits.taken("waiting0", REF, TaskKind.REFACTORING)
    assert await acceptance.edits.taken("waiting1", REF, TaskKind.REFACTORING)
    assert set(acceptance.edits._taken) == {"taken1", "waiting1"}
