"""JSON and back: one strict, tolerant converter.

Strict about scalars (true is no number, "1" is no number), tolerant of fields it does not know.
Every wrong field is reported at once, with its path as it is written on the wire.
"""

from __future__ import annotations

import json
import types as pytypes
from collections.abc import Callable
from enum import Enum
from functools import cache, partial
from operator import attrgetter
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import attrs

from aircher_protocol.errors import FieldError

T = TypeVar("T")
MAX_DEPTH = 200
"""Arrays and objects inside one another a message may have."""


class ParamsError(ValueError):
    """Parameters that do not fit; `fields` names every one that is wrong."""

    def __init__(self, fields: tuple[FieldError, ...]) -> None:
        self.fields = fields
        super().__init__("; ".join(f"{f.path or 'parameters'}: {f.message}" for f in fields))


class ParseError(ValueError):
    """The body is no JSON text this protocol can carry."""


def parse(body: bytes) -> Any:
    """A JSON text as plain values. Raises ParseError."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"the message is not UTF-8 (byte {error.start})") from None
    if _too_deep(text):
        raise ParseError(f"the message is nested deeper than {MAX_DEPTH} levels")
    try:
        return _decoded(text)
    except ParseError:
        raise
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the message is not JSON: {error}") from None


def structure(kind: type[T], value: Any) -> T:
    """The value as an attrs type. Raises ParamsError naming every wrong field."""
    errors: list[FieldError] = []
    read: Callable[..., T] = _reader(cast("Any", kind))
    made = read(value, "", errors)
    if errors:
        raise ParamsError(tuple(errors))
    return made


def unstructure(value: Any) -> Any:
    """An attrs value as plain values, names in camelCase, unknowns as null."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    write = _writers.get(kind)
    if write is not None:
        return write(value)
    if kind is tuple:
        return [unstructure(item) for item in value]
    if attrs.has(kind):
        write = _writers[kind] = _writer(kind)
        return write(value)
    if isinstance(value, Enum):
        _writers[kind] = attrgetter("value")
        return value.value
    if isinstance(value, list | tuple):
        return [unstructure(item) for item in value]
    if isinstance(value, dict):
        return {str(key): unstructure(item) for key, item in value.items()}
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})
_writers: dict[type[Any], Callable[[Any], Any]] = {}


def _writer(kind: Any) -> Callable[[Any], dict[str, Any]]:
    """What makes plain values of one type: its fields are read in one step, and only those are
    looked into that may hold more than a plain value."""
    fields = _fields(kind)
    wires = tuple(wire for _, wire, _, _, _ in fields)
    deep = tuple(wire for _, wire, _, _, plain in fields if not plain)
    if len(wires) < 2:
        return lambda value: {f[1]: unstructure(getattr(value, f[0])) for f in fields}
    read = attrgetter(*(name for name, _, _, _, _ in fields))

    def write(value: Any) -> dict[str, Any]:
        found = dict(zip(wires, read(value), strict=True))
        for wire in deep:
            inner = found[wire]
            if inner is not None:
                found[wire] = unstructure(inner)
        return found

    return write


def camel(name: str) -> str:
    """A field's name on the wire."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


_Field = tuple[str, str, "_Read", bool, frozenset[Any]]
"""Name, name on the wire, what reads it, whether it must be there, and the types of plain values
that are taken as they are; none for a field that may hold anything else."""


def names_of(kind: Any) -> tuple[tuple[str, str], ...]:
    """A type's fields in their order: name, and name on the wire."""
    return tuple((name, wire) for name, wire, _, _, _ in _fields(kind))


@cache
def _fields(kind: Any) -> tuple[_Field, ...]:
    hints = get_type_hints(kind)
    return tuple(
        (f.name, camel(f.name), _reader(hint), f.default is attrs.NOTHING, _plain(hint))
        for f in attrs.fields(kind)
        for hint in (hints[f.name],)
    )


