"""A staged change is kept while it must be the same, within bytes and time; and cut at a file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd.commits.diff import parse
from aircherd.core.snapshot import ChangeKind, Operation, StagedDiff, WorkspaceSnapshot
from aircherd.workspace import kept, repositories, run
from aircherd.workspace.git import Repository
from aircherd.workspace.kept import KeptChange, KeptChanges
from aircherd.workspace.layout import Layout
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.shadow import Shadow

Git = Callable[..., bytes]
CAP = 1 << 20


def change(size: int, root: str = "/r") -> KeptChange:
    snapshot = WorkspaceSnapshot(
        root=root, branch="main", head=None, operation=Operation.NONE, staged=()
    )
    diff = StagedDiff(patch=b"x" * size, complete=True)
    return KeptChange(key="k", places=(), attributes=(), snapshot=snapshot, diff=diff)


def test_patches_are_bounded_over_all_repositories() -> None:
    changes = KeptChanges()
    third = kept.MOST_BYTES // 3
    for number in range(4):
        changes.keep(f"/r{number}", change(third))
    assert [bool(changes.get(f"/r{number}", "k")) for number in range(4)] == [False] + [True] * 3
    changes.keep("/r9", change(kept.MOST_BYTES + 1))
    assert changes.get("/r9", "k") is None
    assert changes.get("/r1", "k") is not None
    assert changes.get("/r1", "another") is None
    assert 0 < changes.held <= 8 << 20


def test_what_was_asked_for_is_remembered_of_so_many_repositories() -> None:
    changes = KeptChanges()
    for number in range(200):
        changes.asked(f"/r{number}", CAP)
        changes.most_commits(f"/r{number}", 3)
        changes.asked("/used", CAP)
    known = [name for name in range(200) if changes.wanted(f"/r{name}") is not None]
    assert known == list(range(137, 200))
    assert changes.wanted("/used") == CAP, "who is asked for again and again stays"
    assert [changes.most_commits(f"/r{name}") for name in (0, 199)] == [0, 3]


def test_what_nobody_asks_for_any_more_is_let_go_of() -> None:
    now = [0.0]
    changes = KeptChanges(lambda: now[0])
    changes.keep("/a", change(1))
    changes.keep("/b", change(1))
    now[0] = kept.SECONDS - 1
    assert changes.get("/a", "k") is not None
    now[0] = kept.SECONDS + 1
    assert changes.let_go()
    assert changes.get("/b", "k") is None
    now[0] += kept.SECONDS
    assert not changes.let_go()


def test_one_run_of_git_for_the_list_and_the_patch(
    repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repo / "b.txt").write_text("staged\n", "utf-8")
    git("add", ".")
    time.sleep(0.03)
    runs: list[str] = []
    plain = Shadow.git

    def counted(self: Shadow, *words: str, **named: object) -> run.Output:
        runs.append(words[0])
        return plain(self, *words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Shadow, "git", counted)
    known = Repositories().at(str(repo))
    seen, diff = known.change(CAP)
    again, same = known.change(CAP)
    assert runs == ["diff-index"]
    assert same is diff
    assert again == seen
    assert known.staged().staged == seen.staged
    assert known.staged_diff(CAP) is diff
    assert runs == ["diff-index"]
    assert [c.path for c in seen.staged] == [b"b.txt"]
    # Who shows sizes still gets them.
    assert [c.size for c in known.snapshot().staged] == [7]


def test_attributes_that_go_while_git_reads_leave_nothing_kept(
    repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read by rules that are no more would be shown for as long as nothing else moves."""
    (repo / "b.txt").write_text("staged\n", "utf-8")
    git("add", ".")
    (repo / ".gitattributes").write_text("*.txt -diff\n", "utf-8")
    time.sleep(0.03)
    plain = Shadow.git

    def goes(self: Shadow, *words: str, **named: object) -> run.Output:
        found = plain(self, *words, **named)  # type: ignore[arg-type]
        (repo / ".gitattributes").unlink(missing_ok=True)
        return found

    known = Repositories().at(str(repo))
    with monkeypatch.context() as patch:
        patch.setattr(Shadow, "git", goes)
        assert b"Binary files" in known.staged_diff(CAP).patch
    time.sleep(0.03)
    assert b"+staged" in known.staged_diff(CAP).patch


