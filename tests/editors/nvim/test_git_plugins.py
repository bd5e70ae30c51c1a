"""`:Aircher commit` in the buffers other plug-ins open for a commit's message.

fugitive is the real one, as Debian has it. Neogit is nowhere to be had as a package: a buffer as
its older versions made it stands for it (file type, name, comment lines). The real one of June
2026 was tried by hand, from its status window to the commit; its buffer is a `gitcommit` one now.
"""

from __future__ import annotations

import asyncio
import time

import pytest

from editors.nvim.conftest import Model, Open
from editors.nvim.install import plugin
from sessions.conftest import Shop

pytestmark = pytest.mark.slow


async def test_fugitive(model: Model, nvim: Open, shop: Shop) -> None:
    """From `:Git commit` to the commit; the message is for fugitive's work tree."""
    folder = plugin("vim-fugitive")
    if folder is None:
        pytest.skip("there is no apt to fetch fugitive with")

    def person() -> None:
        window = nvim("--cmd", f"set rtp+={folder}", "shop.py")
        window.lua("vim.cmd.runtime('plugin/fugitive.vim')")
        assert window.lua("return vim.fn.exists(':Git')") == 2
        window.ex("Git commit")
        window.waits("vim.bo.filetype == 'gitcommit'")
        window.waits("vim.fn.bufname():find('COMMIT_EDITMSG') ~= nil")
        window.ex("Aircher commit")
        window.waits("vim.fn.getline(1) == 'Add the mean of prices'")
        window.sees("# Changes to be committed:")
        window.ex("wq")
        window.sees("1 file changed")
        window.keys("<CR>")

    await asyncio.to_thread(person)
    await asyncio.to_thread(until_committed, shop)


async def test_fugitive_s_status_window(model: Model, nvim: Open, shop: Shop) -> None:
    """No file stands in it; its work tree is asked about all the same."""
    folder = plugin("vim-fugitive")
    if folder is None:
        pytest.skip("there is no apt to fetch fugitive with")

    def person() -> None:
        window = nvim("--cmd", f"set rtp+={folder}", "shop.py")
        window.lua("vim.cmd.runtime('plugin/fugitive.vim')")
        window.ex("Git")
        window.waits("vim.bo.filetype == 'fugitive'")
        window.lua("vim.cmd.lcd('/')")
        window.ex("Aircher commit")
        window.sees("c commit")
        window.keys("c")
        window.sees_no("c commit")

    await asyncio.to_thread(person)
    await asyncio.to_thread(until_committed, shop)


async def test_a_buffer_as_neogit_makes_it(model: Model, nvim: Open, shop: Shop) -> None:
    path = shop.root / ".git" / "COMMIT_EDITMSG"
    lines = ["", "# Please enter the commit message for your changes.", "# Commands:", "#   <c-c>"]
    path.write_text("\n".join(lines) + "\n", "utf-8")

    def person() -> None:
        window = nvim("shop.py")
        window.lua(
            "vim.cmd('tab split') vim.cmd.edit(vim.fn.fnameescape(...))"
            " vim.bo.filetype = 'NeogitCommitMessage' vim.bo.swapfile = false"
            " vim.bo.bufhidden = 'wipe'",
            str(path),
        )
        window.ex("Aircher commit")
        window.waits("vim.fn.getline(1) == 'Add the mean of prices'")
        assert window.lines()[1:] == lines

    await asyncio.to_thread(person)


def until_committed(shop: Shop) -> None:
    """Waits for the commit, which another process makes."""
    for _ in range(200):
        if shop.git("log", "-1", "--format=%s").strip() == "Add the mean of prices":
            return
        time.sleep(0.1)
    raise AssertionError(shop.git("log", "-3"))
