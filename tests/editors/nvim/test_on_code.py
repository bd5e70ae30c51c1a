"""`:Aircher` on code in a real Neovim: explain, summarize, and the commands that propose edits."""

from __future__ import annotations

import asyncio

import pytest

from editors.nvim.conftest import FILE, Model, Open
from sessions.conftest import Shop

pytestmark = pytest.mark.slow

TWO_HUNKS = """Done.

<<<<<<< SEARCH
    return sum(prices)
=======
    return float(sum(prices))
>>>>>>> REPLACE

<<<<<<< SEARCH
    return 1
=======
    return total(prices) / len(prices)
>>>>>>> REPLACE
"""
TESTS = "from shop import total\n\n\ndef test_total():\n    assert total([1]) == 1\n"
MENDED = FILE.replace("return 1", "return total(prices) / len(prices)")
FLOAT = FILE.replace("return sum(prices)", "return float(sum(prices))")


async def test_explain_the_lines_that_are_selected(model: Model, nvim: Open) -> None:
    model.says("It gives the **mean**.", "Of prices.")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("5,6Aircher explain")
        window.sees("It gives the **mean**.")
        window.sees("a ask further")
        window.keys("a")
        window.sees("Ask further:")
        window.keys("Of what?<CR>")
        window.sees("Of prices.")

    await asyncio.to_thread(person)
    assert "def mean(prices):" in model.asked(0)
    assert "It gives the **mean**." in model.asked(1)


async def test_what_is_not_good_is_asked_again_and_not_given_from_memory(
    model: Model, nvim: Open
) -> None:
    model.says("It gives a sum.", "It gives the mean.")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("5,6Aircher explain")
        window.sees("It gives a sum.")
        window.sees("r not good")
        window.keys("r")
        window.sees("It gives the mean.")
        window.sees("a ask further")

    await asyncio.to_thread(person)
    assert model.asked(0) == model.asked(1)


async def test_explain_what_is_not_written_yet(model: Model, nvim: Open) -> None:
    def person() -> None:
        window = nvim("shop.py")
        window.keys("Goprint('unwritten')<Esc>")
        window.ex("Aircher explain")
        window.sees("acme/m · hosted")

    await asyncio.to_thread(person)
    assert "unwritten" in model.asked()


@pytest.mark.parametrize(("words", "sent"), [("diff", "+def mean"), ("file", "def total")])
async def test_summarize(model: Model, nvim: Open, words: str, sent: str) -> None:
    model.says("A short account.")

    def person() -> None:
        window = nvim("shop.py")
        window.ex(f"Aircher summarize {words}")
        window.sees("A short account.")
        window.sees("acme/m · hosted")

    await asyncio.to_thread(person)
    assert sent in model.asked()


async def test_one_hunk_is_accepted_and_one_dropped(model: Model, nvim: Open) -> None:
    model.says(TWO_HUNKS)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("%Aircher refactor make both right")
        window.sees("a accept · A all · x drop")
        window.sees("return float(sum(prices))")
        assert "\n".join(window.lines(1)) + "\n" == FILE, "nothing before it is accepted"
        window.keys("x")
        window.keys("a")
        window.sees_no("A all")
        assert "\n".join(window.lines(1)) + "\n" == MENDED
        assert window.lua("return #vim.api.nvim_list_tabpages()") == 1
        window.keys("u")
        window.sees_no("total(prices) /")
        assert "\n".join(window.lines(1)) + "\n" == FILE

    await asyncio.to_thread(person)
    assert "make both right" in model.asked()


async def test_all_hunks_at_once(model: Model, nvim: Open, shop: Shop) -> None:
    model.says(TWO_HUNKS)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("%Aircher refactor make both right")
        window.sees("A all")
        window.keys("A")
        window.sees_no("A all")
        window.ex("w")
        window.sees("written")

    await asyncio.to_thread(person)
    text = (shop.root / "shop.py").read_text()
    assert "float(sum(prices))" in text
    assert "total(prices) / len(prices)" in text


