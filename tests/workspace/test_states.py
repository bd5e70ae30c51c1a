"""Odd repositories: the staged set is git's own, byte for byte, and nothing of theirs changes."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aircherd.core.errors import GitRefused, NotARepository
from aircherd.core.snapshot import Operation, WorkspaceSnapshot
from aircherd.workspace.git import Repository
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.staged import parse_raw

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


def rebase_stopped(root: Path, git: Git) -> None:
    git("checkout", "-q", "-b", "side")
    (root / "b.txt").write_text("side\n", "utf-8")
    git("commit", "-q", "-am", "Side")
    git("checkout", "-q", "main")
    (root / "b.txt").write_text("main\n", "utf-8")
    git("commit", "-q", "-am", "Main")
    git("rebase", "-q", "main", "side", check=False)


def picked(root: Path, git: Git) -> None:
    rebase_stopped(root, git)
    git("rebase", "--abort")
    git("checkout", "-q", "main")
    git("cherry-pick", "side", check=False)


def reverted(root: Path, git: Git) -> None:
    (root / "b.txt").write_text("other\n", "utf-8")
    git("commit", "-q", "-am", "Other")
    git("revert", "--no-commit", "HEAD")


def bisecting(root: Path, git: Git) -> None:
    for number in range(4):
        (root / "b.txt").write_text(f"{number}\n", "utf-8")
        git("commit", "-q", "-am", f"{number}")
    git("bisect", "start", "HEAD", "HEAD~4")
    (root / "c.txt").write_text("c\n", "utf-8")
    git("add", "c.txt")


def reset_softly(root: Path, git: Git) -> None:
    (root / "b.txt").write_text("other\n", "utf-8")
    git("commit", "-q", "-am", "Other")
    git("reset", "-q", "--soft", "HEAD~1")


def everything_gone(root: Path, git: Git) -> None:
    git("rm", "-r", "-q", "--cached", ".")


def file_to_folder(root: Path, git: Git) -> None:
    (root / "b.txt").unlink()
    (root / "b.txt").mkdir()
    (root / "b.txt" / "inner").write_text("text\n", "utf-8")
    git("add", "-A")


def submodule_moved(root: Path, git: Git) -> None:
    submodule(root, git)
    git("commit", "-q", "-m", "Sub")
    git("commit", "-q", "--allow-empty", "-m", "Inside", cwd=root / "sub")
    git("add", "sub")


def submodule_removed(root: Path, git: Git) -> None:
    submodule(root, git)
    git("commit", "-q", "-m", "Sub")
    git("rm", "-q", "sub")


def flags(root: Path, git: Git) -> None:
    git("update-index", "--assume-unchanged", "a.py")
    git("update-index", "--skip-worktree", "b.txt")
    (root / "b.txt").write_text("other\n", "utf-8")
    (root / "c.txt").write_text("c\n", "utf-8")
    git("add", "c.txt")


def untracked_cache(root: Path, git: Git) -> None:
    git("update-index", "--untracked-cache")
    git("config", "core.fsmonitor", "true")
    git("status")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", "b.txt")


def no_checksum(root: Path, git: Git) -> None:
    git("config", "index.skipHash", "true")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", "b.txt")


def many_threads(root: Path, git: Git) -> None:
    git("config", "index.threads", "2")
    for number in range(300):
        (root / f"f{number}").write_text(f"{number}\n", "utf-8")
    git("add", ".")


def long_name(root: Path, git: Git) -> None:
    deep = root.joinpath(*["d" * 200] * 8)
    deep.mkdir(parents=True)
    (deep / "f").write_text("x\n", "utf-8")
    git("add", ".")


def shallow(root: Path, git: Git) -> None:
    for number in range(3):
        (root / "b.txt").write_text(f"{number}\n", "utf-8")
        git("commit", "-q", "-am", f"{number}")
    git("clone", "-q", "--depth", "1", root.as_uri(), str(root.parent / "clone"))
    shutil.rmtree(root)
    (root.parent / "clone").rename(root)
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")


def borrowed(root: Path, git: Git) -> None:
    git("clone", "-q", "--shared", str(root), str(root.parent / "clone"))
    root.rename(root.parent / "lender")
    (root.parent / "clone").rename(root)
    alternates = root / ".git" / "objects" / "info" / "alternates"
    alternates.write_text(f"{root.parent / 'lender' / '.git' / 'objects'}\n", "utf-8")
    (root / "b.txt").write_text("other\n", "utf-8")
    git("add", ".")


def replaced(root: Path, git: Git) -> None:
    first = git("rev-parse", "HEAD").decode().strip()
    (root / "b.txt").write_text("other\n", "utf-8")
    git("commit", "-q", "-am", "Other")
    git("replace", "HEAD", first)
    (root / "c.txt").write_text("c\n", "utf-8")
    git("add", "c.txt")


def nothing(root: Path, git: Git) -> None:
    pass


STATES = [
    unborn, sha256, index_v4, split_index, not_utf8, odd_names, renamed, deleted, mode, link,
    binary, submodule, merge, conflict, detached, packed, locked, intent, sparse, crlf, nothing,
    rebase_stopped, picked, reverted, bisecting, reset_softly, everything_gone, file_to_folder,
    submodule_moved, submodule_removed, flags, untracked_cache, no_checksum, many_threads,
    long_name, shallow, borrowed, replaced,
]  # fmt: skip


def status(git: Git) -> list[tuple[str, bytes]]:
    """What the user's own git says of the work tree."""
    said = git(
        "--no-optional-locks", "-c", "core.fsmonitor=false", "status", "--porcelain=v2", "-z",
        "--no-renames", "--untracked-files=all", "--ignore-submodules=dirty",
    )  # fmt: skip
    found = []
    for entry in said.split(b"\0")[:-1]:
        if entry[:1] == b"?":
            found.append(("?", entry[2:]))
        elif entry[:1] == b"u":
            found.append(("U", entry.split(b" ", 10)[10]))
        elif entry[3:4] != b".":
            found.append((chr(entry[3]), entry.split(b" ", 8)[8]))
    return sorted(found)


