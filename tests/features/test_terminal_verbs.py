"""The commands on code in a terminal: what is shown, what is written, and when nothing is."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from e2e.terminal import terminal
from fakes.scripted import Exchange
from features.conftest import Model
from features.test_all_nine import CODE, EMPTY
from sessions.conftest import Shop


@pytest.fixture
async def talking(model: Model) -> AsyncIterator[Model]:
    """The model, for as long as the daemon that programs start by themselves."""
    yield model
    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "aircherd", "stop"], capture_output=True
    )


async def aircher(cwd: Path, *words: str, stdin: str = "") -> tuple[int, str, str]:
    """Runs the shim without a terminal."""

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "aircher", *words],
            cwd=cwd,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    done = await asyncio.to_thread(run)
    return done.returncode, done.stdout, done.stderr


async def test_an_edit_is_made_after_a_yes_and_not_before(talking: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    talking.says(EMPTY)

    def person(key: str) -> str:
        words = ["aircher", "fix", "shop.py:9", "ZeroDivisionError: division by zero"]
        with terminal(words, shop.root) as window:
            window.sees("make it?")
            assert (shop.root / "shop.py").read_text("utf-8") == CODE
            window.types(key)
            window.ends()
            return window.text

    text = await asyncio.to_thread(person, "n")
    assert "+    if not prices:" in text
    assert "Nothing was changed." in text
    assert (shop.root / "shop.py").read_text("utf-8") == CODE
    await asyncio.to_thread(person, "y")
    assert "    if not prices:\n        return 0\n" in (shop.root / "shop.py").read_text("utf-8")


async def test_another_edit_is_asked_for_in_the_same_place(talking: Model, shop: Shop) -> None:
    """The first counts as rejected, so that it is not given again from memory."""
    shop.write("shop.py", CODE)
    talking.says(EMPTY, EMPTY.replace("return 0", "return None"))

    def person() -> str:
        with terminal(["aircher", "fix", "shop.py:9", "division by zero"], shop.root) as window:
            window.sees("make it?")
            window.types("a")
            window.sees("another")
            window.sees("+        return None")
            window.sees("make it?")
            window.types("y")
            assert window.ends() == 0
            return window.text

    assert "+        return 0" in await asyncio.to_thread(person)
    assert "        return None\n" in (shop.root / "shop.py").read_text("utf-8")
    assert len(talking.asked) == 2


async def test_without_a_terminal_only_apply_writes(talking: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE.replace("\n", "\r\n"))
    (shop.root / "shop.py").chmod(0o750)
    talking.says(EMPTY)
    words = ("fix", "shop.py:9", "division by zero")
    code, out, err = await aircher(shop.root, *words)
    assert code == 1
    assert "--apply" in err
    assert "+    if not prices:" in out
    assert b"if not prices" not in (shop.root / "shop.py").read_bytes()
    code, _, err = await aircher(shop.root, *words, "--apply")
    assert code == 0, err
    after = (shop.root / "shop.py").read_bytes()
    assert b"    if not prices:\r\n        return 0\r\n" in after
    assert b"\n" not in after.replace(b"\r\n", b""), "line ends are kept"
    assert (shop.root / "shop.py").stat().st_mode & 0o777 == 0o750


async def test_a_file_changed_before_the_yes_is_not_written(talking: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    talking.says(EMPTY)

    def person() -> str:
        with terminal(["aircher", "fix", "shop.py:9", "division by zero"], shop.root) as window:
            window.sees("make it?")
            shop.write("shop.py", CODE + "# mine\n")
            window.types("y")
            assert window.ends() == 1
            return window.text

    assert "changed in the meantime" in await asyncio.to_thread(person)
    assert (shop.root / "shop.py").read_text("utf-8") == CODE + "# mine\n"


async def test_a_file_changed_while_the_model_writes_is_not_written(
    talking: Model, shop: Shop
) -> None:
    """The edit's places are places in the text that was sent."""
    shop.write("shop.py", CODE)

    async def answer(exchange: Exchange) -> None:
        shop.write("shop.py", f"# mine\n{CODE}")
        await exchange.start()
        await exchange.text(EMPTY)
        await exchange.finish()

    talking.answer = answer  # type: ignore[method-assign]
    code, _, err = await aircher(shop.root, "fix", "shop.py:9", "division by zero", "--apply")
    assert code == 1
    assert "changed in the meantime" in err
    assert (shop.root / "shop.py").read_text("utf-8") == f"# mine\n{CODE}"


