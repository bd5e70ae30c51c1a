"""What a person does in an editor, told once and played in three ways: in this process, on the
daemon's socket, and through `aircherd connect`."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from fakes.scripted import Exchange, far_side
from sessions.conftest import Shop, Window, configure, provider
from sessions.editor import Failed

FILE = "def total(prices):\n    return sum(prices)\n\n\ndef mean(prices):\n    return 1\n"


async def good(exchange: Exchange) -> None:
    await exchange.start()
    for word in ("Add ", "the ", "mean ", "of prices"):
        await exchange.text(word)
        await asyncio.sleep(0.04)
    await exchange.finish()


async def endless(exchange: Exchange) -> None:
    await exchange.start()
    for number in range(10_000):
        if exchange.closed.is_set():
            return
        await exchange.text(f"word{number} ")
        await asyncio.sleep(0.01)


async def silent(exchange: Exchange) -> None:
    await exchange.closed.wait()


async def rows(*states: str) -> list[tuple[Any, ...]]:
    """The ledger's rows once each is in one of these states."""
    path = Path(os.environ["XDG_STATE_HOME"]) / "aircher" / "usage.sqlite3"
    async with asyncio.timeout(60):
        while True:
            db = sqlite3.connect(path)
            try:
                found = db.execute("SELECT state, outcome, provider FROM entries").fetchall()
            finally:
                db.close()
            if found and all(row[0] in states for row in found):
                return found
            await asyncio.sleep(0.02)


async def test_a_message_is_streamed_and_booked(window: Window, shop: Shop) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        shop.stage("shop.py", FILE)
        message = await editor.ask(
            "aircher/commitMessage", workspace=str(shop.root), deltaToken="t"
        )
        assert editor.shown == message["answer"]["text"] == "Add the mean of prices"
        assert len(editor.deltas) > 1, "it came in pieces"
        assert message["subject"] == "Add the mean of prices"
        assert (message["answer"]["provider"], message["answer"]["model"]) == ("acme", "m")
        assert message["answer"]["cost"]["nanoUsd"] == 25_000
        assert message["answer"]["reason"]["summary"].startswith("commit messages 1.00 → acme/m")
        usage = await editor.ask("aircher/usage")
        assert usage["month"]["cost"]["nanoUsd"] == 25_000
        assert await rows("settled") == [("settled", "done", "acme")]
        assert await editor.leave() in (0, None)
    assert len(far.seen) == 1


async def test_stop_is_immediate_and_what_was_made_is_paid(window: Window, shop: Shop) -> None:
    async with far_side(endless) as far:
        configure(provider("acme", far.base))
        editor = await window()
        number, answer = editor.begin("aircher/ask", prompt="go on", deltaToken="t")
        await editor.hears("word3 ")
        editor.cancel(number)
        with pytest.raises(Failed) as caught:
            await answer
        assert caught.value.code == -32800
        async with asyncio.timeout(30):
            await far.seen[0].closed.wait()
        assert await rows("settled") == [("settled", "cancelled", "acme")]
        status = await editor.ask("aircher/status")
        assert not status["busy"]
        await editor.leave()


async def test_an_editor_that_vanishes_stops_the_spending(window: Window, shop: Shop) -> None:
    async with far_side(endless) as far:
        configure(provider("acme", far.base))
        editor = await window()
        editor.begin("aircher/ask", prompt="go on", deltaToken="t")
        await editor.hears("word1 ")
        code = await editor.vanish()
        assert code in (1, None), "an editor that says no good-bye is no clean exit"
        async with asyncio.timeout(30):
            await far.seen[0].closed.wait()
        assert await rows("settled") == [("settled", "cancelled", "acme")]


async def test_nothing_staged_and_no_repository_are_said(
    window: Window, shop: Shop, tmp_path: Path
) -> None:
    editor = await window()
    with pytest.raises(Failed, match="git add") as caught:
        await editor.ask("aircher/commitMessage", workspace=str(shop.root))
    assert caught.value.kind == "nothingStaged"
    with pytest.raises(Failed, match="git init") as caught:
        await editor.ask("aircher/commitMessage", workspace=str(tmp_path))
    assert caught.value.kind == "notARepository"
    await editor.leave()


