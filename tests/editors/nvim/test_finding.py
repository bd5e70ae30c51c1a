"""Which `aircherd` is run: never one that the folder Neovim stands in brings along."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from editors.nvim.child import neovim, search_path
from editors.nvim.conftest import Model, Open
from sessions.conftest import Shop


def _program(folder: Path, ran: Path, name: str = "aircherd") -> Path:
    """A program that leaves a mark when it is run."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n: > '{ran}'\n", "utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("entry", [".", "", "tools", "{root}/tools", "{link}/tools"])
def test_a_program_of_the_folder_is_not_run(
    binary: Path, shop: Shop, tmp_path: Path, entry: str
) -> None:
    ran = tmp_path / "ran"
    _program(shop.root, ran)
    theirs = _program(shop.root / "tools", ran)
    link = tmp_path / "link"
    link.symlink_to(shop.root)
    path = f"{entry.format(root=shop.root, link=link)}:/usr/bin:/bin"
    with neovim(binary, shop.root, PATH=path) as window:
        said = window.lua("return (select(2, require('aircher.client').start(0)))")
        assert str(said).startswith(f"{os.environ['HOME']}/.aircher/bin/aircherd is not there.")
        if entry.startswith("{root"):
            window.ex("checkhealth aircher")
            window.waits("vim.fn.search('is not there', 'w') > 0")
            assert f"{theirs} is in the folder you work in" in "\n".join(window.lines())
    assert not ran.exists()


@pytest.mark.parametrize("entry", [".", "tools", "{root}/tools"])
async def test_a_commit_is_made_by_no_git_of_the_folder(
    model: Model, nvim: Open, shop: Shop, tmp_path: Path, entry: str
) -> None:
    ran = tmp_path / "ran"
    _program(shop.root, ran, "git")
    _program(shop.root / "tools", ran, "git")

    def person() -> None:
        window = nvim(PATH=f"{entry.format(root=shop.root)}:{search_path()}")
        window.ex("Aircher commit")
        window.sees("c commit")
        window.keys("c")
        window.sees("] Add the mean of prices")

    await asyncio.to_thread(person)
    assert not ran.exists()


def test_the_next_one_on_path_is_taken(binary: Path, shop: Shop, tmp_path: Path) -> None:
    _program(shop.root, tmp_path / "ran")
    own = _program(tmp_path / "bin", tmp_path / "ran")
    with neovim(binary, shop.root, PATH=f".:{own.parent}:/usr/bin:/bin") as window:
        assert window.lua("return require('aircher.settings').get().cmd") == [str(own), "connect"]


def test_in_the_home_folder_its_own_programs_are_taken(binary: Path, tmp_path: Path) -> None:
    home = Path(os.environ["HOME"])
    own = _program(home / ".local" / "bin", tmp_path / "ran")
    with neovim(binary, home, PATH=f"{own.parent}:/usr/bin:/bin") as window:
        assert window.lua("return require('aircher.settings').get().cmd") == [str(own), "connect"]
