"""The protocol as one neutral model, read off `aircher_protocol`: what every generator starts from.

Types come from the classes themselves, documentation from the docstrings under each field.
"""

from __future__ import annotations

import types as pytypes
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from docstrings import about, under

from aircher_protocol.codec import camel
from aircher_protocol.errors import Code, ErrorData
from aircher_protocol.methods import METHODS, Direction, Method

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
    """Whether it may be missing: a client leaves it out, an older daemon does not know it yet."""
    default: Any
    """What is meant when it is missing."""
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
    for method in METHODS.values():
        if (method.result is None) != (method.direction is Direction.SERVER_TO_CLIENT):
            raise ValueError(f"{method.name}: only requests to the daemon and its notifications")
    every = reachable(
        *(kind for m in METHODS.values() for kind in (m.params, m.result)), ErrorData, Code
    )
    kinds = [every[name] for name in sorted(every)]
    return Model(
        methods=tuple(METHODS.values()),
        structures=tuple(_structure(kind) for kind in kinds if attrs.has(kind)),
        enumerations=tuple(_enumeration(kind) for kind in kinds if issubclass(kind, Enum)),
    )


def reachable(*hints: Any) -> dict[str, type[Any]]:
    """Every structure and enumeration that is said with these, by name."""
    found: dict[str, type[Any]] = {}

    def take(hint: Any) -> None:
        for inner in get_args(hint):
            take(inner)
        if not isinstance(hint, type) or hint.__name__ in found:
            return
        if attrs.has(hint):
            found[hint.__name__] = hint
            for inner in get_type_hints(hint).values():
                take(inner)
        elif issubclass(hint, Enum):
            found[hint.__name__] = hint

    for hint in hints:
        take(hint)
    return found


def _structure(kind: type[Any]) -> Structure:
    hints = get_type_hints(kind)
    fields = tuple(
        Field(
            name=camel(field.name),
            type=_type(hints[field.name], field.name),
            optional=field.default is not attrs.NOTHING,
            default=None if field.default is attrs.NOTHING else field.default,
            doc=under(kind, field.name),
        )
        for field in attrs.fields(kind)
    )
    return Structure(name=kind.__name__, doc=about(kind), fields=fields)


def _enumeration(kind: type[Enum]) -> Enumeration:
    values = tuple(
        Value(name=member.name, value=member.value, doc=under(kind, member.name)) for member in kind
    )
    return Enumeration(name=kind.__name__, doc=about(kind), values=values)


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
