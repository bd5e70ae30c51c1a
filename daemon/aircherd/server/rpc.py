"""LSP's own types: the only import of pygls and lsprotocol.

pygls' own loop and transports are not used: measured on 2.1.1, its TCP server answers the wrong
client, its reader has no limits, its object hook loses keys, bad params get no answer at all, and
errors carry tracebacks. What is used is its converter and the protocol's types, so that what we
read and write of LSP is what every editor means by it.

Both are loaded when the first message needs them: they are 12 MB and 60 ms that the terminal and
scripts, which speak only our own methods, never pay. `initialize` is read without them. The
session that brings that message waits for them; nobody else does.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from aircher_protocol.codec import ParamsError, camel
from aircher_protocol.errors import FieldError

if TYPE_CHECKING:
    import cattrs
    from lsprotocol import types as lsp
else:

    class _Types(ModuleType):
        def __getattr__(self, name: str) -> Any:
            return getattr(import_module("lsprotocol.types"), name)

    lsp = _Types("lsp")

# At INFO it logs whole bodies: diffs and prompts.
logging.getLogger("pygls").setLevel(logging.WARNING)


__all__ = ["load", "lsp", "needs", "notifies", "read", "structure", "write"]

_PLAIN = {"initialize", "initialized", "shutdown", "exit"}
"""What is read without the types."""
_loading = threading.Lock()


@cache
def _converter() -> cattrs.Converter:
    """One for all connections: building it takes longer than an editor should wait."""
    from pygls.protocol import default_converter

    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    return made


def needs(method: str) -> bool:
    """Whether a method's parameters can be read only after `load`."""
    if _converter.cache_info().currsize:
        return False
    return not method.startswith(("aircher/", "$/")) and method not in _PLAIN


async def load() -> None:
    """Loads both in a thread: on a busy machine it takes seconds, which are nobody else's."""
    # Where it fails, so does the message it was for, and that is answered.
    with contextlib.suppress(Exception):
        await asyncio.to_thread(_load)


def _load() -> None:
    with _loading:
        _converter()


def read(method: str, params: Any) -> Any:
    """Parameters of a method of LSP. Raises ParamsError naming what does not fit."""
    if method == "initialized":
        return None
    kind = lsp.METHOD_TO_TYPES[method][2]
    return None if kind is None else structure(kind, params)


def write(value: Any) -> Any:
    """Any of LSP's values as plain ones; what is None is left out."""
    if value is None:
        return None
    return _converter().unstructure(value)


def notifies(method: str) -> bool:
    """Whether a method of LSP is a notification."""
    found = lsp.METHOD_TO_TYPES.get(method)
    return found is not None and found[1] is None


def structure(kind: Any, params: Any) -> Any:
    """Plain values as one of LSP's types. Raises ParamsError naming what does not fit."""
    try:
        return _converter().structure(params, kind)
    except Exception as error:
        raise ParamsError(tuple(_fields(error)) or (_unfit(kind),)) from None


def _fields(error: Exception) -> Iterator[FieldError]:
    import cattrs

    # The library words them `what is wrong @ $.text_document.uri`.
    for line in cattrs.transform_error(error)[:20]:
        message, _, path = line.partition(" @ $")
        yield FieldError(path=".".join(map(camel, path.strip(".").split("."))), message=message)


def _unfit(kind: Any) -> FieldError:
    return FieldError(path="", message=f"are no {kind.__name__}")
