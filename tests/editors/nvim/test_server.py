"""The language server in Neovim: with the plug-in, and without it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from editors.nvim.child import NeovimError
from editors.nvim.conftest import FILE, Model, Open

pytestmark = pytest.mark.slow

CLIENTS = "vim.tbl_map(function(c) return c.name end, vim.lsp.get_clients())"
HERE = "#vim.lsp.get_clients({ bufnr = 0, name = 'aircher' })"
TITLES = """
local found = vim.lsp.buf_request_sync(0, "textDocument/codeAction", {
  textDocument = vim.lsp.util.make_text_document_params(0),
  range = { start = { line = 4, character = 0 }, ["end"] = { line = 5, character = 12 } },
  context = { diagnostics = {} },
}, 20000)
local titles = {}
for _, one in pairs(found) do
  for _, action in ipairs(one.result or {}) do
    table.insert(titles, action.title)
  end
end
return titles
"""


async def test_asking_attaches_nothing(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask why?")
        window.sees("acme/m · hosted")
        assert window.lua(f"return {CLIENTS}") == ["aircher"]
        window.keys("q")
        window.waits("vim.bo.filetype == 'python'")
        assert window.lua(f"return {HERE}") == 0
        assert window.lua("return vim.bo.omnifunc") != "v:lua.vim.lsp.omnifunc"

    await asyncio.to_thread(person)


async def test_attached_by_hand(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        assert window.lua("return require('aircher').attach()") is None
        window.waits(f"{HERE} == 1")
        window.waits("vim.lsp.get_clients({ bufnr = 0 })[1].initialized")
        assert any("Explain" in title for title in window.lua(TITLES))
        window.ex("Aircher ask why?")
        window.sees("acme/m · hosted")
        assert window.lua(f"return {CLIENTS}") == ["aircher"], "one client for both"

    await asyncio.to_thread(person)


async def test_enabled_for_every_file(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim()
        if not window.lua("return vim.fn.has('nvim-0.11') == 1"):
            with pytest.raises(NeovimError):
                window.lua("vim.lsp.enable('aircher')")
            return
        window.lua("vim.lsp.enable('aircher')")
        window.ex("edit shop.py")
        window.waits(f"{HERE} == 1")
        window.ex("Aircher explain")
        window.sees("acme/m · hosted")
        assert window.lua(f"return {CLIENTS}") == ["aircher"], "one client for both"

    await asyncio.to_thread(person)


async def test_an_edit_while_attached_and_typing(model: Model, nvim: Open) -> None:
    """The daemon moves the edit along with what it hears of; nothing is moved twice."""
    model.says("Done.\n\n<<<<<<< SEARCH\n    return 1\n=======\n    return 2\n>>>>>>> REPLACE\n")
    model.pause = 0.1

    def person() -> None:
        window = nvim("shop.py")
        window.lua("require('aircher').attach()")
        window.waits(f"{HERE} == 1")
        window.ex("%Aircher refactor it")
        window.waits("#vim.api.nvim_list_wins() == 2")
        window.keys("<C-w>p")
        window.keys("ggO# one<CR># two<Esc>")
        window.sees("A all")
        window.keys("A")
        window.sees_no("A all")
        wanted = "# one\n# two\n" + FILE.replace("return 1", "return 2")
        assert "\n".join(window.lines(1)) + "\n" == wanted

    await asyncio.to_thread(person)


async def test_without_the_plugin(model: Model, nvim: Open, tmp_path: Path) -> None:
    """Neovim's own client and what the page about other editors says."""
    model.says("It gives the mean.")
    script = tmp_path / "init.lua"
    script.write_text(
        "vim.opt.rtp:remove(vim.opt.rtp:get()[1])\n"
        "local config = { name = 'aircher', cmd = { 'aircherd', 'connect' },"
        " root_markers = { '.git' } }\n"
        "if vim.lsp.config then\n"
        "  vim.lsp.config('aircher', config)\n"
        "  vim.lsp.enable('aircher')\n"
        "else\n"
        "  vim.api.nvim_create_autocmd('FileType', { callback = function()"
        " vim.lsp.start(config) end })\n"
        "end\n"
    )

    def person() -> None:
        window = nvim("--cmd", f"luafile {script}", "shop.py")
        assert window.lua("return vim.fn.exists(':Aircher')") == 0
        window.waits(f"{HERE} == 1")
        window.waits("vim.lsp.get_clients({ bufnr = 0 })[1].initialized")
        titles = window.lua(TITLES)
        assert any("Explain" in title for title in titles), titles
        window.keys("5GVj")
        window.lua("vim.lsp.buf.code_action()")
        window.sees("Explain")
        window.keys("1<CR>")
        window.sees("It gives the mean.")

    await asyncio.to_thread(person)