def test_an_amended_commit_s_own_files_count(repo: Path, git: Git) -> None:
    """The attributes of what only the commit touched decide its patch as well."""
    (repo / "in").mkdir()
    (repo / "in" / "c.txt").write_text("one\n", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Add it")
    time.sleep(0.03)
    known = Repositories().at(str(repo))
    assert b"+one" in known.staged_diff(CAP, amend=True).patch
    (repo / "in" / ".gitattributes").write_text("*.txt -diff\n", "utf-8")
    assert b"+one" not in known.staged_diff(CAP, amend=True).patch


@pytest.mark.parametrize("cap", range(150, 900, 25))
def test_a_cut_patch_and_what_it_leaves_name_every_file_once(
    repo: Path, git: Git, cap: int
) -> None:
    """A change of type is printed twice; half of it would read as a deletion."""
    (repo / "a.py").unlink()
    (repo / "a.py").symlink_to("b.txt")
    (repo / "b.txt").write_text("line\n" * 5, "utf-8")
    (repo / "c.txt").write_text("line\n" * 5, "utf-8")
    git("add", ".")
    seen, diff = Repositories().at(str(repo)).change(cap)
    files = parse(diff.patch, diff.unread)
    assert len(diff.patch) <= cap
    assert (
        [file.path for file in files]
        == [c.path for c in seen.staged]
        == [
            b"a.py",
            b"b.txt",
            b"c.txt",
        ]
    )
    for file, listed in zip(files, seen.staged, strict=True):
        assert file.unread or file.kind is listed.kind
    assert seen.staged[0].kind is ChangeKind.TYPE_CHANGED


def test_names_with_every_byte_stand_in_both_parts(repo: Path, git: Git) -> None:
    name = bytes(range(1, 47)) + bytes(range(48, 256))
    (Path(os.fsdecode(os.fsencode(repo) + b"/" + name[:200]))).write_bytes(b"x\n")
    git("add", ".")
    [change_of], diff = (lambda pair: (pair[0].staged, pair[1]))(
        Repositories().at(str(repo)).change(CAP)
    )
    [file] = parse(diff.patch)
    assert file.path == change_of.path == name[:200]
    assert Repository.locate(str(repo)).staged_diff(CAP).patch == diff.patch


def test_what_was_committed_since_is_all_that_is_read_of_the_history(
    repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each commit the question reads one, and after anything else all of them."""
    logs: list[tuple[str, ...]] = []
    plain = Shadow.git

    def noted(self: Shadow, *words: str, **named: object) -> run.Output:
        logs.append(words)
        return plain(self, *words, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Shadow, "git", noted)
    repositories = Repositories()

    def same() -> bool:
        """Whether it is git's own, and whether only a part of it was read."""
        logs.clear()
        found = repositories.at(str(repo)).history(4)
        partly = [any(word.startswith("^") for word in words) for words in logs]
        assert found == Repository.locate(str(repo)).history(4)
        return partly == [True]

    def commit(name: str) -> None:
        (repo / f"{name}.txt").write_text(name, "utf-8")
        git("add", ".")
        git("commit", "-q", "-m", f"Add {name}")

    for name in "cdefg":
        commit(name)
    same()
    commit("h")
    assert same()
    commit("i")
    commit("j")
    assert same()
    git("commit", "-q", "--amend", "-m", "Another")
    assert not same()
    git("reset", "-q", "--hard", "HEAD~2")
    assert not same()
    git("checkout", "-q", "-b", "side", "HEAD~1")
    commit("k")
    same()
    git("checkout", "-q", "main")
    git("merge", "-q", "-m", "Merge side", "side")
    assert not same()
    # One that was made beside and is dated before: only its own place in the order is right.
    git("checkout", "-q", "-b", "early")
    (repo / "l.txt").write_text("l", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Add l early", dated="2001-01-01T00:00:00Z")
    git("checkout", "-q", "main")
    git("merge", "-q", "--no-ff", "-m", "Merge early", "early")
    commit("m")
    assert not same()


def test_a_commit_made_while_the_history_is_read_is_there_once(
    repo: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit(name: str) -> None:
        (repo / f"{name}.txt").write_text(name, "utf-8")
        git("add", ".")
        git("commit", "-q", "-m", f"Add {name}")

    plain = repositories.head

    def overtaken(layout: Layout) -> tuple[str | None, str | None]:
        found = plain(layout)
        monkeypatch.setattr(repositories, "head", plain)
        commit("later")
        return found

    known = Repositories().at(str(repo))
    known.history(10)
    commit("sooner")
    monkeypatch.setattr(repositories, "head", overtaken)
    known.history(10)
    assert known.history(10) == Repository.locate(str(repo)).history(10)
