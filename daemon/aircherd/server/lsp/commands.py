"""workspace/executeCommand: the nine commands for editors that know LSP and nothing else.

Each goes through the very handler of the protocol's own method; what it brings is then shown by
LSP's means: edits are offered, findings become diagnostics, texts are opened as files.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aircherd.core.errors import InvalidRequest
from aircherd.core.sink import Sink
from aircherd.server import wire
from aircherd.server.deltas import Deltas
from aircherd.server.dispatch import Call, Connection, Handler
from aircherd.server.lsp import deliver, reviewed
from aircherd.server.lsp.commit_buffer import is_commit_buffer, work_tree
from aircherd.server.lsp.documents import local_path
from aircherd.server.lsp.progress import Progress
from aircherd.server.rpc import lsp

METHODS = {
    "aircher.commit": ("aircher/commitMessage", "Writing a commit message"),
    "aircher.review": ("aircher/review", "Reviewing"),
    "aircher.explain": ("aircher/explain", "Explaining"),
    "aircher.fix": ("aircher/fix", "Fixing"),
    "aircher.document": ("aircher/document", "Documenting"),
    "aircher.refactor": ("aircher/refactor", "Refactoring"),
    "aircher.generate": ("aircher/generate", "Generating"),
    "aircher.summarize": ("aircher/summarize", "Summarizing"),
    "aircher.ask": ("aircher/ask", "Asking"),
}
"""Commands that ask a model: the method behind each, and what is shown meanwhile."""

FINDINGS = {"aircher.applyFix": reviewed.apply_fix, "aircher.dismiss": reviewed.dismiss}
"""Commands about one finding of a review; they ask nobody."""

_IN_REPOSITORY = ("aircher.commit", "aircher.review", "aircher.summarize")

COMMANDS = (*METHODS, *FINDINGS)


async def execute(
    asked: Mapping[str, Handler], call: Call[lsp.ExecuteCommandParams]
) -> dict[str, Any]:
    """workspace/executeCommand"""
    name, given = call.params.command, call.params.arguments or ()
    # Lua writes an empty table as an array.
    first = (given[0] if given else None) or {}
    if not isinstance(first, dict):
        raise InvalidRequest(f"The argument of {name} is an object with its parameters.")
    if name in FINDINGS:
        return await FINDINGS[name](asked, call, first)
    if name not in METHODS or METHODS[name][0] not in asked:
        raise InvalidRequest(f"There is no command {name!r}; there are {', '.join(METHODS)}.")
    method, title = METHODS[name]
    params = await _completed(call.connection, name, first)
    wanted = wire.read(method, params)
    same = _in_place_of_the_same(call.connection, name, params)
    progress = await Progress.begin(call.connection, title, call.params.work_done_token)
    streamed = Streamed(progress, call.connection, params.get("deltaToken"))
    try:
        inner = Call(
            method=method,
            params=wanted,
            session=call.session,
            sink=streamed,
            connection=call.connection,
        )
        result: dict[str, Any] = wire.written(method, await asked[method](inner))
    finally:
        streamed.flush()
        progress.end()
        if call.connection.editor.running.get(same) is asyncio.current_task():
            del call.connection.editor.running[same]
    return await deliver.result(asked, call, name, params, result)


def _in_place_of_the_same(connection: Connection, name: str, params: dict[str, Any]) -> str:
    """Ends an earlier run of the very same command, and gives the name this one runs under.

    Who presses a key twice wants one answer and pays for one.
    """
    same = json.dumps([name, params], sort_keys=True)
    running = connection.editor.running
    if same in running:
        connection.stop(running[same])
    task = asyncio.current_task()
    assert task is not None
    running[same] = task
    return same


async def _completed(connection: Connection, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters, with what a bare key binding leaves out and the session knows."""
    params = dict(given)
    if name == "aircher.commit" and "document" not in params:
        # From a key that gives no arguments: the message goes where git waits for one.
        waiting = [uri for uri in connection.editor.documents if is_commit_buffer(uri)]
        if len(waiting) == 1:
            params["document"] = {"uri": waiting[0]}
    named = params.get("document")
    uri = named.get("uri") if isinstance(named, dict) else None
    documents = connection.editor.documents
    document = documents.standing(uri) if isinstance(uri, str) else None
    if document is not None and isinstance(named, dict) and named.get("version") is None:
        # What the command saw: an edit for it is refused once the document has moved on.
        params["document"] = {**named, "version": document.version}
    if params.get("workspace") is None:
        params["workspace"] = await _workspace(connection, name, uri)
    if params["workspace"] is None and name in _IN_REPOSITORY:
        raise InvalidRequest(
            f"{name} needs a repository, and no folder is open; name one as `workspace`."
        )
    if name == "aircher.summarize":
        params.setdefault("scope", "diff" if uri is None else "file")
    return params


async def _workspace(connection: Connection, name: str, uri: Any) -> str | None:
    path = local_path(uri) if isinstance(uri, str) else None
    folders = connection.client.folders
    if path is None:
        return folders[0] if folders else None
    if is_commit_buffer(uri):
        found = await asyncio.to_thread(work_tree, path)
        return found or (folders[0] if folders else None)
    if name in _IN_REPOSITORY:
        return path
    around = [folder for folder in folders if Path(path).is_relative_to(folder)]
    return max(around, key=len, default=path)


class Streamed:
    """Shows the work, and sends the text as it comes to whoever asked for that."""

    def __init__(self, progress: Progress, connection: Connection, token: Any) -> None:
        self._sinks: list[Sink] = [progress]
        self._deltas: Deltas | None = None
        if isinstance(token, str | int):
            self._deltas = Deltas(token, connection.say)
            self._sinks.append(self._deltas)

    def append(self, text: str) -> None:
        """More of the text."""
        for sink in self._sinks:
            sink.append(text)

    def thinking(self, text: str) -> None:
        """What the model thinks aloud."""
        for sink in self._sinks:
            sink.thinking(text)

    def replace(self, text: str) -> None:
        """The whole text so far is this instead."""
        for sink in self._sinks:
            sink.replace(text)

    def flush(self) -> None:
        """Sends what was gathered."""
        if self._deltas is not None:
            self._deltas.flush()
