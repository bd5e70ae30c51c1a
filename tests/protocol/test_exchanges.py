"""What was recorded of a running daemon is still what the protocol says and a daemon answers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol.codec import structure
from aircher_protocol.errors import ErrorData, ErrorKind
from aircher_protocol.methods import METHODS

from .generator import FOLDER, modules

META = json.loads((FOLDER.parent / "aircher.metamodel.json").read_text("utf-8"))
EXCHANGES: dict[str, list[dict[str, Any]]] = json.loads(
    (FOLDER / "exchanges.json").read_text("utf-8")
)


def misfits(of: dict[str, Any], value: Any, *, whole: bool) -> Iterator[str]:
    """Where a value is not of a metaModel type; `whole` when every field must be there."""
    match of["kind"]:
        case "base":
            fit = {
                "string": isinstance(value, str),
                "boolean": isinstance(value, bool),
                "null": value is None,
                "integer": type(value) is int,
                "decimal": type(value) in (int, float),
            }
            if not fit[of["name"]]:
                yield f"{value!r} is no {of['name']}"
        case "array":
            for item in value if isinstance(value, list) else [value]:
                yield from misfits(of["element"], item, whole=whole)
        case "or":
            tried = [list(misfits(one, value, whole=whole)) for one in of["items"]]
            if all(tried):
                yield from max(tried, key=len)
        case "map":
            if not isinstance(value, dict):
                yield f"{value!r} is no object"
        case "reference":
            yield from _misfits_of(of["name"], value, whole=whole)


def _misfits_of(name: str, value: Any, *, whole: bool) -> Iterator[str]:
    for one in META["enumerations"]:
        if one["name"] == name and value not in [entry["value"] for entry in one["values"]]:
            yield f"{value!r} is no {name}"
    for one in META["structures"]:
        if one["name"] != name:
            continue
        if not isinstance(value, dict):
            yield f"{value!r} is no {name}"
            return
        fields = {field["name"]: field for field in one["properties"]}
        yield from (f"{name}.{key} is not known" for key in set(value) - set(fields))
        for key, field in fields.items():
            if key in value:
                yield from (
                    f"{name}.{key}: {m}" for m in misfits(field["type"], value[key], whole=whole)
                )
            elif whole or not field.get("optional"):
                yield f"{name}.{key} is missing"


def told(exchange: list[dict[str, Any]]) -> Iterator[str]:
    """Everything in an exchange that does not fit the protocol."""
    requests: dict[int, dict[str, Any]] = {}
    known = {one["method"]: one for kind in ("requests", "notifications") for one in META[kind]}
    for one in exchange:
        ((who, message),) = one.items()
        if message["jsonrpc"] != "2.0":
            yield "jsonrpc"
        method = message.get("method")
        if who == "editor" and "id" in message:
            requests[message["id"]] = message
        if method in known:
            params = message["params"]
            if "error" not in exchange[-1].get("daemon", {}):
                yield from misfits(known[method]["params"], params, whole=who == "daemon")
        elif method is None:
            asked = requests.pop(message["id"])["method"]
            if "data" in message.get("error", {}):
                yield from misfits(known[asked]["errorData"], message["error"]["data"], whole=True)
            elif asked in known and "result" in message:
                yield from misfits(known[asked]["result"], message["result"], whole=True)
    if requests:
        yield f"no answer to {list(requests)}"


@pytest.mark.parametrize("name", EXCHANGES)
def test_each_recorded_exchange_fits_the_protocol(name: str) -> None:
    again = "record again: python protocol/generate/record.py"
    assert list(told(EXCHANGES[name])) == [], again


def test_an_exchange_that_no_longer_fits_is_found() -> None:
    plants = ("rename", "kind", "missing", "answer")
    for plant in plants:
        exchange = json.loads(json.dumps(EXCHANGES["aircher/chat"]))
        result = exchange[-1]["daemon"]["result"]
        if plant == "rename":
            result["cost"]["usd"] = result["cost"].pop("text")
        elif plant == "kind":
            result["reason"]["candidates"][0]["worst"]["nanoUsd"] = "12"
        elif plant == "missing":
            del result["notices"]
        else:
            exchange.pop()
        assert list(told(exchange)), plant


def test_every_method_and_every_kind_of_error_was_recorded() -> None:
    with modules() as load:
        unrecorded = set(load("record").UNRECORDED)
    kinds = {name.removeprefix("error ") for name in EXCHANGES if name.startswith("error ")}
    assert kinds | unrecorded == {str(kind) for kind in ErrorKind}
    assert not kinds & unrecorded
    others = {"initialize", "shutdown", "$/cancelRequest"}
    assert {name for name in EXCHANGES if not name.startswith("error ")} == set(METHODS) | others
    for kind in kinds:
        error = EXCHANGES[f"error {kind}"][-1]["daemon"]["error"]
        assert structure(ErrorData, error["data"]).kind == kind
        assert error["code"] == (-32602 if kind == "invalidRequest" else -32803)
        assert error["message"].rstrip().endswith((".", "`", "array")), error["message"]


def test_the_recorded_deltas_make_the_recorded_text() -> None:
    *_, last = EXCHANGES["aircher/commitMessage"]
    text = ""
    for one in EXCHANGES["aircher/commitMessage"][1:-1]:
        params = one["daemon"]["params"]
        text = text + params["text"] if params["kind"] == "append" else params["text"]
    assert text == last["daemon"]["result"]["answer"]["text"] != ""


def test_nothing_of_the_machine_is_in_the_recording() -> None:
    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (text for inner in value.values() for text in texts(inner))
        elif isinstance(value, list):
            yield from (text for inner in value for text in texts(inner))
        elif isinstance(value, str):
            yield value

    found = list(texts([*EXCHANGES.values()]))
    for text in found:
        for path in re.findall(r"(?<![\w/.:`$])/[\w.-]+[\w/.-]*", text):
            assert path.startswith("/home/you"), text
        for port in re.findall(r"(?:127\.0\.0\.1|localhost):(\d+)", text):
            assert port in ("9", "11434"), text
    assert any("/home/you/shop" in text for text in found)


def shape(value: Any) -> Any:
    """Names and kinds, without what is said."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if type(value) in (int, float) else type(value).__name__


@pytest.mark.slow
def test_a_daemon_of_today_says_what_was_recorded(tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    done = subprocess.run(
        [sys.executable, str(FOLDER / "record.py"), str(again)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(again.read_text("utf-8"))
    assert list(said) == list(EXCHANGES)
    stale = [name for name in said if shape(said[name][-1]) != shape(EXCHANGES[name][-1])]
    assert stale == [], "record again: python protocol/generate/record.py"
