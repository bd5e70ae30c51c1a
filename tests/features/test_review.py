"""A review from the staged change to diagnostics: where findings stand, and what is dropped."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from fakes.scripted import Exchange
from features.conftest import Model, at, made
from features.test_all_nine import CODE, uri
from sessions.conftest import Shop
from sessions.editor import Editor, Failed

LAST = "    return total(prices) / len(prices)"


def finding(quote: str, title: str = "Divides by zero", **more: Any) -> str:
    return json.dumps(
        {"file": "shop.py", "quote": quote, "severity": "error", "title": title, "why": "So."}
        | more
    )


HOLDS = '{"number": 1, "holds": true, "why": "Yes."}'


async def review(editor: Editor, shop: Shop, **more: Any) -> Any:
    return await editor.ask("aircher/review", workspace=str(shop.root), **more)


async def test_what_the_model_cannot_defend_is_dropped_with_its_reason(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    model.says(
        finding(LAST) + "\n" + finding("import math", "Unused import"),
        '{"number": 1, "holds": false, "why": "math is used elsewhere."}\n'
        '{"number": 2, "holds": true, "why": "Yes."}',
    )
    found = await review(editor, shop, deltaToken="t")
    assert [one["title"] for one in found["findings"]] == ["Divides by zero"]
    assert found["dropped"] == [
        {
            "why": "not held up on a second look: math is used elsewhere.",
            "title": "Unused import",
        }
    ]
    assert editor.shown == found["answer"]["text"]
    assert "- **error** shop.py:9: Divides by zero" in editor.shown
    defence = model.asked[1][1]["content"]
    assert "1. shop.py, at `import math`" in defence
    assert LAST in defence, "the change is shown again"
    assert len(found["answer"]["attempts"]) == 2


async def test_a_second_look_that_fails_leaves_the_findings(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    model.says(finding(LAST), "Hm, hard to say.")
    found = await review(editor, shop)
    assert len(found["findings"]) == 1
    assert "could not be read" in found["answer"]["notices"][0]


async def test_an_answer_nobody_can_read_is_not_called_clean(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    model.says("I like turtles.")
    found = await review(editor, shop)
    assert found["findings"] == []
    assert "holds no findings that can be read" in found["answer"]["notices"][0]
    assert found["complete"] is False
    assert "No faults" not in found["answer"]["text"]
    model.says("[]")
    clean = await review(editor, shop)
    assert (clean["complete"], clean["answer"]["notices"]) == (True, [])
    assert clean["answer"]["text"] == "No faults were found."


async def test_findings_stand_where_the_buffer_has_their_lines_now(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    typed = f"# typed\n# more\n{CODE}"
    document = {"uri": uri(shop), "languageId": "python", "version": 4, "text": typed}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    model.says(finding(LAST, fix=f"{LAST} if prices else 0"), HOLDS)
    found = await review(editor, shop)
    (one,) = found["findings"]
    assert one["range"]["start"] == {"line": 10, "character": 4}
    assert one["fix"]["documentChanges"][0]["textDocument"]["version"] == 4
    assert made(typed, one["fix"], uri(shop)) == typed.replace(LAST, f"{LAST} if prices else 0")


async def test_a_line_that_is_gone_takes_its_finding_with_it(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    shop.write("shop.py", CODE.replace(LAST, "    return 1"))
    model.says(finding(LAST), HOLDS)
    found = await review(editor, shop)
    assert found["findings"] == []
    assert "not there any more" in found["dropped"][0]["why"]


@pytest.mark.parametrize(
    "fix", ["    return total(prices) /", "\n".join(["    x = 1"] * 20), LAST, ""]
)
async def test_a_remedy_that_breaks_or_is_no_small_one_is_left_out(
    editor: Editor, model: Model, shop: Shop, fix: str
) -> None:
    shop.stage("shop.py", CODE)
    model.says(finding(LAST, fix=fix), HOLDS)
    (one,) = (await review(editor, shop))["findings"]
    assert one["fix"] is None


async def test_a_branch_is_reviewed_against_its_base(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.git("switch", "-q", "-c", "more")
    shop.stage("shop.py", CODE)
    shop.git("commit", "-q", "-m", "Add the mean")
    model.says(finding(LAST), HOLDS)
    found = await review(editor, shop, scope="branch")
    assert len(found["findings"]) == 1
    assert "What more changes against main" in model.asked[0][1]["content"]
    with pytest.raises(Failed, match=r"no branch, tag or commit 'nowhere'"):
        await review(editor, shop, scope="branch", base="nowhere")
    with pytest.raises(Failed, match="no name of a branch"):
        await review(editor, shop, scope="branch", base="--output=/tmp/x")
    for base in ("HEAD~1", "main", shop.git("rev-parse", "--short", "main").strip()):
        assert len((await review(editor, shop, scope="branch", base=base))["findings"]) <= 1


async def test_a_selection_is_reviewed_as_it_is(editor: Editor, model: Model, shop: Shop) -> None:
    shop.write("shop.py", CODE)
    said = [finding(LAST), finding("    return sum(prices)", "Not selected")]
    model.says("\n".join(said), HOLDS)
    found = await review(
        editor, shop, scope="selection", document={"uri": uri(shop)}, range=at(7, 9)
    )
    assert [one["title"] for one in found["findings"]] == ["Divides by zero"]
    assert [one["title"] for one in found["dropped"]] == ["Not selected"]


async def test_a_file_no_model_may_see_is_named_and_not_shown(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    shop.stage(".env", "TOKEN=hunter2hunter2\n")
    model.says("[]")
    found = await review(editor, shop)
    assert any(one["path"] == ".env" for one in found["leftOut"])
    assert "hunter2" not in model.asked[0][1]["content"]
    with pytest.raises(Failed, match="no model sees it") as caught:
        await editor.ask("aircher/explain", document={"uri": uri(shop, ".env")})
    assert caught.value.kind == "withheld"


async def test_what_may_only_be_seen_here_goes_to_nobody_else(
    editor: Editor, model: Model, shop: Shop
) -> None:
    """The only model is hosted, so nothing is left to ask."""
    from sessions.conftest import configure, provider

    assert model.far is not None
    configure(provider("acme", model.far.base) + '\n[outbound]\nlocal_only = ["shop.py"]\n')
    await editor.ask("aircher/reload")
    shop.stage("shop.py", CODE)
    for method, params in (
        ("aircher/review", {"workspace": str(shop.root)}),
        ("aircher/explain", {"document": {"uri": uri(shop)}}),
        ("aircher/ask", {"prompt": "What?", "document": {"uri": uri(shop)}}),
        ("aircher/fix", {"document": {"uri": uri(shop)}, "error": "x"}),
        ("aircher/summarize", {"workspace": str(shop.root), "scope": "diff"}),
    ):
        with pytest.raises(Failed) as caught:
            await editor.ask(method, **params)
        assert caught.value.kind in ("noModel", "withheld"), method
    assert model.asked == []


async def test_nothing_staged_is_said(editor: Editor, shop: Shop) -> None:
    with pytest.raises(Failed, match="git add -p") as caught:
        await review(editor, shop)
    assert caught.value.kind == "nothingStaged"


async def test_feedback_is_kept_for_answers_that_are_known(
    editor: Editor, model: Model, shop: Shop
) -> None:
    told = {"operation": "000000000000", "outcome": "dismissed"}
    assert await editor.ask("aircher/feedback", **told) == {"kept": False}


async def test_what_was_waved_away_is_not_brought_again(
    editor: Editor, model: Model, shop: Shop
) -> None:
    shop.stage("shop.py", CODE)
    model.says(finding(LAST), HOLDS, finding(LAST))
    first = await review(editor, shop)
    told = {"operation": first["answer"]["requestId"], "finding": first["findings"][0]["id"]}
    assert await editor.ask("aircher/feedback", **told, outcome="dismissed") == {"kept": True}
    again = await review(editor, shop, instruction="Look once more.")
    assert again["findings"] == []
    assert again["dropped"] == [{"why": "dismissed before", "title": "Divides by zero"}]
    assert len(model.asked) == 3, "what is not shown need not be defended"
    await editor.ask("aircher/feedback", **told, outcome="applied")
    model.says(finding(LAST), HOLDS)
    last = await review(editor, shop, instruction="And again.")
    assert len(last["findings"]) == 1, "the last word counts"


async def test_the_second_look_shows_no_secret_the_first_one_hid(
    editor: Editor, model: Model, shop: Shop
) -> None:
    secret = "Xk29sldk-Qm3z88pl"
    shop.write("shop.json", f'{{"password":\n "{secret}"}}\n')

    async def answer(exchange: Exchange) -> None:
        asked = exchange.body.decode()
        assert secret not in asked
        hidden = re.search("<secret:[a-z-]+:[0-9a-f]{8}>", asked)
        assert hidden is not None
        said = finding(f' "{hidden[0]}"}}', "A password", file="shop.json")
        await exchange.start()
        await exchange.text(HOLDS if "The findings" in asked else said)
        await exchange.finish()

    model.answer = answer  # type: ignore[method-assign]
    found = await review(editor, shop, scope="file", document={"uri": uri(shop, "shop.json")})
    assert [one["title"] for one in found["findings"]] == ["A password"]
    assert model.far is not None
    assert len(model.far.seen) == 2
    assert all(secret.encode() not in one.body for one in model.far.seen)
