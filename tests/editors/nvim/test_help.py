"""`:help aircher`, `:checkhealth aircher`, completion, maps: what a person looks for first."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from editors.nvim.child import PLUGIN, Neovim, neovim
from editors.nvim.conftest import Model, Open

HELP = PLUGIN / "doc" / "aircher.txt"


@pytest.fixture
def window(binary: Path, tmp_path: Path) -> object:
    """A Neovim in an empty folder."""
    with neovim(binary, tmp_path) as window:
        yield window


def test_every_command_map_and_setting_is_in_the_help(window: Neovim) -> None:
    text = HELP.read_text("utf-8")
    tags = set(re.findall(r"(?<![^\s])\*([^*\s]+)\*(?=\s|$)", text, re.MULTILINE))
    names = window.lua("return require('aircher.commands').names()")
    assert len(names) == 13
    maps = window.lua(
        "return vim.tbl_map(function(m) return m.lhs end, vim.api.nvim_get_keymap('n'))"
    )
    ours = {m for m in maps if "aircher" in m}
    assert ours == {f"<Plug>(aircher-{name})" for name in names}
    assert tags >= {f":Aircher-{name}" for name in names} | ours
    settings = (PLUGIN / "lua" / "aircher" / "settings.lua").read_text("utf-8")
    known = re.search(r"local KNOWN = \{ (.*?) \}", settings)
    assert known
    for name in re.findall(r"(\w+) =", known[1]):
        assert re.search(rf"^      {name} = ", text, re.MULTILINE), name
    for link in re.findall(r"\|(aircher[^|]*|:Aircher[^|]*)\|", text):
        assert link in tags, f"|{link}| leads nowhere"
    assert max(len(line) for line in text.splitlines()) <= 78


def test_the_tags_are_found_by_neovim(window: Neovim, tmp_path: Path) -> None:
    copy = tmp_path / "plugin" / "doc"
    copy.mkdir(parents=True)
    (copy / "aircher.txt").write_bytes(HELP.read_bytes())
    window.lua("vim.opt.runtimepath:append(...)", str(copy.parent))
    window.lua("vim.cmd.helptags(...)", str(copy))
    for tag in (copy / "tags").read_text("utf-8").splitlines():
        window.lua("vim.cmd.help(...)", tag.partition("\t")[0])
        assert window.lua("return vim.fn.expand('%:t')") == "aircher.txt"


def test_nothing_is_loaded_before_it_is_used(window: Neovim) -> None:
    loaded = (
        "vim.tbl_filter(function(n) return n:find('^aircher') end, vim.tbl_keys(package.loaded))"
    )
    assert window.lua(f"return {loaded}") == []
    assert window.lua("return #vim.lsp.get_clients()") == 0
    mapped = window.lua(
        "return vim.tbl_filter(function(m) return (m.rhs or ''):find('ircher') and"
        " not m.lhs:find('^<Plug>') end, vim.api.nvim_get_keymap('n'))"
    )
    assert mapped == [], "no key is taken"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Aircher co", ["commit"]),
        ("Aircher e", ["explain", "explain-choice"]),
        ("Aircher review b", ["branch"]),
        ("1,3Aircher review s", ["selection", "staged"]),
        ("vertical Aircher summarize ", ["branch", "diff", "file", "log"]),
        ("Aircher generate tests f", []),
        ("Aircher models ", ["auto"]),
        ("Aircher nothing ", []),
    ],
)
def test_completion(window: Neovim, line: str, words: list[str]) -> None:
    assert window.lua("return vim.fn.getcompletion(..., 'cmdline')", line) == words


def test_a_command_that_is_not_there_is_named(window: Neovim) -> None:
    window.ex("Aircher comit")
    window.sees("there is no :Aircher comit")
    window.sees("commit")


def test_mistakes_in_the_settings_are_named(window: Neovim) -> None:
    window.lua("vim.g.aircher = { view = 'tab', colour = 1, model = 3 }")
    problems = "\n".join(window.lua("return require('aircher.settings').problems()"))
    assert "vim.g.aircher.view has to be 'float' or 'split'" in problems
    assert "vim.g.aircher.colour is not known" in problems
    assert "vim.g.aircher.model has to be a string" in problems
    taken = window.lua("return require('aircher.settings').get()")
    assert taken["view"] == "float"
    assert "model" not in taken


@pytest.mark.slow
async def test_checkhealth(model: Model, nvim: Open) -> None:
    def person() -> str:
        window = nvim(lines=60)
        window.ex("checkhealth aircher")
        window.waits("vim.fn.search('models can be used') > 0")
        return "\n".join(window.lines())

    text = await asyncio.to_thread(person)
    for line in ("Neovim 0.1", "git version", "aircherd 0.", "the books are in order", "1 models"):
        assert f"OK {line}" in text, text
    assert "ERROR" not in text
    assert not model.seen, "it costs nothing"


@pytest.mark.slow
async def test_checkhealth_without_the_daemon(nvim: Open) -> None:
    def person() -> str:
        window = nvim("--cmd", "let g:aircher = {'cmd': ['/nowhere/aircherd', 'connect']}")
        window.ex("checkhealth aircher")
        window.waits("vim.fn.search('nowhere') > 0")
        return "\n".join(window.lines())

    text = await asyncio.to_thread(person)
    assert "ERROR /nowhere/aircherd is not there" in text
    assert "pip install" in text


@pytest.mark.slow
async def test_the_maps_work_in_visual_mode(model: Model, nvim: Open) -> None:
    model.says("It gives the mean.")

    def person() -> None:
        window = nvim("shop.py")
        window.lua("vim.keymap.set({ 'n', 'x' }, 'gA', '<Plug>(aircher-explain)')")
        window.keys("5GVjgA")
        window.sees("It gives the mean.")
        window.sees("acme/m · hosted")

    await asyncio.to_thread(person)
    sent = json.loads(model.seen[0].body)["messages"][1]["content"]
    assert "mean" in sent
