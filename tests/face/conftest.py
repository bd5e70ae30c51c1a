"""A manager over a far side, and clients of OpenAI's shape both ways."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aircher_protocol import ProviderManager
from aircher_protocol.manager import OpenAIShape
from fakes.scripted import far_side

from .world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    ready, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with far_side(made.answer) as far:
            made.far = far
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.02)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(10)
    made.write()
    yield made
    over.set()
    thread.join(10)


@pytest.fixture
def manager(world: World) -> Iterator[ProviderManager]:
    with ProviderManager(str(world.path)) as made:
        yield made


@pytest.fixture(params=["official", "shape"])
def client(request: pytest.FixtureRequest, manager: ProviderManager) -> Any:
    """A client both ways: the installed package, and our shape of it."""
    if request.param == "official":
        return manager.get_client("cloud.far")
    return OpenAIShape(manager._line, "far")
