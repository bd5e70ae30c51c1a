"""An editor with no plug-in: it knows LSP 3.17, keeps buffers, and does what a server may ask."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aircher_protocol.codec import ParamsError
from aircherd.core.document import Document, Encoding, Place
from aircherd.server import rpc
from aircherd.server.rpc import lsp
from sessions.editor import TOLD, Editor

FULL: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {"groupsOnLabel": True},
        },
    },
    "textDocument": {
        "codeAction": {"resolveSupport": {"properties": ["edit"]}},
        "publishDiagnostics": {"versionSupport": True},
    },
}
"""What a modern editor says of itself."""
LEAST: dict[str, Any] = {"workspace": {"applyEdit": True}}
"""What an old one says: edits, and nothing about them."""


@dataclass
class Buffer:
    """A text that stands open."""

    text: str
    version: int = 1


@dataclass
class Bare(Editor):
    """One window of such an editor. Requests of the server are answered as a person's editor
    would; what it was shown is kept."""

    capabilities: dict[str, Any] = field(default_factory=lambda: FULL)
    settings: Any = None
    """What it answers `workspace/configuration` with."""
    encoding: Encoding = Encoding.UTF16
    buffers: dict[str, Buffer] = field(default_factory=dict)
    diagnostics: dict[str, list[Any]] = field(default_factory=dict)
    messages: list[tuple[int, str]] = field(default_factory=list)
    shown_files: list[tuple[Path, str]] = field(default_factory=list)
    progress: list[tuple[Any, dict[str, Any]]] = field(default_factory=list)
    asked_of_it: list[tuple[str, Any]] = field(default_factory=list)
    before_edit: Callable[[], None] = lambda: None
    """What the person does while an edit is on its way."""
    refuses: frozenset[str] = frozenset()
    """Methods it answers with an error."""
    _methods: dict[int, str] = field(default_factory=dict)

    async def begin_session(self, *folders: Path) -> dict[str, Any]:
        """Opens the session with these folders."""
        self._task = asyncio.create_task(self._read())
        answer: dict[str, Any] = await self.ask(
            "initialize",
            processId=os.getpid(),
            capabilities=self.capabilities,
            rootUri=folders[0].as_uri() if folders else None,
            workspaceFolders=[{"uri": f.as_uri(), "name": f.name} for f in folders] or None,
        )
        self.encoding = Encoding(answer["capabilities"]["positionEncoding"])
        self.notify("initialized", {})
        return answer["capabilities"]

    def begin(self, method: str, **params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Sends a request and does not wait."""
        number, future = super().begin(method, **params)
        self._methods[number] = method
        return number, future

    def open(self, path: Path, language: str = "python") -> str:
        """Opens a file as it is on disk; its URI."""
        uri, text = path.as_uri(), path.read_bytes().decode("utf-8")
        self.buffers[uri] = Buffer(text)
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    def type(self, uri: str, offset: int, new: str, *, over: int = 0) -> None:
        """Types at an offset, over so many characters, and tells the server."""
        buffer = self.buffers[uri]
        before = Document(uri=uri, text=buffer.text)
        span = {
            "start": self._position(before.place(offset, self.encoding)),
            "end": self._position(before.place(offset + over, self.encoding)),
        }
        buffer.text = buffer.text[:offset] + new + buffer.text[offset + over :]
        buffer.version += 1
        self._tell(uri, [{"range": span, "text": new}])

    def close(self, uri: str) -> None:
        """Closes a buffer."""
        del self.buffers[uri]
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    async def run(self, command: str, **params: Any) -> Any:
        """Runs a command as a key binding does."""
        return await self.ask("workspace/executeCommand", command=command, arguments=[params])

    def range(self, uri: str, text: str) -> dict[str, Any]:
        """Where a text stands in a buffer."""
        buffer = self.buffers[uri]
        document, at = Document(uri=uri, text=buffer.text), buffer.text.index(text)
        return {
            "start": self._position(document.place(at, self.encoding)),
            "end": self._position(document.place(at + len(text), self.encoding)),
        }

    async def until(self, holds: Callable[[], Any]) -> None:
        """Waits until something holds that messages bring about."""
        async with asyncio.timeout(60):
            while not holds():
                self._word.clear()
                await self._word.wait()

    # --- what a server may ask ------------------------------------------------------------------

    def _take(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params")
        self._check(message)
        if method is None or method in TOLD:
            super()._take(message)
        elif "id" in message:
            self.asked_of_it.append((method, params))
            self._respond(message["id"], method, params)
        elif method == "textDocument/publishDiagnostics":
            self.diagnostics[params["uri"]] = params["diagnostics"]
        elif method == "window/showMessage":
            self.messages.append((params["type"], params["message"]))
        elif method == "$/progress":
            self.progress.append((params["token"], params["value"]))
        elif method != "$/cancelRequest":
            super()._take(message)
        self._word.set()

    def _check(self, message: dict[str, Any]) -> None:
        """Holds a message to LSP's own types: what does not fit there fits no editor."""
        method = message.get("method") or self._methods.get(message.get("id", 0), "")
        kinds = lsp.METHOD_TO_TYPES.get(method)
        if kinds is None or "error" in message:
            return
        asked, answered = kinds[0], kinds[1]
        try:
            rpc.structure(asked if "method" in message else answered, message)
        except ParamsError as error:
            self.surprises.append(f"{method} does not fit: {error}")

    def _respond(self, number: Any, method: str, params: Any) -> None:
        if method in self.refuses:
            error = {"code": -32601, "message": f"{method} is not known"}
            self._send({"jsonrpc": "2.0", "id": number, "error": error})
            return
        result: Any = None
        if method == "workspace/applyEdit":
            self.before_edit()
            why = self._apply(params["edit"])
            result = {"applied": why is None, **({"failureReason": why} if why else {})}
        elif method == "window/showDocument":
            path = Path(unquote(urlsplit(params["uri"]).path))
            self.shown_files.append((path, path.read_text("utf-8")))
            result = {"success": True}
        elif method == "workspace/configuration":
            result = [self.settings for _ in params["items"]]
        elif method not in (
            "window/workDoneProgress/create",
            "client/registerCapability",
            "workspace/diagnostic/refresh",
        ):
            self.surprises.append(method)
        self._send({"jsonrpc": "2.0", "id": number, "result": result})

    def _apply(self, edit: dict[str, Any]) -> str | None:
        """Makes an edit, all of it or nothing; why not."""
        made: dict[str, str] = {}
        changes = edit.get("documentChanges")
        if changes is None:
            changes = [
                {"textDocument": {"uri": uri, "version": None}, "edits": edits}
                for uri, edits in edit["changes"].items()
            ]
        for change in changes:
            if change.get("kind") == "create":
                made[change["uri"]] = ""
                continue
            uri, version = change["textDocument"]["uri"], change["textDocument"]["version"]
            buffer = self.buffers.get(uri)
            if buffer is not None and version not in (None, buffer.version):
                return f"{uri} is at version {buffer.version}"
            text = made.get(uri, "" if buffer is None else buffer.text)
            if buffer is None and uri not in made:
                path = Path(unquote(urlsplit(uri).path))
                text = path.read_text("utf-8") if path.exists() else ""
            made[uri] = self._edited(uri, text, change["edits"])
        for uri, text in made.items():
            if uri in self.buffers:
                self.buffers[uri].text = text
                self.buffers[uri].version += 1
                self._tell(uri, [{"text": text}])
            else:
                self.buffers[uri] = Buffer(text)
        return None

    def _edited(self, uri: str, text: str, edits: list[Any]) -> str:
        document = Document(uri=uri, text=text)

        def offset(place: dict[str, int]) -> int:
            return document.offset(Place(place["line"], place["character"]), self.encoding)

        spans = [(offset(e["range"]["start"]), offset(e["range"]["end"]), e) for e in edits]
        for start, end, one in sorted(spans, key=lambda span: span[0], reverse=True):
            text = text[:start] + one["newText"] + text[end:]
        return text

    def _tell(self, uri: str, changes: list[Any]) -> None:
        about = {"uri": uri, "version": self.buffers[uri].version}
        self.notify("textDocument/didChange", {"textDocument": about, "contentChanges": changes})

    @staticmethod
    def _position(place: Place) -> dict[str, int]:
        return {"line": place.line, "character": place.character}
