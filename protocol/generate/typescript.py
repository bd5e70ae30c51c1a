"""The protocol as TypeScript, for the VS Code extension."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from model import Array, Base, Either, Enumeration, Model, Reference, Structure, Type

_BASES = {
    "string": "string",
    "integer": "number",
    "wide": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
    "any": "unknown",
    "map": "Record<string, unknown>",
}


def render(model: Model) -> str:
    """The whole file."""
    lines = [
        "// Made by `python protocol/generate` from aircher_protocol; changes here are lost.",
        "/* eslint-disable */",
        "",
    ]
    for one in model.enumerations:
        lines += _enumeration(one)
    for structure in model.structures:
        lines += _structure(structure)
    requests = [m for m in model.methods if m.result is not None]
    lines += _comment("Requests the editor sends, by method: what goes out and what comes back.")
    lines.append("export interface Requests {")
    for method in requests:
        assert method.result is not None
        lines += _comment(method.doc, "  ")
        params, result = method.params.__name__, method.result.__name__
        lines.append(f"  '{method.name}': {{ params: {params}; result: {result} }};")
    lines += ["}", "", *_comment("Notifications the daemon sends, by method.")]
    lines.append("export interface Notifications {")
    for method in model.methods:
        if method.result is None:
            lines += _comment(method.doc, "  ")
            lines.append(f"  '{method.name}': {method.params.__name__};")
    lines += ["}", ""]
    streaming = [m.name for m in requests if m.streams]
    stoppable = [m.name for m in requests if m.cancellable]
    about = "Requests that send `aircher/delta` when given a `deltaToken`."
    lines += [*_comment(about), *_names("Streaming", streaming), ""]
    about = "Requests that `$/cancelRequest` stops early."
    lines += [*_comment(about), *_names("Cancellable", stoppable), ""]
    return "\n".join(lines)


def _names(name: str, values: Iterable[str]) -> Iterator[str]:
    yield f"export type {name} ="
    *most, last = [f"  | '{value}'" for value in values]
    yield from [*most, f"{last};"]


def _enumeration(one: Enumeration) -> Iterator[str]:
    """A value and a type of one name: `enum` would need a compiler where types are only dropped."""
    yield from _comment(one.doc)
    yield f"export const {one.name} = {{"
    for value in one.values:
        yield from _comment(value.doc, "  ")
        yield f"  {_pascal(value.name)}: {json.dumps(value.value).replace(chr(34), chr(39))},"
    yield "} as const;"
    yield f"export type {one.name} = (typeof {one.name})[keyof typeof {one.name}];"
    yield ""


def _structure(one: Structure) -> Iterator[str]:
    yield from _comment(one.doc)
    yield f"export interface {one.name} {{"
    for field in one.fields:
        yield from _comment(field.doc, "  ")
        yield f"  {field.name}{'?' if field.optional else ''}: {_type(field.type)};"
    yield "}"
    yield ""


def _type(kind: Type) -> str:
    match kind:
        case Reference(name):
            return name
        case Array(of):
            inner = _type(of)
            return f"({inner})[]" if isinstance(of, Either) else f"{inner}[]"
        case Either(of):
            return " | ".join(_type(one) for one in of)
        case Base(base):
            return _BASES[base]


def _comment(text: str, indent: str = "") -> Iterator[str]:
    lines = text.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        yield f"{indent}/** {lines[0]} */"
        return
    yield f"{indent}/**"
    for line in lines:
        yield f"{indent} * {line}".rstrip()
    yield f"{indent} */"


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
