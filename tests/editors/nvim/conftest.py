"""Both Neovims, a repository with something staged, and a model that says what it is asked to."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from editors.nvim.child import Neovim
from editors.nvim.install import SUITES
from editors.nvim.install import neovim as binary_of
from fakes.scripted import Exchange, far_side
from sessions.conftest import Shop, configure, provider

FILE = "def total(prices):\n    return sum(prices)\n\n\ndef mean(prices):\n    return 1\n"

Open = Callable[..., Neovim]


@pytest.fixture(scope="session", params=sorted(SUITES))
def binary(request: pytest.FixtureRequest) -> Path:
    """Neovim 0.10 and the newest one."""
    return binary_of(request.param)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A repository with a change staged."""
    shop = Shop(tmp_path / "shop")
    shop.stage("shop.py", FILE)
    return shop


@pytest.fixture
def nvim(binary: Path, shop: Shop) -> Iterator[Open]:
    """Opens a Neovim in the repository, with the given words on its command line."""
    with ExitStack() as stack:

        def opened(*words: str, **options: object) -> Neovim:
            window = Neovim(binary, shop.root, words, **options)  # type: ignore[arg-type]
            stack.callback(window.quits)
            return window

        yield opened


@dataclass
class Model:
    """Says its lines one after the other, the last again and again; keeps what it was asked.

    Asked to go on `for ever`, it does.
    """

    lines: list[str] = field(default_factory=lambda: ["Add the mean of prices"])
    seen: list[Exchange] = field(default_factory=list)
    pause: float = 0.0
    """Seconds between two words."""

    def says(self, *lines: str) -> None:
        self.lines = list(lines)

    def asked(self, number: int = -1) -> str:
        """All messages of one request, as text."""
        messages = json.loads(self.seen[number].body)["messages"]
        return "\n".join(str(message["content"]) for message in messages)

    async def answer(self, exchange: Exchange) -> None:
        self.seen.append(exchange)
        await exchange.start()
        if b"for ever" in exchange.body:
            while not exchange.closed.is_set():
                await exchange.text("and on ")
                await asyncio.sleep(0.02)
            return
        text = self.lines.pop(0) if len(self.lines) > 1 else self.lines[0]
        for word in re.split("(?<= )", text):
            await exchange.text(word)
            await asyncio.sleep(self.pause)
        await exchange.finish()


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    """A hosted model with a price; the daemon it brought about is stopped at the end."""
    model = Model()
    async with far_side(model.answer) as far:
        configure(provider("acme", far.base))
        yield model
        await asyncio.to_thread(stop_daemon)


def stop_daemon() -> None:
    """As a person does it."""
    words = [sys.executable, "-m", "aircherd", "stop"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
