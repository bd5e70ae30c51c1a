"""Who is made ready here, and what is seen of it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from aircherd import warming
from aircherd.providers import connections
from aircherd.providers.tls import trusting
from aircherd.warming import Warming
from providers.test_connection import certified
from sessions import editor as editors
from sessions.conftest import configure, provider
from sessions.warming.parts import BASE, Engine, Far, Hints


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Far]:
    key, paper = certified(tmp_path)
    theirs = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    theirs.load_cert_chain(paper, key)
    ours = trusting(str(paper))
    monkeypatch.setattr(connections, "certificates", lambda: ours)
    made = Far()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=theirs)
    made.base = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    configure(BASE + provider("acme", made.base))
    yield made
    server.close()
    for writer in made.writers:
        writer.transport.abort()
    await asyncio.sleep(0)
    await server.wait_closed()


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> Hints:
    """The signs that were given, and whether anything was begun for each."""
    found: Hints = []
    original = Warming.expect

    def expect(self: Warming, path: str, surely: bool = False) -> None:
        original(self, path, surely)
        found.append((path, path in self._due))

    monkeypatch.setattr(Warming, "expect", expect)
    monkeypatch.setattr(warming, "PAUSE", 0.0)
    monkeypatch.setattr(editors, "TOLD", (*editors.TOLD, "aircher/workspaceChanged"))
    return found


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The repositories that were looked at for what to make ready, each once it was done."""
    monkeypatch.setattr(warming, "PAUSE", 0.0)
    done: list[str] = []
    original = Warming._warm

    async def warm(self: Warming, path: str, surely: bool) -> None:
        try:
            await original(self, path, surely)
        finally:
            done.append(path)

    monkeypatch.setattr(Warming, "_warm", warm)
    return done


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    made = Engine()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    made.loaded.set()
    server.close()
    await server.wait_closed()
