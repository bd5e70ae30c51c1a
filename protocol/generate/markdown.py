"""The protocol as a page for people: every method, field and error, with one real exchange each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from exchanges import block, bytes_of, recorded
from model import Array, Base, Either, Enumeration, Model, Reference, Structure, Type, Value

from aircher_protocol.methods import Method

_BASES = {"wide": "integer", "any": "any", "map": "object"}
_HEAD = """\
<!-- Made by `python protocol/generate` from aircher_protocol; changes here are lost. -->
# The protocol

aircherd speaks LSP (JSON-RPC 2.0 with `Content-Length` framing) over a Unix socket and over
stdio; `aircherd connect` joins a program's stdin and stdout to the daemon and starts it if need
be. Beside LSP's own methods there are these. Names are camelCase; fields a receiver does not know
are ignored; `null` means unknown, never zero; money is whole nano-dollars (10⁻⁹ USD) with a text
beside it. A method that takes a `deltaToken` sends its text piece by piece as `aircher/delta`
before the result, which always carries the whole. `$/cancelRequest` stops what is marked
*cancellable*; the request still gets its answer, error −32800.

A field marked *optional* may be missing: a client leaves it out and its default is meant; a
daemon older than the field does not send it.

The exchanges below are recorded from a running daemon (`python protocol/generate/record.py`).
Afterwards ids, times, addresses, paths and the names of failing providers are made stable,
fractions rounded, and lists of objects cut to two; nothing else is touched.
"""
_CONNECTING = """\
`aircherd connect` is all an editor has to start. The socket's name carries the version of the
protocol, so an old client and a new daemon never meet by mistake; the daemon also says it in its
answer to `initialize`, with the methods it knows. `keyVariables` are the *names* of the
environment variables the editor has keys in, never the keys."""
_ERRORS = """\
Every error has a JSON-RPC `code` ([Code](#code)) and a `message` of a sentence or two ending with
what to do. Where a method failed there is `data` as well ([ErrorData](#errordata)): its `kind`
tells programs what went wrong, and its `errorId` stands in the daemon's log beside the details."""


def render(model: Model) -> str:
    """The whole page."""
    lines = [_HEAD, "## Connecting", "", _CONNECTING, "", *block("initialize")]
    lines += ["A message on the wire, its line ends made visible:", "", *bytes_of("aircher/status")]
    lines += ["A request that is stopped still gets its answer:", "", *block("$/cancelRequest")]
    lines += ["And the end, after which the daemon goes on for others:", "", *block("shutdown")]
    lines += ["## Methods", ""]
    for method in model.methods:
        anchor = method.name.lower().replace("/", "")
        lines.append(f"- [`{method.name}`](#{anchor}) {method.doc}")
    lines.append("")
    for method in model.methods:
        lines += _method(model, method)
    lines += ["## Errors", "", _ERRORS, "", *_errors(model)]
    lines += ["## Types", ""]
    used = {m.params.__name__ for m in model.methods}
    for structure in model.structures:
        if structure.name not in used:
            lines += [f"### {structure.name}", "", structure.doc, "", *_table(structure)]
    for one in model.enumerations:
        if one.name != "ErrorKind":
            lines += _enumeration(one)
    return "\n".join(lines).rstrip() + "\n"


def _errors(model: Model) -> Iterator[str]:
    kinds = next(one for one in model.enumerations if one.name == "ErrorKind")
    yield "### ErrorKind"
    yield ""
    yield kinds.doc
    yield ""
    for value in kinds.values:
        seen = f" ([seen](#{str(value.value).lower()}))" if _seen(value) else ""
        yield f"- `{value.value}`: {value.doc}{seen}"
    yield ""
    for value in kinds.values:
        if _seen(value):
            yield f"#### {value.value}"
            yield ""
            yield from block(f"error {value.value}")


def _seen(kind: Value) -> bool:
    return f"error {kind.value}" in recorded()


def _method(model: Model, method: Method) -> Iterator[str]:
    yield f"### {method.name}"
    yield ""
    yield method.doc
    facts = ["sent by the daemon" if method.result is None else "request"]
    facts += ["cancellable"] if method.cancellable else []
    facts += ["streams"] if method.streams else []
    yield ""
    result = f" Result: {_link(method.result.__name__)}." if method.result is not None else ""
    yield f"*{', '.join(facts)}; since version {method.since}.*{result}"
    yield ""
    yield f"`{method.params.__name__}`:"
    yield ""
    yield from _table(model.structure(method.params.__name__))
    yield from block(method.name)


def _table(one: Structure) -> Iterator[str]:
    if not one.fields:
        yield "No fields."
        yield ""
        return
    yield "| field | type | |"
    yield "|---|---|---|"
    for field in one.fields:
        doc = " ".join(field.doc.split()).replace("|", "\\|")
        mark = f" *(optional{_default(field.default)})*" if field.optional else ""
        yield f"| `{field.name}` | {_type(field.type)} | {doc}{mark} |"
    yield ""


def _default(value: Any) -> str:
    return "" if value is None or value == () else f", {json.dumps(value)}"


def _enumeration(one: Enumeration) -> Iterator[str]:
    yield f"### {one.name}"
    yield ""
    yield one.doc
    yield ""
    for value in one.values:
        name = f"`{value.value}`" if not one.whole else f"`{value.value}` {value.name}"
        doc = " ".join(value.doc.split())
        yield f"- {name}{f': {doc}' if doc else ''}"
    yield ""


def _type(kind: Type) -> str:
    match kind:
        case Reference(name):
            return _link(name)
        case Array(of):
            return f"array of {_type(of)}"
        case Either(of):
            return " or ".join(_type(one) for one in of)
        case Base(base):
            return _BASES.get(base, base)


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
