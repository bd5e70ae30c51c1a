"""A far side in a thread of its own, and what the books say of the calls to it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from aircherd import runtime
from fakes.scripted import Answering, Exchange, FarSide


class World:
    """A far side in a thread of its own, and a file that names it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.status = 200
        self.words = ["Hello", ", ", "world."]
        self.hold = threading.Event()
        self.hold.set()
        self.cut = False
        self.closed = threading.Event()
        self.script: Answering | None = None
        """Answers instead of the words, where it is given."""
        self.far: FarSide
        self.path = folder / "provider.config.toml"

    @property
    def bodies(self) -> list[Any]:
        """What it was asked, as JSON."""
        return [json.loads(one.body) for one in self.far.seen if one.body]

    async def answer(self, exchange: Exchange) -> None:
        if self.script is not None:
            await self.script(exchange)
            return
        if self.status != 200:
            await exchange.start(f"{self.status} No", "application/json")
            await exchange.send(b'{"error": {"message": "not now"}}')
            return
        if exchange.head.startswith(b"POST /v1/embeddings"):
            texts = json.loads(exchange.body)["input"]
            data = [{"index": n, "embedding": [float(n), 1.0]} for n, _ in enumerate(texts)]
            await exchange.start(kind="application/json")
            said = {"data": data, "model": "v", "usage": {"prompt_tokens": 3, "total_tokens": 3}}
            await exchange.send(json.dumps(said).encode())
            return
        await exchange.start()
        for word in self.words:
            await exchange.text(word)
            while not self.hold.is_set():
                if exchange.closed.is_set():
                    self.closed.set()
                    return
                await asyncio.sleep(0.01)
        if self.cut:
            return
        await exchange.finish(prompt=20, answer=5)

    def write(self, more: str = "") -> str:
        self.path.write_text(
            f"[providers.custom.ollama]\nenabled = false\n[provider.cloud.far]\n"
            f'base_url = "{self.far.base}"\nmodels = ["m", "v"]\nlocal = false\ncontext = 8192\n'
            f"input_per_million = 1\noutput_per_million = 2\n{more}",
            "utf-8",
        )
        return str(self.path)


def booked() -> list[tuple[str, str, str]]:
    """Who answered and how it ended, once nothing is held: no answer waits for its booking."""
    end = time.monotonic() + 30
    while True:
        with closing(sqlite3.connect(runtime.ledger_path())) as db:
            rows = db.execute("SELECT provider, model, outcome FROM entries ORDER BY id").fetchall()
        if all(outcome is not None for _, _, outcome in rows) or time.monotonic() > end:
            return rows
        time.sleep(0.01)
