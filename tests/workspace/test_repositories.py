"""What is remembered of a repository is asked again as soon as it could be different."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aircherd.core.errors import AircherError, InvalidConfig, NotARepository
from aircherd.core.settings import Settings
from aircherd.features.commit_room import CommitRoom, Wish
from aircherd.workspace import identity, run, shadow
from aircherd.workspace.git import Repository
from aircherd.workspace.repositories import KnownRepository, Repositories
from aircherd.workspace.run import Output

Git = Callable[..., bytes]
CAP = 1 << 20


@contextmanager
def no_git(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No git is run inside."""

    def never(*_: object, **__: object) -> Output:
        raise AssertionError("git was run")

    with monkeypatch.context() as patch:
        patch.setattr(shadow, "git", never)
        patch.setattr(run, "git", never)
        yield


@pytest.fixture
def staged(repo: Path, git: Git) -> Path:
    """Something staged, long enough ago to be remembered."""
    (repo / "b.txt").write_text("staged\n", "utf-8")
    git("add", ".")
    time.sleep(0.03)
    return repo


def known(root: Path) -> tuple[Repositories, KnownRepository]:
    repositories = Repositories()
    return repositories, repositories.at(str(root))


def test_unchanged_costs_no_git(staged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repositories, first = known(staged)
    seen = first.snapshot()
    diff = first.staged_diff(CAP)
    past = first.history(5)
    with no_git(monkeypatch):
        again = repositories.at(str(staged / "a.py"))
        assert again is first
        assert again.snapshot() == seen
        assert again.staged_diff(CAP) is diff
        assert again.history(5) == past
    assert b"+staged" in diff.patch


def test_what_was_written_just_now_is_not_remembered(repo: Path, git: Git) -> None:
    """Two writes within one tick of the file system's clock leave the same times."""
    _, first = known(repo)
    for number in range(25):
        (repo / "b.txt").write_text(f"{number % 10}\n", "utf-8")
        git("add", ".")
        oid = git("rev-parse", ":b.txt").decode().strip()
        [change] = first.snapshot().staged
        assert change.new_oid == oid


def test_fresh_identities_are_not_settled() -> None:
    at = 1_000_000_000_123_456_789
    fine = (1, 2, 3, at, at)
    coarse = (1, 2, 3, at // 10**9 * 10**9, at // 10**9 * 10**9)
    assert not identity.settled([fine], at + 1_000_000)
    assert identity.settled([fine, None], at + 50_000_000)
    assert not identity.settled([fine, coarse], at + 50_000_000)
    assert identity.settled([coarse], at + 3_000_000_000)


def stage(root: Path, git: Git) -> None:
    (root / "b.txt").write_text("staged again\n", "utf-8")
    git("add", ".")


def commit(root: Path, git: Git) -> None:
    git("commit", "-q", "-m", "Staged")
    (root / "a.py").write_text("more = 1\n", "utf-8")
    git("add", ".")


def head_only(root: Path, git: Git) -> None:
    """HEAD moves and the index does not."""
    empty = git("hash-object", "-w", "-t", "tree", os.devnull).decode().strip()
    git("update-ref", "HEAD", git("commit-tree", "-m", "Empty", empty).decode().strip())


def attributes(root: Path, git: Git) -> None:
    (root / ".gitattributes").write_text("*.txt -diff\n", "utf-8")


def replaced(root: Path, git: Git) -> None:
    tree = git("write-tree").decode().strip()
    git("replace", git("rev-parse", "HEAD^{tree}").decode().strip(), tree)


@pytest.mark.parametrize("change", [stage, commit, head_only, attributes, replaced])
def test_whatever_decides_the_diff_makes_it_asked_again(
    staged: Path, git: Git, change: Callable[[Path, Git], None]
) -> None:
    repositories, first = known(staged)
    first.snapshot()
    before = first.staged_diff(CAP)
    change(staged, git)
    again = repositories.at(str(staged))
    again.snapshot()
    plain = Repository.locate(str(staged))
    assert again.staged_diff(CAP) == plain.staged_diff(CAP) != before
    assert again.snapshot().staged == plain.snapshot().staged


def test_a_changed_configuration_is_read_again(staged: Path, git: Git) -> None:
    repositories, first = known(staged)
    git("config", "core.autocrlf", "true")
    assert repositories.at(str(staged)) is not first


def test_a_kept_diff_does_not_outlive_the_configuration_it_was_read_under(
    repo: Path, git: Git
) -> None:
    (repo / ".gitattributes").write_text("*.TXT -diff\n", "utf-8")
    git("config", "core.ignorecase", "false")
    (repo / "b.txt").write_text("staged\n", "utf-8")
    git("add", ".")
    time.sleep(0.03)
    repositories = Repositories()
    repositories.at(str(repo)).staged_diff(CAP)
    git("config", "core.ignorecase", "true")
    diff = repositories.at(str(repo)).staged_diff(CAP)
    assert b"Binary files a/b.txt" in diff.patch
    assert diff == Repository.locate(str(repo)).staged_diff(CAP)


def test_a_folder_that_becomes_a_repository_is_found(staged: Path, git: Git) -> None:
    repositories, first = known(staged)
    (staged / "inner").mkdir()
    assert repositories.at(str(staged / "inner")) is first
    git("init", "-q", "inner")
    assert repositories.at(str(staged / "inner")).root == str((staged / "inner").resolve())
    (staged / "fixture").mkdir()
    git("init", "-q", "--bare", "fixture")
    with pytest.raises(NotARepository):
        repositories.at(str(staged / "fixture"))


def follow(root: Path, git: Git, *, remote: str = "origin") -> None:
    """`main` follows `origin/main`, which stands at HEAD."""
    git("config", "remote.origin.url", "nowhere")
    git("config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")
    git("config", "branch.main.remote", remote)
    git("config", "branch.main.merge", "refs/heads/main")
    git("update-ref", "refs/remotes/origin/main", "HEAD")


def distance(root: Path) -> tuple[str | None, int | None, int | None]:
    _, repository = known(root)
    seen = repository.snapshot()
    return seen.upstream, seen.ahead, seen.behind


def test_how_far_the_upstream_is(repo: Path, git: Git) -> None:
    assert distance(repo) == (None, None, None)
    follow(repo, git)
    assert distance(repo) == ("origin/main", 0, 0)
    for number in range(3):
        git("commit", "-q", "--allow-empty", "-m", f"{number}")
    assert distance(repo) == ("origin/main", 3, 0)
    tree = git("rev-parse", "HEAD^{tree}").decode().strip()
    theirs = git("commit-tree", "-m", "theirs", "-p", "origin/main", tree).decode().strip()
    git("update-ref", "refs/remotes/origin/main", theirs)
    git("pack-refs", "--all")
    assert distance(repo) == ("origin/main", 3, 1)
    git("update-ref", "-d", "refs/remotes/origin/main")
    assert distance(repo) == ("origin/main", None, None)
    git("checkout", "-q", "--detach")
    assert distance(repo) == (None, None, None)


def test_a_local_upstream_and_one_that_is_nonsense(repo: Path, git: Git) -> None:
    follow(repo, git, remote=".")
    git("branch", "side")
    git("config", "branch.main.merge", "refs/heads/side")
    git("commit", "-q", "--allow-empty", "-m", "More")
    assert distance(repo) == ("side", 1, 0)
    git("config", "branch.main.merge", "refs/heads/../../../../etc/passwd")
    assert distance(repo)[1:] == (None, None)


def test_settings_of_a_workspace_are_read_inside_it_only(staged: Path, tmp_path: Path) -> None:
    room = CommitRoom(lambda: SETTINGS)
    material, settings = room.gather(str(staged), Wish())
    assert (material.root, settings) == (str(staged.resolve()), SETTINGS)
    outside = tmp_path / "outside.toml"
    outside.write_text("[commit]\nhistory = 3\n", "utf-8")
    (staged / ".aircher.toml").symlink_to(outside)
    with pytest.raises(InvalidConfig, match="remove it"):
        room.gather(str(staged), Wish())
    (staged / ".aircher.toml").unlink()
    os.mkfifo(staged / ".aircher.toml")
    with pytest.raises(AircherError):
        room.gather(str(staged), Wish())
    (staged / ".aircher.toml").unlink()
    (staged / ".aircher.toml").write_text("egress = 'local'\n", "utf-8")
    _, settings = room.gather(str(staged), Wish())
    assert settings.egress == "local"


SETTINGS = Settings()