async def test_a_provider_that_is_down_is_passed_over(window: Window, shop: Shop) -> None:
    async def down(exchange: Exchange) -> None:
        await exchange.start("503 Service Unavailable", "application/json")
        await exchange.send(b'{"error": {"message": "overloaded"}}')

    async with far_side(down) as first, far_side(good) as second:
        order = '[providers]\ndefault = "acme"\nfallback_order = ["acme", "other"]\n'
        configure(order + provider("acme", first.base) + provider("other", second.base))
        editor = await window()
        shop.stage("shop.py", FILE)
        message = await editor.ask("aircher/commitMessage", workspace=str(shop.root))
        attempts = [(a["provider"], a["outcome"]) for a in message["answer"]["attempts"]]
        assert attempts[-1] == ("other", "done")
        assert {name for name, _ in attempts} == {"acme", "other"}
        assert message["answer"]["provider"] == "other"
        await editor.leave()


async def test_a_request_that_waits_in_line_says_where(window: Window, shop: Shop) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base) + "requests_per_minute = 1\n")
        editor = await window()
        await editor.ask("aircher/ask", prompt="one")
        number, answer = editor.begin("aircher/ask", prompt="two", deltaToken="t")
        async with asyncio.timeout(20):
            while not (told := [p for m, p in editor.told if m == "aircher/waiting"]):
                await asyncio.sleep(0.01)
        (line,) = told
        assert (line["token"], line["provider"], line["place"]) == ("t", "acme", 1)
        assert 1 < line["expectedSeconds"] <= 60
        editor.cancel(number)
        with pytest.raises(Failed, match="cancelled"):
            await answer
        assert len(far.seen) == 1
        await editor.leave()


async def test_who_asks_what_is_being_asked_already_is_told_that_it_shares(
    window: Window, shop: Shop
) -> None:
    gate = asyncio.Event()

    async def holds(exchange: Exchange) -> None:
        await exchange.start()
        await gate.wait()
        await exchange.text("It is.")
        await exchange.finish()

    async with far_side(holds) as far:
        configure(provider("acme", far.base))
        editor = await window()
        asked = [editor.begin("aircher/ask", prompt="same", deltaToken=one)[1] for one in "ab"]
        async with asyncio.timeout(20):
            while not (told := [p for m, p in editor.told if m == "aircher/waiting"]):
                await asyncio.sleep(0.01)
        (line,) = told
        assert (line["provider"], line["place"], line["shared"]) == ("acme", 0, True)
        gate.set()
        found = await asyncio.gather(*asked)
        assert len(far.seen) == 1
        assert {one["answer"]["text"] for one in found} == {"It is."}
        await editor.leave()


async def test_a_named_provider_that_rests_may_be_asked_again_later(
    window: Window, shop: Shop
) -> None:
    async def refuses(exchange: Exchange) -> None:
        await exchange.start("429 Too Many", "application/json", "Retry-After: 40\r\n")
        await exchange.send(b'{"error": {"message": "slow down"}}')

    async with far_side(refuses) as far:
        configure(provider("acme", far.base))
        editor = await window()
        for kinds in ({"rateLimit"}, {"rateLimit", "serverError"}):
            with pytest.raises(Failed) as caught:
                await editor.ask("aircher/ask", prompt="q", model="acme/m")
            assert caught.value.kind in kinds
            assert caught.value.data["retryable"]
            assert caught.value.data.get("code") != "PROVIDER_NOT_FOUND"
        assert len(far.seen) == 1
        await editor.leave()