def _plain(hint: Any) -> frozenset[Any]:
    union = get_origin(hint) in (Union, pytypes.UnionType)
    members = frozenset(get_args(hint) if union else (hint,))
    return members if members <= _PLAIN else frozenset()


_Read = Callable[[Any, str, list[FieldError]], Any]
"""Takes a plain value, its path and where to put what is wrong with it."""


@cache
def _reader(kind: Any) -> _Read:
    """What reads values of one type: which of these it is, is found out once."""
    origin = get_origin(kind)
    if kind is Any:
        return lambda value, path, errors: value
    if isinstance(kind, type) and attrs.has(kind):
        return partial(_object, kind)
    if origin in (Union, pytypes.UnionType):
        return partial(_union, get_args(kind))
    if origin is tuple:
        return partial(_array, _reader(get_args(kind)[0]))
    return _dictionary if origin is dict else partial(_scalar, kind)


def _array(read: _Read, value: Any, path: str, errors: list[FieldError]) -> Any:
    if not isinstance(value, list | tuple):
        return _wrong(path, "an array", value, errors)
    return tuple([read(item, f"{path}[{n}]", errors) for n, item in enumerate(value)])


def _dictionary(value: Any, path: str, errors: list[FieldError]) -> Any:
    return value if isinstance(value, dict) else _wrong(path, "an object", value, errors)


def _object(kind: Any, value: Any, path: str, errors: list[FieldError]) -> Any:
    if not isinstance(value, dict):
        return _wrong(path, "an object", value, errors)
    made: dict[str, Any] = {}
    before = len(errors)
    for name, wire, read, required, plain in _fields(kind):
        if wire in value:
            found = value[wire]
            if type(found) in plain:
                made[name] = found
                continue
            inner = f"{path}.{wire}" if path else wire
            made[name] = read(found, inner, errors)
        elif required:
            inner = f"{path}.{wire}" if path else wire
            errors.append(FieldError(path=inner, message="is missing"))
    return None if len(errors) > before else kind(**made)


def _union(members: tuple[Any, ...], value: Any, path: str, errors: list[FieldError]) -> Any:
    if value is None and type(None) in members:
        return None
    tried = [member for member in members if member is not type(None)]
    for member in tried:
        mine: list[FieldError] = []
        made = _reader(member)(value, path, mine)
        if not mine:
            return made
        if len(tried) == 1:
            errors.extend(mine)
            return None
    names = " or ".join(_NAMES.get(member, "an object") for member in tried)
    return _wrong(path, names, value, errors)


_NAMES: dict[Any, str] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _scalar(kind: Any, value: Any, path: str, errors: list[FieldError]) -> Any:
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value) if isinstance(value, str) else _wrong(path, "a name", value, errors)
        except ValueError:
            known = ", ".join(str(member.value) for member in kind)
            return _wrong(path, f"one of {known}", value, errors)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is kind:
        return value
    return _wrong(path, _NAMES.get(kind, "something else"), value, errors)


def _wrong(path: str, wanted: str, value: Any, errors: list[FieldError]) -> None:
    errors.append(FieldError(path=path, message=f"must be {wanted}, not {_kind(value)}"))


def _kind(value: Any) -> str:
    """What a wrong value is; its contents are never repeated, they may be private."""
    names = {dict: "an object", list: "an array", type(None): "null", **_NAMES}
    return names.get(type(value), "something else")


def _no_constant(name: str) -> Any:
    raise ParseError(f"{name} is no JSON number")


_decoded = json.JSONDecoder(parse_constant=_no_constant).decode
"""Kept, for `json.loads` makes a decoder for each text it is told a constant's meaning for."""


def _too_deep(text: str) -> bool:
    """Whether brackets outside strings go deeper than the limit; linear, before json recurses."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth, inside, escaped = 0, False, False
    for char in text:
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif char in "]}":
            depth -= 1
    return False
