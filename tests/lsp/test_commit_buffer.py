"""Commit buffers: what is the message in them, and which work tree they belong to."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from aircherd.core.document import Document, Encoding, Place
from aircherd.server.lsp.commit_buffer import is_commit_buffer, message, work_tree


@pytest.mark.parametrize(
    ("text", "said", "end", "commented"),
    [
        ("\n# Please enter\n", "", Place(1, 0), True),
        ("", "", Place(0, 0), False),
        ("Fix it\n\nBecause.\n", "Fix it\n\nBecause.", Place(3, 0), False),
        ("Fix it\n\n# On branch main\n#\n", "Fix it", Place(2, 0), True),
        (
            "Fix it\n; On branch main\n; ------------------------ >8 ------------------------\n"
            "; Do not modify\ndiff --git a/x b/x\n+# no comment\n",
            "Fix it",
            Place(1, 0),
            True,
        ),
        ("#12: fix\n;\n; Please enter\n", "#12: fix", Place(1, 0), True),
    ],
)
def test_the_message_is_what_stands_above_the_comments(
    text: str, said: str, end: Place, commented: bool
) -> None:
    found = message(Document(uri="u", text=text), Encoding.UTF16)
    assert (found.text, found.end, found.commented) == (said, end, commented)


def test_only_git_s_own_buffers_count() -> None:
    assert is_commit_buffer("file:///w/.git/COMMIT_EDITMSG")
    assert is_commit_buffer("file:///w/.git/MERGE_MSG")
    assert not is_commit_buffer("file:///w/COMMIT_EDITMSG.md")
    assert not is_commit_buffer("untitled:COMMIT_EDITMSG")


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def test_a_buffer_s_work_tree_is_found_in_linked_ones_too(tmp_path: Path) -> None:
    main, linked = tmp_path / "main", tmp_path / "linked"
    main.mkdir()
    git(main, "init", "-q")
    git(main, "commit", "-q", "--allow-empty", "-m", "x")
    git(main, "worktree", "add", "-q", str(linked))
    assert work_tree(str(main / ".git" / "COMMIT_EDITMSG")) == str(main)
    there = main / ".git" / "worktrees" / "linked" / "COMMIT_EDITMSG"
    assert work_tree(str(there)) == str(linked)
    assert work_tree(str(tmp_path / "COMMIT_EDITMSG")) is None


def test_a_git_dir_that_points_at_somebody_else_is_not_believed(tmp_path: Path) -> None:
    """The other tree does not name it back."""
    evil, other = tmp_path / "evil", tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    mine = evil / ".git" / "worktrees" / "x"
    mine.mkdir(parents=True)
    (mine / "gitdir").write_text(f"{other}/.git\n", "utf-8")
    assert work_tree(str(mine / "COMMIT_EDITMSG")) is None
    third = tmp_path / "third"
    third.mkdir()
    (third / ".git").write_text(f"gitdir: {other}/.git/worktrees/x\n", "utf-8")
    (mine / "gitdir").write_text(f"{third}/.git\n", "utf-8")
    assert work_tree(str(mine / "COMMIT_EDITMSG")) is None


@pytest.mark.parametrize("odd", ["pipe", "endless", "nothing"])
def test_what_a_repository_put_in_the_place_of_a_file_holds_nobody_up(
    tmp_path: Path, odd: str
) -> None:
    """A pipe nobody writes to would keep a thread for good; opening a buffer is enough for it."""
    mine = tmp_path / "worktrees" / "x"
    mine.mkdir(parents=True)
    marker = tmp_path / "tree" / ".git"
    marker.parent.mkdir()
    (mine / "gitdir").write_text(f"{marker}\n", "utf-8")
    found: list[str | None] = []
    if odd == "pipe":
        os.mkfifo(marker)
    elif odd == "endless":
        marker.symlink_to("/dev/zero")
    else:
        marker.write_text("gitdir: /a\0b\n", "utf-8")
    thread = threading.Thread(
        target=lambda: found.append(work_tree(str(mine / "COMMIT_EDITMSG"))), daemon=True
    )
    thread.start()
    thread.join(5)
    if thread.is_alive():  # let it go before it is said
        os.close(os.open(marker, os.O_WRONLY))
        thread.join()
        pytest.fail("it waited")
    assert found == [None]
