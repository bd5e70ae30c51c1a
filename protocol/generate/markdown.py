"""The protocol as a page for people: every method, field and error, with one real exchange each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model import Array, Base, Either, Enumeration, Model, Reference, Structure, Type

from aircher_protocol.methods import Method

EXCHANGES = Path(__file__).parent / "exchanges.json"
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

The exchanges are recorded from a running daemon (`python protocol/generate/record.py`); ids, times,
prices and paths are made stable afterwards.
"""


def render(model: Model) -> str:
    """The whole page."""
    recorded = json.loads(EXCHANGES.read_text("utf-8")) if EXCHANGES.exists() else {}
    lines = [_HEAD, "## Methods", ""]
    for method in model.methods:
        anchor = method.name.lower().replace("/", "")
        lines.append(f"- [`{method.name}`](#{anchor}) {method.doc}")
    lines.append("")
    for method in model.methods:
        lines += _method(model, method, recorded.get(method.name))
    lines += ["## Errors", "", _ERRORS, ""]
    lines += _exchange(recorded.get("error"), "A request that fails:")
    lines += ["## Types", ""]
    used = {m.params.__name__ for m in model.methods}
    for structure in model.structures:
        if structure.name not in used:
            lines += [f"### {structure.name}", "", structure.doc, "", *_table(structure)]
    for one in model.enumerations:
        lines += _enumeration(one)
    return "\n".join(lines).rstrip() + "\n"


_ERRORS = """\
Every error has a JSON-RPC `code` ([Code](#code)), a `message` of a sentence or two ending with
what to do, and `data` of type [ErrorData](#errordata) whose `kind` ([ErrorKind](#errorkind)) tells
programs what went wrong. `errorId` stands in the daemon's log beside the details."""


def _method(model: Model, method: Method, recorded: Any) -> Iterator[str]:
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
    yield from _table(model.structure(method.params.__name__))
    yield from _exchange(recorded, "")


def _exchange(recorded: Any, title: str) -> Iterator[str]:
    if recorded is None:
        return
    if title:
        yield title
        yield ""
    for name, value in recorded.items():
        text = json.dumps(value, ensure_ascii=False, indent=1)
        yield f"{name}:"
        yield ""
        yield "```json"
        yield text
        yield "```"
        yield ""


def _table(one: Structure) -> Iterator[str]:
    if not one.fields:
        yield "No fields."
        yield ""
        return
    yield "| field | type | |"
    yield "|---|---|---|"
    for field in one.fields:
        doc = " ".join(field.doc.split()).replace("|", "\\|")
        mark = " *(optional)*" if field.optional else ""
        yield f"| `{field.name}` | {_type(field.type)} | {doc}{mark} |"
    yield ""


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
