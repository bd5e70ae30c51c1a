"""Work-done progress: shown by the editor with a button that stops the work."""

from __future__ import annotations

import asyncio
import secrets

from aircherd.server import rpc
from aircherd.server.dispatch import Connection
from aircherd.server.outgoing import NoAnswer
from aircherd.server.rpc import lsp

CREATE_SECONDS = 5.0
"""What a client may take to make room for a progress bar."""
REPORT_SECONDS = 0.25
"""Least time between two reports of one piece of work."""


class Progress:
    """The progress of one request, and a sink that counts what is written meanwhile.

    A cancel by the user ends the request as `$/cancelRequest` does, so that the spending stops.
    """

    def __init__(self, connection: Connection, token: str | int | None) -> None:
        self._connection = connection
        self._token = token
        self._letters = 0
        self._next = 0.0

    @classmethod
    async def begin(cls, connection: Connection, title: str, token: str | int | None) -> Progress:
        """Shows that work began: under the client's token or, where it gave none and can show
        progress, under one of our own."""
        made = cls(connection, token)
        if token is None and connection.client.can("window.workDoneProgress") is True:
            own = f"aircher-{secrets.token_hex(8)}"
            try:
                await connection.request(
                    "window/workDoneProgress/create", {"token": own}, seconds=CREATE_SECONDS
                )
                made._token = own
            except NoAnswer:
                pass
        task = asyncio.current_task()
        if made._token is not None and task is not None:
            connection.editor.progress[made._token] = task
            made._send(lsp.WorkDoneProgressBegin(title=title, cancellable=True))
        return made

    def append(self, text: str) -> None:
        """Counts what was written; the text itself is the result's."""
        self._letters += len(text)
        self._report(f"{self._letters} characters")

    def thinking(self, text: str) -> None:
        """Says that the model thinks."""
        if not self._letters:
            self._report("thinking")

    def replace(self, text: str) -> None:
        """Counts anew."""
        self._letters = len(text)

    def end(self, message: str | None = None) -> None:
        """Takes it off the screen."""
        if self._token is not None:
            self._connection.editor.progress.pop(self._token, None)
            self._send(lsp.WorkDoneProgressEnd(message=message))

    def _report(self, message: str) -> None:
        now = asyncio.get_running_loop().time()
        if self._token is not None and now >= self._next:
            self._next = now + REPORT_SECONDS
            self._send(lsp.WorkDoneProgressReport(message=message))

    def _send(self, value: object) -> None:
        params = {"token": self._token, "value": rpc.write(value)}
        self._connection.notify("$/progress", params)


def cancelled(connection: Connection, params: lsp.WorkDoneProgressCancelParams) -> None:
    """window/workDoneProgress/cancel"""
    # The converter lets a token of any type through.
    token = params.token
    task = connection.editor.progress.get(token) if isinstance(token, str | int) else None
    if task is not None:
        connection.stop(task)
