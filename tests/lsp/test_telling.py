"""Status and limits: told to whoever is connected, by standard input too, once a second at most."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from aircher_protocol.types import BudgetParams, LimitLine, Money, StatusChangedParams
from aircherd.server import sessions as module
from aircherd.server.sessions import Sessions
from fakes.scripted import far_side
from sessions.bare import Bare
from sessions.conftest import configure, provider
from sessions.editor import Editor, Failed, in_process
from sessions.test_bare import answering

NOTHING = Money(nano_usd=0, text="$0.00")


async def test_over_standard_input_too() -> None:
    async with far_side(answering("Yes.")) as far, in_process() as opened:
        configure(provider("acme", far.base) + "[costs]\ndaily_limit = 10\n")
        editor = await opened()
        await editor.initialize()
        await editor.ask("aircher/ask", prompt="Is it?")
        shown = await editor.is_told("aircher/statusChanged", busy=False, model="acme/m")
        assert shown["last"]["nanoUsd"] == 25_000
        assert shown["today"]["nanoUsd"] == 25_000
        await editor.leave()


async def test_a_limit_in_the_way_is_told_as_exceeded() -> None:
    async with far_side(answering("Yes.")) as far, in_process(Bare) as opened:
        configure(
            provider("acme", far.base) + "[costs]\ndaily_limit = 0.000001\nauto_downgrade = false\n"
        )
        editor = await opened()
        await editor.begin_session()
        with pytest.raises(Failed, match="daily") as caught:
            await editor.ask("aircher/ask", prompt="Is it?")
        assert caught.value.kind in ("budgetExceeded", "noModel")
        told = await editor.is_told("aircher/budget", level="exceeded")
        assert told["line"]["label"] == "daily"
        assert told["line"]["limit"]["nanoUsd"] == 1_000
        assert told["message"] == str(caught.value)
        await editor.leave()
        assert not far.seen


async def test_a_threshold_is_told_as_a_warning() -> None:
    async with far_side(answering("Yes.")) as far, in_process(Bare) as opened:
        configure(
            provider("acme", far.base, price=5000.0)
            + "[costs]\ndaily_limit = 5.0\nalert_thresholds = [0.01]\n"
        )
        editor = await opened()
        await editor.begin_session()
        await editor.ask("aircher/ask", prompt="Is it?", maxOutputTokens=20)
        told = await editor.is_told("aircher/budget", level="warning")
        assert told["line"]["label"] == "daily"
        await editor.leave()


@asynccontextmanager
async def hall(status: StatusChangedParams) -> AsyncIterator[tuple[Sessions, Editor]]:
    """Sessions with nothing behind them, and one editor in them."""

    async def now() -> StatusChangedParams:
        return status

    ours, theirs = socket.socketpair()
    sessions = Sessions({}, now)
    serving = asyncio.create_task(_serve(sessions, theirs))
    reader, writer = await asyncio.open_connection(sock=ours)

    async def end() -> None:
        await serving

    editor = Editor(reader, writer, end)
    await editor.initialize()
    yield sessions, editor
    await editor.leave()
    await sessions.aclose()


async def _serve(sessions: Sessions, theirs: socket.socket) -> None:
    await sessions.serve(*await asyncio.open_connection(sock=theirs))


def alert(label: str, level: str, message: str) -> BudgetParams:
    line = LimitLine(label=label, limit=NOTHING, spent=NOTHING, held=NOTHING, resets_at="x")
    return BudgetParams(level=level, line=line, message=message)


async def test_a_flood_is_told_once_and_its_last_word_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "TELL_SECONDS", 0.05)
    status = StatusChangedParams(busy=True, in_flight=1, today=NOTHING)
    async with hall(status) as (sessions, editor):
        for number in range(100):
            sessions.status_changed()
            sessions.alert(alert("daily", "exceeded", str(number)))
            sessions.alert(alert("monthly", "exceeded", str(number)))
        await editor.is_told("aircher/budget", message="99")
        await editor.is_told("aircher/statusChanged", busy=True)
        assert len(editor.told) == 3, "two limits and one status"
        for number in range(100, 200):
            sessions.status_changed()
            sessions.alert(alert("daily", "exceeded", str(number)))
            await asyncio.sleep(0)
        await editor.is_told("aircher/budget", message="199")
        await asyncio.sleep(0.1)
        assert [name for name, _ in editor.told].count("aircher/budget") == 3
        assert [name for name, _ in editor.told].count("aircher/statusChanged") == 2