async def test_a_small_fix_is_made_after_a_yes(talking: Model, shop: Shop) -> None:
    shop.stage("shop.py", CODE)
    finding = {
        "file": "shop.py",
        "quote": "    return total(prices) / len(prices)",
        "severity": "error",
        "title": "Divides by zero",
        "why": "An empty list.",
        "fix": "    return total(prices) / len(prices) if prices else 0",
    }
    talking.says(json.dumps(finding), '{"number": 1, "holds": true, "why": "Yes."}')

    def person() -> str:
        with terminal(["aircher", "review"], shop.root) as window:
            window.sees("Fix `Divides by zero`?")
            window.types("y")
            assert window.ends() == 2
            return window.text

    text = await asyncio.to_thread(person)
    assert "+    return total(prices) / len(prices) if prices else 0" in text
    assert " if prices else 0\n" in (shop.root / "shop.py").read_text("utf-8")


async def test_tests_go_into_a_new_file(talking: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    talking.says("```python\ndef test_mean():\n    assert True\n```")
    code, out, err = await aircher(shop.root, "generate", "shop.py", "--tests", "--apply")
    assert code == 0, err
    assert "+++ tests/test_shop.py" in out
    made = (shop.root / "tests" / "test_shop.py").read_text("utf-8")
    assert made == "def test_mean():\n    assert True\n"


async def test_review_tells_scripts_by_its_exit_code(talking: Model, shop: Shop) -> None:
    shop.stage("shop.py", CODE)
    finding = {
        "file": "shop.py",
        "quote": "    return total(prices) / len(prices)",
        "severity": "error",
        "title": "Divides by \x1b[31mzero",
        "why": "An empty list.",
    }
    talking.says(json.dumps(finding), '{"number": 1, "holds": true, "why": "Yes."}')
    code, out, err = await aircher(shop.root, "review")
    assert code == 2, err
    assert out.startswith("shop.py:9: error: Divides by zero\n")
    assert "\x1b" not in out
    # The same change again would bring the same answer again.
    shop.stage("shop.py", CODE + "\n")
    talking.says("[]")
    code, out, _ = await aircher(shop.root, "review")
    assert (code, out) == (0, "No faults were found.\n")
    shop.stage("shop.py", CODE + "\n\n")
    talking.says("I like turtles.")
    code, out, err = await aircher(shop.root, "review")
    assert (code, out) == (1, ""), "what nobody could read is not a clean review"
    assert "none ruled out" in err


async def test_a_dry_run_of_any_command_tells_what_is_masked(talking: Model, shop: Shop) -> None:
    shop.stage("shop.py", f'TOKEN = "ghp_{"aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"}"\n')
    for words in (
        ("commit", "--dry-run"),
        ("review", "--dry-run"),
        ("explain", "shop.py", "--dry-run"),
    ):
        code, out, err = await aircher(shop.root, *words)
        assert code == 0, err
        assert "masked    1 github-pat\n" in out, words
        assert "ghp_" not in out
    assert talking.asked == []


def booked() -> list[str]:
    """The tasks in the user's books."""
    books = Path(os.environ["XDG_STATE_HOME"]) / "aircher" / "usage.sqlite3"
    with contextlib.closing(sqlite3.connect(books)) as db:
        return [task for (task,) in db.execute("SELECT task FROM entries WHERE cost > 0")]


async def test_a_try_that_costs_is_in_the_books_there_are(talking: Model, shop: Shop) -> None:
    shop.stage("shop.py", CODE)
    assert (await aircher(shop.root, "status"))[0] == 0  # by the user's own daemon, which stays
    assert booked() == []
    talking.says("Add the mean")
    code, out, err = await aircher(shop.root, "try", str(shop.root))
    assert code == 0, err
    assert "Add the mean" in out
    assert "limit" not in out
    assert booked() == ["commit_messages"]


async def test_a_try_that_costs_says_that_no_books_keep_it(
    talking: Model, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "nothing"))
    shop.stage("shop.py", CODE)
    talking.says("Add the mean")
    code, out, err = await aircher(shop.root, "try", str(shop.root))
    assert code == 0, err
    assert "Add the mean" in out
    assert "is in no usage and counts to no limit" in out


