"""Every command once through the provider emulator, which nobody here wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from editors.nvim.conftest import Open, stop_daemon
from fakes.aimock import aimock, journal
from sessions.conftest import Shop, configure, provider

pytestmark = pytest.mark.slow

EDIT = (
    "Done.\n\n<<<<<<< SEARCH\n    return 1\n=======\n"
    "    return total(prices) / len(prices)\n>>>>>>> REPLACE\n"
)
DOCUMENTED = (
    "Done.\n\n<<<<<<< SEARCH\n    return 1\n=======\n"
    '    """Always one."""\n    return 1\n>>>>>>> REPLACE\n'
)
FINDING = (
    '{"file": "shop.py", "quote": "    return 1", "severity": "error", "title": "Always one",'
    ' "why": "It is."}'
)

COMMANDS = [
    ("Aircher commit", "An answer of the emulator", "c commit"),
    ("Aircher explain", "An answer of the emulator", "a ask further"),
    ("Aircher summarize diff", "An answer of the emulator", "a ask further"),
    ("Aircher ask why?", "An answer of the emulator", "a ask further"),
    ("Aircher review", FINDING, "1 finding"),
    ("6Aircher fix always one", EDIT, "A all"),
    ("5Aircher document", DOCUMENTED, "A all"),
    ("%Aircher refactor it", EDIT, "A all"),
    ("5,6Aircher generate it anew", "```python\ndef mean(prices):\n    return 2\n```", "A all"),
]


@pytest.fixture
def said() -> str:
    """What the emulator answers."""
    return ""


@pytest.fixture
def emulator(said: str) -> Iterator[str]:
    """Its address; the daemon is stopped at the end."""
    with aimock([{"match": {}, "response": {"content": said}}]) as base:
        configure(provider("mock", f"{base}/v1"))
        yield base
        stop_daemon()


@pytest.mark.parametrize(("command", "said", "shown"), COMMANDS, ids=lambda v: v.split("\n")[0])
async def test_a_command(emulator: str, nvim: Open, shop: Shop, command: str, shown: str) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex(command)
        window.sees(shown)
        window.sees("mock/m")

    await asyncio.to_thread(person)
    assert await asyncio.to_thread(journal, emulator)
