"""`python -m aircherd.tasks`, as another program would use it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from aircherd.config.detector import bundled
from aircherd.core.tasks import TaskKind
from aircherd.tasks.detector import Detector
from aircherd.tasks.jsonl import answer, situation

DETECTOR = Detector(bundled())


def ask(**line: Any) -> dict[str, Any]:
    """The parsed answer to one line."""
    found = json.loads(answer(DETECTOR, json.dumps(line)))
    assert isinstance(found, dict)
    return found


def test_a_program_that_reads_lines_and_writes_lines() -> None:
    lines = [
        '\u00ef\u00bb\u00bf{"id": "a", "message": "review my changes", "context": {}}',
        "no json",
        "",
        '{"id": 2, "message": "go", "context": {"git": "staged"}}',
        "\udcff".encode("utf-8", "surrogateescape").decode("latin-1"),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "aircherd.tasks"],
        input="\n".join(lines).encode("latin-1"),
        capture_output=True,
        timeout=60,
        check=True,
    )
    found = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert [row.get("task") for row in found] == ["code_review", None, "commit_messages", None]
    assert found[0]["id"] == "a"
    assert found[2]["evidence"] == ["changes are staged"]
    assert "not JSON" in found[1]["error"]
    assert done.stderr == b""


ODD: list[dict[str, Any]] = [
    {},
    {"id": None, "message": None, "context": None},
    {"message": 5, "context": []},
    {"message": ["fix", {"text": "this"}]},
    {"message": "go", "context": {"git": 5, "diagnostics": "many", "file": [], "selection": {}}},
    {"message": "go", "context": {"diagnostics": -3}},
    {"message": "go", "context": {"diagnostics": 1e400}},
    {"message": "\ud800"},
    {"message": "go", "context": {"last_command": {"command": ["ls"], "exit": "x"}}},
]


@pytest.mark.parametrize("line", ODD)
def test_odd_fields_are_not_known_rather_than_fatal(line: dict[str, Any]) -> None:
    found = ask(**line)
    assert found["task"] in set(TaskKind)
    assert all(isinstance(piece, str) for piece in found["evidence"])


def test_bad_lines_get_an_error_with_their_id_if_it_can_be_read() -> None:
    assert json.loads(answer(DETECTOR, "[1]"))["id"] is None
    assert "object" in json.loads(answer(DETECTOR, "[1]"))["error"]
    assert "not JSON" in json.loads(answer(DETECTOR, "[" * 100_000))["error"]


def test_the_context_is_understood() -> None:
    found = situation(
        {
            "file": "a.py",
            "language": "python",
            "selection": ["x", "y"],
            "git": " Staged ",
            "last_command": {"command": "pytest", "exit": 1},
            "diagnostics": [{}, {}],
        }
    )
    assert (found.file, found.language, found.selection) == ("a.py", "python", "x\ny")
    assert (found.git, found.last_command, found.last_exit) == ("staged", "pytest", 1)
    assert found.diagnostics == 2
