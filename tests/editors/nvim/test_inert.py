"""A model that means harm: what it says is shown, and does nothing."""

from __future__ import annotations

import asyncio
import json

import pytest

from editors.nvim.conftest import Model, Open
from sessions.conftest import Shop

pytestmark = pytest.mark.slow

HARM = (
    "vim: set shiftwidth=7 foldmethod=expr foldexpr=execute('!touch\\ ran'):\n"
    "\x1b]0;owned\x07\x1b[31mred\u202eder\U000e0041 %{system('touch ran')} `!touch ran`\n"
    "[a link](command:aircher.stop) ![](http://127.0.0.1:9/x.png) <script>x</script>\n"
    "-- :!touch ran\n"
    "vim: shiftwidth=7"
)


def unsafe(text: str) -> list[str]:
    """Characters that must not reach a screen."""
    return [
        c
        for c in text
        if (ord(c) < 32 and c not in "\t\n")
        or 127 <= ord(c) < 160
        or c in "\u202e\u2066"
        or 0xE0000 <= ord(c) < 0xE0200
    ]


@pytest.mark.parametrize("how", ["", "vertical "])
async def test_an_answer(model: Model, nvim: Open, shop: Shop, how: str) -> None:
    model.says(HARM)

    def person() -> None:
        window = nvim("shop.py", "--cmd", "set modeline modelines=5")
        window.ex(f"{how}Aircher ask %{{system('touch ran')}}")
        window.sees("acme/m · hosted")
        options = window.lua(
            "return { vim.bo.buftype, vim.bo.modeline, vim.bo.modifiable, vim.bo.swapfile,"
            " vim.bo.shiftwidth, vim.bo.filetype, #vim.lsp.get_clients({ bufnr = 0 }) }"
        )
        assert options == ["nofile", False, False, False, 8, "aircher", 0]
        assert not unsafe("\n".join(window.lines()))
        assert "red�der" in "\n".join(window.lines()) or "red" in "\n".join(window.lines())
        assert not unsafe(window.screen.text)

    await asyncio.to_thread(person)
    assert not (shop.root / "ran").exists()


async def test_a_commit_message(model: Model, nvim: Open, shop: Shop) -> None:
    model.says("Add\x1b[31m prices\u202e\n\n# not a comment\n" + HARM)

    def person() -> None:
        window = nvim("shop.py", "--cmd", "set modeline modelines=5")
        window.ex("Aircher commit")
        window.sees("c commit")
        assert not unsafe(window.screen.text)
        window.keys("e")
        window.sees(":w commits this message")
        assert not unsafe("\n".join(window.lines()))
        assert window.lua("return vim.bo.modeline") is False
        assert window.lua("return vim.bo.shiftwidth") == 8

    await asyncio.to_thread(person)
    assert not (shop.root / "ran").exists()


async def test_a_finding(model: Model, nvim: Open, shop: Shop) -> None:
    said = {
        "file": "shop.py",
        "quote": "    return 1",
        "severity": "error",
        "title": "%{system('touch ran')}\x1b[31m\u202e",
        "why": HARM,
    }
    model.says(json.dumps(said), '{"number": 1, "holds": true, "why": ""}')

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher review")
        window.sees("1 finding · acme/m")
        messages = window.lua(
            "return vim.tbl_map(function(d) return d.message end, vim.diagnostic.get())"
        )
        assert not unsafe("\n".join(messages))
        assert not unsafe(window.screen.text)

    await asyncio.to_thread(person)
    assert not (shop.root / "ran").exists()


async def test_an_edit_that_names_no_file(model: Model, nvim: Open) -> None:
    """What a daemon that was taken over could send: nothing of it is done."""

    def person() -> None:
        window = nvim("shop.py")
        propose = (
            "local edit = ...\n"
            "local none = function() end\n"
            "return { require('aircher.proposals').of(edit, none, 'utf-16') }"
        )
        start = {"line": 0, "character": 0}
        edits = [{"range": {"start": start, "end": start}, "newText": "x"}]
        for change in (
            {"kind": "delete", "uri": "file:///etc/passwd"},
            {"kind": "rename", "oldUri": "file:///etc/passwd", "newUri": "file:///tmp/x"},
            {"textDocument": {"uri": "term://touch ran", "version": 1}, "edits": edits},
        ):
            found = window.lua(propose, {"documentChanges": [change]})
            assert "Nothing was changed." in found[-1], change

    await asyncio.to_thread(person)
