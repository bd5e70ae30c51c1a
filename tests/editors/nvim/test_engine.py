"""Every command once on a real inference engine, whose random model talks nonsense.

What it says stands in the window as it came; nothing of it becomes an edit, a finding or a commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from editors.nvim.child import Neovim
from editors.nvim.conftest import FILE, Open, stop_daemon
from fakes.llama import llama
from sessions.conftest import Shop, configure

pytestmark = pytest.mark.slow

TALKS = ["Aircher explain", "Aircher summarize diff", "Aircher summarize file", "Aircher ask why?"]
EDITS = [
    "6Aircher fix always one",
    "5Aircher document",
    "Aircher document readme",
    "%Aircher refactor make it right",
    "5,6Aircher generate it anew",
    "1,2Aircher generate tests",
]
WINDOW = """
for _, window in ipairs(vim.api.nvim_list_wins()) do
  local buffer = vim.api.nvim_win_get_buf(window)
  if vim.bo[buffer].filetype == "aircher" then
    return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\\n")
  end
end
return ""
"""
IDLE = "require('aircher.request').in_flight() == 0"


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    with llama() as base:
        yield base


@pytest.fixture
def tiny(engine: str) -> Iterator[None]:
    """The engine is what is asked; the daemon is stopped at the end.

    It seldom ends by itself, so its answers are kept short.
    """
    configure(
        f'[providers.tiny]\nbase_url = "{engine}"\nmodels = ["tiny"]\nlocal = true\n'
        "max_tokens = 40\n"
    )
    yield
    stop_daemon()


def said(window: Neovim, command: str) -> str:
    """Runs a command to its end; what stands in its window then."""
    window.lua("vim.cmd(...)", command)
    window.waits(IDLE, 60)
    text = str(window.lua(WINDOW))
    window.sees("tiny/tiny")
    return text


async def test_what_talks(tiny: None, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        for command in TALKS:
            assert said(window, command).strip(), command
            assert "on this machine" in window.screen.text, command
            window.keys("q")
            window.sees_no("tiny/tiny")

    await asyncio.to_thread(person)


async def test_what_edits(tiny: None, nvim: Open, shop: Shop) -> None:
    """A random model's blocks fit nowhere; code it writes is only ever proposed."""

    def person() -> None:
        window = nvim("shop.py", lines=40)
        for command in EDITS:
            said(window, command)
            assert "\n".join(window.lines(1)) + "\n" == FILE, command
            window.keys("q")
            window.waits("#vim.api.nvim_list_tabpages() == 1")
            window.lua("vim.cmd('silent only | silent buffer 1')")
            window.lua("vim.api.nvim_echo({ { '' } }, false, {})")
            window.sees_no("tiny/tiny")

    await asyncio.to_thread(person)
    assert not list(shop.root.rglob("test_shop.py"))
    assert not list(shop.root.rglob("README*"))


async def test_review(tiny: None, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        for scope in ("staged", "file"):
            said(window, f"Aircher review {scope}")
            assert window.lua("return #vim.diagnostic.get()") == 0, scope
            window.keys("q")
            window.sees_no("tiny/tiny")

    await asyncio.to_thread(person)


async def test_commit(tiny: None, nvim: Open, shop: Shop) -> None:
    def person() -> None:
        window = nvim("shop.py")
        said(window, "Aircher commit")
        window.sees("c commit")
        window.keys("q")
        window.sees_no("c commit")

    await asyncio.to_thread(person)
    assert shop.git("log", "-1", "--format=%s").strip() == "Add prices", "nothing was committed"


async def test_stopped_in_mid_stream(tiny: None, nvim: Open) -> None:
    """The engine is free again at once: the next question is answered."""

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask tell me all there is")
        window.waits(f"not ({IDLE})")
        window.waits(f"(function() {WINDOW} end)():find('%S') ~= nil or {IDLE}", 60)
        window.ex("Aircher stop")
        window.waits(IDLE)
        window.keys("q")
        assert said(window, "Aircher explain").strip()

    await asyncio.to_thread(person)
