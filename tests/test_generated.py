"""Files made from other files are fresh, say so, and hold everything they are made from."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol.methods import METHODS
from aircherd.config.options import OPTIONS

ROOT = Path(__file__).parents[1]
META = json.loads((ROOT / "protocol/aircher.metamodel.json").read_text("utf-8"))
SCHEMA = json.loads((ROOT / "protocol/aircher.config.schema.json").read_text("utf-8"))
TYPESCRIPT = ROOT / "editors/vscode/src/protocol.gen.ts"
LUA = ROOT / "editors/nvim/lua/aircher/_meta/protocol.lua"
FILES = (
    "protocol/README.md",
    "protocol/aircher.config.schema.json",
    "protocol/aircher.metamodel.json",
    "editors/vscode/src/protocol.gen.ts",
    "editors/nvim/lua/aircher/_meta/protocol.lua",
)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_protocol_s_files_are_fresh() -> None:
    done = run("protocol/generate", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


STALE = """
import contextlib, io, json, pathlib, runpy, sys
top, changed, gone = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.path.insert(0, "protocol/generate")
main = runpy.run_path("protocol/generate/__main__.py")["main"]
main.__globals__["ROOT"] = top
said = []
def run(*words):
    sys.argv = ["generate", *words]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        code = main()
    said.append([code, out.getvalue().splitlines()])
run()
run("--check")
with (top / changed).open("a") as file:
    file.write("by hand")
(top / gone).unlink()
run("--check")
run("--dry-run")
print(json.dumps(said[1:]))
"""
"""Writes everything below another folder, spoils two files, and tells what is then said."""


def test_a_stale_file_is_named_with_the_command_and_left_alone(tmp_path: Path) -> None:
    shutil.copy(ROOT / "README.md", tmp_path)
    changed, gone = FILES[0], FILES[3]
    done = run("-c", STALE, str(tmp_path), changed, gone)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        [0, []],
        [1, [f"{name} is stale; run: python protocol/generate" for name in (changed, gone)]],
        [0, [changed, gone]],
    ]
    assert (tmp_path / changed).read_text("utf-8").endswith("by hand")
    assert not (tmp_path / gone).exists()


def test_the_price_table_is_that_of_the_installed_price_data() -> None:
    done = run("daemon/generate/prices.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [one for one in FILES if "metamodel" not in one])
def test_line_one_says_that_it_is_made_and_how(name: str) -> None:
    """The metaModel cannot: its schema allows no remark anywhere."""
    with (ROOT / name).open(encoding="utf-8") as file:
        assert "Made by `python protocol/generate`" in file.readline()


_DOC = r"^ *(//.*|/\*\*.*\*/|/\*\*| \*.*| \*/|/\* eslint-disable \*/)$"
_TYPE = r"[\w<>\[\], |()]+"
_CODE = (
    r"^export (interface|const) \w+ (= )?\{$",
    rf"^  \w+\??: {_TYPE};$",
    r"^  \w+: ('\w+'|-\d+),$",
    rf"^  'aircher/\w+': ({_TYPE}|\{{ params: \w+; result: \w+ \}});$",
    r"^\}( as const;)?$",
    r"^export type \w+ = \(typeof \w+\)\[keyof typeof \w+\];$",
    r"^export type \w+ =$",
    r"^  \| 'aircher/\w+';?$",
)


def test_each_line_of_the_typescript_is_of_a_known_form() -> None:
    """What a compiler accepts of these forms was tried with tsc 5.9, strict."""
    text = TYPESCRIPT.read_text("utf-8")
    for line in text.splitlines():
        assert not line or any(re.match(form, line) for form in (_DOC, *_CODE)), line
    assert text.count("{\n") == len(re.findall(r"^\}", text, re.MULTILINE))


def test_the_lua_is_annotations_only() -> None:
    """So it is Lua whatever stands in the texts: nothing but comments and one statement."""
    first, *rest = LUA.read_text("utf-8").splitlines()
    assert first.startswith("-- ")
    code = [line for line in rest if line and not line.startswith("---")]
    assert code == ["error('annotations only; nothing requires this file')"]


@pytest.mark.parametrize("path", [TYPESCRIPT, LUA, ROOT / FILES[0]], ids=lambda p: p.suffix)
def test_every_name_of_the_protocol_is_in_every_file(path: Path) -> None:
    text = path.read_text("utf-8")
    for kind in ("structures", "enumerations"):
        for one in META[kind]:
            assert re.search(rf"\b{one['name']}\b", text), one["name"]
            for part in (*one.get("properties", ()), *one.get("values", ())):
                assert str(part.get("value", part["name"])) in text, part
    for method in METHODS.values():
        assert method.name in text
        assert method.doc in text


def test_aircher_config_schema_prints_the_same() -> None:
    done = run("-m", "aircher", "config", "schema")
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert printed == {key: value for key, value in SCHEMA.items() if key != "$comment"}


def leaf(path: str) -> dict[str, Any]:
    node = SCHEMA
    for part in path.split("."):
        node = node["additionalProperties"] if part == "*" else node["properties"][part]
    return node


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.path)
def test_every_option_is_in_the_schema_and_its_example_fits(option: Any) -> None:
    schema = leaf(option.path)
    assert schema["description"] == option.doc
    value = tomllib.loads(f"x = {option.example}")["x"]
    kinds = [schema["type"]] if "type" in schema else [one["type"] for one in schema["anyOf"]]
    python = {
        "string": (str,),
        "boolean": (bool,),
        "integer": (int,),
        "number": (int, float),
        "array": (list,),
        "object": (dict,),
    }
    assert any(type(value) in python[kind] for kind in kinds)
    assert (
        schema.get("minimum", value) <= value <= schema.get("maximum", value)
        if (type(value) in (int, float))
        else value in schema.get("enum", [value])
    )


def test_a_default_stands_in_the_page() -> None:
    page = (ROOT / "protocol/README.md").read_text("utf-8")
    (row,) = {line for line in page.splitlines() if line.startswith("| `amend` |")}
    assert row.endswith("*(optional, false)* |")
