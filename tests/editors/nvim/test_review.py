"""`:Aircher review`: findings as diagnostics, in the quickfix list, applied and dismissed."""

from __future__ import annotations

import asyncio
import json

import pytest

from editors.nvim.child import Neovim
from editors.nvim.conftest import FILE, Model, Open

pytestmark = pytest.mark.slow

FOUND = json.dumps(
    {
        "file": "shop.py",
        "quote": "    return 1",
        "severity": "error",
        "title": "Always one",
        "why": "The mean of anything is one.",
        "fix": "    return total(prices) / len(prices)",
    }
)
HOLDS = '{"number": 1, "holds": true, "why": "Nothing else is returned."}'
SHOWN = "vim.diagnostic.get(nil, { namespace = vim.api.nvim_create_namespace('aircher.review') })"


def found(window: Neovim) -> list[dict[str, object]]:
    """What stands as diagnostics."""
    rows: list[dict[str, object]] = window.lua(
        f"return vim.tbl_map(function(d) return {{ line = d.lnum, column = d.col, end_ = d.end_col,"
        f" severity = d.severity, message = d.message, source = d.source }} end, {SHOWN})"
    )
    return rows


async def test_a_finding_is_a_diagnostic_and_its_fix_applies(model: Model, nvim: Open) -> None:
    model.says(FOUND, HOLDS)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher review")
        window.sees("1 finding · acme/m")
        assert found(window) == [
            {
                "line": 5,
                "column": 4,
                "end_": 12,
                "severity": 1,
                "message": "Always one\nThe mean of anything is one.",
                "source": "aircher",
            }
        ]
        window.sees("shop.py|6 col 5")
        window.keys("<CR>")
        window.ex("cclose")
        window.ex("Aircher fix")
        window.sees("Apply the fix that was offered")
        window.keys("1<CR>")
        window.sees("A all")
        window.keys("A")
        window.sees_no("A all")
        assert "    return total(prices) / len(prices)" in window.lines(1)
        window.waits(f"#{SHOWN} == 0")

    await asyncio.to_thread(person)
    assert len(model.seen) == 2, "nothing more was asked"


async def test_a_fix_finds_its_place_after_typing(model: Model, nvim: Open) -> None:
    model.says(FOUND, HOLDS)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher review")
        window.sees("1 finding · acme/m")
        window.ex("cclose")
        window.keys("ggO# one<CR># two<Esc>")
        window.keys("8G")
        window.ex("6,8Aircher fix")
        window.sees("Apply the fix that was offered")
        window.keys("1<CR>")
        window.sees("A all")
        window.keys("A")
        window.sees_no("A all")
        lines = window.lines(1)
        assert lines[:2] == ["# one", "# two"]
        assert lines[7] == "    return total(prices) / len(prices)"

    await asyncio.to_thread(person)


async def test_a_finding_is_dismissed(model: Model, nvim: Open) -> None:
    model.says(FOUND, HOLDS)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher review file")
        window.sees("1 finding · acme/m")
        window.ex("cclose")
        window.keys("6G")
        window.ex("Aircher fix")
        window.sees("3: Dismiss")
        window.keys("3<CR>")
        window.waits(f"#{SHOWN} == 0")
        assert "\n".join(window.lines(1)) + "\n" == FILE

    await asyncio.to_thread(person)


async def test_nothing_found_is_said(model: Model, nvim: Open) -> None:
    model.says("[]")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("5,6Aircher review")
        window.sees("Nothing found.")
        window.sees("acme/m · hosted")
        assert found(window) == []

    await asyncio.to_thread(person)
    assert "def mean" in model.asked()


async def test_clear_takes_findings_down(model: Model, nvim: Open) -> None:
    model.says(FOUND, HOLDS)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher review")
        window.sees("1 finding · acme/m")
        window.ex("Aircher review clear")
        window.waits(f"#{SHOWN} == 0")

    await asyncio.to_thread(person)


async def test_what_nobody_could_read_is_not_called_nothing_found(model: Model, nvim: Open) -> None:
    model.says("I like turtles.")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher review")
        assert "Nothing found." not in window.sees("none ruled out")

    await asyncio.to_thread(person)
