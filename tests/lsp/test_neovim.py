"""Neovim with no plug-in: its own client is enough for everything."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from editors.nvim.install import SUITES
from editors.nvim.install import neovim as binary_of
from fakes.scripted import Exchange, far_side
from sessions.conftest import Shop, configure, provider
from sessions.test_bare import BLOCK, CODE, FAULT, GOOD, ZERO, answering

SCRIPT = Path(__file__).with_name("bare.lua")
TEMPLATE = "\n# Please enter the commit message for your changes.\n"


async def by_prompt(exchange: Exchange) -> None:
    """Says what fits the prompt it is given."""
    for mark, text in (
        (b"check the findings", '{"number": 1, "holds": true, "why": "yes"}'),
        (b"careful colleague", FAULT),
        (b"ZeroDivisionError", BLOCK),
        (b"What is this?", "A shop."),
    ):
        if mark in exchange.body:
            await answering(text)(exchange)
            return
    await answering("Add the mean of prices")(exchange)


@pytest.mark.slow
@pytest.mark.parametrize("suite", sorted(SUITES))
async def test_everything_without_a_plug_in(suite: str, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    shop.stage("shop.py", CODE)
    (shop.root / ".git" / "COMMIT_EDITMSG").write_text(TEMPLATE, "utf-8")
    nvim = await asyncio.to_thread(binary_of, suite)
    async with far_side(by_prompt) as far:
        configure(provider("acme", far.base))
        words = [str(nvim), "--clean", "--headless", "-l", str(SCRIPT), str(shop.root)]
        server = [sys.executable, "-m", "aircherd", "serve", "--stdio"]
        editor = await asyncio.create_subprocess_exec(
            *words, *server, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        out, errors = await asyncio.wait_for(editor.communicate(), 90)
    assert editor.returncode == 0, errors.decode()
    seen = json.loads(out.decode().strip().splitlines()[-1])
    assert seen["finding"]["line"] == 5
    assert seen["finding"]["severity"] == 1
    assert seen["finding"]["message"].startswith("Division by zero")
    assert (seen["fix"], seen["code"]) == ("edit", CODE.replace(ZERO, GOOD).rstrip("\n"))
    assert (seen["ask"], seen["page"]) == ("document", "A shop.")
    assert seen["lens"] == "Write message"
    assert seen["commit"].startswith("Add the mean of prices\n\n# Please enter")
