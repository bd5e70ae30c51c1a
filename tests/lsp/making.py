"""A connection whose other end is the test."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

from aircherd.server.dispatch import Client
from aircherd.server.lsp.editor import Editor
from aircherd.server.outgoing import NoAnswer


class Told:
    """Keeps what is told, and answers requests from a table; what is not in it is refused."""

    def __init__(self, client: Client | None = None, answers: dict[str, Any] | None = None) -> None:
        self.client = client or Client()
        self.editor = Editor()
        self.client.documents = self.editor.documents
        self.told: list[tuple[str, Any]] = []
        self.asked: list[tuple[str, Any]] = []
        self.stopped: list[Any] = []
        self._answers = answers or {}
        self._endings: list[Callable[[], None]] = []
        self._errands: list[asyncio.Task[None]] = []

    def notify(self, method: str, params: Any) -> None:
        self.told.append((method, params))

    def say(self, body: bytes) -> None:
        message = json.loads(body)
        self.told.append((message["method"], message["params"]))

    async def request(self, method: str, params: Any, *, seconds: float) -> Any:
        assert seconds > 0
        self.asked.append((method, params))
        if method not in self._answers:
            raise NoAnswer("the editor refused: it does not know that")
        return self._answers[method]

    def at_end(self, work: Callable[[], None]) -> None:
        self._endings.append(work)

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        self._errands.append(asyncio.get_running_loop().create_task(work))

    def stop(self, task: Any) -> None:
        self.stopped.append(task)

    async def errands(self) -> None:
        """Waits for what runs in the background."""
        await asyncio.gather(*self._errands)

    def end(self) -> None:
        """The connection ends."""
        for work in self._endings:
            work()

    def messages(self) -> list[str]:
        """Texts that were shown."""
        return [params["message"] for method, params in self.told if method == "window/showMessage"]