def local(snapshot: WorkspaceSnapshot) -> list[tuple[str, bytes]]:
    """The same of a snapshot."""
    assert snapshot.local is not None
    return sorted((change.kind.value, change.path) for change in snapshot.local)


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
    known = Repositories().at(str(repo))
    looked, _ = known.look()
    assert fingerprint(repo) == before
    assert snapshot.staged == looked.staged == known.snapshot().staged == parse_raw(expected)
    assert {change.path for change in snapshot.staged} <= set(expected.split(b"\0"))
    assert local(looked) == status(git)
    if state is not nothing and state is not intent:
        assert snapshot.staged
    assert diff.complete
    patch = git("diff", "--cached", "-M", "--no-color", "--submodule=short", "--full-index", base)
    assert diff.patch.count(b"diff --git ") == patch.count(b"diff --git ")


def test_a_file_changed_within_the_second_it_was_staged_in(repo: Path, git: Git) -> None:
    """Same size, same second: only git's rule for such files tells, and it needs the index's time.

    Both times are set to one whole second in the past, so that the test has no luck.
    """
    at = 1_700_000_000
    (repo / "b.txt").write_text("one\n", "utf-8")
    os.utime(repo / "b.txt", (at, at))
    git("-c", "core.trustctime=false", "add", "b.txt")
    os.utime(repo / ".git" / "index", (at, at))
    (repo / "b.txt").write_text("two\n", "utf-8")
    os.utime(repo / "b.txt", (at, at))
    git("config", "core.trustctime", "false")
    assert status(git) == [("M", b"b.txt")]
    seen, _ = Repositories().at(str(repo)).look()
    assert local(seen) == [("M", b"b.txt")]


MIDDLES = [
    (merge, Operation.MERGE, "main"),
    (rebase_stopped, Operation.REBASE, None),
    (picked, Operation.CHERRY_PICK, "main"),
    (reverted, Operation.REVERT, "main"),
    (bisecting, Operation.BISECT, None),
    (detached, Operation.NONE, None),
]


@pytest.mark.parametrize(("state", "operation", "branch"), MIDDLES)
def test_what_git_is_in_the_middle_of(
    repo: Path, git: Git, state: Callable[..., None], operation: Operation, branch: str | None
) -> None:
    state(repo, git)
    snapshot = Repository.locate(str(repo)).snapshot()
    assert (snapshot.operation, snapshot.branch) == (operation, branch)


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
