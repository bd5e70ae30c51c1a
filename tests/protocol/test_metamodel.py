"""The metaModel is one that LSP's own schema allows, holds everything, and is documented."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol import chat, commands, conversation, errors, types

from .generator import modules

META = json.loads(
    (Path(__file__).parents[2] / "protocol/aircher.metamodel.json").read_text("utf-8")
)

# What the schema of LSP's metaModel allows, by kind of object: (needed, allowed as well).
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "requests": (
        {"method", "result", "messageDirection", "params", "errorData"},
        {"documentation", "since"},
    ),
    "notifications": ({"method", "messageDirection", "params"}, {"documentation", "since"}),
    "structures": ({"name", "properties"}, {"documentation", "since"}),
    "property": ({"name", "type"}, {"optional", "documentation", "since"}),
    "enumerations": ({"name", "type", "values"}, {"documentation", "since"}),
    "entry": ({"name", "value"}, {"documentation", "since"}),
    "typeAliases": ({"name", "type"}, {"documentation", "since"}),
}
TYPES = {
    "base": {"kind", "name"},
    "reference": {"kind", "name"},
    "array": {"kind", "element"},
    "or": {"kind", "items"},
    "map": {"kind", "key", "value"},
}
BASES = {"URI", "DocumentUri", "integer", "uinteger", "decimal", "string", "boolean", "null"}


def faults(meta: dict[str, Any]) -> Iterator[str]:
    """What LSP's own schema, and its promise that references lead somewhere, forbid."""
    lists = {"requests", "notifications", "structures", "enumerations", "typeAliases"}
    if set(meta) != {"metaData"} | lists or set(meta["metaData"]) != {"version"}:
        yield "top"
    named = ("structures", "enumerations", "typeAliases")
    names = [one["name"] for kind in named for one in meta[kind]]
    yield from (f"{name} twice" for name in set(names) if names.count(name) > 1)

    def of_type(value: Any, where: str) -> Iterator[str]:
        if set(value) != TYPES.get(value.get("kind")):
            yield f"{where}: {value}"
        elif value["kind"] == "base" and value["name"] not in BASES:
            yield f"{where}: no base type {value['name']}"
        elif value["kind"] == "reference" and value["name"] not in names:
            yield f"{where}: {value['name']} is nowhere"
        for part in ("element", "key", "value"):
            if isinstance(value.get(part), dict):
                yield from of_type(value[part], where)
        for item in value.get("items", ()):
            yield from of_type(item, where)

    def of_object(kind: str, one: dict[str, Any]) -> Iterator[str]:
        needed, more = ALLOWED[kind]
        where = f"{kind} {one.get('name', one.get('method'))}"
        if not needed <= set(one) <= needed | more or not one.get("documentation"):
            yield where
        if one.get("messageDirection", "both") not in ("clientToServer", "serverToClient", "both"):
            yield f"{where}: direction"
        for part in ("params", "result", "errorData", "type"):
            if part in one:
                yield from of_type(one[part], where)
        for field in one.get("properties", ()):
            yield from of_object("property", field)
        for entry in one.get("values", ()):
            yield from of_object("entry", entry)

    for kind in lists:
        for one in meta[kind]:
            yield from of_object(kind, one)


def test_the_metamodel_fits_lsp_s_own_schema() -> None:
    assert list(faults(META)) == []


@pytest.mark.parametrize(
    "plant",
    [
        lambda meta: meta.update(remark="x"),
        lambda meta: meta["metaData"].update(generator="x"),
        lambda meta: meta["requests"][0].update(cancellable=True),
        lambda meta: meta["requests"][0].pop("result"),
        lambda meta: meta["requests"][0].pop("documentation"),
        lambda meta: meta["requests"][0].update(messageDirection="out"),
        lambda meta: meta["structures"][0]["properties"][0].update(default=1),
        lambda meta: meta["structures"][0]["properties"][0].update(
            type={"kind": "reference", "name": "Nothing"}
        ),
        lambda meta: meta["structures"][0]["properties"][0].update(
            type={"kind": "or", "items": [{"kind": "base", "name": "float"}]}
        ),
        lambda meta: meta["enumerations"][0]["values"][0].pop("value"),
        lambda meta: meta["structures"].append(meta["structures"][0]),
    ],
)
def test_what_lsp_s_schema_forbids_is_found(plant: Any) -> None:
    meta = json.loads(json.dumps(META))
    plant(meta)
    assert list(faults(meta))


def test_the_metamodel_holds_the_whole_protocol() -> None:
    assert [one["method"] for one in META["requests"]] == [
        "aircher/commitMessage",
        "aircher/ask",
        "aircher/chat",
        "aircher/review",
        "aircher/explain",
        "aircher/summarize",
        "aircher/fix",
        "aircher/document",
        "aircher/refactor",
        "aircher/generate",
        "aircher/feedback",
        "aircher/embed",
        "aircher/image",
        "aircher/countTokens",
        "aircher/usage",
        "aircher/models",
        "aircher/providers",
        "aircher/status",
        "aircher/metrics",
        "aircher/dump",
        "aircher/detectTask",
        "aircher/correctTask",
        "aircher/plan",
        "aircher/reload",
        "aircher/workspace",
        "aircher/note",
        "aircher/trust",
        "aircher/outbox",
        "aircher/forget",
    ]
    assert {one["messageDirection"] for one in META["requests"]} == {"clientToServer"}
    assert [one["method"] for one in META["notifications"]] == [
        "aircher/workspaceChanged",
        "aircher/delta",
        "aircher/waiting",
        "aircher/budget",
        "aircher/statusChanged",
    ]
    assert {one["messageDirection"] for one in META["notifications"]} == {"serverToClient"}


def test_every_public_type_is_part_of_the_protocol_and_documented() -> None:
    with modules() as load:
        model = load("model").protocol()
    known = {one.name for one in (*model.structures, *model.enumerations)}
    public = {
        name
        for module in (types, commands, chat, conversation, errors)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and kind.__module__ == module.__name__
    }
    assert public == known
    for one in (*model.structures, *model.enumerations):
        parts = getattr(one, "fields", None) or getattr(one, "values", ())
        for said in (one.doc, *(part.doc for part in parts)):
            assert said[0].isupper() or said.startswith(("`", "0", "1", "git ")), said
            assert said.endswith((".", "`")), said


BARE = '''
import attrs
from enum import StrEnum

@attrs.frozen
class Silent:
    """Says what it is."""
    told: int
    """Said."""
    untold: int

@attrs.frozen
class Nameless:
    told: int
    """Said."""

class Values(StrEnum):
    """Says what it is."""
    A = "a"
    """Said."""
    B = "b"
'''


def test_what_is_not_documented_stops_the_generator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bare_for_test.py").write_text(BARE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    bare = importlib.import_module("bare_for_test")
    try:
        with modules() as load:
            model = load("model")
            with pytest.raises(ValueError, match=r"Silent\.untold has no docstring"):
                model._structure(bare.Silent)
            with pytest.raises(ValueError, match="Nameless has no docstring"):
                model._structure(bare.Nameless)
            with pytest.raises(ValueError, match=r"Values\.B has no docstring"):
                model._enumeration(bare.Values)
    finally:
        del sys.modules["bare_for_test"]
