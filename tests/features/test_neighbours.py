"""What an editor's own symbols say stands near: shown where it fits and may be seen, else named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from features.conftest import Model, at
from features.test_all_nine import CODE, uri
from sessions.conftest import Shop, settings_file
from sessions.editor import Editor

PRICES = "".join(f"# {n}\n" for n in range(60)) + (
    "def total(prices):\n    # net of tax\n    return sum(prices)\n\n\ndef other():\n    return 0\n"
)
TILL = "from shop import mean\n\n\ndef close():\n    return mean([1, 2])\n"


def near(shop: Shop, kind: str, name: str, first: int, last: int) -> dict[str, Any]:
    return {"kind": kind, "uri": f"{uri(shop, name)}", "range": at(first, last)}


async def explained(editor: Editor, shop: Shop, *places: dict[str, Any]) -> Any:
    shop.write("shop.py", CODE)
    document = {"uri": uri(shop), "neighbours": list(places)}
    return await editor.ask("aircher/explain", document=document, range=at(7, 9))


async def test_a_definition_and_a_use_are_shown(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("prices.py", PRICES)
    shop.write("till.py", TILL)
    found = await explained(
        editor,
        shop,
        near(shop, "definition", "prices.py", 60, 61),
        near(shop, "reference", "till.py", 4, 5),
    )
    sent = model.asked[0][1]["content"]
    assert "A definition it uses, prices.py lines 61 to 63:\n" in sent
    assert "    # net of tax\n    return sum(prices)\n=====" in sent, "all of it, and no more"
    assert "def other" not in sent
    assert "A place that uses it, till.py lines 3 to 5:\n" in sent
    assert "    return mean([1, 2])" in sent
    assert found["leftOut"] == []


async def test_the_buffer_as_the_editor_has_it(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("prices.py", PRICES)
    text = PRICES.replace("net of tax", "not written yet")
    item = {"uri": uri(shop, "prices.py"), "languageId": "python", "version": 3, "text": text}
    editor.notify("textDocument/didOpen", {"textDocument": item})
    await explained(editor, shop, near(shop, "definition", "prices.py", 60, 61))
    assert "not written yet" in model.asked[0][1]["content"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".env", "withheld: a file of this name holds secrets"),
        ("secret.sql", "withheld by .aircherignore"),
        ("built.py", "withheld: git ignores files of this name"),
        ("innocent.py", "withheld: a file of this name holds secrets"),
        ("out.py", "leads out of the workspace"),
        ("../beside.py", "outside the workspace"),
        ("gone.py", "cannot be read"),
        ("here.py", "only models on this machine may see it"),
    ],
)
async def test_what_may_not_be_seen_is_not_shown(
    editor: Editor, model: Model, shop: Shop, name: str, why: str
) -> None:
    outbound = '\n[outbound]\nlocal_only = ["here.py"]\n'
    with settings_file().open("a", encoding="utf-8") as file:
        file.write(outbound)
    await editor.ask("aircher/reload")
    shop.write(".gitignore", "built.py\n")
    shop.write(".aircherignore", "*.sql\n")
    for one in (".env", "secret.sql", "built.py", "../beside.py", "here.py"):
        shop.write(one, "MARK = 'hands off'\n")
    (shop.root / "innocent.py").symlink_to(".env")
    (shop.root / "out.py").symlink_to("../beside.py")
    found = await explained(editor, shop, near(shop, "definition", name, 0, 1))
    assert "hands off" not in model.asked[0][1]["content"]
    assert found["leftOut"] == [{"path": Path(name).name, "why": why}]


async def test_a_secret_in_a_neighbour_is_masked(editor: Editor, model: Model, shop: Shop) -> None:
    key = "AKIA" + "QWERTYUIOP234567"
    shop.write("prices.py", f'AWS_KEY = "{key}"\n')
    await explained(editor, shop, near(shop, "definition", "prices.py", 0, 1))
    sent = model.asked[0][1]["content"]
    assert "A definition it uses, prices.py line 1:" in sent
    assert key not in sent


async def test_the_editor_s_word_for_what_is_around(
    editor: Editor, model: Model, shop: Shop
) -> None:
    """Told by an editor that knows the language; by the look of the lines it would be `mean`."""
    lines = [f"row {n}" for n in range(2_000)]
    lines[900] = "the beginning of the table"
    lines[1_000] = "chosen"
    lines[1_100] = "the end of the table"
    shop.write("shop.py", "\n".join(lines))
    document = {
        "uri": uri(shop),
        "neighbours": [near(shop, "enclosing", "shop.py", 900, 1_101)],
    }
    await editor.ask("aircher/explain", document=document, range=at(1_000, 1_001))
    sent = model.asked[0][1]["content"]
    assert "the beginning of the table" in sent
    assert "the end of the table" in sent
    await editor.ask("aircher/explain", document={"uri": uri(shop)}, range=at(1_000, 1_001))
    assert "the beginning of the table" not in model.asked[1][1]["content"]


async def test_what_does_not_fit_is_named(editor: Editor, model: Model, shop: Shop) -> None:
    """A quarter of the window at most: the selection comes first."""
    shop.write("wide.py", "\n".join("x" * 1_500 for _ in range(40)))
    shop.write("prices.py", PRICES)
    found = await explained(
        editor,
        shop,
        near(shop, "definition", "wide.py", 0, 40),
        near(shop, "definition", "prices.py", 60, 61),
    )
    sent = model.asked[0][1]["content"]
    assert "x" * 1_500 not in sent
    assert "net of tax" in sent
    assert found["leftOut"] == [{"path": "wide.py", "why": "lines 1-40: no room for them"}]


async def test_nothing_is_shown_twice(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("prices.py", PRICES)
    await explained(
        editor,
        shop,
        near(shop, "definition", "shop.py", 3, 4),
        near(shop, "definition", "prices.py", 60, 61),
        near(shop, "definition", "prices.py", 61, 62),
    )
    sent = model.asked[0][1]["content"]
    assert sent.count("def total(prices):\n    return sum(prices)") == 1
    assert sent.count("net of tax") == 1


async def test_an_edit_and_new_code_get_them_too(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    shop.write("prices.py", PRICES)
    place = near(shop, "definition", "prices.py", 60, 61)
    document = {"uri": uri(shop), "neighbours": [place]}
    asked: dict[str, dict[str, Any]] = {
        "aircher/fix": {"range": at(8, 9), "error": "ZeroDivisionError"},
        "aircher/refactor": {"range": at(7, 9), "instruction": "split it"},
        "aircher/document": {"range": at(7, 9)},
        "aircher/generate": {"position": {"line": 9, "character": 0}, "instruction": "a median"},
        "aircher/ask": {"range": at(7, 9), "prompt": "Why?"},
    }
    for method, params in asked.items():
        await editor.ask(method, document=document, **params)
        text = "\n".join(m["content"] for m in model.asked[-1])
        assert "net of tax" in text, method


@pytest.mark.parametrize("git", [True, False])
async def test_a_workspace_inside_this_one_is_not_shown_by_the_rules_of_this_one(
    editor: Editor, model: Model, shop: Shop, git: bool
) -> None:
    """What its own files close, and whether the user has accepted them, is asked about apart."""
    (shop.root / "inner" / "deep").mkdir(parents=True)
    if git:
        (shop.root / "inner" / ".git").mkdir()
    else:
        shop.write("inner/.aircher.toml", 'egress = "local"\n')
    shop.write("inner/deep/plan.py", "MARK = 'hands off'\n")
    found = await explained(editor, shop, near(shop, "definition", "inner/deep/plan.py", 0, 1))
    assert "hands off" not in model.asked[0][1]["content"]
    assert found["leftOut"] == [{"path": "inner/deep/plan.py", "why": "it is of another workspace"}]
