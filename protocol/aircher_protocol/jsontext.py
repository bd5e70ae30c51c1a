"""What is sent, as JSON text: attrs values straight to text, without plain values in between.

A type's names, commas and braces are put together once, as one template; a value's fields are read
in one step and stand in it. The text is that of `codec.unstructure` written by `json`, to the byte.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum
from json.encoder import encode_basestring as quoted
from math import isfinite
from operator import attrgetter, call
from typing import Any, TypeVar

import attrs

from aircher_protocol.codec import names_of, unstructure


def _values(value: Any) -> Any:
    """An attrs value inside plain ones. Raises TypeError for anything else."""
    if attrs.has(type(value)):
        return unstructure(value)
    raise TypeError(f"{type(value).__name__} is no value of this protocol")


_WRITER = json.JSONEncoder(
    ensure_ascii=False,
    separators=(",", ":"),
    allow_nan=False,
    check_circular=False,
    default=_values,
)
"""Kept, for `json.dumps` makes one for each text; what is sent never goes in circles."""


Lasting = TypeVar("Lasting", bound=tuple[Any, ...])


class Text(str):
    """A value as JSON text; inside another value it stands as it is."""

    __slots__ = ()


def text(value: Any) -> Text:
    """A value as a compact JSON text. Raises ValueError for what none can hold, such as NaN."""
    return Text(_outermost(value))


def dump(value: Any) -> bytes:
    """The same in UTF-8. Lone surrogates become question marks."""
    if type(value) is dict:
        # A message: what it holds beside its result is a word or two.
        parts = [f"{quoted(key)}:{_outermost(inner)}" for key, inner in value.items()]
        return f"{{{','.join(parts)}}}".encode("utf-8", "replace")
    return _outermost(value).encode("utf-8", "replace")


def _outermost(value: Any) -> str:
    """Plain values at once, which is quicker for what is large; they hold no attrs value."""
    kind = type(value)
    if kind is dict or kind is list:
        return _WRITER.encode(value)
    return _TEXTS[kind](value)


class _Texts(dict[type[Any], Callable[[Any], str]]):
    """How a value of each type is written; found out when the first one comes."""

    def __missing__(self, kind: type[Any]) -> Callable[[Any], str]:
        if attrs.has(kind):
            write = _template(kind)
        elif issubclass(kind, Enum):
            write = {member: _plain(member.value) for member in kind}.__getitem__
        else:
            write = _plain
        self[kind] = write
        return write


def _template(kind: type[Any]) -> Callable[[Any], str]:
    names = names_of(kind)
    whole = ",".join(f"{quoted(wire)}:%s" for _, wire in names).join("{}")
    if len(names) < 2:
        return lambda value: whole % tuple(_field(getattr(value, name)) for name, _ in names)
    read, way = attrgetter(*(name for name, _ in names)), _TEXTS.__getitem__

    def write(value: Any) -> str:
        # Each step is one call for all fields: a step of Python's a field takes twice the time.
        found = read(value)
        return whole % tuple(map(call, map(way, map(type, found)), found))

    return write


def _field(value: Any) -> str:
    return _TEXTS[type(value)](value)


def lasting(values: Lasting) -> Lasting:
    """The same tuple, of frozen values, which many messages will hold: its text is kept.

    Only that of the newest few; none is made before it is needed.
    """
    if len(_lasting) >= _MOST_LASTING:
        _lasting.clear()
    _lasting[id(values)] = (values, None)
    return values


_lasting: dict[int, tuple[tuple[Any, ...], str | None]] = {}
"""By identity, which nobody else has while the value is held here."""
_MOST_LASTING = 16


def _array(values: Any) -> str:
    if not values:
        return "[]"
    kept = _lasting.get(id(values))
    if kept is not None and kept[1] is not None:
        return kept[1]
    made = f"[{','.join([_TEXTS[type(one)](one) for one in values])}]"
    if kept is not None:
        _lasting[id(values)] = (values, made)
    return made


def _float(value: float) -> str:
    return repr(value) if isfinite(value) else _WRITER.encode(value)


def _plain(value: Any) -> str:
    return _WRITER.encode(unstructure(value))


_TEXTS = _Texts(
    {
        str: quoted,
        int: repr,
        float: _float,
        bool: {True: "true", False: "false"}.__getitem__,
        Text: str,
        type(None): {None: "null"}.__getitem__,
        tuple: _array,
        list: _array,
    }
)
