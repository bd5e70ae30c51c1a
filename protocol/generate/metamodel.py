"""The protocol in LSP's own metaModel format, which editors' generators already read.

Keys and kinds are those of the `metaModel.json` that comes with the LSP 3.17 specification, whose
schema allows no key for a remark: that the file is generated stands in the protocol's README.
"""

from __future__ import annotations

import json
from typing import Any

from model import Array, Base, Either, Model, Reference, Structure, Type

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.methods import Method

_BASES = {
    "string": "string",
    "integer": "integer",
    "wide": "decimal",
    "number": "decimal",
    "boolean": "boolean",
    "null": "null",
}
_ANY = {"kind": "reference", "name": "LSPAny"}
_TEXT = {"kind": "base", "name": "string"}
_MAP = {"kind": "map", "key": _TEXT, "value": _ANY}


def render(model: Model) -> str:
    """The whole file."""
    value = {
        "metaData": {"version": str(PROTOCOL_VERSION)},
        "requests": [_request(one) for one in model.methods if one.result is not None],
        "notifications": [_notification(one) for one in model.methods if one.result is None],
        "structures": [_structure(one) for one in model.structures],
        "enumerations": [
            {
                "name": one.name,
                "type": {"kind": "base", "name": "integer" if one.whole else "string"},
                "values": [
                    {"name": value.name, "value": value.value, "documentation": value.doc}
                    for value in one.values
                ],
                "documentation": one.doc,
            }
            for one in model.enumerations
        ],
        "typeAliases": [
            {
                "name": "LSPAny",
                "type": {
                    "kind": "or",
                    "items": [
                        _MAP,
                        {"kind": "array", "element": _ANY},
                        *({"kind": "base", "name": n} for n in sorted(set(_BASES.values()))),
                    ],
                },
                "documentation": "Any JSON value, as in LSP itself.",
            }
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _request(method: Method) -> dict[str, Any]:
    assert method.result is not None
    return {
        **_notification(method),
        "result": {"kind": "reference", "name": method.result.__name__},
        "errorData": {"kind": "reference", "name": "ErrorData"},
    }


def _notification(method: Method) -> dict[str, Any]:
    return {
        "method": method.name,
        "messageDirection": method.direction.value,
        "params": {"kind": "reference", "name": method.params.__name__},
        "documentation": _documentation(method),
        "since": str(method.since),
    }


def _documentation(method: Method) -> str:
    """What metaModel has no key for stands in the text."""
    more = [" Stopped early by `$/cancelRequest`."] if method.cancellable else []
    more += [" Sends `aircher/delta` when given a `deltaToken`."] if method.streams else []
    return method.doc + "".join(more)


def _structure(one: Structure) -> dict[str, Any]:
    return {
        "name": one.name,
        "properties": [
            {
                "name": field.name,
                "type": _type(field.type),
                **({"optional": True} if field.optional else {}),
                "documentation": field.doc,
            }
            for field in one.fields
        ],
        "documentation": one.doc,
    }


def _type(kind: Type) -> dict[str, Any]:
    match kind:
        case Reference(name):
            return {"kind": "reference", "name": name}
        case Array(of):
            return {"kind": "array", "element": _type(of)}
        case Either(of):
            return {"kind": "or", "items": [_type(one) for one in of]}
        case Base("any"):
            return _ANY
        case Base("map"):
            return _MAP
        case Base(base):
            return {"kind": "base", "name": _BASES[base]}
