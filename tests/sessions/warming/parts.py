"""A hosted model behind TLS and an engine that loads, and an editor that has a folder open."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aircherd import runtime
from aircherd.outbound.departures import Departure, Departures
from sessions.conftest import Shop, configure
from sessions.editor import Editor, in_process

ANSWER = (
    b'data: {"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"Add mean"}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5}}\n\n'
    b"data: [DONE]\n\n"
)


LIST = b'{"object":"list","data":[{"id":"m","object":"model"}]}'


BASE = "[providers.ollama]\nenabled = false\n"


Hints = list[tuple[str, bool]]


@dataclass
class Far:
    """A hosted model behind TLS; counts connections and what came over them."""

    base: str = ""
    connected: int = 0
    asked: int = 0
    listed: int = 0
    heard: int = 0
    status: bytes = b"200 OK"
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                first = await reader.readexactly(1)
                self.heard += 1
                head = first + await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    self.listed += 1
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LIST))
                    writer.write(LIST)
                    continue
                size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(size)
                self.asked += 1
                said = ANSWER if self.status.startswith(b"200") else b"{}"
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n"
                    % (self.status, len(said))
                    + said
                )
        writer.transport.abort()


def asked_before(far: Far, days: float = 1.0, origin: str | None = None) -> None:
    """Puts a line into the list of what has left."""
    departures = Departures(runtime.departures_path())
    departures.note(
        Departure(
            at=(datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="milliseconds"),
            operation="o",
            client="test",
            workspace=None,
            provider="acme",
            model="m",
            origin=origin or far.base.removesuffix("/v1"),
            size=2,
            sha256=hashlib.sha256(b"{}").hexdigest(),
        )
    )
    departures.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.002)


@contextlib.asynccontextmanager
async def window(root: Path, *, trusted: bool = True) -> AsyncIterator[Editor]:
    """An editor that has a folder open, once its index is listened to."""
    async with in_process() as opened:
        editor = await opened()
        editor._task = asyncio.create_task(editor._read())
        await editor.ask(
            "initialize",
            processId=None,
            capabilities={},
            rootUri=None,
            workspaceFolders=[{"uri": root.as_uri(), "name": "shop"}],
            initializationOptions={"trusted": trusted},
        )
        editor.notify("initialized", {})
        await editor.ask("aircher/status")
        try:
            yield editor
        finally:
            await editor.leave()


async def message(editor: Editor, shop: Shop) -> Any:
    return await editor.ask("aircher/commitMessage", workspace=str(shop.root))


async def ahead(editor: Editor) -> list[str]:
    """To whom a connection waits: known at this end before the far side counts it."""
    return list(json.loads((await editor.ask("aircher/dump"))["text"])["openedAhead"])


async def listening(editor: Editor) -> None:
    """Waits until the editor's folder is listened to."""
    async with asyncio.timeout(30):
        while True:
            dump = json.loads((await editor.ask("aircher/dump"))["text"])
            if dump["process"]["listening"]:
                return


def opens(editor: Editor, shop: Shop) -> None:
    """The editor git opens shows the commit's buffer."""
    path = shop.root / ".git" / "COMMIT_EDITMSG"
    path.write_text("\n# Please enter the commit message\n", "utf-8")
    document = {"uri": path.as_uri(), "languageId": "git-commit", "version": 1, "text": "\n"}
    editor.notify("textDocument/didOpen", {"textDocument": document})


def told_later(editor: Editor) -> list[list[str]]:
    """What changed in a workspace after it was first seen, as the editor was told."""
    return [
        params["changed"]
        for method, params in editor.told
        if method == "aircher/workspaceChanged" and params["serial"] > 1
    ]


@dataclass
class Engine:
    """Ollama, as far as it is asked here; loads a model when it is told to."""

    port: int = 0
    models: tuple[str, ...] = ("qwen3.5:4b",)
    loads: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            size = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            body = json.loads(await reader.readexactly(int(size))) if size else {}
            await self._answer(head.split()[1].decode(), body, reader, writer)
        writer.transport.abort()

    async def _answer(
        self, path: str, body: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        said: Any = {"version": "0.13.0"}
        said["models"] = [
            {"name": name, "model": name, "size": 3, "details": {"family": "qwen3"}}
            for name in self.models
        ]
        if path == "/api/show":
            info = {"general.architecture": "qwen3", "qwen3.context_length": 32768}
            said = {"model_info": info, "capabilities": ["completion"]}
        elif path == "/api/chat" and not body["messages"]:
            self.loads.append(body)
            gone = asyncio.ensure_future(reader.read(1))
            ready = asyncio.ensure_future(self.loaded.wait())
            await asyncio.wait({gone, ready}, return_when=asyncio.FIRST_COMPLETED)
            self.hung_up += gone.done()
            gone.cancel()
            ready.cancel()
            said = {"done": True, "done_reason": "load"}
        elif path == "/api/chat":
            self.asked.append(body)
            text = {"role": "assistant", "content": "Add mean"}
            said = {"message": text, "done": True, "done_reason": "stop", "eval_count": 3}
            said["prompt_eval_count"] = 2000
        data = json.dumps({"model": "m", **said}).encode() + b"\n"
        kind = b"application/x-ndjson" if path == "/api/chat" else b"application/json"
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(data))
            + data
        )
        await writer.drain()


def ollama(engine: Engine, more: str = "") -> None:
    configure(f'[providers.ollama]\nbase_url = "http://127.0.0.1:{engine.port}"\n{more}')
