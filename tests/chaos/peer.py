"""One client that writes down what it asked and everything it was told."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from aircher_protocol.framing import FrameReader, frame


@dataclass
class Asked:
    """One request and what became of it."""

    method: str
    at: float
    answers: list[dict[str, Any]] = field(default_factory=list)
    answered_at: float | None = None
    lost: bool = False
    """The connection ended first."""
    copies: int = 1
    """How often its number was used; each is owed an answer."""


class Peer:
    """An editor or a script at the far end of a connection."""

    def __init__(
        self,
        name: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        process: asyncio.subprocess.Process | None = None,
    ) -> None:
        self.name = name
        self.asked: dict[int, Asked] = {}
        self.strange: list[Any] = []
        """What nobody asked for."""
        self.heard = bytearray()
        self.seqs: dict[str, int] = {}
        self._reader, self._writer, self._process = reader, writer, process
        self._next = 0
        self._task = asyncio.create_task(self._read())
        self._news = asyncio.Event()
        self._listening = asyncio.Event()
        self._listening.set()
        self.lost = False

    def ask(self, method: str, params: Any) -> int:
        """Sends a request; its number."""
        self._next += 1
        self.asked[self._next] = Asked(method, asyncio.get_running_loop().time(), lost=self.lost)
        self.send({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params})
        return self._next

    def again(self, number: int, method: str, params: Any) -> None:
        """Sends another request under a number that is in use."""
        self.asked[number].copies += 1
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    def deaf(self, seconds: float) -> None:
        """Reads nothing for so long."""
        self._listening.clear()
        asyncio.get_running_loop().call_later(seconds, self._listening.set)

    def send(self, message: Any) -> None:
        self.raw(frame(json.dumps(message).encode()))

    def raw(self, data: bytes) -> None:
        if not self.lost and not self._writer.is_closing():
            self._writer.write(data)

    async def answered(self, number: int, seconds: float) -> bool:
        """Waits for an answer, or for the end of the connection; False when neither came."""
        asked = self.asked[number]
        try:
            async with asyncio.timeout(seconds):
                while len(asked.answers) < asked.copies and not asked.lost:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Goes without a word."""
        self._writer.close()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._process is not None:
            try:
                # What it was told and does not read, a forwarder leaves after five seconds, and the
                # daemon too; that is ten, and the machine may be busy.
                async with asyncio.timeout(30):
                    while self._process.returncode is None:
                        await asyncio.sleep(0.02)
            except TimeoutError:
                self.strange.append(f"{self.name}: its forwarder stayed")
                self._process.kill()
            # asyncio waits for the end of its output as well, which nobody reads any more.
            while await self._reader.read(1 << 20):
                pass
            await self._process.wait()

    async def _read(self) -> None:
        frames = FrameReader()
        try:
            while data := await self._reader.read(65536):
                await self._listening.wait()
                self.heard += data
                for body in frames.feed(data):
                    self._take(json.loads(body))
        except (ConnectionError, OSError):
            pass
        finally:
            self.lost = True
            for one in self.asked.values():
                one.lost = one.lost or len(one.answers) < one.copies
            self._news.set()

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") == "aircher/delta":
            params = message["params"]
            token = str(params["token"])
            if params["seq"] != self.seqs.get(token, 0) + 1:
                self.strange.append(f"delta {params['seq']} after {self.seqs.get(token, 0)}")
            self.seqs[token] = params["seq"]
            return
        if "method" in message:
            return
        asked = self.asked.get(message.get("id", 0))
        if asked is None:
            if message.get("id") is not None:
                self.strange.append(message)
            return
        asked.answers.append(message)
        asked.answered_at = asyncio.get_running_loop().time()
        self._news.set()
