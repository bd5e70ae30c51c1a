"""Recent files, logs that end badly, languages, and what editors tell."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aircherd.core.snapshot import Diagnostics, OpenDocument, Operation, WorkspaceSnapshot
from aircherd.workspace.languages import language
from aircherd.workspace.logs import failure, is_log
from aircherd.workspace.lookout import Lookout
from aircherd.workspace.recent import Recent
from aircherd.workspace.repositories import Repositories
from aircherd.workspace.told import EditorState, ToldByEditors

Git = Callable[..., bytes]
NOTHING = WorkspaceSnapshot(root="/r", branch=None, head=None, operation=Operation.NONE, staged=())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"src/a.py", "python"),
        (b"A.TSX", "typescriptreact"),
        (b"x/Makefile", "makefile"),
        (b"x.unknown", None),
        (b"py", None),
        (b"na\xefve.rs", "rust"),
    ],
)
def test_languages(path: bytes, name: str | None) -> None:
    assert language(path) == name


LOGS = [
    (
        "ok\nFAILED tests/test_a.py::test_b\n= 1 failed in 0.1s =\n",
        "FAILED tests/test_a.py::test_b",
    ),
    ("compiling\nerror[E0308]: mismatched types\n", "error[E0308]: mismatched types"),
    ("npm ERR! code 1\nall done, 0 errors\n", "npm ERR! code 1"),
    ("0 failed, 12 passed\n", None),
    ("quiet\n", None),
    ("", None),
    ("error: \x1b[31mred\x07\n", "error:  [31mred"),
]


@pytest.mark.parametrize(("text", "line"), LOGS)
def test_how_a_log_ends(tmp_path: Path, text: str, line: str | None) -> None:
    (tmp_path / "x.log").write_text(text, "utf-8")
    assert failure(str(tmp_path), b"x.log") == line


def test_only_the_end_of_a_log_counts(tmp_path: Path) -> None:
    (tmp_path / "x.log").write_text("ERROR early\n" + "fine\n" * 50_000, "utf-8")
    assert failure(str(tmp_path), b"x.log") is None
    (tmp_path / "x.log").write_text("fine\n" * 50_000 + "ERROR late\n" + "y" * 300, "utf-8")
    assert failure(str(tmp_path), b"x.log") == "ERROR late"


def test_no_log_is_read_from_outside(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.log").write_text("ERROR secret\n", "utf-8")
    (inside / "a.log").symlink_to(tmp_path / "secret.log")
    (inside / "d").symlink_to(tmp_path)
    os.mkfifo(inside / "f.log")
    for path in (b"a.log", b"d/secret.log", b"../secret.log", b"f.log", b"nul\0.log"):
        assert failure(str(inside), path) is None
    assert is_log(b"build/x.LOG")
    assert not is_log(b"logs/x.py")


def test_recent_files_grow_old_and_go(tmp_path: Path) -> None:
    recent = Recent(str(tmp_path))
    now = time.time()
    for name, age in (("new.py", 5), ("older.js", 300), ("old.c", 700)):
        (tmp_path / name).write_text("x", "utf-8")
        os.utime(tmp_path / name, (now - age, now - age))
    recent.saw([b"new.py", b"older.js", b"old.c", b"gone", b"made.o"], lambda _: {b"made.o"})
    assert [f.path for f in recent.files()] == [b"new.py", b"older.js"]
    (tmp_path / "new.py").unlink()
    recent.uncommitted({}, ())
    assert [(f.path, f.language) for f in recent.files()] == [(b"older.js", "javascript")]


async def test_an_ignored_log_is_noticed(tree: Path, git: Git) -> None:
    (tree / ".gitignore").write_text("*.log\nbuild/\nnode_modules/\n", "utf-8")
    lookout = Lookout(str(tree), Repositories())
    import asyncio

    await asyncio.to_thread(lookout.look, fresh=True, tree=True)
    (tree / "src" / "test.log").write_text("1 passed\nERROR at the end\n", "utf-8")
    seen = await asyncio.to_thread(lookout.look, fresh=False, tree=True)
    assert seen.snapshot is not None
    assert [log.line for log in seen.snapshot.failing_logs] == ["ERROR at the end"]
    (tree / "src" / "test.log").write_text("1 passed\n", "utf-8")
    os.utime(tree / "src" / "test.log", (time.time() + 1, time.time() + 1))
    seen = await asyncio.to_thread(lookout.look, fresh=False, tree=True)
    assert seen.snapshot is not None
    assert seen.snapshot.failing_logs == ()
    lookout.close()


def test_two_editors() -> None:
    told = ToldByEditors()
    assert told.applied(NOTHING) is NOTHING
    one = EditorState(documents=(OpenDocument(path="/r/a"),), diagnostics=Diagnostics(errors=1))
    assert told.tell("one", one)
    assert not told.tell("one", EditorState())
    assert told.tell("two", EditorState(documents=(OpenDocument(path="/r/b"),)))
    seen = told.applied(NOTHING)
    assert [d.path for d in seen.documents] == ["/r/a", "/r/b"]
    assert seen.diagnostics == Diagnostics(errors=1)
    assert not told.tell("one", EditorState(documents=()))
    assert [d.path for d in told.applied(NOTHING).documents] == ["/r/b"]
    assert told.forget("one")
    assert told.applied(NOTHING).diagnostics is None
    assert not told.forget("one")


def test_commands_are_few_and_short() -> None:
    told = ToldByEditors()
    for number in range(30):
        told.ran(f"make  {number}\n{'x' * 9_000}", number)
    told.ran("  ", None)
    commands = told.applied(NOTHING).commands
    assert [c.exit_code for c in commands] == list(range(29, 19, -1))
    assert all(len(c.text) <= 400 and "\n" not in c.text for c in commands)
    assert commands[0].at <= datetime.now(UTC)
