"""What another language server knows of the selection goes along, where it may; else nothing is
missed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from editors.nvim.child import Neovim
from editors.nvim.conftest import Model, Open
from sessions.conftest import Shop

pytestmark = pytest.mark.slow

SERVER = Path(__file__).parent / "symbols_server.py"
PRICES = "def total(prices):\n    # net of tax\n    return sum(prices)\n"
TILL = "from shop import mean\n\n\ndef close(till):\n    # at nine\n    return mean(till)\n"
FILE = "from prices import total\n\n\ndef mean(prices):\n    return helped(total(prices)) / 2\n"


def attach(window: Neovim, *words: str) -> None:
    """The other language server, as a person has one for the language."""
    window.lua(
        "vim.lsp.start({ name = 'symbols', cmd = ..., root_dir = vim.fn.getcwd() })",
        [sys.executable, str(SERVER), *words],
    )
    window.waits("#vim.lsp.get_clients({ bufnr = 0, name = 'symbols' }) == 1")
    window.waits("vim.lsp.get_clients({ name = 'symbols' })[1].initialized")


@pytest.fixture
def code(shop: Shop) -> Shop:
    """A file that uses another one, and one that uses it."""
    shop.stage("shop.py", FILE)
    shop.stage("prices.py", PRICES)
    shop.stage("till.py", TILL)
    library = shop.root.parent / "library"
    library.mkdir()
    (library / "helped.py").write_text("def helped(x):\n    # not ours\n    return x\n", "utf-8")
    return shop


async def test_definitions_and_uses_go_along(model: Model, nvim: Open, code: Shop) -> None:
    def person() -> None:
        window = nvim("shop.py")
        attach(window)
        # A slow machine is no reason to miss them here.
        window.lua("require('aircher.neighbours').PATIENCE = 60000")
        window.ex("5Aircher explain")
        window.sees("acme/m · hosted")
        assert "Not sent" not in window.screen.text

    await asyncio.to_thread(person)
    assert "A definition it uses, prices.py lines 1 to 3" in model.asked()
    assert "# net of tax" in model.asked()
    assert "A place that uses it, till.py lines 4 to 6" in model.asked()
    assert "# at nine" in model.asked()
    assert "not ours" not in model.asked(), "a library is not the workspace's"


async def test_they_can_be_turned_off(model: Model, nvim: Open, code: Shop) -> None:
    def person() -> None:
        window = nvim("--cmd", "let g:aircher = {'neighbours': v:false}", "shop.py")
        attach(window)
        window.lua("require('aircher.neighbours').PATIENCE = 60000")
        window.ex("5Aircher explain")
        window.sees("acme/m · hosted")

    await asyncio.to_thread(person)
    assert "net of tax" not in model.asked()


async def test_a_slow_server_holds_nothing_up(model: Model, nvim: Open, code: Shop) -> None:
    def person() -> None:
        window = nvim("shop.py")
        attach(window, "--slow")
        window.ex("5Aircher explain")
        window.sees("acme/m · hosted")
        window.keys("q")
        window.lua("vim.lsp.get_clients({ name = 'symbols' })[1].rpc.terminate()")

    await asyncio.to_thread(person)
    assert "def mean(prices)" in model.asked()


async def test_stopped_while_the_servers_are_asked(model: Model, nvim: Open, code: Shop) -> None:
    def person() -> None:
        window = nvim("shop.py")
        attach(window, "--slow")
        window.ex("Aircher summarize file")
        window.sees("acme/m · hosted")
        window.keys("q")
        window.lua("require('aircher.neighbours').PATIENCE = 1000")
        window.lua("vim.cmd('5Aircher explain') vim.cmd('Aircher stop')")
        window.sees("Stopped.")
        window.waits("require('aircher.request').in_flight() == 0")
        window.lua("vim.wait(1500)")
        window.lua("vim.lsp.get_clients({ name = 'symbols' })[1].rpc.terminate()")

    await asyncio.to_thread(person)
    assert len(model.seen) == 1, "what was stopped is not sent later"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("    return helped(total(prices)) / 2", ["helped", "total", "prices"]),
        ("for x in total: x", ["total"]),
        ("größe = total(total)", ["gr", "total"]),
    ],
)
async def test_the_names_of_a_line(nvim: Open, line: str, names: list[str]) -> None:
    def person() -> None:
        window = nvim()
        found = window.lua("return require('aircher.neighbours').names({ ... }, 7)", line)
        assert [
            line.encode()[n["byte"] :][: len(w)].decode() for n, w in zip(found, names, strict=True)
        ] == names
        assert {n["line"] for n in found} == {7}

    await asyncio.to_thread(person)
