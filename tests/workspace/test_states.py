"""Odd repositories: the staged set is git's own, byte for byte, and nothing of theirs changes."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd.core.errors import GitRefused, NotARepository
from aircherd.core.snapshot import Operation
from aircherd.workspace.git import Repository, parse_raw

Git = Callable[..., bytes]


def unborn(root: Path, git: Git) -> None:
    shutil.rmtree(root / ".git")
    git("init", "-q")
    git("add", "a.py")


def sha256(root: Path, git: Git) -> None:
    shutil.rmtree(root / ".git")
    git("init", "-q", "--object-format=sha256")
    git("add", ".")
    git("commit", "-q", "-m", "Begin")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")


def index_v4(root: Path, git: Git) -> None:
    git("update-index", "--index-version", "4")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")


def split_index(root: Path, git: Git) -> None:
    git("update-index", "--split-index")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")


def not_utf8(root: Path, git: Git) -> None:
    (root / os.fsdecode(b"na\xefve.txt")).write_text("x\n", "utf-8")
    git("add", ".")


def odd_names(root: Path, git: Git) -> None:
    for name in ("with space", "-leading", 'quo"te', "new\nline", "tab\there"):
        (root / name).write_text(name, "utf-8")
    git("add", "--", ".")


def renamed(root: Path, git: Git) -> None:
    git("mv", "a.py", "moved.py")


def deleted(root: Path, git: Git) -> None:
    git("rm", "-q", "b.txt")


def mode(root: Path, git: Git) -> None:
    git("update-index", "--chmod=+x", "b.txt")


def link(root: Path, git: Git) -> None:
    (root / "link").symlink_to("/etc/passwd")
    (root / "b.txt").unlink()
    (root / "b.txt").symlink_to("a.py")
    git("add", "-A")


def binary(root: Path, git: Git) -> None:
    (root / "x.bin").write_bytes(bytes(range(256)) * 30)
    git("add", ".")


def submodule(root: Path, git: Git) -> None:
    other = root.parent / "other"
    shutil.copytree(root, other)
    git("submodule", "--quiet", "add", str(other), "sub")


def merge(root: Path, git: Git) -> None:
    git("checkout", "-q", "-b", "side")
    (root / "b.txt").write_text("side\n", "utf-8")
    git("commit", "-q", "-am", "Side")
    git("checkout", "-q", "main")
    (root / "a.py").write_text("pass\n", "utf-8")
    git("commit", "-q", "-am", "Main")
    git("merge", "-q", "--no-commit", "--no-ff", "side")


def conflict(root: Path, git: Git) -> None:
    git("checkout", "-q", "-b", "side")
    (root / "b.txt").write_text("side\n", "utf-8")
    git("commit", "-q", "-am", "Side")
    git("checkout", "-q", "main")
    (root / "b.txt").write_text("main\n", "utf-8")
    git("commit", "-q", "-am", "Main")
    git("merge", "-q", "side", check=False)


def detached(root: Path, git: Git) -> None:
    git("checkout", "-q", "--detach")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")


def packed(root: Path, git: Git) -> None:
    git("pack-refs", "--all")
    git("gc", "-q")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")


def locked(root: Path, git: Git) -> None:
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")
    (root / ".git" / "index.lock").touch()


def intent(root: Path, git: Git) -> None:
    (root / "later.py").write_text("x = 1\n", "utf-8")
    git("add", "-N", "later.py")


def sparse(root: Path, git: Git) -> None:
    (root / "deep").mkdir()
    (root / "deep" / "c.txt").write_text("c\n", "utf-8")
    git("add", ".")
    git("commit", "-q", "-m", "Deep")
    git("sparse-checkout", "set", "--cone", "deep")
    (root / "deep" / "c.txt").write_text("d\n", "utf-8")
    git("add", ".")


def crlf(root: Path, git: Git) -> None:
    git("config", "core.autocrlf", "true")
    (root / "b.txt").write_bytes(b"one\r\ntwo\r\n")
    git("add", ".")


def nothing(root: Path, git: Git) -> None:
    pass


STATES = [
    unborn, sha256, index_v4, split_index, not_utf8, odd_names, renamed, deleted, mode, link,
    binary, submodule, merge, conflict, detached, packed, locked, intent, sparse, crlf, nothing,
]  # fmt: skip


def fingerprint(root: Path) -> str:
    """Everything in `.git`: names, contents and times."""
    found = hashlib.sha256()
    for path in sorted((root / ".git").rglob("*")):
        found.update(os.fsencode(path))
        if path.is_file():
            found.update(path.read_bytes())
            found.update(str(path.stat().st_mtime_ns).encode())
    return found.hexdigest()


@pytest.mark.parametrize("state", STATES, ids=lambda s: s.__name__)
def test_the_staged_set_is_gits_own(repo: Path, git: Git, state: Callable[..., None]) -> None:
    state(repo, git)
    base = "HEAD"
    if state is unborn:
        base = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    expected = git("diff", "--cached", "--raw", "-z", "-M", "--no-abbrev", base)
    before = fingerprint(repo)
    snapshot = Repository.locate(str(repo)).snapshot()
    diff = Repository.locate(str(repo)).staged_diff(1 << 20)
    Repository.locate(str(repo)).history(10)
    assert fingerprint(repo) == before
    assert snapshot.staged == parse_raw(expected)
    if state is not nothing and state is not intent:
        assert snapshot.staged
    assert diff.complete
    patch = git("diff", "--cached", "-M", "--no-color", "--submodule=short", "--full-index", base)
    assert diff.patch.count(b"diff --git ") == patch.count(b"diff --git ")


def test_what_git_is_in_the_middle_of(repo: Path, git: Git) -> None:
    merge(repo, git)
    snapshot = Repository.locate(str(repo)).snapshot()
    assert (snapshot.operation, snapshot.branch) == (Operation.MERGE, "main")


def test_conflicts_are_named(repo: Path, git: Git) -> None:
    conflict(repo, git)
    assert Repository.locate(str(repo)).snapshot().conflicted == (b"b.txt",)


def test_a_linked_work_tree(repo: Path, git: Git) -> None:
    linked = repo.parent / "linked"
    git("worktree", "add", "-q", str(linked), "-b", "side")
    (linked / "b.txt").write_text("linked\n", "utf-8")
    git("add", ".", cwd=linked)
    snapshot = Repository.locate(str(linked / "b.txt")).snapshot()
    assert [change.path for change in snapshot.staged] == [b"b.txt"]
    assert snapshot.branch == "side"
    assert not Repository.locate(str(repo)).snapshot().staged


@pytest.mark.parametrize("damage", ["garbage HEAD", "truncated index", "no HEAD"])
def test_damage_is_refused_and_never_empty(repo: Path, git: Git, damage: str) -> None:
    (repo / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")
    if damage == "garbage HEAD":
        (repo / ".git" / "HEAD").write_bytes(b"\x00\xff")
    elif damage == "no HEAD":
        (repo / ".git" / "HEAD").unlink()
    else:
        index = repo / ".git" / "index"
        index.write_bytes(index.read_bytes()[:40])
    with pytest.raises(GitRefused):
        Repository.locate(str(repo)).snapshot()


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(NotARepository, match="git init"):
        Repository.locate(str(tmp_path))


def test_the_cap_cuts_at_a_whole_file(repo: Path, git: Git) -> None:
    for number in range(30):
        (repo / f"f{number:02}.txt").write_text("line\n" * 500, "utf-8")
    git("add", ".")
    diff = Repository.locate(str(repo)).staged_diff(20_000)
    assert not diff.complete
    assert len(diff.patch) <= 20_000
    shown = diff.patch.count(b"diff --git ")
    assert shown + len(diff.unread) == 30
    assert diff.patch.endswith(b"line\n")


def test_history_is_read_with_its_paths(repo: Path, git: Git) -> None:
    (repo / "b.txt").write_text("other\n", "utf-8")
    git("commit", "-q", "-am", "fix(b): say other\n\nBecause.")
    newest, first = Repository.locate(str(repo)).history(10)
    assert newest.message == "fix(b): say other\n\nBecause."
    assert newest.paths == (b"b.txt",)
    assert set(first.paths) == {b"a.py", b"b.txt"}
