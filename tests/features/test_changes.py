"""What is compared with what: branches and their bases, what is not staged, logs."""

from __future__ import annotations

from pathlib import Path

import pytest

from aircherd.core.errors import InvalidRequest
from aircherd.workspace.compare import branch_diff, branch_log, unstaged_diff
from aircherd.workspace.git import Repository
from aircherd.workspace.layout import Layout
from features.test_all_nine import CODE
from sessions.conftest import Shop

CAP = 1 << 20


@pytest.fixture
def layout(shop: Shop) -> Layout:
    shop.git("switch", "-q", "-c", "topic")
    shop.stage("shop.py", CODE)
    shop.git("commit", "-q", "-m", "Add the mean")
    return Repository.locate(str(shop.root)).layout


def test_the_base_is_main_and_what_main_did_since_is_not_in_it(shop: Shop, layout: Layout) -> None:
    shop.git("switch", "-q", "main")
    shop.stage("other.py", "x = 1\n")
    shop.git("commit", "-q", "-m", "Other work")
    shop.git("switch", "-q", "topic")
    found, diff = branch_diff(layout, None, CAP)
    assert found.base == "main"
    assert b"+def mean(prices):" in diff.patch
    assert b"other.py" not in diff.patch
    assert diff.complete


def test_the_remote_s_own_branch_comes_first(shop: Shop, layout: Layout) -> None:
    shop.git("branch", "release", "main")
    shop.git("update-ref", "refs/remotes/origin/release", "main")
    shop.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release")
    found, _ = branch_diff(layout, None, CAP)
    assert found.base == "origin/release"


def test_tags_ids_and_relations_are_bases_too(shop: Shop, layout: Layout) -> None:
    shop.git("tag", "-a", "v1", "-m", "One", "main")
    head = shop.git("rev-parse", "main").strip()
    for base in ("v1", head, head[:8], "HEAD~1", "main"):
        found, _ = branch_diff(layout, base, CAP)
        assert found.start == head, base


@pytest.mark.parametrize("base", ["nowhere", "--output=/tmp/x", "a b", "-n", "x;y", "../../etc"])
def test_no_base_is_an_option_or_a_path(shop: Shop, layout: Layout, base: str) -> None:
    with pytest.raises(InvalidRequest):
        branch_diff(layout, base, CAP)


def test_a_branch_without_a_base_says_so(shop: Shop) -> None:
    layout = Repository.locate(str(shop.root)).layout
    with pytest.raises(InvalidRequest, match="name a base"):
        branch_diff(layout, None, CAP)
    shop.git("switch", "-q", "--orphan", "island")
    with pytest.raises(InvalidRequest, match="no commit yet"):
        branch_diff(Repository.locate(str(shop.root)).layout, None, CAP)
    shop.git("commit", "-q", "--allow-empty", "-m", "Alone")
    with pytest.raises(InvalidRequest, match="no commit in common"):
        branch_diff(Repository.locate(str(shop.root)).layout, None, CAP)


def test_a_large_change_ends_at_a_whole_file_and_names_the_rest(shop: Shop, layout: Layout) -> None:
    for name in ("a", "b", "c"):
        shop.stage(f"{name}.txt", f"{name} {name}\n" * 400)
    shop.git("commit", "-q", "-m", "Add letters")
    _, diff = branch_diff(layout, None, 3_000)
    assert not diff.complete
    assert diff.patch.endswith(b"a a\n")
    assert set(diff.unread) == {b"b.txt", b"c.txt", b"shop.py"}


def test_what_is_not_staged_is_what_git_diff_shows(shop: Shop) -> None:
    layout = Repository.locate(str(shop.root)).layout
    assert unstaged_diff(layout, CAP).patch == b""
    shop.write("shop.py", CODE)
    mine = unstaged_diff(layout, CAP).patch.decode()
    theirs = shop.git("diff", "--no-ext-diff")
    assert [x for x in mine.split("\n") if x[:1] in "+- @"] == [
        x for x in theirs.split("\n") if x[:1] in "+- @"
    ]


def test_the_log_is_of_the_branch_alone(shop: Shop, layout: Layout) -> None:
    found, commits = branch_log(layout, None, 10)
    assert found is not None
    assert [commit.message for commit in commits] == ["Add the mean"]
    shop.git("switch", "-q", "main")
    none, commits = branch_log(Repository.locate(str(shop.root)).layout, None, 10)
    assert none is None
    assert [commit.message for commit in commits] == ["Add prices"]


def test_nothing_a_repository_names_is_run(shop: Shop, layout: Layout, tmp_path: Path) -> None:
    """External diffs, textconv and monitors, for the three looks this adds."""
    canary = tmp_path / "canary"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n", "utf-8")
    program.chmod(0o755)
    for key in ("diff.external", "diff.py.command", "diff.py.textconv", "core.fsmonitor"):
        shop.git("config", key, str(program))
    shop.git("config", "filter.py.clean", str(program))
    shop.write(".gitattributes", "*.py diff=py filter=py\n")
    shop.write("shop.py", CODE + "x = 1\n")
    layout = Repository.locate(str(shop.root)).layout
    branch_diff(layout, "main", CAP)
    branch_log(layout, "main", 10)
    assert b"x = 1" in unstaged_diff(layout, CAP).patch
    assert not canary.exists()
