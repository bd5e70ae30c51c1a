"""A connection to aircherd that keeps what went over it."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from aircher_protocol import PROTOCOL_VERSION
from aircher_protocol.codec import parse
from aircher_protocol.framing import FrameReader, frame
from aircher_protocol.jsontext import dump

DAEMON = (sys.executable, "-m", "aircherd")
Message = dict[str, Any]


class Wire:
    """A connection that keeps what went over it."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._number = 0
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self.told: dict[str, Message] = {}
        """The first notification of each method but deltas."""

    async def open(self) -> list[Message]:
        """Connects and initializes; gives that exchange."""
        self._process = await asyncio.create_subprocess_exec(
            *DAEMON, "connect", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        self._task = asyncio.create_task(self._read())
        options = {"protocol": PROTOCOL_VERSION, "keyVariables": []}
        hello = {
            "processId": os.getpid(),
            "clientInfo": {"name": "example"},
            "rootUri": None,
            "capabilities": {},
            "initializationOptions": options,
        }
        said = await self.ask("initialize", hello)
        ready = {"jsonrpc": "2.0", "method": "initialized", "params": {}}
        self._send(ready)
        return [*said, {"editor": ready}]

    async def ask(self, method: str, params: Message, *, cancel: bool = False) -> list[Message]:
        """Sends a request; everything that belongs to it, the answer last."""
        self._number += 1
        request = {"jsonrpc": "2.0", "id": self._number, "method": method, "params": params}
        self._send(request)
        said: list[Message] = [{"editor": request}]
        while True:
            message = await self._inbox.get()
            if message.get("method") not in (None, "aircher/delta"):
                self.told.setdefault(message["method"], message)
                if message["method"] != "aircher/waiting":
                    continue
            said.append({"daemon": message})
            if message.get("id") == self._number:
                return said
            if cancel:
                stop = {
                    "jsonrpc": "2.0",
                    "method": "$/cancelRequest",
                    "params": {"id": self._number},
                }
                self._send(stop)
                said.append({"editor": stop})
                cancel = False

    async def close(self) -> list[Message]:
        """Says good-bye; gives that exchange."""
        said = await self.ask("shutdown", {})
        last = {"jsonrpc": "2.0", "method": "exit"}
        self._send(last)
        assert self._process is not None
        assert self._task is not None
        await self._process.wait()
        await self._task
        return [*said, {"editor": last}]

    def _send(self, message: Message) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(frame(dump(message)))

    async def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        frames = FrameReader()
        while data := await self._process.stdout.read(65536):
            for body in frames.feed(data):
                self._inbox.put_nowait(parse(body))
