"""What becomes of a model's edit: made where it fits, mended once, or refused with the reason."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from fakes.scripted import Exchange
from features.conftest import Model, at, made
from features.test_all_nine import CODE, EMPTY, uri
from sessions.conftest import Shop
from sessions.editor import Editor

MISFIT = EMPTY.replace("total(prices) / len(prices)\n=", "average(prices)\n=")
BROKEN = EMPTY.replace("    if not prices:\n", "    if not prices\n")
KEY = "AKIA" + "ZQ3DGHN5LWYKXR7T"


async def fixed(editor: Editor, shop: Shop, **more: Any) -> Any:
    document = more.pop("document", {"uri": uri(shop)})
    return await editor.ask("aircher/fix", document=document, error="division by zero", **more)


@pytest.mark.parametrize("first", [MISFIT, BROKEN], ids=["misfit", "broken"])
async def test_the_model_mends_its_edit_once(
    editor: Editor, model: Model, shop: Shop, first: str
) -> None:
    shop.write("shop.py", CODE)
    model.says(first, EMPTY)
    found = await fixed(editor, shop)
    assert "if not prices:" in made(CODE, found["edit"], uri(shop))
    assert found["checked"]["repaired"] is True
    assert [a["outcome"] for a in found["answer"]["attempts"]] == ["done", "done"]
    assert found["answer"]["cost"]["nanoUsd"] == 2 * 25_000, "both calls are paid for and told"
    complaint = model.asked[1][-1]["content"]
    expected = "are not there: 'return average(prices)'" if first is MISFIT else "does not parse"
    assert expected in complaint
    assert model.asked[1][-2] == {"role": "assistant", "content": first}


@pytest.mark.parametrize("bad", [MISFIT, BROKEN], ids=["misfit", "broken"])
async def test_a_second_failure_is_a_refusal_that_says_why(
    editor: Editor, model: Model, shop: Shop, bad: str
) -> None:
    shop.write("shop.py", CODE)
    model.says(bad)
    found = await fixed(editor, shop)
    assert found["edit"] is None
    assert len(model.asked) == 2, "one attempt to mend it, and no more"
    (notice,) = found["answer"]["notices"]
    assert notice.startswith("No edit is proposed: ")
    assert notice.endswith("Ask again, or select less.")
    assert "<<<<<<< SEARCH" in found["answer"]["text"], "what was meant can be read"


async def test_an_answer_that_was_cut_is_no_edit(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.finish = "length"
    model.says(EMPTY)
    found = await fixed(editor, shop)
    assert found["edit"] is None
    assert len(model.asked) == 1
    assert "broke off" in " ".join(found["answer"]["notices"])


async def test_nothing_to_change_is_said_and_no_failure(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    model.says("The code shown cannot be the cause; look at the caller.")
    found = await fixed(editor, shop)
    assert (found["edit"], found["answer"]["notices"]) == (None, [])
    assert found["answer"]["text"].startswith("The code shown cannot")
    assert len(model.asked) == 1


async def test_what_is_shown_meanwhile_is_words_and_ends_as_the_answer(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    model.says(EMPTY)
    found = await fixed(editor, shop, deltaToken="t")
    assert editor.shown == found["answer"]["text"] == "An empty list made it divide by zero."
    assert all("SEARCH" not in delta["text"] for delta in editor.deltas)
    assert {delta["kind"] for delta in editor.deltas} == {"append"}


class Typing:
    """A document that is open, and changed while the model writes."""

    def __init__(self, editor: Editor, shop: Shop) -> None:
        self.editor, self.uri = editor, uri(shop)
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": CODE}
        editor.notify("textDocument/didOpen", {"textDocument": document})

    def types(self, version: int, text: str) -> None:
        document = {"uri": self.uri, "version": version}
        self.editor.notify(
            "textDocument/didChange",
            {"textDocument": document, "contentChanges": [{"text": text}]},
        )


async def while_it_writes(editor: Editor, model: Model, shop: Shop, text: str) -> Any:
    """Fixes an open document; the text is typed when half of the answer has come."""
    typing = Typing(editor, shop)
    typed = asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.text(EMPTY[:60])
        await typed.wait()
        await exchange.text(EMPTY[60:])
        await exchange.finish()

    model.answer = answer  # type: ignore[method-assign]
    _, asked = editor.begin(
        "aircher/fix", document={"uri": typing.uri}, error="zero", deltaToken="t"
    )
    await editor.hears("An empty list")
    typing.types(2, text)
    await editor.ask("aircher/status")
    typed.set()
    async with asyncio.timeout(10):
        return await asked


async def test_an_edit_follows_its_lines_when_the_buffer_moves(
    editor: Editor, model: Model, shop: Shop
) -> None:
    text = f"# typed\n\n{CODE}"
    found = await while_it_writes(editor, model, shop, text)
    change = found["edit"]["documentChanges"][0]
    assert change["textDocument"]["version"] == 2
    after = made(text, found["edit"], uri(shop))
    assert after.startswith("# typed\n\nimport math\n")
    assert "    if not prices:\n        return 0\n    return total" in after


async def test_an_edit_of_lines_that_were_typed_over_is_refused(
    editor: Editor, model: Model, shop: Shop
) -> None:
    text = CODE.replace("return total(prices) / len", "return sum(prices) / len")
    found = await while_it_writes(editor, model, shop, text)
    assert found["edit"] is None
    assert "edited in the meantime" in " ".join(found["answer"]["notices"])


async def test_a_file_on_disk_that_changed_meanwhile_is_read_again(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)

    async def answer(exchange: Exchange) -> None:
        shop.write("shop.py", f"# typed\n{CODE}")
        await exchange.start()
        await exchange.text(EMPTY)
        await exchange.finish()

    model.answer = answer  # type: ignore[method-assign]
    found = await fixed(editor, shop)
    assert "    if not prices:\n        return 0\n    return total" in made(
        f"# typed\n{CODE}", found["edit"], uri(shop)
    )


async def test_documentation_that_changes_code_is_refused(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    model.says(EMPTY)
    found = await editor.ask("aircher/document", document={"uri": uri(shop)}, range=at(7, 9))
    assert found["edit"] is None
    assert "changes code, not only comments" in " ".join(found["answer"]["notices"])


async def test_what_a_model_hides_in_an_edit_does_not_reach_the_file(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    model.says(EMPTY.replace("return 0", "return 0  # \u202eevil\u2066\u200b\x1b[31m"))
    found = await fixed(editor, shop)
    after = made(CODE, found["edit"], uri(shop))
    assert "        return 0  # evil\n" in after


async def test_secrets_stay_here_and_are_still_there_after_the_edit(
    editor: Editor, model: Model, shop: Shop
) -> None:
    text = CODE.replace("import math\n", f'import math\n\nAWS_KEY = "{KEY}"\n')
    shop.write("shop.py", text)

    async def answer(exchange: Exchange) -> None:
        body = json.loads(exchange.body)["messages"][-1]["content"]
        line = next(line for line in body.split("\n") if line.startswith("AWS_KEY"))
        await exchange.start()
        await exchange.text(
            f"Two keys.\n\n<<<<<<< SEARCH\n{line}\n=======\n{line}\nOTHER = 1\n>>>>>>> REPLACE\n"
        )
        await exchange.finish()

    model.answer = answer  # type: ignore[method-assign]
    found = await fixed(editor, shop)
    assert model.far is not None
    assert all(KEY.encode() not in one.body for one in model.far.seen)
    assert f'AWS_KEY = "{KEY}"\nOTHER = 1\n' in made(text, found["edit"], uri(shop))


async def test_a_section_goes_to_the_end_of_the_front_page(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    shop.write("README.md", "# Shop\n\nSells.\n")
    section = "## Prices\n\n```python\nmean([1, 3])  # 2\n```"
    model.says(f"```markdown\n{section}\n```")
    found = await editor.ask("aircher/document", document={"uri": uri(shop)}, kind="readme")
    readme = uri(shop, "README.md")
    after = made("# Shop\n\nSells.\n", found["edit"], readme)
    assert after == f"# Shop\n\nSells.\n\n{section}\n"


async def test_a_front_page_is_made_where_there_is_none(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    model.says("## Prices\n\nThe mean.")
    found = await editor.ask("aircher/document", document={"uri": uri(shop)}, kind="readme")
    create, change = found["edit"]["documentChanges"]
    assert (create["kind"], create["uri"]) == ("create", uri(shop, "README.md"))
    assert made("", found["edit"], uri(shop, "README.md")) == "## Prices\n\nThe mean.\n"
    assert change["textDocument"]["version"] is None


async def test_tests_join_those_that_are_there(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    (shop.root / "tests").mkdir()
    shop.write("tests/test_shop.py", "from shop import total\n")
    model.says("```python\ndef test_total():\n    assert total([1]) == 1\n```")
    found = await editor.ask(
        "aircher/generate", document={"uri": uri(shop)}, instruction="", kind="tests"
    )
    target = uri(shop, "tests/test_shop.py")
    after = made("from shop import total\n", found["edit"], target)
    assert after == "from shop import total\n\ndef test_total():\n    assert total([1]) == 1\n"
    assert "from shop import total" in model.asked[0][1]["content"], "their style is shown"


async def test_code_without_a_file_is_the_answer_itself(editor: Editor, model: Model) -> None:
    model.says("```sh\nls\n```")
    found = await editor.ask("aircher/generate", instruction="list files", deltaToken="t")
    assert found["edit"] is None
    assert found["answer"]["text"] == editor.shown == "```sh\nls\n```"
    assert found["answer"]["notices"] == []