async def test_lines_a_file_has_not_are_refused_and_nothing_is_paid(
    talking: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    code, out, err = await aircher(shop.root, "explain", "shop.py:900-1000")
    assert (code, out) == (1, "")
    assert "there is no line 900" in err
    assert talking.asked == []


async def test_the_hook_outside_a_repository_says_what_to_do(shop: Shop) -> None:
    outside = shop.root.parent / "outside"
    outside.mkdir()
    code, _, err = await aircher(outside, "hook", "install")
    assert code == 1
    assert "is in no git work tree; run `git init`" in err


async def test_explain_summarize_and_a_dry_run(talking: Model, shop: Shop) -> None:
    shop.stage("shop.py", CODE)
    talking.says("It adds them up.")
    code, out, err = await aircher(shop.root, "explain", "shop.py:4-5")
    assert (code, out) == (0, "It adds them up.\n"), err
    assert "acme/m" in err
    code, out, _ = await aircher(shop.root, "summarize")
    assert (code, out) == (0, "It adds them up.\n")
    asked = len(talking.asked)
    code, out, _ = await aircher(shop.root, "refactor", "shop.py", "shorter", "--dry-run")
    assert code == 0
    assert "Nothing was sent." in out
    assert "def mean(prices):" in out
    assert len(talking.asked) == asked


async def test_questions_go_on_in_one_conversation(talking: Model, shop: Shop) -> None:
    talking.says("One.", "Two.")

    def person() -> str:
        with terminal(["aircher", "ask", "--talk", "first?"], shop.root) as window:
            window.sees("One.")
            window.sees("\n> ")
            window.types("second?\n")
            window.sees("Two.")
            window.sees("\n> ")
            window.types("\n")
            assert window.ends() == 0
            return window.text

    await asyncio.to_thread(person)
    said = [message["content"] for message in talking.asked[1]]
    assert said[1:] == ["first?", "One.", "second?"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "nothing.py"), "There is no file nothing.py"),
        (("explain", "shop.py:9-3"), "not in order"),
        (("fix", "shop.py"), "There is no error to mend"),
        (("explain", "picture.py"), "no UTF-8 text"),
    ],
)
async def test_what_cannot_be_done_is_said_before_anything_is_asked(
    shop: Shop, words: tuple[str, ...], said: str
) -> None:
    (shop.root / "picture.py").write_bytes(b"\xff\xfe\x00")
    code, _, err = await aircher(shop.root, *words)
    assert code == 1
    assert said in err
    assert err.count("\n") == 1


async def test_prompts_are_listed_edited_and_reset(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = await aircher(shop.root, "prompts", "list")
    assert code == 0
    assert "review             bundled" in out
    writer = shop.root / "editor.py"
    writer.write_text(
        "import sys\nopen(sys.argv[1], 'w').write('Explain to $somebody in rhymes.')\n", "utf-8"
    )
    monkeypatch.setenv("EDITOR", f"{sys.executable} {writer}")
    code, out, err = await aircher(shop.root, "prompts", "edit", "explain")
    assert code == 0
    assert "counts from the next request on" in out
    assert "$somebody is not filled in here" in err
    assert "explain.md" in (await aircher(shop.root, "prompts", "list"))[1]
    assert (await aircher(shop.root, "prompts", "show", "explain"))[1].startswith("Explain to")
    assert (await aircher(shop.root, "prompts", "reset", "explain"))[0] == 0
    assert "rhymes" not in (await aircher(shop.root, "prompts", "show", "explain"))[1]
    code, _, err = await aircher(shop.root, "prompts", "edit", "poem")
    assert (code, err.count("\n")) == (1, 1)
