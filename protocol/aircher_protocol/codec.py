"""JSON and back: one strict, tolerant converter.

Strict about scalars (true is no number, "1" is no number), tolerant of fields it does not know.
Every wrong field is reported at once, with its path as it is written on the wire.
"""

from __future__ import annotations

import json
import types as pytypes
from enum import Enum
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

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
        return json.loads(text, parse_constant=_no_constant)
    except ParseError:
        raise
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the message is not JSON: {error}") from None


def dump(value: Any) -> bytes:
    """Plain values as a compact JSON text. Lone surrogates become question marks."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def structure(kind: type[T], value: Any) -> T:
    """The value as an attrs type. Raises ParamsError naming every wrong field."""
    errors: list[FieldError] = []
    made = _structure(kind, value, "", errors)
    if errors:
        raise ParamsError(tuple(errors))
    result: T = made
    return result


def unstructure(value: Any) -> Any:
    """An attrs value as plain values, names in camelCase, unknowns as null."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind in _known or attrs.has(kind):
        return {
            wire: plain if type(plain := getattr(value, name)) in _PLAIN else unstructure(plain)
            for name, wire, _, _ in _fields(kind)
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [unstructure(item) for item in value]
    if isinstance(value, dict):
        return {str(key): unstructure(item) for key, item in value.items()}
    return value


_PLAIN = frozenset({str, int, float, bool, type(None)})


def camel(name: str) -> str:
    """A field's name on the wire."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _fields(kind: type[Any]) -> tuple[tuple[str, str, Any, bool], ...]:
    found = _known.get(kind)
    if found is None:
        found = _known[kind] = _read_fields(kind)
    return found


_known: dict[type[Any], tuple[tuple[str, str, Any, bool], ...]] = {}


def _read_fields(kind: type[Any]) -> tuple[tuple[str, str, Any, bool], ...]:
    hints = get_type_hints(kind)
    return tuple(
        (f.name, camel(f.name), hints[f.name], f.default is attrs.NOTHING)
        for f in attrs.fields(kind)
    )


def _structure(kind: Any, value: Any, path: str, errors: list[FieldError]) -> Any:
    if kind is Any:
        return value
    if isinstance(kind, type) and attrs.has(kind):
        return _object(kind, value, path, errors)
    origin = get_origin(kind)
    if origin in (Union, pytypes.UnionType):
        return _union(kind, value, path, errors)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            return _wrong(path, "an array", value, errors)
        item = get_args(kind)[0]
        return tuple(_structure(item, v, f"{path}[{n}]", errors) for n, v in enumerate(value))
    if origin is dict:
        if not isinstance(value, dict):
            return _wrong(path, "an object", value, errors)
        return value
    return _scalar(kind, value, path, errors)


def _object(kind: type[Any], value: Any, path: str, errors: list[FieldError]) -> Any:
    if not isinstance(value, dict):
        return _wrong(path, "an object", value, errors)
    made: dict[str, Any] = {}
    before = len(errors)
    for name, wire, hint, required in _fields(kind):
        inner = f"{path}.{wire}" if path else wire
        if wire in value:
            made[name] = _structure(hint, value[wire], inner, errors)
        elif required:
            errors.append(FieldError(path=inner, message="is missing"))
    return None if len(errors) > before else kind(**made)


def _union(kind: Any, value: Any, path: str, errors: list[FieldError]) -> Any:
    members = get_args(kind)
    if value is None and type(None) in members:
        return None
    tried = [member for member in members if member is not type(None)]
    for member in tried:
        mine: list[FieldError] = []
        made = _structure(member, value, path, mine)
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
