"""The daemon behind Neovim: stopped calls, one daemon for two windows, one that dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys

import pytest

from aircherd.config.files import user_file
from editors.nvim.conftest import Model, Open

pytestmark = pytest.mark.slow

IN_FLIGHT = "require('aircher.request').in_flight()"


def status() -> dict[str, object]:
    """What the daemon says of itself; it must run."""
    words = [sys.executable, "-m", "aircherd", "status", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


async def closed(model: Model, number: int = 0) -> None:
    """Waits until the far side was hung up on."""
    async with asyncio.timeout(60):
        await model.seen[number].closed.wait()


async def test_stop_hangs_up_and_clears_the_spinner(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask go on for ever")
        window.sees("and on and on")
        assert "aircher" in window.lua("return require('aircher').statusline()")
        window.sees("s stop · q close")
        window.keys("s")
        window.sees("Stopped. What was produced")
        window.sees_no("asking")
        assert window.lua(f"return {IN_FLIGHT}") == 0
        window.ex("Aircher stop")
        window.sees("Nothing is being asked.")

    await asyncio.to_thread(person)
    await closed(model)


async def test_stopped_under_a_text_longer_than_the_window(model: Model, nvim: Open) -> None:
    """On a slow machine much has come by then; what was stopped is said in sight all the same."""

    def person() -> None:
        window = nvim("shop.py", lines=12)
        window.ex("Aircher ask go on for ever")
        window.sees("and on and on")
        window.waits("#vim.fn.getline(1) > 12 * 88")
        window.keys("s")
        window.sees("Stopped. What was produced")

    await asyncio.to_thread(person)
    await closed(model)


async def test_a_busy_provider_is_waited_for_in_sight(model: Model, nvim: Open) -> None:
    model.says("The first.")
    with user_file().open("a", encoding="utf-8") as file:
        file.write("requests_per_minute = 1\n")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask one")
        window.sees("The first.")
        window.keys("q")
        window.ex("Aircher ask two")
        window.sees("waiting for acme: place 1, about")
        window.keys("s")
        window.sees("Stopped.")

    await asyncio.to_thread(person)
    assert len(model.seen) == 1


async def test_closing_the_window_stops_the_spending(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask go on for ever")
        window.sees("and on and on")
        window.keys("q")
        window.sees_no("and on and on")
        window.waits(f"{IN_FLIGHT} == 0")

    await asyncio.to_thread(person)
    await closed(model)


async def test_quitting_neovim_stops_the_spending(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask go on for ever")
        window.sees("and on and on")
        window.quits()

    await asyncio.to_thread(person)
    await closed(model)


async def test_a_killed_neovim_stops_the_spending(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask go on for ever")
        window.sees("and on and on")
        window.process.kill()

    await asyncio.to_thread(person)
    await closed(model)


async def test_the_daemon_is_killed_and_comes_back(model: Model, nvim: Open) -> None:
    model.says("Here I am.")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher ask go on for ever")
        window.sees("and on and on")
        before = status()["pid"]
        assert isinstance(before, int)
        os.kill(before, signal.SIGKILL)
        window.sees("had to be started anew")
        window.waits(f"{IN_FLIGHT} == 0")
        window.keys("q")
        window.ex("Aircher ask are you there?")
        window.sees("Here I am.")
        assert status()["pid"] != before

    await asyncio.to_thread(person)


async def test_two_windows_have_one_daemon_and_their_own_text(model: Model, nvim: Open) -> None:
    model.says("Only for the second.")

    def person() -> None:
        first, second = nvim("shop.py"), nvim("shop.py")
        first.ex("Aircher ask go on for ever")
        first.sees("and on and on")
        second.ex("Aircher ask something")
        second.sees("Only for the second.")
        assert "and on" not in second.screen.text
        assert status()["sessions"] in (2, 3), "both are at one daemon"
        second.quits()
        first.ex("Aircher stop")
        first.sees("Stopped.")
        assert "Only for the second." not in first.screen.text

    await asyncio.to_thread(person)
    await closed(model)


async def test_the_status_line_shows_what_was_spent(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        assert window.lua("return require('aircher').statusline()") == ""
        window.lua("vim.o.laststatus = 3")
        window.lua("vim.o.statusline = \"%f %{%v:lua.require'aircher'.statusline()%}\"")
        window.ex("Aircher ask something")
        window.sees("acme/m · hosted")
        window.sees(" aircher $0.0000")

    await asyncio.to_thread(person)


async def test_without_the_daemon_the_remedy_is_named(nvim: Open) -> None:
    def person() -> None:
        window = nvim("--cmd", "let g:aircher = {'cmd': ['/nowhere/aircherd', 'connect']}")
        window.ex("Aircher ask something")
        window.sees("/nowhere/aircherd is not there.")
        window.sees(":checkhealth aircher")

    await asyncio.to_thread(person)
