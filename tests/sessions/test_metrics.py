"""Figures for a monitor and the screen of `aircher top`, over every way in."""

from __future__ import annotations

import io
import re

from rich.console import Console

from aircher.top import screen
from aircher_protocol.codec import structure
from aircher_protocol.types import ProviderList, Status
from fakes.scripted import far_side
from sessions.conftest import Shop, Window, configure, provider
from sessions.test_stories import good

LINE = re.compile(
    r"# (TYPE|HELP) aircher_[a-z0-9_]+ .+|aircher_[a-z0-9_]+(\{[a-z]+=\"[^\"]*\""
    r"(,[a-z]+=\"[^\"]*\")*\})? -?[0-9.e+-]+"
)


async def test_figures_and_their_screen(window: Window, shop: Shop) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        await editor.ask("aircher/ask", prompt="q")
        await editor.ask("aircher/ask", prompt="q")
        text = (await editor.ask("aircher/metrics"))["text"]
        *lines, end, empty = text.split("\n")
        assert (end, empty) == ("# EOF", "")
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert 'aircher_endpoint_answers_total{endpoint="acme"} 1' in lines
        assert "aircher_shared_answers_total 1" in lines
        assert 'aircher_spent_nanousd{period="day"} 25000' in lines
        status = structure(Status, await editor.ask("aircher/status"))
        providers = structure(ProviderList, await editor.ask("aircher/providers"))
        await editor.leave()
    console = Console(width=160, file=io.StringIO())
    console.print(screen(status, providers))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "acme" in shown
    assert "ready" in shown
    assert "today $0.000025" in shown
