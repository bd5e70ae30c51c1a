"""The diff reader against patches a real git made."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aircherd.commits.diff import parse
from aircherd.commits.model import FileDiff
from aircherd.core.snapshot import ChangeKind


class Repository:
    """A git repository whose index the test changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q")

    def git(self, *args: str | bytes) -> bytes:
        return subprocess.run(["git", *args], cwd=self.root, check=True, capture_output=True).stdout

    def write(self, path: str | bytes, content: bytes) -> None:
        target = self.root / os.fsdecode(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "before")

    def staged(self, *options: str) -> tuple[FileDiff, ...]:
        self.git("add", "-A")
        return parse(self.git("diff", "--cached", "-M", *options))


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repo")


def text(entry: FileDiff) -> list[str]:
    return [line for hunk in entry.hunks for line in hunk.lines]


ODD_NAMES = [
    b"plain.txt",
    b"with space.txt",
    b" leading and trailing ",
    b"tab\there",
    b"line\nbreak",
    b'quote".txt',
    b"back\\slash",
    b"bell\a\b\v\f\r",
    "größe/日本.txt".encode(),
    b"latin\xe9.txt",
    b"a b/a b/a",
    b"x b/x",
    b"-dash",
    b"a/a",
    b"b/b",
]


@pytest.mark.parametrize("quote", ["true", "false"])
@pytest.mark.parametrize("content", [b"one\n", b""])
def test_every_odd_name_comes_back_byte_for_byte(
    repo: Repository, quote: str, content: bytes
) -> None:
    repo.git("config", "core.quotePath", quote)
    repo.commit()
    for name in ODD_NAMES:
        repo.write(name, content)
    files = repo.staged()
    assert sorted(f.path for f in files) == sorted(ODD_NAMES)
    assert {f.kind for f in files} == {ChangeKind.ADDED}
    assert all(f.name.isprintable() for f in files)


def test_odd_names_of_renames_and_mode_changes(repo: Repository) -> None:
    for n, name in enumerate(ODD_NAMES):
        repo.write(name, b"%d\n" % n * 20)
    repo.commit()
    for name in ODD_NAMES[::2]:
        repo.git("mv", "--", name, name + b".moved")
    for name in ODD_NAMES[1::2]:
        repo.git("update-index", "--chmod=+x", "--", name)
    files = parse(repo.git("diff", "--cached", "-M"))
    assert {(f.old_path, f.path) for f in files if f.kind is ChangeKind.RENAMED} == {
        (n, n + b".moved") for n in ODD_NAMES[::2]
    }
    assert {f.similarity for f in files if f.kind is ChangeKind.RENAMED} == {100}
    modes = [f for f in files if f.kind is ChangeKind.MODIFIED]
    assert {f.path for f in modes} == set(ODD_NAMES[1::2])
    assert {(f.old_mode, f.new_mode) for f in modes} == {(0o100644, 0o100755)}


@pytest.mark.parametrize("options", [(), ("--no-prefix",), ("--src-prefix=i/", "--dst-prefix=w/")])
def test_prefixes_of_other_configurations(repo: Repository, options: tuple[str, ...]) -> None:
    repo.write("a b/c.txt", b"1\n")
    repo.commit()
    repo.write("a b/c.txt", b"2\n")
    repo.write("new.txt", b"2\n")
    assert [f.path for f in repo.staged(*options)] == [b"a b/c.txt", b"new.txt"]


def test_lines_that_look_like_headers_stay_content(repo: Repository) -> None:
    before = b"-- drop the view\n-- b/other\nx\ndiff --git a/q b/q\n@@ -1 +1 @@\n"
    repo.write("views.sql", before)
    repo.commit()
    after = b"++ i;\nx\ndiff --git a/evil b/evil\n+++ b/evil\n* Unmerged path evil\n"
    repo.write("views.sql", after)
    (entry,) = repo.staged()
    assert entry.path == b"views.sql"
    (hunk,) = entry.hunks
    assert {"-- drop the view", "-- b/other"} <= set(hunk.removed)
    assert {"++ i;", "+++ b/evil"} <= set(hunk.added)


