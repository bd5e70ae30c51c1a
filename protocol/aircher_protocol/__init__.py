"""The treaty between the aircher daemon and its editors: types, methods, errors, framing, client.

Layer 0: attrs and cattrs only; knows nothing of the daemon. For scripts:

    from aircher_protocol import Client

    with Client() as client:
        print(client.ask("What is a monad?").text)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aircher_protocol.client import AsyncClient as AsyncClient
    from aircher_protocol.client import Client as Client
    from aircher_protocol.manager import ProviderManager as ProviderManager

PROTOCOL_VERSION = 1
"""Raised when an old client and a new daemon could no longer understand each other."""

_WHERE = {"AsyncClient": "client", "Client": "client", "ProviderManager": "manager"}
"""Imported when they are asked for: whoever needs one type does not pay for all of asyncio."""


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
