"""The protocol as Lua annotations, for the Neovim plug-in and its language server."""

from __future__ import annotations

from collections.abc import Iterator

from model import Array, Base, Either, Enumeration, Model, Reference, Structure, Type

_BASES = {
    "string": "string",
    "integer": "integer",
    "wide": "integer",
    "number": "number",
    "boolean": "boolean",
    "null": "vim.NIL",
    "any": "any",
    "map": "table<string, any>",
}


def render(model: Model) -> str:
    """The whole file."""
    lines = [
        "-- Made by `python protocol/generate` from aircher_protocol; changes here are lost.",
        "---@meta _",
        "error('annotations only; nothing requires this file')",
        "",
    ]
    for one in model.enumerations:
        lines += _enumeration(one)
    for structure in model.structures:
        lines += _structure(structure)
    lines += ["---Requests the editor sends, by method: what goes out and what comes back."]
    lines += ["---@class aircher.Requests"]
    for method in model.methods:
        if method.result is not None:
            parts = f"params: {_name(method.params.__name__)}, result: "
            parts += _name(method.result.__name__)
            lines.append(f"---@field ['{method.name}'] {{ {parts} }} {method.doc}")
    lines += [
        "",
        "---Notifications the daemon sends, by method.",
        "---@class aircher.Notifications",
    ]
    for method in model.methods:
        if method.result is None:
            name = _name(method.params.__name__)
            lines.append(f"---@field ['{method.name}'] {name} {method.doc}")
    return "\n".join(lines) + "\n"


def _enumeration(one: Enumeration) -> Iterator[str]:
    yield from _comment(one.doc)
    yield f"---@alias {_name(one.name)}"
    for value in one.values:
        text = str(value.value) if one.whole else f"'{value.value}'"
        yield f"---| {text} # {' '.join(value.doc.split())}"
    yield ""


def _structure(one: Structure) -> Iterator[str]:
    yield from _comment(one.doc)
    yield f"---@class {_name(one.name)}"
    for field in one.fields:
        mark = "?" if field.optional else ""
        doc = " ".join(field.doc.split())
        yield f"---@field {field.name}{mark} {_type(field.type)} {doc}"
    yield ""


def _type(kind: Type) -> str:
    match kind:
        case Reference(name):
            return _name(name)
        case Array(of):
            inner = _type(of)
            return f"({inner})[]" if isinstance(of, Either) else f"{inner}[]"
        case Either(of):
            return "|".join(_type(one) for one in of)
        case Base(base):
            return _BASES[base]


def _comment(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield f"---{line}".rstrip()


def _name(name: str) -> str:
    return f"aircher.{name}"
