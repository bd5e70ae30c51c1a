"""Messages as they come in, values as they go out, whichever of the two protocols they are of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import attrs

from aircher_protocol.codec import ParseError, parse, structure, unstructure
from aircher_protocol.errors import Code
from aircher_protocol.jsontext import text
from aircher_protocol.methods import METHODS
from aircherd.server import rpc

Id = str | int


@dataclass(frozen=True, slots=True)
class Request:
    """Something to be answered."""

    id: Id
    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is told."""

    method: str
    params: Any


@dataclass(frozen=True, slots=True)
class Response:
    """A client's answer to a request of ours."""

    message: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is no message; to be answered with this error."""

    id: Id | None
    code: Code
    text: str


Message = Request | Notice | Response | Fault


def wants(found: Message, known: Collection[str]) -> bool:
    """Whether types must be loaded (`rpc.load`) before this message can be taken.

    The session it came to waits for them, so that what comes after it is taken after it; nobody
    else does. `known` are the methods that are answered or heard.
    """
    if not isinstance(found, Request | Notice):
        return False
    return found.method in known and rpc.needs(found.method)


def message(body: bytes) -> Message:
    """What one framed body is."""
    try:
        found = parse(body)
    except ParseError as error:
        return Fault(None, Code.PARSE_ERROR, str(error))
    if not isinstance(found, dict) or found.get("jsonrpc") != "2.0":
        number = found.get("id") if isinstance(found, dict) else None
        what = "a message must be an object with jsonrpc 2.0; batches are not taken"
        return Fault(number if is_id(number) else None, Code.INVALID_REQUEST, what)
    method, number, params = found.get("method"), found.get("id"), found.get("params")
    if not isinstance(method, str):
        if "result" in found or "error" in found:
            return Response(found)
        known = number if is_id(number) else None
        return Fault(known, Code.INVALID_REQUEST, "a request must name its method")
    if "id" not in found:
        return Notice(method, params)
    if number is None or not is_id(number):
        return Fault(None, Code.INVALID_REQUEST, "an id must be a string or a whole number")
    return Request(number, method, params)


def is_id(value: Any) -> bool:
    """Whether a value can number a request."""
    return isinstance(value, str | int) and not isinstance(value, bool)


def read(method: str, params: Any) -> Any:
    """Parameters as the method's type. Raises ParamsError."""
    if method in METHODS:
        return structure(METHODS[method].params, {} if params is None else params)
    return rpc.read(method, params)


def written(method: str, result: Any) -> Any:
    """A method's result as plain values."""
    if method not in METHODS:
        return rpc.write(result)
    return unstructure(result) if attrs.has(type(result)) else result


def sent(method: str, result: Any) -> Any:
    """A method's result as it goes into a message: as text where its type is ours.

    Raises ValueError for what no JSON text can hold.
    """
    if method in METHODS and attrs.has(type(result)):
        return text(result)
    return written(method, result)
