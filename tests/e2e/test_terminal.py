"""`aircher commit` and `aircher ask` as a person meets them, in a terminal."""

from __future__ import annotations

import asyncio
import subprocess
import sys
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
        await exchange.start()
        if b"for ever" in exchange.body:
            while not exchange.closed.is_set():
                await exchange.text("and on ")
                await asyncio.sleep(0.02)
            return
        said = SAID[count % len(SAID)]
        count += 1
        for word in said.split(" "):
            await exchange.text(word + " ")
            await asyncio.sleep(0.02)
        await exchange.finish()

    async with far_side(answer) as far:
        configure(provider("acme", far.base))
        yield far
        await asyncio.to_thread(
            subprocess.run, [sys.executable, "-m", "aircherd", "stop"], capture_output=True
        )


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


@pytest.mark.parametrize("words", [["ask", "go on for ever"], ["commit", "--hint", "for ever"]])
async def test_ctrl_c_in_mid_stream(far: FarSide, staged: Shop, words: list[str]) -> None:
    def person() -> str:
        with terminal(["aircher", *words], staged.root) as window:
            window.sees("and on and on")
            window.presses_ctrl_c()
            assert window.ends() == 130
            return window.text

    text = await asyncio.to_thread(person)
    assert "Traceback" not in text
    assert "Stopped." in text
    async with asyncio.timeout(2):
        await far.seen[0].closed.wait()
    assert await rows("settled") == [("settled", "cancelled", "acme")]


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
