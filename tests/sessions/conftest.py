"""A repository, a configuration and a far side for the stories."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from sessions.editor import MODES, Editor

Window = Callable[[], Awaitable[Editor]]


@pytest.fixture(params=sorted(MODES))
def mode(request: pytest.FixtureRequest) -> str:
    """How the editor reaches the house."""
    name: str = request.param
    return name


@pytest.fixture
async def window(mode: str) -> AsyncIterator[Window]:
    """Opens one more window, initialized."""
    async with MODES[mode]() as opened:

        async def ready() -> Editor:
            editor = await opened()
            await editor.initialize()
            return editor

        yield ready


class Shop:
    """A small repository with something staged."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "-q")
        self.write("shop.py", "def total(prices):\n    return sum(prices)\n")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "Add prices")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, "utf-8")

    def stage(self, name: str, text: str) -> None:
        self.write(name, text)
        self.git("add", name)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def settings_file() -> Path:
    return Path(os.environ["XDG_CONFIG_HOME"]) / "aircher" / "config.toml"


def configure(text: str) -> None:
    """Writes the user's file, whole, as an editor saves it."""
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, "utf-8")
    fresh.replace(path)


def provider(name: str, base: str, *, price: float = 1.0) -> str:
    """The lines that make an endpoint usable and priced."""
    return (
        f'[providers.{name}]\nbase_url = "{base}"\nmodels = ["m"]\ncontext = 16384\n'
        f"local = false\ninput_per_million = {price}\noutput_per_million = {price}\n"
    )
