"""The protocol as one neutral model, read off `aircher_protocol`: what every generator starts from.

Types come from the classes themselves, documentation from the docstrings under each field, which
Python does not keep: they are read from the source.
"""

from __future__ import annotations

import ast
import inspect
import types as pytypes
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from aircher_protocol import errors, types
from aircher_protocol.codec import camel
from aircher_protocol.errors import ErrorData
from aircher_protocol.methods import METHODS, Method

WIDE = frozenset({"nano_usd", "limit", "spent", "held", "needed"})
"""Whole numbers that outgrow 32 bits: nano-dollars. Exact in a double up to $9 million."""

Kind = Literal["string", "integer", "wide", "number", "boolean", "null", "any", "map"]


@dataclass(frozen=True)
class Base:
    """A type with no parts."""

    kind: Kind


@dataclass(frozen=True)
class Reference:
    """A structure or enumeration by its name."""

    name: str


@dataclass(frozen=True)
class Array:
    """Many of one type."""

    of: Type


@dataclass(frozen=True)
class Either:
    """One of several types."""

    of: tuple[Type, ...]


Type = Base | Reference | Array | Either


@dataclass(frozen=True)
class Field:
    """One property of a structure."""

    name: str
    """As written on the wire."""
    type: Type
    optional: bool
    """Whether a sender may leave it out; its default is then meant."""
    default: Any
    doc: str


@dataclass(frozen=True)
class Structure:
    """An object on the wire."""

    name: str
    doc: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Value:
    """One value of an enumeration."""

    name: str
    value: str | int
    doc: str


@dataclass(frozen=True)
class Enumeration:
    """A closed list of values."""

    name: str
    doc: str
    values: tuple[Value, ...]

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers rather than texts."""
        return all(isinstance(value.value, int) for value in self.values)


@dataclass(frozen=True)
class Model:
    """The whole protocol."""

    methods: tuple[Method, ...]
    structures: tuple[Structure, ...]
    enumerations: tuple[Enumeration, ...]

    def structure(self, name: str) -> Structure:
        """The structure of that name."""
        return next(one for one in self.structures if one.name == name)


@cache
def protocol() -> Model:
    """The protocol as it stands. Raises ValueError for anything that is not documented."""
    structures: dict[str, Structure] = {}
    enumerations: dict[str, Enumeration] = {}

    def take(kind: Any) -> None:
        for inner in get_args(kind):
            take(inner)
        if not isinstance(kind, type) or kind.__name__ in structures:
            return
        if attrs.has(kind):
            structures[kind.__name__] = _structure(kind)
            for hint in get_type_hints(kind).values():
                take(hint)
        elif issubclass(kind, Enum):
            enumerations[kind.__name__] = _enumeration(kind)

    for method in METHODS.values():
        take(method.params)
        take(method.result)
    take(ErrorData)
    take(errors.Code)
    return Model(
        methods=tuple(METHODS.values()),
        structures=tuple(structures[name] for name in sorted(structures)),
        enumerations=tuple(enumerations[name] for name in sorted(enumerations)),
    )


def _structure(kind: type[Any]) -> Structure:
    docs = _docs(kind)
    hints = get_type_hints(kind)
    fields = []
    for field in attrs.fields(kind):
        doc = docs.get(field.name)
        if not doc:
            raise ValueError(f"{kind.__name__}.{field.name} has no docstring under it")
        fields.append(
            Field(
                name=camel(field.name),
                type=_type(hints[field.name], field.name),
                optional=field.default is not attrs.NOTHING,
                default=None if field.default is attrs.NOTHING else field.default,
                doc=doc,
            )
        )
    return Structure(name=kind.__name__, doc=_about(kind), fields=tuple(fields))


def _enumeration(kind: type[Enum]) -> Enumeration:
    docs = _docs(kind)
    values = tuple(
        Value(name=member.name, value=member.value, doc=docs.get(member.name, ""))
        for member in kind
    )
    return Enumeration(name=kind.__name__, doc=_about(kind), values=values)


def _type(hint: Any, name: str) -> Type:
    if hint is Any:
        return Base("any")
    origin = get_origin(hint)
    if origin in (Union, pytypes.UnionType):
        return Either(tuple(_type(one, name) for one in get_args(hint)))
    if origin is tuple:
        return Array(_type(get_args(hint)[0], name))
    if origin is dict:
        return Base("map")
    if hint is int and name in WIDE:
        return Base("wide")
    found = _BASES.get(hint)
    return Base(found) if found else Reference(hint.__name__)


_BASES: dict[Any, Kind] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}


def _about(kind: type[Any]) -> str:
    text = inspect.cleandoc(kind.__doc__ or "")
    if not text or text.startswith(f"{kind.__name__}("):
        raise ValueError(f"{kind.__name__} has no docstring")
    return text


@cache
def _classes() -> dict[str, ast.ClassDef]:
    found: dict[str, ast.ClassDef] = {}
    for module in (types, errors):
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = node
    return found


def _docs(kind: type[Any]) -> dict[str, str]:
    """The docstring under each field or value."""
    found: dict[str, str] = {}
    last: str | None = None
    for node in _classes()[kind.__name__].body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            last = node.target.id
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            last = node.targets[0].id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and last:
            found[last] = inspect.cleandoc(str(node.value.value))
            last = None
        else:
            last = None
    return found