async def test_two_half_answers_are_never_glued(window: Window, shop: Shop) -> None:
    async def half(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text("half of an ")
        await asyncio.sleep(0.05)
        exchange.writer.transport.abort()

    async with far_side(half) as first, far_side(good) as second:
        order = '[providers]\ndefault = "acme"\nfallback_order = ["acme", "other"]\n'
        configure(order + provider("acme", first.base) + provider("other", second.base))
        editor = await window()
        with pytest.raises(Failed) as caught:
            await editor.ask("aircher/ask", prompt="q", deltaToken="t")
        assert caught.value.kind == "interrupted"
        assert caught.value.data["partialText"] == "half of an "
        assert not second.seen
        assert await rows("settled") == [("settled", "interrupted", "acme")]
        await editor.leave()


async def test_a_limit_refuses_with_numbers_and_a_message_falls_back_to_rules(
    window: Window, shop: Shop
) -> None:
    async with far_side(good) as far:
        configure("[costs]\ndaily_limit = 0.0001\n" + provider("acme", far.base))
        editor = await window()
        with pytest.raises(Failed, match="daily limit") as caught:
            await editor.ask("aircher/ask", prompt="q")
        assert caught.value.kind == "budgetExceeded"
        budget = caught.value.data["budget"]
        assert (budget["limit"], budget["spent"], budget["held"]) == (100_000, 0, 0)
        assert budget["needed"] > 100_000
        assert budget["resetsAt"]
        shop.stage("shop.py", FILE)
        message = await editor.ask("aircher/commitMessage", workspace=str(shop.root))
        assert (message["answer"]["provider"], message["answer"]["model"]) == ("aircher", "rules")
        assert any("limit" in notice for notice in message["answer"]["notices"])
        assert not far.seen, "nothing was sent"
        await editor.leave()


async def test_the_configuration_is_read_again_while_it_runs(
    window: Window, shop: Shop, mode: str
) -> None:
    async with far_side(good) as far:
        configure(provider("acme", far.base))
        editor = await window()
        limits = (await editor.ask("aircher/status"))["limits"]
        assert limits == []
        configure("[costs]\ndaily_limit = 5.0\n" + provider("acme", far.base))
        result = await editor.ask("aircher/reload")
        # The watcher may have been first.
        assert result["problems"] == []
        [line] = (await editor.ask("aircher/status"))["limits"]
        assert (line["label"], line["limit"]["text"]) == ("daily", "$5.00")

        configure("[costs]\ndaily_limit = 5.0\nmonthly_buget = 9\n" + provider("acme", far.base))
        result = await editor.ask("aircher/reload")
        [problem] = result["problems"]
        assert (problem["line"], problem["column"]) == (3, 1)
        assert "did you mean 'costs.monthly_budget'" in problem["hint"]

        configure("[costs\n")
        result = await editor.ask("aircher/reload")
        [problem] = result["problems"]
        assert problem["line"] == 1
        assert (await editor.ask("aircher/status"))["limits"], "a broken file takes no limit away"
        await editor.leave()


async def test_after_shutdown_only_exit_is_left(window: Window) -> None:
    editor = await window()
    await editor.ask("shutdown")
    with pytest.raises(Failed) as caught:
        await editor.ask("aircher/status")
    assert caught.value.code == -32600
    editor.notify("exit", None)
    assert await editor._gone() in (0, None)


class TestWithADaemon:
    """What needs a daemon that outlives a window."""

    @pytest.fixture(params=["socket", "connect"])
    def mode(self, request: pytest.FixtureRequest) -> str:
        name: str = request.param
        return name

    async def test_windows_do_not_hear_each_other(self, window: Window, shop: Shop) -> None:
        async with far_side(endless) as far:
            configure(provider("acme", far.base))
            one, two = await window(), await window()
            one.begin("aircher/ask", prompt="one", deltaToken="t")
            number, answer = two.begin("aircher/ask", prompt="two", deltaToken="t")
            await one.hears("word2 ")
            await two.hears("word2 ")
            await one.vanish()
            heard = len(two.deltas)
            await two.hears(f"word{heard + 3} ")
            two.cancel(number)
            with pytest.raises(Failed):
                await answer
            await two.leave()

    @pytest.mark.parametrize("end", ["leaves", "cancels"])
    async def test_an_answer_outlives_its_editor_only_if_that_was_asked_for(
        self, window: Window, shop: Shop, end: str
    ) -> None:
        go_on = asyncio.Event()

        async def holds(exchange: Exchange) -> None:
            await exchange.start()
            await exchange.text("the first half ")
            closed = asyncio.create_task(exchange.closed.wait())
            gate = asyncio.create_task(go_on.wait())
            await asyncio.wait((closed, gate), return_when=asyncio.FIRST_COMPLETED)
            closed.cancel()
            gate.cancel()
            await exchange.text("and the second")
            await exchange.finish()

        async with far_side(holds) as far:
            configure(provider("acme", far.base))
            one, two = await window(), await window()
            asked = {"prompt": "q", "idempotencyKey": "k"}
            with pytest.raises(Failed, match="idempotencyKey"):
                await two.ask("aircher/ask", prompt="q", finishUnattended=True)
            number, answer = one.begin(
                "aircher/ask", **asked, deltaToken="t", finishUnattended=True
            )
            await one.hears("the first")
            if end == "leaves":
                await one.vanish()
                async with asyncio.timeout(30):
                    while (await two.ask("aircher/status"))["sessions"] > 1:
                        await asyncio.sleep(0.01)
                assert (await two.ask("aircher/status"))["requests"][0]["stage"] == "writing"
                go_on.set()
                given = await two.ask("aircher/ask", **asked)
                assert given["answer"]["text"] == "the first half and the second"
                assert [row[:2] for row in await rows("settled")] == [("settled", "done")]
            else:
                one.cancel(number)
                with pytest.raises(Failed):
                    await answer
                assert [row[:2] for row in await rows("settled")] == [("settled", "cancelled")]
                await one.leave()
            assert len(far.seen) == 1
            await two.leave()

    async def test_every_window_is_told_once_when_a_threshold_is_crossed(
        self, window: Window, shop: Shop
    ) -> None:
        async with far_side(good) as far:
            # An answer costs $0.000025; the alert stands at $0.00004.
            configure(
                "[cache]\nsession = false\n[costs]\ndaily_limit = 0.004\nalert_threshold = 0.01\n"
                + provider("acme", far.base)
            )
            one, two = await window(), await window()
            small = {"prompt": "q", "maxOutputTokens": 64}
            await one.ask("aircher/ask", **small)
            assert not [t for t in two.told if t[0] == "aircher/budget"], "not there yet"
            await one.ask("aircher/ask", **small)
            for editor in (one, two):
                told = await editor.is_told("aircher/budget", level="warning")
                assert told["line"]["label"] == "daily"
                assert "of the daily limit of $0.0040 is spent" in told["message"]
            await one.ask("aircher/ask", **small)
            await asyncio.sleep(0.2)
            assert len([t for t in two.told if t[0] == "aircher/budget"]) == 1
            await one.leave()
            await two.leave()

    async def test_every_window_sees_that_the_daemon_is_busy_and_what_was_spent(
        self, window: Window, shop: Shop
    ) -> None:
        async with far_side(good) as far:
            configure("[costs]\nmonthly_budget = 1.0\n" + provider("acme", far.base))
            one, two = await window(), await window()
            await one.ask("aircher/ask", prompt="q")
            told = await two.is_told("aircher/statusChanged", busy=False)
            assert told["model"] == "acme/m"
            assert told["today"]["nanoUsd"] == 25_000
            for sum_of in ("session", "month", "last"):
                assert told[sum_of]["nanoUsd"] == 25_000, sum_of
            assert told["limitState"] == "ok"
            assert told["limit"]["label"] == "monthly"
            assert told["limit"]["spent"]["nanoUsd"] == 25_000
            await one.leave()
            await two.leave()

    async def test_a_file_that_is_saved_is_read_without_being_asked(
        self, window: Window, shop: Shop
    ) -> None:
        configure("[costs]\ndaily_limit = 1.0\n")
        editor = await window()
        assert (await editor.ask("aircher/status"))["limits"]
        configure("[costs]\ndaily_limit = 2.0\n")
        async with asyncio.timeout(60):
            while True:
                [line] = (await editor.ask("aircher/status"))["limits"]
                if line["limit"]["text"] == "$2.00":
                    break
                await asyncio.sleep(0.05)
        await editor.leave()


class TestThroughTheForwarder:
    """What needs the forwarder, which starts the next daemon."""

    @pytest.fixture
    def mode(self) -> str:
        return "connect"

    async def test_a_daemon_that_is_killed_leaves_its_books_right(
        self, window: Window, shop: Shop
    ) -> None:
        async with far_side(endless) as far:
            configure(provider("acme", far.base))
            editor = await window()
            pid = (await editor.ask("aircher/status"))["pid"]
            _, answer = editor.begin("aircher/ask", prompt="go on", deltaToken="t")
            await editor.hears("word1 ")
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(Failed, match="ask again") as failure:
                await answer
            assert failure.value.data["kind"] == "interrupted"
            assert failure.value.data["retryable"]
            # The same window, which knows nothing of it.
            assert (await editor.ask("aircher/status"))["pid"] != pid
            assert await rows("settled") == [("settled", "abandoned", "acme")]
            await editor.leave()

    async def test_a_keyed_request_is_paid_once_though_its_daemon_is_killed(
        self, window: Window, shop: Shop
    ) -> None:
        async with far_side(silent) as far:
            configure(provider("acme", far.base))
            editor = await window()
            pid = (await editor.ask("aircher/status"))["pid"]
            _, answer = editor.begin("aircher/ask", prompt="go on", idempotencyKey="one")
            async with asyncio.timeout(20):
                while not far.seen:
                    await asyncio.sleep(0.01)
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(Failed, match="Ask again"):
                await answer
            assert len(far.seen) == 1
            assert await rows("settled") == [("settled", "abandoned", "acme")]
            await editor.leave()
