"""Messages that can be committed as they stand: cleaned, checked, trimmed; diffs that fit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircherd.commits.check import check, trim
from aircherd.commits.clean import StreamCleaner, clean
from aircherd.commits.convention import learn
from aircherd.commits.diff import parse
from aircherd.commits.model import Case, Convention, Draft, Style
from aircherd.commits.pack import pack
from aircherd.core.settings import CommitSettings
from aircherd.core.snapshot import PastCommit, RepositoryHints

CONVENTIONS = (
    Convention(),
    Convention(style=Style.CONVENTIONAL, types=("feat", "fix"), case=Case.LOWER, subject_max=50),
    Convention(style=Style.CONVENTIONAL, types=("a", "b"), types_enforced=True, subject_max=72),
    Convention(style=Style.PREFIXED, scopes=("net", "fs"), subject_max=60),
    Convention(style=Style.GITMOJI, case=Case.SENTENCE),
    Convention(body_policy="never", case=Case.SENTENCE),
)


@pytest.mark.parametrize("number", range(len(CONVENTIONS)))
@settings(max_examples=150, deadline=None)
@given(subject=st.text(max_size=200), body=st.text(max_size=200))
def test_what_is_trimmed_keeps_every_rule(number: int, subject: str, body: str) -> None:
    convention = CONVENTIONS[number]
    trimmed = trim(clean(f"{subject}\n\n{body}"), convention)
    broken = [f for f in check(trimmed, convention) if not f.ok]
    assert broken == [], trimmed


@pytest.mark.parametrize(
    ("said", "subject"),
    [
        ("fix(api): handle null", "fix(api): handle null"),
        ("Here is the commit message:\n\n```\nfix: handle null\n```", "fix: handle null"),
        ('"fix: handle null"', "fix: handle null"),
        ("<think>Let me see.\nHm.</think>\nfix: handle null", "fix: handle null"),
        ("**Subject:** fix: handle null", "fix: handle null"),
        ("\x1b[31mfix: handle null\x1b[0m", "fix: handle null"),
        ("--amend and more", "amend and more"),
        ("fix: handle null\n\nCo-authored-by: A <a@b>", "fix: handle null"),
    ],
)
def test_only_the_message_is_kept(said: str, subject: str) -> None:
    draft = clean(said)
    assert draft.subject == subject
    assert "Co-authored" not in draft.body


@given(
    text=st.sampled_from(
        ["Here is:\n```\nfix: x\n\nBody.\n```\n", "<think>no</think>fix: x\n\nBody.\n", "fix: x\n"]
    ),
    cut=st.integers(1, 7),
)
def test_nothing_is_shown_that_will_not_stay(text: str, cut: int) -> None:
    cleaner = StreamCleaner()
    shown = "".join(cleaner.feed(text[n : n + cut]) for n in range(0, len(text), cut))
    assert clean(text).text.startswith(shown)
    assert shown == cleaner.shown


@settings(max_examples=60, deadline=None)
@given(budget=st.integers(400, 20_000), files=st.integers(0, 60), lines=st.integers(0, 80))
def test_a_packed_diff_never_exceeds_its_budget(budget: int, files: int, lines: int) -> None:
    patch = b"".join(
        b"diff --git a/f%d.py b/f%d.py\nindex 1..2 100644\n--- a/f%d.py\n+++ b/f%d.py\n"
        b"@@ -1,0 +1,%d @@\n"
        % (n, n, n, n, lines)
        + b"".join(b"+line %d\n" % k for k in range(lines))
        for n in range(files)
    )
    packed = pack(parse(patch), budget_bytes=budget)
    assert len(packed.text.encode()) <= budget
    assert packed.fence not in packed.text


def test_what_is_not_sent_is_named() -> None:
    patch = (
        b"diff --git a/package-lock.json b/package-lock.json\n--- a/package-lock.json\n"
        b"+++ b/package-lock.json\n@@ -1 +1 @@\n-a\n+b\n"
        b"diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n"
        b"diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b\n"
    )
    packed = pack(parse(patch), budget_bytes=4_000)
    assert packed.left_out == (("package-lock.json", "lock file"), ("x.png", "binary"))
    assert "+b" in packed.text
    assert "package-lock.json" in packed.text


def commits(*subjects: str) -> list[PastCommit]:
    return [PastCommit(oid="0", parents=1, author="A <a@b>", message=s) for s in subjects]


def test_conventions_are_learned() -> None:
    typed = learn(commits(*(f"feat(api): add thing {n}" for n in range(8)), "fix: mend it"))
    assert (typed.style, typed.types[:2], typed.case) == (
        Style.CONVENTIONAL,
        ("feat", "fix"),
        Case.LOWER,
    )
    plain = learn(commits(*(f"Add the thing number {n}" for n in range(8))))
    assert (plain.style, plain.case, plain.learned_from) == (Style.PLAIN, Case.SENTENCE, 8)
    bots = [
        PastCommit(oid="0", parents=1, author="dependabot[bot] <b>", message="chore: bump")
        for _ in range(50)
    ]
    assert learn([*bots, *commits("Add x")]).learned_from == 0


def test_commitlint_and_the_user_come_before_habit() -> None:
    hints = RepositoryHints(
        commitlint="module.exports = { rules: { 'type-enum': [2, 'always', ['one', 'two']],"
        " 'header-max-length': [2, 'always', 60] } }",
        commitlint_name="commitlint.config.js",
    )
    found = learn(commits(*(f"Add thing {n}" for n in range(9))), hints)
    assert (found.types, found.types_enforced, found.subject_max) == (("one", "two"), True, 60)
    mine = learn([], hints, CommitSettings(types=("x",), subject_max=40, body="never"))
    assert (mine.types, mine.subject_max, mine.body_policy) == (("x",), 40, "never")


def test_an_empty_answer_is_said_to_be_empty() -> None:
    assert clean("```\n```").subject == ""
    assert clean("").subject == ""
    assert not all(f.ok for f in check(Draft(subject=""), Convention()))
