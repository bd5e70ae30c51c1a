"""Each command once, from an editor's request to a model and back."""

from __future__ import annotations

from features.conftest import Model, at, made
from sessions.conftest import Shop
from sessions.editor import Editor

CODE = """import math


def total(prices):
    return sum(prices)


def mean(prices):
    return total(prices) / len(prices)
"""
EMPTY = """An empty list made it divide by zero.

<<<<<<< SEARCH
    return total(prices) / len(prices)
=======
    if not prices:
        return 0
    return total(prices) / len(prices)
>>>>>>> REPLACE
"""


def uri(shop: Shop, name: str = "shop.py") -> str:
    return f"file://{shop.root}/{name}"


async def test_explain(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.says("It gives the mean.")
    found = await editor.ask(
        "aircher/explain", document={"uri": uri(shop)}, range=at(7, 9), deltaToken="t"
    )
    assert found["answer"]["text"] == editor.shown == "It gives the mean."
    assert found["answer"]["reason"]["task"] == "summaries"
    (messages,) = model.asked
    assert "def mean(prices):" in messages[1]["content"]
    assert found["leftOut"] == []


async def test_summarize_a_branch(editor: Editor, model: Model, shop: Shop) -> None:
    shop.git("switch", "-q", "-c", "more")
    shop.stage("shop.py", CODE)
    shop.git("commit", "-q", "-m", "Add the mean")
    model.says("It adds the mean.")
    found = await editor.ask("aircher/summarize", workspace=str(shop.root), scope="branch")
    assert found["answer"]["text"] == "It adds the mean."
    assert "+def mean(prices):" in model.asked[0][1]["content"]


async def test_fix(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.says(EMPTY)
    found = await editor.ask(
        "aircher/fix",
        document={"uri": uri(shop), "version": 3, "text": CODE},
        diagnostic={"message": "division by zero", "source": "ruff", "range": at(8, 9)},
    )
    assert found["answer"]["text"] == "An empty list made it divide by zero."
    assert found["label"] == "Fix: ruff: division by zero"
    assert found["checked"] == {
        "parser": "python",
        "repaired": False,
        "detail": "parses as Python",
    }
    change = found["edit"]["documentChanges"][0]
    assert change["textDocument"] == {"uri": uri(shop), "version": 3}
    assert found["edit"]["changeAnnotations"]["aircher"]["needsConfirmation"] is True
    assert "    if not prices:\n        return 0\n" in made(CODE, found["edit"], uri(shop))


async def test_document(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.says(
        "Documented.\n\n<<<<<<< SEARCH\ndef mean(prices):\n=======\ndef mean(prices):\n"
        '    """The mean price."""\n>>>>>>> REPLACE\n'
    )
    found = await editor.ask("aircher/document", document={"uri": uri(shop)}, range=at(7, 9))
    text = made(CODE, found["edit"], uri(shop))
    assert 'def mean(prices):\n    """The mean price."""\n    return' in text


async def test_refactor(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.says(
        "Renamed.\n\n```python\n<<<<<<< SEARCH\ndef total(prices):\n    return sum(prices)\n"
        "=======\ndef total(amounts):\n    return sum(amounts)\n>>>>>>> REPLACE\n```\n"
    )
    found = await editor.ask(
        "aircher/refactor",
        document={"uri": uri(shop)},
        range=at(3, 5),
        instruction="rename the parameter to amounts",
    )
    assert "def total(amounts):\n    return sum(amounts)\n" in made(CODE, found["edit"], uri(shop))
    assert found["answer"]["text"] == "Renamed."


async def test_generate_at_the_cursor(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.says("```python\ndef median(prices):\n    return sorted(prices)[len(prices) // 2]\n```\n")
    found = await editor.ask(
        "aircher/generate",
        document={"uri": uri(shop)},
        position={"line": 9, "character": 0},
        instruction="the median",
        kind="code",
    )
    assert made(CODE, found["edit"], uri(shop)).endswith("[len(prices) // 2]")


async def test_generate_tests_in_a_file_of_their_own(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.write("shop.py", CODE)
    model.says(
        "```python\nfrom shop import mean\n\n\ndef test_mean():\n    assert mean([2]) == 2\n```"
    )
    found = await editor.ask(
        "aircher/generate", document={"uri": uri(shop)}, instruction="", kind="tests"
    )
    create, change = found["edit"]["documentChanges"]
    target = uri(shop, "tests/test_shop.py")
    assert (create["kind"], create["uri"]) == ("create", target)
    assert create["options"] == {"overwrite": False, "ignoreIfExists": True}
    assert change["textDocument"] == {"uri": target, "version": None}
    assert made("", found["edit"], target).startswith("from shop import mean\n")


async def test_review(editor: Editor, model: Model, shop: Shop) -> None:
    shop.stage("shop.py", CODE)
    model.says(
        '{"file": "shop.py", "quote": "    return total(prices) / len(prices)", "severity": '
        '"error", "title": "Divides by zero", "why": "An empty list has no length.", "fix": '
        '"    return total(prices) / len(prices) if prices else 0"}',
        '{"number": 1, "holds": true, "why": "Nothing checks for an empty list."}',
    )
    found = await editor.ask("aircher/review", workspace=str(shop.root), scope="staged")
    (finding,) = found["findings"]
    assert finding["uri"] == uri(shop)
    assert finding["range"]["start"] == {"line": 8, "character": 4}
    assert finding["severity"] == "error"
    assert " if prices else 0\n" in made(CODE, finding["fix"], uri(shop))
    assert len(model.asked) == 2, "it was defended"
    kept = await editor.ask(
        "aircher/feedback",
        operation=found["answer"]["requestId"],
        outcome="applied",
        finding=finding["id"],
    )
    assert kept == {"kept": True}


async def test_ask_goes_on(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    model.says("The mean.", "Divide.")
    first = await editor.ask(
        "aircher/ask", prompt="What is it?", document={"uri": uri(shop)}, range=at(7, 9)
    )
    assert first["answer"]["text"] == "The mean."
    second = await editor.ask("aircher/ask", prompt="And how?", conversation=first["conversation"])
    assert second["conversation"] == first["conversation"]
    roles = [m["role"] for m in model.asked[1]]
    assert roles == ["system", "user", "assistant", "user"]
    assert model.asked[1][2]["content"] == "The mean."
    assert model.asked[1][3]["content"] == "And how?"
