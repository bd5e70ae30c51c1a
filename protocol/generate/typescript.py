"""The protocol as TypeScript, for the VS Code extension."""

from __future__ import annotations

from collections.abc import Iterator

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
    lines += [*_comment("Requests by method: what is sent and what comes back."), ""]
    lines[-1:] = ["export interface Requests {"]
    for method in requests:
        assert method.result is not None
        lines += _comment(method.doc, "  ")
        result = method.result.__name__
        lines.append(
            f"  '{method.name}': {{ params: {method.params.__name__}; result: {result} }};"
        )
    lines += ["}", "", *_comment("Notifications the daemon sends, by method.")]
    lines.append("export interface Notifications {")
    for method in model.methods:
        if method.result is None:
            lines += _comment(method.doc, "  ")
            lines.append(f"  '{method.name}': {method.params.__name__};")
    lines += ["}", "", *_comment("Requests that send `aircher/delta` when given a `deltaToken`.")]
    streams = " | ".join(f"'{m.name}'" for m in requests if m.streams)
    lines += [f"export type Streaming = {streams};", ""]
    return "\n".join(lines)


def _enumeration(one: Enumeration) -> Iterator[str]:
    yield from _comment(one.doc)
    if one.whole:
        yield f"export const enum {one.name} {{"
        for value in one.values:
            yield f"  {_pascal(value.name)} = {value.value},"
        yield "}"
    else:
        values = " | ".join(f"'{value.value}'" for value in one.values)
        yield f"export type {one.name} = {values};"
        listed = ", ".join(f"'{value.value}'" for value in one.values)
        yield f"export const {_upper(one.name)}: readonly {one.name}[] = [{listed}];"
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


def _upper(name: str) -> str:
    return "".join(f"_{c}" if c.isupper() and place else c for place, c in enumerate(name)).upper()
