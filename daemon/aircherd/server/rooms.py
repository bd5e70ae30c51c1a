"""Who answers what, which may be known only after the first editor has come."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from aircherd.server.dispatch import Handler, Notified
from aircherd.server.turns import Crowd

OFFERED = frozenset(
    {
        "textDocument/didOpen",
        "textDocument/didChange",
        "textDocument/codeAction",
        "codeAction/resolve",
        "textDocument/codeLens",
        "textDocument/completion",
        "textDocument/diagnostic",
        "workspace/executeCommand",
        "workspace/didChangeWorkspaceFolders",
    }
)
"""What `initialize` offers of LSP before those who answer are loaded; a test holds it to them."""


class Rooms:
    """The tables of one daemon, the same for all its sessions."""

    def __init__(self) -> None:
        self.handlers: Mapping[str, Handler] = {}
        self.notified: Mapping[str, Notified] = {}
        self.known: Collection[str] = OFFERED
        """Every method that is answered or heard; until they are open, those that count for
        `initialize`."""
        self.closed = True
        """Whether sessions must wait before they take anything but `initialize`."""
        self.crowd = Crowd()
        self._opened = asyncio.Event()

    def open(self, handlers: Mapping[str, Handler], notified: Mapping[str, Notified]) -> None:
        """Lets in who waits."""
        self.handlers, self.notified = handlers, notified
        self.known = frozenset((*handlers, *notified))
        self.closed = False
        self._opened.set()

    async def opened(self) -> None:
        """Waits until they are open."""
        await self._opened.wait()
