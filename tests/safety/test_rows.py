"""Each known failure of such tools has a test of its own; rules the whole source is held to."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, get_args, get_type_hints

import attrs
import pytest
from packaging.version import Version

from aircher_protocol.methods import METHODS
from safety.mutate import BREAKS, PAGE, lines_of
from safety.promises import PROMISES, kept

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


def test_the_readme_shows_every_promise_with_its_tests() -> None:
    assert [name.split()[0] for name in PROMISES] == [f"P{number}" for number in range(1, 36)]
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (P\d+ [^|]*) \| ([^|]*) \|", readme, re.MULTILINE))
    for name, tests in PROMISES.items():
        assert tests
        for test in tests:
            assert f"`{test.removeprefix('tests/')}`" in rows[name], name


def test_every_figure_is_of_a_test_that_is_named_and_passed() -> None:
    """What is kept is what `make promises` found, and of nothing else."""
    named = {test for tests in PROMISES.values() for test in tests}
    assert set(kept()) <= named
    assert {row.get("not") for row in kept().values()} <= {None, "left out"}
    assert len(kept()) > 0.4 * len(named)


@pytest.mark.slow
def test_every_test_that_is_named_is_collected() -> None:
    """A function that pytest does not find holds nothing."""
    named = {test for _, test in NAMED} | {test for one in BREAKS for test in one["tests"]}
    named = {test.partition("[")[0] for test in named}
    files = sorted({test.partition("::")[0] for test in named})
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *files],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    collected = {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}
    collected |= {line.partition("::")[0] for line in collected}
    assert named - collected == set(), done.stdout[-500:]


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
    "_WAL_PAGES",
    "number",
    "reached",
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


ADVISORIES = tomllib.loads((Path(__file__).parent / "advisories.toml").read_text("utf-8"))


@pytest.mark.parametrize("one", ADVISORIES["advisory"], ids=lambda one: str(one["id"]))
def test_no_known_fault_is_locked(one: dict[str, str]) -> None:
    locked = {}
    for name in ("run", "dev"):
        text = (ROOT / ".requirements" / f"{name}.txt").read_text("utf-8")
        for package, version in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.MULTILINE):
            locked.setdefault(package.lower(), []).append(Version(version))
    assert locked[one["package"]]
    assert min(locked[one["package"]]) >= Version(one["mended"])


@pytest.mark.parametrize("broken", BREAKS, ids=range(len(BREAKS)))
def test_every_defence_stands_where_it_would_be_broken(broken: dict[str, Any]) -> None:
    """`python tests/safety/mutate.py` breaks them: a stale entry would break nothing."""
    assert broken["edit"]
    for edit in broken["edit"]:
        assert edit["old"] in (ROOT / edit["file"]).read_text("utf-8")
        assert edit["old"] != edit["new"]
    for test in broken["tests"]:
        assert (ROOT / test.partition("::")[0]).exists()


def test_every_row_has_a_defence_that_was_broken_and_a_test_that_saw_it() -> None:
    """MUTATIONS.md holds what `python tests/safety/mutate.py --page` found for each of them."""
    rows = {row for one in BREAKS for row in one["rows"]}
    assert {*ROWS["measured"], *ROWS["shelf"]} <= rows
    page = PAGE.read_text("utf-8")
    for one in BREAKS:
        [line] = [line for line in page.splitlines() if f"| {one['what']} |" in line]
        seen = line.rstrip("| ").rpartition("| ")[2]
        assert line == lines_of(one, seen), "run it again"
        assert seen.endswith(f" of {len(one['tests'])}"), line
        assert int(seen.split()[0]) > 0, line


ODD = {"idempotency_key", "command", "commands", "uri", "path", "old_path"}
"""What an editor did, and where a document is; `ChatPart.url` is the address of a picture, which is
not fetched here."""


def test_no_request_names_a_host_a_key_or_a_program() -> None:
    """Where a request goes, and with which key, is the user's configuration's to say."""
    known: set[Any] = set()
    named: set[tuple[str, str]] = set()

    def walk(kind: Any) -> None:
        for part in get_args(kind):
            walk(part)
        if kind in known or not (isinstance(kind, type) and attrs.has(kind)):
            return
        known.add(kind)
        hints = get_type_hints(kind)
        for one in attrs.fields(kind):
            named.add((kind.__name__, one.name))
            walk(hints[one.name])

    for method in METHODS.values():
        walk(method.params)
    assert len(named) > 100
    steers = re.compile(
        "url|uri|host|key|proxy|command|program|addr|endpoint|path|origin|header|env|exec|server"
        "|socket|port$|cert"
    )
    found = {(kind, name) for kind, name in named if steers.search(name) and name not in ODD}
    assert found == {("ChatPart", "url")}