def test_the_missing_last_newline_is_kept_as_a_note(repo: Repository) -> None:
    repo.write("a.txt", b"one")
    repo.write("b.txt", b"b\n")
    repo.commit()
    repo.write("a.txt", b"two")
    repo.write("b.txt", b"c\n")
    first, second = repo.staged()
    note = "\\ No newline at end of file"
    assert text(first) == ["-one", note, "+two", note]
    assert first.hunks[0].added == ("two",)
    assert second.path == b"b.txt"


def test_carriage_returns_and_bytes_that_are_no_text(repo: Repository) -> None:
    repo.write("dos.txt", b"one\r\ntwo\r\n")
    repo.commit()
    repo.write("dos.txt", b"one\r\n\xff\x85\x0c\r\n")
    (entry,) = repo.staged()
    assert text(entry) == [" one\r", "-two\r", "+\\xff\\x85\x0c\r"]


def test_binary_in_both_notations(repo: Repository) -> None:
    repo.write("logo.png", bytes(range(256)))
    repo.commit()
    repo.write("logo.png", bytes(range(255, -1, -1)) * 3)
    repo.write("z.txt", b"z\n")
    for options in ((), ("--binary",)):
        first, second = repo.staged(*options)
        assert (first.path, first.binary, first.hunks) == (b"logo.png", True, ())
        assert (second.path, second.binary) == (b"z.txt", False)


def test_added_and_deleted_with_their_modes(repo: Repository) -> None:
    repo.write("old.txt", b"gone\n")
    repo.commit()
    (repo.root / "old.txt").unlink()
    repo.write("new.txt", b"here, quite different\n")
    new, old = repo.staged()
    assert (new.kind, new.old_mode, new.new_mode) == (ChangeKind.ADDED, None, 0o100644)
    assert (old.kind, old.old_mode, old.new_mode) == (ChangeKind.DELETED, 0o100644, None)
    assert new.hunks[0].old_lines == 0


def test_rename_with_edit_and_copy(repo: Repository) -> None:
    body = b"".join(b"line %d\n" % n for n in range(40))
    repo.write("a.txt", body)
    repo.write("b.txt", body.upper())
    repo.commit()
    (repo.root / "a.txt").rename(repo.root / "dir with space.txt")
    repo.write("dir with space.txt", body + b"more\n")
    repo.write("copy.txt", body.upper())
    copied, renamed = repo.staged("--find-copies-harder")
    assert (copied.kind, copied.old_path) == (ChangeKind.COPIED, b"b.txt")
    assert (renamed.kind, renamed.old_path) == (ChangeKind.RENAMED, b"a.txt")
    assert renamed.similarity is not None
    assert 80 < renamed.similarity < 100
    assert renamed.hunks[0].added == ("more",)


def test_a_file_that_became_a_link_is_one_entry(repo: Repository) -> None:
    repo.write("a.txt", b"content\n")
    repo.commit()
    (repo.root / "a.txt").unlink()
    (repo.root / "a.txt").symlink_to("elsewhere")
    (entry,) = repo.staged()
    assert entry.kind is ChangeKind.TYPE_CHANGED
    assert (entry.old_mode, entry.new_mode) == (0o100644, 0o120000)
    assert len(entry.hunks) == 2


def test_submodule(repo: Repository) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},vendor/lib")
    repo.git("commit", "-q", "-m", "before")
    repo.git("update-index", "--cacheinfo", f"160000,{'2' * 40},vendor/lib")
    (entry,) = parse(repo.git("diff", "--cached"))
    assert entry.submodule
    assert entry.path == b"vendor/lib"
    assert text(entry) == [f"-Subproject commit {'1' * 40}", f"+Subproject commit {'2' * 40}"]


def _conflict(repo: Repository) -> None:
    repo.write("f.txt", b"one\ntwo\n-- three\n")
    repo.commit()
    repo.git("checkout", "-q", "-b", "side")
    repo.write("f.txt", b"one\nside\n-- three\n")
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write("f.txt", b"one\nmain\n-- three\n")
    repo.commit()
    subprocess.run(["git", "merge", "side"], cwd=repo.root, capture_output=True, check=False)


def test_combined_diff_of_a_conflict(repo: Repository) -> None:
    _conflict(repo)
    repo.write("f.txt", b"one\nboth\n-- three\n")
    repo.write("g.txt", b"other\n")
    repo.git("add", "-N", "g.txt")
    combined, other = parse(repo.git("diff"))
    assert combined.path == b"f.txt"
    assert text(combined) == [" one", "-main", "-side", "+both", " -- three"]
    assert (combined.hunks[0].old_lines, combined.hunks[0].new_lines) == (3, 3)
    assert other.path == b"g.txt"


