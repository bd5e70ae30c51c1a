"""`:Aircher commit` in the buffer git opens, and in one of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from editors.nvim.child import PLUGIN, search_path
from editors.nvim.conftest import Model, Open
from sessions.conftest import Shop

pytestmark = pytest.mark.slow

MESSAGE = "Add the mean of prices\n\nPrices have a mean now; it was wanted."


def as_git_does(shop: Shop) -> Path:
    """The file `git commit` opens, as git fills it."""
    keep = shop.root.parent / "keep.sh"
    keep.write_text('#!/bin/sh\ncp "$1" "$1.kept"\nexit 1\n')
    keep.chmod(0o755)
    subprocess.run(
        ["git", "commit"], cwd=shop.root, env={**os.environ, "GIT_EDITOR": str(keep)}, check=False
    )
    folder = Path(shop.git("rev-parse", "--absolute-git-dir").strip())
    path = folder / "COMMIT_EDITMSG"
    path.write_bytes((folder / "COMMIT_EDITMSG.kept").read_bytes())
    return path


async def test_the_message_goes_above_gits_own_lines(model: Model, nvim: Open, shop: Shop) -> None:
    model.says(MESSAGE)
    path = as_git_does(shop)

    def person() -> None:
        window = nvim(str(path))
        before = window.lines()
        window.ex("Aircher commit")
        window.waits("vim.fn.getline(1) ~= ''")
        lines = window.lines()
        assert "\n".join(lines[:3]) == MESSAGE
        assert lines[3] == ""
        assert lines[4:] == before[1:], "what git wrote stays"
        window.sees("aircher: acme/m · hosted")
        window.keys("u")
        window.waits("vim.fn.getline(1) == ''")
        assert window.lines() == before, "one undo takes all of it away"

    await asyncio.to_thread(person)


async def test_what_was_typed_is_the_hint(model: Model, nvim: Open, shop: Shop) -> None:
    path = as_git_does(shop)

    def person() -> None:
        window = nvim(str(path))
        window.keys("ibecause of the tax office<Esc>")
        window.ex("Aircher commit")
        window.waits("vim.fn.getline(1) == 'Add the mean of prices'")

    await asyncio.to_thread(person)
    assert "because of the tax office" in model.asked()


async def test_the_buffer_is_whole_while_the_message_comes(
    model: Model, nvim: Open, shop: Shop
) -> None:
    path = as_git_does(shop)

    def person() -> None:
        window = nvim(str(path))
        before = window.lines()
        window.ex("Aircher commit for ever")
        window.sees("and on and on")
        assert window.lines() == before
        window.keys("iMy own words<Esc>")
        window.ex("Aircher stop")
        window.sees_no("and on and on")
        assert window.lines() == ["My own words", *before[1:]]

    await asyncio.to_thread(person)


async def test_typing_wins_over_the_message(model: Model, nvim: Open, shop: Shop) -> None:
    model.says(MESSAGE)
    model.pause = 0.1
    path = as_git_does(shop)

    def person() -> None:
        window = nvim(str(path))
        window.ex("Aircher commit")
        window.keys("iMine<Esc>")
        window.sees("paste the message with p")
        assert window.lines()[0] == "Mine"
        assert window.lua("return vim.fn.getreg('\"')") == MESSAGE

    await asyncio.to_thread(person)


async def test_in_a_linked_work_tree(model: Model, nvim: Open, shop: Shop) -> None:
    shop.git("worktree", "add", "-q", "../second")
    second = Shop.__new__(Shop)
    second.root = shop.root.parent / "second"
    second.stage("only_here.py", "ONLY = 'in the second tree'\n")
    path = as_git_does(second)

    def person() -> None:
        window = nvim(str(path))
        window.ex("Aircher commit")
        window.waits("vim.fn.getline(1) ~= ''")

    await asyncio.to_thread(person)
    assert "only_here.py" in model.asked()
    assert "def mean" not in model.asked(), "that is staged in the other tree"


async def test_plain_git_commit_with_neovim_as_the_editor(
    model: Model, binary: Path, shop: Shop
) -> None:
    """The whole way, with nobody at the keyboard: git starts Neovim, and takes what it wrote."""
    script = shop.root.parent / "script.lua"
    script.write_text(
        "vim.cmd('Aircher commit')\n"
        "vim.wait(20000, function() return vim.fn.getline(1) ~= '' end, 20)\n"
        "vim.cmd('wq')\n"
    )
    words = f"{binary} --headless --clean -n --cmd 'set rtp^={PLUGIN}' -S {script}"
    done = await asyncio.to_thread(
        subprocess.run,
        ["git", "commit", "-q"],
        cwd=shop.root,
        env={**os.environ, "GIT_EDITOR": words, "PATH": search_path()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert shop.git("log", "-1", "--format=%s").strip() == "Add the mean of prices"


async def test_edited_and_committed(model: Model, nvim: Open, shop: Shop) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher commit")
        window.sees("e edit")
        window.keys("e")
        window.sees(":w commits this message")
        window.keys("A, at last<Esc>")
        window.ex("w")
        window.sees_no(":w commits this message")

    await asyncio.to_thread(person)
    assert shop.git("log", "-1", "--format=%s").strip() == "Add the mean of prices, at last"


async def test_written_again_with_a_hint(model: Model, nvim: Open, shop: Shop) -> None:
    model.says("Add the mean of prices", "Let prices have a mean")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher commit")
        window.sees("r write again")
        window.keys("r")
        window.sees("What should it say?")
        window.keys("mention prices first<CR>")
        window.sees("Let prices have a mean")
        window.sees("c commit")
        window.keys("q")
        window.sees_no("Let prices have a mean")

    await asyncio.to_thread(person)
    assert "mention prices first" in model.asked()
    assert shop.git("log", "-1", "--format=%s").strip() == "Add prices", "nothing was committed"


async def test_a_hook_that_refuses(model: Model, nvim: Open, shop: Shop) -> None:
    hook = shop.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'not today'\nexit 1\n")
    hook.chmod(0o755)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher commit")
        window.sees("c commit")
        window.keys("c")
        window.sees("git did not commit: not today")
        assert "Add the mean of prices" in window.screen.text, "the message is not lost"

    await asyncio.to_thread(person)


async def test_nothing_staged_is_said(model: Model, nvim: Open, shop: Shop) -> None:
    shop.git("reset", "-q", "--hard")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher commit")
        window.sees("git add")

    await asyncio.to_thread(person)
    assert not model.seen
