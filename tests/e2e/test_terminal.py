"""`aircher commit` and `aircher ask` as a person meets them, in a terminal."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from e2e.terminal import terminal
from fakes.scripted import Exchange, FarSide, far_side
from sessions.conftest import Shop, configure, provider
from sessions.test_stories import rows

FILE = "def total(prices):\n    return sum(prices)\n\n\ndef mean(prices):\n    return 1\n"
SAID = ["Add the mean of prices", "Let prices have a mean", "Add a third way"]


@pytest.fixture
async def far() -> AsyncIterator[FarSide]:
    """A model that says something else each time."""
    count = 0

    async def answer(exchange: Exchange) -> None:
        nonlocal count
        if b"for ever" in exchange.body:
            await endless(exchange)
            return
        await exchange.start()
        if b"say nothing" in exchange.body:
            await exchange.closed.wait()
        pause = 0.2 if b"slowly" in exchange.body else 0.02
        said = SAID[count % len(SAID)]
        count += 1
        for word in said.split(" "):
            await exchange.text(word + " ")
            await asyncio.sleep(pause)
        await exchange.finish()

    async with far_side(answer) as far:
        configure(provider("acme", far.base))
        yield far
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "aircherd", "stop"], capture_output=True
        )


async def endless(exchange: Exchange) -> None:
    await exchange.start()
    while not exchange.closed.is_set():
        await exchange.text("and on ")
        await asyncio.sleep(0.02)


async def rambling(exchange: Exchange) -> None:
    """A first message far too long and in wide letters; a second one that fits."""
    await exchange.start()
    again = b"header-max-length" in exchange.body
    await exchange.text("Add 平均" if again else "Add " + "平均値 " * 40)
    await exchange.finish()


@pytest.fixture
def staged(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path / "shop")
    shop.stage("shop.py", FILE)
    return shop


async def test_accept_commits_it(far: FarSide, staged: Shop) -> None:
    def person() -> str:
        with terminal(["aircher", "commit"], staged.root) as window:
            window.sees("[a]ccept")
            window.types("a\n")
            assert window.ends() == 0
            return window.text

    text = await asyncio.to_thread(person)
    assert staged.git("log", "-1", "--format=%s").strip() == SAID[0]
    assert "acme/m · hosted" in text
    assert "$0.000025" in text
    assert "writing a message …" in text, "something is shown before the first word"


async def test_write_again_with_a_hint_and_then_cancel(far: FarSide, staged: Shop) -> None:
    def person() -> None:
        with terminal(["aircher", "commit"], staged.root) as window:
            window.sees("[a]ccept")
            window.types("r\n")
            window.sees("What should it say?")
            window.types("say that prices have it\n")
            window.sees(SAID[1])
            window.sees("[a]ccept")
            window.types("c\n")
            assert window.ends() == 1
            window.sees("what is staged stays staged")

    await asyncio.to_thread(person)
    assert staged.git("log", "-1", "--format=%s").strip() == "Add prices"
    assert "shop.py" in staged.git("diff", "--cached", "--name-only")
    again = far.seen[-1].body.decode()
    assert "say that prices have it" in again
    assert SAID[0] in again, "the rejected message is not to come again"


async def test_edit_in_the_editor_git_would_use(far: FarSide, staged: Shop) -> None:
    editor = staged.root.parent / "editor.py"
    editor.write_text(
        "import sys, pathlib\np = pathlib.Path(sys.argv[1])\n"
        "p.write_text(p.read_text().strip() + ' (edited)\\n')\n"
    )

    def person() -> None:
        command = f"{sys.executable} {editor}"
        with terminal(["aircher", "commit"], staged.root, GIT_EDITOR=command) as window:
            window.sees("[a]ccept")
            window.types("e\n")
            window.sees("(edited)")
            window.types("a\n")
            assert window.ends() == 0

    await asyncio.to_thread(person)
    assert staged.git("log", "-1", "--format=%s").strip() == f"{SAID[0]} (edited)"


async def test_an_empty_edit_commits_nothing(far: FarSide, staged: Shop) -> None:
    def person() -> None:
        with terminal(["aircher", "commit"], staged.root, GIT_EDITOR="truncate -s 0") as window:
            window.sees("[a]ccept")
            window.types("e\n")
            assert window.ends() == 1
            window.sees("nothing was committed")

    await asyncio.to_thread(person)
    assert staged.git("log", "-1", "--format=%s").strip() == "Add prices"


async def test_a_hook_that_refuses_does_not_lose_the_message(far: FarSide, staged: Shop) -> None:
    hook = staged.root / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho 'not today'\nexit 1\n")
    hook.chmod(0o755)

    def person() -> str:
        with terminal(["aircher", "commit"], staged.root) as window:
            window.sees("[a]ccept")
            window.types("a\n")
            assert window.ends() == 1
            return window.text

    text = await asyncio.to_thread(person)
    assert "not today" in text
    kept = Path(text.split("use it with `git commit -F ")[1].split("`")[0].replace("\n", ""))
    assert kept.read_text().strip() == SAID[0]
    kept.unlink()


@pytest.mark.parametrize(
    "words", [["ask", "go on for ever"], ["commit", "--hint", "for ever"]], ids=["ask", "commit"]
)
async def test_ctrl_c_in_mid_stream(far: FarSide, staged: Shop, words: list[str]) -> None:
    def person() -> str:
        with terminal(["aircher", *words], staged.root) as window:
            window.sees("and on and on")
            window.presses_ctrl_c()
            assert window.ends() == 130
            return window.text

    text = await asyncio.to_thread(person)
    assert "Traceback" not in text
    assert re.search(r"^aircher: Stopped\. .* is booked: today \$0\.\d+\.$", text, re.MULTILINE)
    assert "$0.00." not in text, "what was used is not nothing"
    async with asyncio.timeout(2):
        await far.seen[0].closed.wait()
    assert await rows("settled") == [("settled", "cancelled", "acme")]
    assert staged.git("log", "-1", "--format=%s").strip() == "Add prices"


async def test_ctrl_c_at_the_question_commits_nothing(far: FarSide, staged: Shop) -> None:
    def person() -> str:
        with terminal(["aircher", "commit"], staged.root) as window:
            window.sees("[c]ancel?")
            window.presses_ctrl_c()
            assert window.ends() == 130
            return window.text

    text = await asyncio.to_thread(person)
    assert "what is staged stays staged" in text
    assert "Traceback" not in text
    assert staged.git("log", "-1", "--format=%s").strip() == "Add prices"


async def test_keys_pressed_while_it_writes_accept_nothing(far: FarSide, staged: Shop) -> None:
    def person() -> str:
        with terminal(["aircher", "commit", "--hint", "slowly"], staged.root) as window:
            window.sees("Add the")
            assert not window.echoes
            window.types("a\n\nyes\n")
            window.sees("[c]ancel?")
            window.types("x")
            window.types("c")
            assert window.ends() == 1
            return window.text

    text = await asyncio.to_thread(person)
    assert "yes" not in text, "keys are not echoed into the message"
    assert "[c]ancel? cancel" in text, "a key that is no answer is no answer"
    assert staged.git("log", "-1", "--format=%s").strip() == "Add prices"


async def test_a_terminal_is_left_right_when_asked_to_end(far: FarSide, staged: Shop) -> None:
    def person() -> int:
        with terminal(["aircher", "ask", "go on for ever"], staged.root) as window:
            window.sees("and on")
            assert not window.echoes
            window.process.terminate()
            return window.ends()

    assert await asyncio.to_thread(person) == 143
    assert await rows("settled") == [("settled", "cancelled", "acme")]


async def test_a_stop_before_the_first_word(far: FarSide, staged: Shop) -> None:
    def person() -> str:
        with terminal(["aircher", "ask", "say nothing"], staged.root) as window:
            window.sees("asking … 2 s")
            window.presses_ctrl_c()
            assert window.ends() == 130
            return window.text

    text = await asyncio.to_thread(person)
    assert "Stopped." in text
    assert "Traceback" not in text


async def test_a_stop_waits_for_its_own_booking_and_not_for_others(
    far: FarSide, staged: Shop
) -> None:
    def person() -> str:
        ask = [sys.executable, "-m", "aircher", "ask", "go on for ever"]
        with subprocess.Popen(ask, cwd=staged.root, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            assert other.stdout.read(3) == b"and", "somebody else's request goes on all the while"
            with terminal(["aircher", "ask", "say nothing"], staged.root) as window:
                window.sees("asking … 2 s")
                window.presses_ctrl_c()
                assert window.ends() == 130
            other.terminate()
            other.stdout.read()
        return window.text

    text = await asyncio.to_thread(person)
    assert "Stopped. What was used until then is booked: today $0.00" in text


async def test_the_hook_says_who_wrote_and_ends_with_ctrl_c(far: FarSide, staged: Shop) -> None:
    installed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "aircher", "hook", "install"],
        cwd=staged.root,
        capture_output=True,
    )
    assert installed.returncode == 0

    def person() -> str:
        with terminal(["git", "commit"], staged.root, GIT_EDITOR="cat") as window:
            window.sees("writing a message …")
            window.sees("acme/m · hosted")
            window.ends()
            return window.text

    text = await asyncio.to_thread(person)
    assert staged.git("log", "-1", "--format=%s").strip() == SAID[0]
    assert "today $0.000025" in text

    far.answer = endless

    def impatient() -> str:
        staged.stage("shop.py", "X = 1\n")
        with terminal(["git", "commit"], staged.root, GIT_EDITOR="cat") as window:
            window.sees("writing a message …")
            while len(far.seen) < 2:
                time.sleep(0.02)
            window.presses_ctrl_c()
            window.ends()
            return window.text

    text = await asyncio.to_thread(impatient)
    assert "Traceback" not in text
    async with asyncio.timeout(5):
        await far.seen[1].closed.wait()


async def test_who_else_saw_the_text_is_said(far: FarSide, staged: Shop) -> None:
    async def down(exchange: Exchange) -> None:
        await exchange.start("503 Service Unavailable", "application/json")
        await exchange.send(b'{"error": {"message": "overloaded"}}')

    async with far_side(down) as first:
        configure(
            '[providers]\ndefault = "first"\nfallback_order = ["first", "acme"]\n'
            + provider("first", first.base)
            + provider("acme", far.base)
        )

        def person() -> str:
            with terminal(["aircher", "commit"], staged.root) as window:
                window.sees("[c]ancel?")
                window.types("c")
                window.ends()
                return window.text

        text = await asyncio.to_thread(person)
    assert "acme/m · hosted" in text
    assert "your default provider" not in text, "that is why the other one was asked"
    assert re.search(r"tried first/m: .*overloaded.*", text)
    assert "may have seen the text" in text


async def test_a_mended_message_says_so_and_what_both_calls_cost(
    far: FarSide, staged: Shop
) -> None:
    far.answer = rambling

    def person() -> str:
        with terminal(["aircher", "commit"], staged.root, columns=40) as window:
            window.sees("[c]ancel?")
            window.types("c")
            window.ends()
            return window.text

    text = await asyncio.to_thread(person)
    assert "Add 平均" in text
    assert "$0.000050 for 2 calls" in text
    flat = text.replace("\n", " ")
    assert "header-max-length" in flat
    assert "asked once more" in flat
    for line in text.partition("acme/m")[2].splitlines():
        assert not re.search(r"\S{41}", line)


async def test_a_narrow_terminal_shows_one_message_once(far: FarSide, staged: Shop) -> None:
    def person() -> str:
        with terminal(["aircher", "commit"], staged.root, columns=30) as window:
            window.sees("[a]ccept")
            window.types("c\n")
            window.ends()
            return window.text

    text = await asyncio.to_thread(person)
    assert text.count(SAID[0]) == 1


async def test_what_would_be_sent_is_shown_and_not_sent(far: FarSide, staged: Shop) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "aircher", "commit", "--dry-run"],
        cwd=staged.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    origin = far.base.removesuffix("/v1")
    assert f"acme/m at {origin}" in done.stdout
    assert "+def mean(prices):" in done.stdout, "the exact text"
    assert "at most   $" in done.stdout
    assert "Nothing was sent." in done.stdout
    assert not far.seen