def test_unmerged_paths_of_the_index_are_told(repo: Repository) -> None:
    _conflict(repo)
    (entry,) = parse(repo.git("diff", "--cached"))
    assert (entry.path, entry.kind) == (b"f.txt", ChangeKind.UNMERGED)


def test_the_enclosing_definition_and_the_ranges(repo: Repository) -> None:
    body = [b"int main(void) {"] + [b"  step(%d);" % n for n in range(30)] + [b"}"]
    repo.write("m.c", b"\n".join(body) + b"\n")
    repo.commit()
    body[20] = b"  other();"
    repo.write("m.c", b"\n".join(body) + b"\n")
    (entry,) = repo.staged()
    (hunk,) = entry.hunks
    assert hunk.context == "int main(void) {"
    assert (hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines) == (18, 7, 18, 7)


def test_unread_paths_come_last_and_once() -> None:
    patch = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
    first, second = parse(patch, (b"y", b"x"))
    assert (first.path, first.unread) == (b"x", False)
    assert (second.path, second.unread, second.kind) == (b"y", True, ChangeKind.MODIFIED)


WHOLE = (
    b"diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n"
    b"@@ -1,2 +1,2 @@ def f():\n-a\n+b\n c\n"
    b'diff --git "a/\\303\\244" "b/\\303\\244"\nnew file mode 100644\n--- /dev/null\n'
    b'+++ "b/\\303\\244"\n@@ -0,0 +1 @@\n+z\n'
)


@pytest.mark.parametrize("end", range(len(WHOLE)))
def test_cut_at_any_byte_it_gives_what_is_there(end: int) -> None:
    files = parse(WHOLE[:end])
    assert len(files) <= 2
    if end >= WHOLE.index(b"\ndiff --git"):
        assert files[0].hunks[0].added == ("b",)


@pytest.mark.parametrize(
    "damage", [b"@@ -1,9 +1,9 @@\n-a\n", b"@@ nonsense\n", b"@@@ -1 +1 @@@\n", b"@@ -1 +1 @@\n?\n"]
)
def test_a_damaged_hunk_does_not_swallow_the_next_file(damage: bytes) -> None:
    patch = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n" + damage + WHOLE
    assert [f.path for f in parse(patch)] == [b"x", b"x", "ä".encode()]


PIECES = st.sampled_from(
    [b"diff --git ", b"diff --cc ", b"a/x b/x", b"\n", b"--- ", b"+++ ", b"@@ -1 +1 @@",
     b"@@@ -1 -1 +1 @@@", b"rename from ", b"rename to ", b"similarity index 9%",
     b"old mode 100644", b"index 1..2 160000", b'"', b"\\", b"\\777", b"+", b"-", b" ", b"\xff",
     b"\x00", b"mode 1,2..3", b"* Unmerged path ", b"@@ -1,99999999999999999999 +1 @@",
     b"deleted file mode 9"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=6), max_size=40).map(b"".join))
def test_no_bytes_raise(patch: bytes) -> None:
    for entry in parse(patch):
        assert entry.path
        assert entry.name.isprintable()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [b"-- a", b"++ b", b"", b"@@ -1 +1 @@", b"diff --git a/q b/q", b"\\", b" x"]
        )
    ),
    st.lists(st.sampled_from([b"-- a", b"++ b", b"", b"+++ b/q", b"--- a/q", b"\\ No", b"\t"])),
)
def test_what_git_counted_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, before: list[bytes], after: list[bytes]
) -> None:
    root = tmp_path_factory.mktemp("pair")
    old, new = root / "old", root / "new"
    old.write_bytes(b"\n".join(before))
    new.write_bytes(b"\n".join(after))

    def command(option: str) -> bytes:
        argv = ["git", "diff", "--no-index", option, "old", "new"]
        return subprocess.run(argv, cwd=root, capture_output=True, check=False).stdout

    files = parse(command("-p"))
    counted = command("--numstat").split(b"\t")
    if not counted[0]:
        assert files == ()
        return
    (entry,) = files
    assert sum(len(h.added) for h in entry.hunks) == int(counted[0])
    assert sum(len(h.removed) for h in entry.hunks) == int(counted[1])
