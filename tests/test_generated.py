"""Files made from other files are fresh, whole and documented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol.codec import structure
from aircher_protocol.methods import METHODS

ROOT = Path(__file__).parents[1]
META = json.loads((ROOT / "protocol/aircher.metamodel.json").read_text("utf-8"))
EXCHANGES = json.loads((ROOT / "protocol/generate/exchanges.json").read_text("utf-8"))

# What the schema of LSP's metaModel allows, by kind of object (lsp.schema.json, LSP 3.17).
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "request": (
        {"method", "result", "messageDirection"},
        {"params", "errorData", "documentation", "since", "typeName"},
    ),
    "notification": ({"method", "messageDirection"}, {"params", "documentation", "since"}),
    "structure": ({"name", "properties"}, {"documentation", "since", "extends", "mixins"}),
    "property": ({"name", "type"}, {"optional", "documentation", "since"}),
    "enumeration": ({"name", "type", "values"}, {"documentation", "since"}),
    "entry": ({"name", "value"}, {"documentation", "since"}),
    "alias": ({"name", "type"}, {"documentation", "since"}),
}
TYPES = {
    "base": {"kind", "name"},
    "reference": {"kind", "name"},
    "array": {"kind", "element"},
    "or": {"kind", "items"},
    "map": {"kind", "key", "value"},
}
BASES = {"URI", "DocumentUri", "integer", "uinteger", "decimal", "string", "boolean", "null"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_protocol_s_files_are_fresh() -> None:
    done = run("protocol/generate", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stale_file_is_named_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text((ROOT / "README.md").read_text("utf-8"), "utf-8")
    code = (
        "import sys; sys.path.insert(0, 'protocol/generate'); import __main__ as m, runpy;"
        f"g = runpy.run_path('protocol/generate/__main__.py'); f = g['main'];"
        f"f.__globals__['ROOT'] = __import__('pathlib').Path({str(tmp_path)!r});"
        "sys.argv = ['generate', '--check']; sys.exit(f())"
    )
    done = run("-c", code)
    assert done.returncode == 1, done.stderr
    assert "protocol/README.md is stale; run: python protocol/generate" in done.stdout


def test_the_price_table_is_that_of_the_installed_price_data() -> None:
    done = run("daemon/generate/prices.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def check(kind: str, value: dict[str, Any]) -> None:
    needed, more = ALLOWED[kind]
    assert needed <= set(value) <= needed | more, (kind, value.get("name", value.get("method")))
    assert kind == "entry" or value["documentation"], value


def names() -> set[str]:
    lists = ("structures", "enumerations", "typeAliases")
    return {one["name"] for kind in lists for one in META[kind]}


def check_type(value: dict[str, Any]) -> None:
    assert set(value) == TYPES[value["kind"]], value
    match value["kind"]:
        case "base":
            assert value["name"] in BASES
        case "reference":
            assert value["name"] in names(), value
        case "array":
            check_type(value["element"])
        case "or":
            for item in value["items"]:
                check_type(item)
        case "map":
            check_type(value["key"])
            check_type(value["value"])


def test_the_metamodel_fits_lsp_s_own_schema() -> None:
    lists = {"requests", "notifications", "structures", "enumerations", "typeAliases"}
    assert set(META) == {"metaData"} | lists
    assert set(META["metaData"]) == {"version"}
    for one in META["requests"]:
        check("request", one)
        for part in ("params", "result", "errorData"):
            check_type(one[part])
    for one in META["notifications"]:
        check("notification", one)
        check_type(one["params"])
    for one in META["structures"]:
        check("structure", one)
        for field in one["properties"]:
            check("property", field)
            check_type(field["type"])
    for one in META["enumerations"]:
        check("enumeration", one)
        for entry in one["values"]:
            check("entry", entry)
    for one in META["typeAliases"]:
        check("alias", one)
        check_type(one["type"])


def test_every_method_is_in_every_file() -> None:
    files = (
        "protocol/aircher.metamodel.json",
        "protocol/README.md",
        "editors/vscode/src/protocol.gen.ts",
        "editors/nvim/lua/aircher/_meta/protocol.lua",
    )
    for name in files:
        text = (ROOT / name).read_text("utf-8")
        for method in METHODS:
            assert method in text, (name, method)
        if name.endswith(".json"):
            continue
        head = "\n".join(text.splitlines()[:2])
        assert "python protocol/generate" in head, name


@pytest.mark.parametrize("method", [m for m in METHODS if METHODS[m].result is not None])
def test_every_request_has_a_recorded_exchange_that_fits(method: str) -> None:
    exchange = EXCHANGES[method]
    known = METHODS[method]
    structure(known.params, exchange["params"])
    assert known.result is not None
    made = structure(known.result, exchange["result"])
    wire = {one["name"]: one for one in META["structures"]}[known.result.__name__]
    assert {field["name"] for field in wire["properties"]} == set(exchange["result"]), (
        "record the exchanges again: python protocol/generate/record.py"
    )
    assert made is not None


def test_nothing_of_the_machine_is_in_the_recording() -> None:
    text = json.dumps(EXCHANGES)
    assert "/tmp" not in text
    for number in re.findall(r"127\.0\.0\.1:(\d+)", text):
        assert number in ("8080", "11434"), number


def test_the_typescript_is_well_formed() -> None:
    text = (ROOT / "editors/vscode/src/protocol.gen.ts").read_text("utf-8")
    for opening, closing in ("{}", "[]", "()"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
        assert code.count(opening) == code.count(closing)
    for one in META["structures"]:
        assert f"export interface {one['name']} {{" in text
