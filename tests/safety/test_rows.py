"""Each known failure of such tools has a test of its own; rules the whole source is held to."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from safety.mutate import BREAKS

ROOT = Path(__file__).parents[2]
ROWS = tomllib.loads((Path(__file__).parent / "rows.toml").read_text("utf-8"))
NAMED = [
    (row, test)
    for name in ("measured", "shelf", "promises")
    for row, tests in ROWS[name].items()
    for test in tests
]
SOURCES = [
    path
    for folder in ("daemon/aircherd", "protocol/aircher_protocol", "editors/terminal/aircher")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


@pytest.mark.parametrize(
    ("row", "test"), NAMED, ids=[f"{row}-{n}" for n, (row, _) in enumerate(NAMED)]
)
def test_every_row_has_its_test(row: str, test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert name in functions, f"{row}: {test} is gone"


def test_the_table_is_whole() -> None:
    assert set(ROWS["measured"]) == {f"M{number}" for number in range(1, 36)}
    assert len(ROWS["shelf"]) >= 22


def test_the_readme_shows_every_promise() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in ROWS["promises"] if name not in readme] == []


def test_no_value_is_written_into_a_query() -> None:
    """SQL is a constant or put together of our own words; values are parameters."""
    wrong = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in ("execute", "executemany", "executescript") or not node.args:
                continue
            query = node.args[0]
            if isinstance(query, ast.JoinedStr):
                names = [
                    ast.unparse(part) for part in ast.walk(query) if isinstance(part, ast.Name)
                ]
                if not set(names) <= OUR_WORDS:
                    wrong.append(f"{path.name}:{node.lineno} {names}")
            elif isinstance(query, ast.BinOp | ast.Call):
                wrong.append(f"{path.name}:{node.lineno} {ast.unparse(query)[:60]}")
    assert wrong == []


OUR_WORDS = {
    "DAILY_FROM_ENTRIES",
    "MODELS_FROM_DAILY",
    "number",
    "table",
    "rows",
    "where",
    "one",
    "other",
}
"""Names in queries that only ever hold constants of this project."""


def test_there_is_no_shell() -> None:
    """Programs are lists of words; nothing is handed to a shell, nothing is evaluated."""
    wrong = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            shell = any(
                word.arg == "shell"
                and not (isinstance(word.value, ast.Constant) and word.value.value is False)
                for word in node.keywords
            )
            if shell or called in {
                "os.system",
                "os.popen",
                "eval",
                "exec",
                "pickle.loads",
                "subprocess.getoutput",
            }:
                wrong.append(f"{path.name}:{node.lineno} {called}")
    assert wrong == []


@pytest.mark.parametrize("name", ["run", "dev", "build"])
def test_every_dependency_is_locked_by_hash(name: str) -> None:
    text = (ROOT / ".requirements" / f"{name}.txt").read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    assert lines
    for line in lines:
        assert re.match(
            r"[A-Za-z0-9._\[\],-]+==[^ ]+( ;[^-]*)?.*--hash=sha256:[0-9a-f]{64}", line
        ), line
    assert "--index-url" not in text
    assert "://" not in re.sub(r"# .*", "", text)


@pytest.mark.parametrize("broken", BREAKS, ids=range(len(BREAKS)))
def test_every_defence_stands_where_it_would_be_broken(broken: dict[str, Any]) -> None:
    """`python tests/safety/mutate.py` breaks them: a stale entry would break nothing."""
    assert broken["old"] in (ROOT / broken["file"]).read_text("utf-8")
    for test in broken["tests"]:
        assert (ROOT / test.partition("::")[0]).exists()
