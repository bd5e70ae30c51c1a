"""Both Neovims, a repository with something staged, and a model that says what it is asked to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from editors.nvim.child import Neovim
from editors.nvim.install import SUITES
from editors.nvim.install import neovim as binary_of
from fakes.scripted import Exchange, FarSide, far_side
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


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    """A hosted model: `say: X` in a prompt has it answer X, `for ever` never to end."""

    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        if b"for ever" in exchange.body:
            while not exchange.closed.is_set():
                await exchange.text("and on ")
                await asyncio.sleep(0.02)
            return
        for word in _wanted(exchange.body).split(" "):
            await exchange.text(word + " ")
        await exchange.finish()

    async with far_side(answer) as far:
        configure(provider("acme", far.base))
        yield far
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "aircherd", "stop"], capture_output=True
        )


def _wanted(body: bytes) -> str:
    text = body.decode()
    if "say: " in text:
        return text.rpartition("say: ")[2].partition('"')[0].encode().decode("unicode_escape")
    return "Add the mean of prices"
