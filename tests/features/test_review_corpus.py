"""Recorded answers to small changes: what is planted is found where it was changed, and nothing
is ever found where it was not.

Each file of `review/planted` holds a change with one fault and a model's answer to it, with what
models do to answers: invented line numbers, quotes that are a little off, doubles, prose, fences.
`review/clean` holds changes without a fault, and answers that find some all the same.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path

import pytest

from aircherd.commits.diff import parse
from aircherd.core.document import Document
from aircherd.features.standing import followed
from aircherd.findings.anchor import anchored
from aircherd.findings.ground import of_hunks
from aircherd.findings.model import Dropped, Found
from aircherd.findings.parse import claims, says_nothing_found
from aircherd.findings.verdicts import defended, verdicts

FOLDER = Path(__file__).parent / "review"
PLANTED = sorted((FOLDER / "planted").glob("*.txt"))
CLEAN = sorted((FOLDER / "clean").glob("*.txt"))


@dataclass
class Change:
    """One file, before and after, and the new lines that are not as they were."""

    path: str
    before: list[str]
    after: list[str]
    added: set[int]
    removed_at: set[int]

    @property
    def patch(self) -> str:
        diff = difflib.unified_diff(
            self.before, self.after, f"a/{self.path}", f"b/{self.path}", lineterm=""
        )
        return "\n".join([f"diff --git a/{self.path} b/{self.path}", *diff]) + "\n"


@dataclass
class Case:
    changes: list[Change]
    bug: str
    answer: str
    verdict: str


def case(path: Path) -> Case:
    head, *sections = path.read_text("utf-8").split("\n@@@ ")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    changes, answer, verdict = [], "", ""
    for section in sections:
        name, _, body = section.partition("\n")
        if name == "answer":
            answer = body
        elif name == "verdict":
            verdict = body
        else:
            named = name.removeprefix("file ") if name.startswith("file ") else fields["file"]
            changes.append(change(named, body))
    return Case(changes, fields.get("bug", ""), answer, verdict)


def change(path: str, body: str) -> Change:
    made = Change(path, [], [], set(), set())
    for line in body.split("\n"):
        if line[:1] in (" ", "", "-"):
            made.before.append(line[1:])
        if line[:1] == "-":
            made.removed_at.add(len(made.after))
        if line[:1] == "+":
            made.added.add(len(made.after))
        if line[:1] in (" ", "", "+"):
            made.after.append(line[1:])
    return made


def findings(one: Case) -> tuple[tuple[Found, ...], tuple[Dropped, ...]]:
    patch = "".join(change.patch for change in one.changes)
    grounds = [
        of_hunks(file.name, ((h.new_start, h.lines) for h in file.hunks))
        for file in parse(patch.encode())
    ]
    found, dropped = anchored(claims(one.answer), grounds)
    kept, more = defended(found, verdicts(one.verdict, len(found)))
    return kept, (*dropped, *more)


def test_there_is_enough_of_each() -> None:
    assert len(PLANTED) >= 40
    assert len(CLEAN) >= 40


@pytest.mark.parametrize("path", [*PLANTED, *CLEAN], ids=lambda path: path.stem)
def test_nothing_is_found_on_a_line_that_was_not_changed(path: Path) -> None:
    one = case(path)
    by_path = {change.path: change for change in one.changes}
    for found in findings(one)[0]:
        change = by_path[found.path]
        lines = set(range(found.first, found.last + 1))
        assert lines & (change.added | change.removed_at), found
        assert found.first in change.added | change.removed_at, found
        assert found.quote.split("\n") == change.after[found.first : found.last + 1]
        document = Document(uri="file:///x", text="\n".join(["new", *change.after]))
        assert followed(document, found) is not None, "it is found again in a file that moved"


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_what_was_planted_is_found_once(path: Path) -> None:
    one = case(path)
    assert any(one.bug in line for change in one.changes for line in change.after), "is there"
    kept, dropped = findings(one)
    hits = [found for found in kept if one.bug in found.quote]
    assert len(hits) == 1, (kept, dropped)


@pytest.mark.parametrize("path", CLEAN, ids=lambda path: path.stem)
def test_nothing_is_found_where_nothing_is_wrong(path: Path) -> None:
    one = case(path)
    kept, dropped = findings(one)
    assert kept == (), dropped
    assert len(dropped) == len(claims(one.answer))
    assert dropped or says_nothing_found(one.answer) or path.stem == "broken_answer"
