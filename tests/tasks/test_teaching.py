"""Corrections that outlive the daemon: the file, the method and the command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aircherd import runtime
from aircherd.config.corrections import LARGEST, load, save
from aircherd.core.clock import SystemClock
from aircherd.core.errors import InvalidRequest
from aircherd.core.tasks import TaskKind
from aircherd.features.teaching import Teaching
from aircherd.tasks.corrections import Corrections
from aircherd.tasks.detector import Situation

MESSAGE = "give the ledger its usual treatment"


def test_what_was_taught_is_known_to_the_next_daemon(tmp_path: Path) -> None:
    path = tmp_path / "state" / "corrections.json"
    Teaching(path, SystemClock()).correct(MESSAGE, Situation(), TaskKind.SUMMARIES)
    later = Teaching(path, SystemClock())
    assert later.detector().detect(MESSAGE).task is TaskKind.SUMMARIES
    assert path.stat().st_mode & 0o777 == 0o600
    assert "ledger" not in path.read_text(encoding="utf-8")
    later.reset()
    assert later.corrections() == ()
    assert later.detector().detect(MESSAGE).task is not TaskKind.SUMMARIES
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff", b"[" * 9_000, b" " * (LARGEST + 1)])
def test_a_damaged_file_is_neither_empty_nor_fatal(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "corrections.json"
    path.write_bytes(damage)
    with pytest.raises(InvalidRequest, match="aircher task reset"):
        load(path)
    teaching = Teaching(path, SystemClock())
    assert teaching.detector().detect("review my changes").task is TaskKind.CODE_REVIEW
    with pytest.raises(InvalidRequest):
        teaching.correct(MESSAGE, Situation(), TaskKind.SUMMARIES)
    assert path.read_bytes() == damage, "what cannot be read is not overwritten unasked"
    teaching.reset()
    assert load(path) == Corrections()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InvalidRequest, match="was not kept"):
        save(tmp_path / "file" / "corrections.json", Corrections())


@pytest.fixture
def daemon() -> Iterator[None]:
    """Whatever daemon the commands start, stopped at the end."""
    yield
    subprocess.run([sys.executable, "-m", "aircherd", "stop"], capture_output=True, timeout=60)


def aircher(*words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "aircher", "task", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("daemon")
def test_a_person_teaches_it_in_a_terminal() -> None:
    assert aircher("detect", "explain", "the", "fix").startswith("quick_questions ")
    assert "1 kept" in aircher("correct", "documentation", "explain", "the", "fix")
    assert aircher("detect", "explain", "the", "fix").startswith("documentation ")
    assert "documentation" in aircher("list")
    assert Path(runtime.state_dir(), "corrections.json").exists()
    assert "Nothing was corrected" in aircher("reset")
    assert aircher("detect", "explain", "the", "fix").startswith("quick_questions ")
    assert "one of" in aircher("correct", "nonsense", code=1)
    assert "takes no message" in aircher("list", "x", code=1)