async def test_what_was_typed_meanwhile_stays(model: Model, nvim: Open) -> None:
    model.says(TWO_HUNKS)
    model.pause = 0.1

    def person() -> None:
        window = nvim("shop.py")
        window.ex("%Aircher refactor make both right")
        window.waits("#vim.api.nvim_list_wins() == 2")
        window.keys("<C-w>p")
        window.keys("ggO# mine, above<Esc>")
        window.sees("A all")
        window.keys("A")
        window.sees_no("A all")
        lines = window.lines(1)
        assert lines[0] == "# mine, above"
        assert "    return float(sum(prices))" in lines

    await asyncio.to_thread(person)


async def test_fix_the_diagnostic_under_the_cursor(model: Model, nvim: Open) -> None:
    model.says(
        "It returned one.\n\n<<<<<<< SEARCH\n    return 1\n=======\n"
        "    return total(prices) / len(prices)\n>>>>>>> REPLACE\n"
    )

    def person() -> None:
        window = nvim("shop.py")
        window.lua(
            "vim.diagnostic.set(vim.api.nvim_create_namespace('x'), 0, {{ lnum = 5, col = 4,"
            " end_lnum = 5, end_col = 12, message = 'always one', source = 'lint',"
            " severity = vim.diagnostic.severity.WARN }})"
        )
        window.keys("6G")
        window.ex("Aircher fix")
        window.sees("A all")
        window.keys("A")
        window.sees_no("A all")
        assert "\n".join(window.lines(1)) + "\n" == MENDED

    await asyncio.to_thread(person)
    assert "always one" in model.asked()


async def test_fix_an_error_that_is_pasted(model: Model, nvim: Open) -> None:
    model.says(TWO_HUNKS)

    def person() -> None:
        window = nvim("shop.py")
        window.ex("Aircher fix")
        window.sees("Error to fix:")
        window.keys("ZeroDivisionError in mean<CR>")
        window.sees("A all")
        window.keys("q")
        window.sees_no("A all")
        assert "\n".join(window.lines(1)) + "\n" == FILE, "looked at and left"

    await asyncio.to_thread(person)
    assert "ZeroDivisionError in mean" in model.asked()


async def test_document(model: Model, nvim: Open) -> None:
    model.says(
        "Documented.\n\n<<<<<<< SEARCH\ndef mean(prices):\n=======\ndef mean(prices):\n"
        '    """The mean price."""\n>>>>>>> REPLACE\n'
    )

    def person() -> None:
        window = nvim("shop.py")
        window.keys("5G")
        window.ex("Aircher document")
        window.sees("The mean price.")
        window.sees("A all")
        window.keys("a")
        window.sees_no("A all")
        assert window.lines(1)[5] == '    """The mean price."""'

    await asyncio.to_thread(person)


async def test_generate_at_the_cursor(model: Model, nvim: Open) -> None:
    model.says("```python\n\n\ndef least(prices):\n    return min(prices)\n```\n")

    def person() -> None:
        window = nvim("shop.py")
        window.keys("G$")
        window.ex("Aircher generate")
        window.sees("What should be written?")
        window.keys("the least price<CR>")
        window.sees("A all")
        window.keys("A")
        window.sees_no("A all")
        assert "    return min(prices)" in window.lines(1)

    await asyncio.to_thread(person)


async def test_generate_tests_in_a_file_of_their_own(model: Model, nvim: Open, shop: Shop) -> None:
    model.says(f"```python\n{TESTS}```\n")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("1,2Aircher generate tests")
        window.sees("A all")
        window.sees("test_shop.py")
        window.keys("A")
        window.sees_no("A all")
        assert not list(shop.root.rglob("test_shop.py")), "written when the user writes it"
        window.ex("wall")
        window.sees("written")

    await asyncio.to_thread(person)
    (made,) = shop.root.rglob("test_shop.py")
    assert made.read_text() == TESTS


async def test_text_that_fits_nowhere_changes_nothing(model: Model, nvim: Open) -> None:
    model.says("<<<<<<< SEARCH\nnot a line of it\n=======\nx\n>>>>>>> REPLACE\n")

    def person() -> None:
        window = nvim("shop.py")
        window.ex("%Aircher refactor anything")
        window.sees("No edit is proposed")
        assert "\n".join(window.lines(1)) + "\n" == FILE

    await asyncio.to_thread(person)
