"""LSP's own types: the only import of pygls and lsprotocol.

pygls' own loop and transports are not used: measured on 2.1.1, its TCP server answers the wrong
client, its reader has no limits, its object hook loses keys, bad params get no answer at all, and
errors carry tracebacks. What is used is its converter and the protocol's types, so that what we
read and write of LSP is what every editor means by it.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import cattrs
from lsprotocol import types as lsp
from pygls.protocol import default_converter

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.codec import ParamsError
from aircher_protocol.errors import FieldError
from aircher_protocol.methods import METHODS, Direction
from aircherd.server.dispatch import Client
from aircherd.version import __version__

# At INFO it logs whole bodies: diffs and prompts.
logging.getLogger("pygls").setLevel(logging.WARNING)


@cache
def _converter() -> cattrs.Converter:
    """One for all connections: building it takes longer than an editor should wait."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    return made


def read_initialize(params: Any) -> Client:
    """Who a client says it is. Raises ParamsError for parameters LSP does not allow."""
    try:
        found = _converter().structure(params, lsp.InitializeParams)
    except Exception as error:
        raise ParamsError(
            (FieldError(path="", message=f"are no InitializeParams ({type(error).__name__})"),)
        ) from None
    options = params.get("initializationOptions") or {}
    names = options.get("keyVariables") if isinstance(options, dict) else None
    info = found.client_info
    return Client(
        client_name=(info.name if info is not None else "unknown")[:80],
        process_id=found.process_id,
        key_variables=tuple(n for n in names or () if isinstance(n, str))[:200],
        capabilities=params.get("capabilities") or {},
    )


def initialize_result(client: Client) -> Any:
    """What this server can do, for one client."""
    offered = (client.capabilities.get("general") or {}).get("positionEncodings") or []
    utf8 = lsp.PositionEncodingKind.Utf8.value in offered
    asked = [m.name for m in METHODS.values() if m.direction is Direction.CLIENT_TO_SERVER]
    result = lsp.InitializeResult(
        capabilities=lsp.ServerCapabilities(
            position_encoding=(
                lsp.PositionEncodingKind.Utf8 if utf8 else lsp.PositionEncodingKind.Utf16
            ),
            text_document_sync=lsp.TextDocumentSyncKind.None_,
            experimental={"aircher": {"protocol": PROTOCOL_VERSION, "methods": asked}},
        ),
        server_info=lsp.ServerInfo(name="aircherd", version=__version__),
    )
    return _converter().unstructure(result)
