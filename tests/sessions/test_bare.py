"""Everything through standard LSP: an editor with no plug-in runs all nine commands."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.scripted import Exchange, far_side
from sessions.bare import LEAST, Bare
from sessions.conftest import Shop, configure, provider
from sessions.editor import MODES, Failed, in_process
from sessions.test_stories import endless, rows

ZERO = "    return total(prices) / 0"
GOOD = "    return total(prices) / len(prices)"
CODE = f"def total(prices):\n    return sum(prices)\n\n\ndef mean(prices):\n{ZERO}\n"
BLOCK = f"Divides by the count.\n\n<<<<<<< SEARCH\n{ZERO}\n=======\n{GOOD}\n>>>>>>> REPLACE\n"
NINE = {
    *("aircher.commit", "aircher.review", "aircher.explain", "aircher.fix", "aircher.document"),
    *("aircher.refactor", "aircher.generate", "aircher.summarize", "aircher.ask"),
}
FAULT = json.dumps(
    {
        "file": "shop.py",
        "quote": ZERO.strip(),
        "severity": "error",
        "title": "Division by zero",
        "why": "mean fails on every list.",
        "fix": GOOD,
    }
)


def answering(*texts: str) -> Callable[[Exchange], Any]:
    """A far side that says these in turn, and the last one from then on."""
    left = list(texts)

    async def answer(exchange: Exchange) -> None:
        await exchange.start()
        text = left.pop(0) if len(left) > 1 else left[0]
        for at in range(0, len(text), 40):
            await exchange.text(text[at : at + 40])
        await exchange.finish()

    return answer


@pytest.fixture
async def bare() -> AsyncIterator[Callable[..., Any]]:
    """Opens the one window of an editor in this process."""
    async with in_process(Bare) as opened:

        async def window(*folders: Path, **about: Any) -> Bare:
            editor = await opened()
            for name, value in about.items():
                setattr(editor, name, value)
            await editor.begin_session(*folders)
            return editor

        yield window


@pytest.fixture
def staged(shop: Shop) -> Shop:
    shop.stage("shop.py", CODE)
    return shop


@pytest.mark.parametrize(
    ("mode", "encoding"),
    [
        ("pipe", "utf-8"),
        ("pipe", "utf-16"),
        ("pipe", "utf-32"),
        ("socket", "utf-16"),
        ("connect", "utf-16"),
    ],
)
async def test_all_nine_commands(mode: str, encoding: str, staged: Shop) -> None:
    async with far_side(answering("x")) as far, MODES[mode](Bare) as opened:  # type: ignore[operator]
        configure(provider("acme", far.base))
        editor: Bare = await opened()
        editor.capabilities = {
            **editor.capabilities,
            "general": {"positionEncodings": [encoding]},
        }
        offered = await editor.begin_session(staged.root)
        assert offered["positionEncoding"] == encoding
        assert set(offered["executeCommandProvider"]["commands"]) >= NINE
        staged.write("shop.py", f"# 🛒 prices\n{CODE}")
        uri = editor.open(staged.root / "shop.py")
        place = {"document": {"uri": uri}, "range": editor.range(uri, ZERO)}

        far.answer = answering("Add the mean of prices")
        done = await editor.run("aircher.commit")
        assert (done["delivered"], done["subject"]) == ("document", "Add the mean of prices")
        assert editor.shown_files[-1][1] == "Add the mean of prices\n"

        far.answer = answering(FAULT, '{"number": 1, "holds": true, "why": "yes"}')
        done = await editor.run("aircher.review")
        assert done["delivered"] == "diagnostics"
        await editor.until(lambda: editor.diagnostics.get(uri))
        (shown,) = editor.diagnostics[uri]
        assert shown["range"]["start"]["line"] == 6, "where the line is in the buffer"
        assert (shown["severity"], shown["source"]) == (1, "aircher")

        for command, more, text in (
            ("aircher.explain", place, "It divides by zero."),
            ("aircher.summarize", {}, "Adds a mean."),
            ("aircher.ask", {"prompt": "What is this?"}, "A shop."),
        ):
            far.answer = answering(text)
            done = await editor.run(command, **more)
            assert done["delivered"] == "document"
            assert editor.shown_files[-1][1] == f"{text}\n"

        far.answer = answering(BLOCK)
        done = await editor.run("aircher.fix", **place, error="ZeroDivisionError")
        assert (done["delivered"], done["why"]) == ("edit", None)
        assert editor.buffers[uri].text == f"# 🛒 prices\n{CODE.replace(ZERO, GOOD)}"

        place["range"] = editor.range(uri, GOOD)
        for command, more, new in (
            ("aircher.document", {}, '    """The mean."""\n' + GOOD),
            ("aircher.refactor", {"instruction": "name it"}, "    n = 1\n" + GOOD),
        ):
            far.answer = answering(f"<<<<<<< SEARCH\n{GOOD}\n=======\n{new}\n>>>>>>> REPLACE\n")
            done = await editor.run(command, **{**place, "range": editor.range(uri, GOOD)}, **more)
            assert (done["delivered"], done["why"]) == ("edit", None)
            assert new in editor.buffers[uri].text

        far.answer = answering("```python\nLIMIT = 3\n```")
        end = editor.range(uri, "# 🛒 prices")["end"]
        done = await editor.run(
            "aircher.generate", document={"uri": uri}, position=end, instruction="a limit"
        )
        assert (done["delivered"], done["why"]) == ("edit", None)
        assert "LIMIT = 3" in editor.buffers[uri].text

        begun = [value for _, value in editor.progress if value["kind"] == "begin"]
        ended = [value for _, value in editor.progress if value["kind"] == "end"]
        assert len(begun) == len(ended) == 9
        assert all(value["cancellable"] for value in begun)
        await editor.leave()


async def test_an_edit_comes_with_its_version_and_asks_first(
    bare: Callable[..., Any], staged: Shop
) -> None:
    async with far_side(answering(BLOCK)) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        uri = editor.open(staged.root / "shop.py")
        place = {"document": {"uri": uri}, "range": editor.range(uri, ZERO)}
        await editor.run("aircher.fix", **place, error="ZeroDivisionError")
        (edit,) = [p["edit"] for m, p in editor.asked_of_it if m == "workspace/applyEdit"]
        (change,) = edit["documentChanges"]
        assert change["textDocument"] == {"uri": uri, "version": 1}
        (annotation,) = {e["annotationId"] for e in change["edits"]}
        assert edit["changeAnnotations"][annotation]["needsConfirmation"] is True
        await editor.leave()


async def test_an_old_editor_gets_plain_changes_and_messages(
    bare: Callable[..., Any], staged: Shop
) -> None:
    async with far_side(answering(BLOCK)) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root, capabilities=LEAST)
        uri = editor.open(staged.root / "shop.py")
        place = {"document": {"uri": uri}, "range": editor.range(uri, ZERO)}
        done = await editor.run("aircher.fix", **place, error="ZeroDivisionError")
        assert done["delivered"] == "edit"
        (edit,) = [p["edit"] for m, p in editor.asked_of_it if m == "workspace/applyEdit"]
        assert set(edit) == {"changes"}
        assert all(set(each) == {"range", "newText"} for each in edit["changes"][uri])
        assert GOOD in editor.buffers[uri].text
        far.answer = answering("A shop.")
        done = await editor.run("aircher.ask", prompt="What is this?")
        assert done["delivered"] == "message"
        assert (3, "A shop.\n") in editor.messages
        assert not editor.progress
        await editor.leave()


async def test_a_buffer_that_moved_on_is_left_alone(bare: Callable[..., Any], staged: Shop) -> None:
    """Typed while the model writes: followed. Typed over what it changes: refused and said."""
    async with far_side(answering(BLOCK)) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        uri = editor.open(staged.root / "shop.py")
        place = {"document": {"uri": uri}, "range": editor.range(uri, ZERO)}

        async def while_typing(exchange: Exchange) -> None:
            editor.type(uri, 0, "# first\n")
            await editor.ask("aircher/status")
            await answering(BLOCK)(exchange)

        far.answer = while_typing
        done = await editor.run("aircher.fix", **place, error="ZeroDivisionError")
        assert done["delivered"] == "edit"
        assert editor.buffers[uri].text == f"# first\n{CODE.replace(ZERO, GOOD)}"

        text = editor.buffers[uri].text
        editor.type(uri, text.index(GOOD), ZERO, over=len(GOOD))
        editor.before_edit = lambda: editor.type(uri, 0, "# second\n")
        far.answer = answering(BLOCK)
        place["range"] = editor.range(uri, ZERO)
        done = await editor.run("aircher.fix", **place, error="ZeroDivisionError")
        assert done["delivered"] == "nothing"
        assert "version" in done["why"]
        assert ZERO in editor.buffers[uri].text
        await editor.until(lambda: editor.messages)
        kind, said = editor.messages[-1]
        assert kind == 2
        assert said == done["why"]
        await editor.leave()


async def test_a_version_from_before_is_refused_with_a_message(
    bare: Callable[..., Any], staged: Shop
) -> None:
    """For a client that compares no versions, the daemon does."""
    async with far_side(answering("Add the mean of prices")) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root, capabilities=LEAST)
        buffer = staged.root / ".git" / "COMMIT_EDITMSG"
        buffer.write_text("\n# Please enter the commit message\n", "utf-8")
        uri = editor.open(buffer, "gitcommit")

        async def while_typing(exchange: Exchange) -> None:
            editor.type(uri, 0, "Mine")
            await editor.ask("aircher/status")
            await answering("Add the mean of prices")(exchange)

        far.answer = while_typing
        done = await editor.run("aircher.commit", document={"uri": uri})
        assert done["delivered"] == "nothing"
        assert "changed while" in done["why"]
        assert editor.buffers[uri].text.startswith("Mine\n")
        await editor.until(lambda: editor.messages)
        assert (2, done["why"]) in editor.messages
        await editor.leave()


async def test_a_page_is_private_and_goes_with_the_editor(
    bare: Callable[..., Any], staged: Shop
) -> None:
    pushy = "See ![x](https://evil.example/?q=1) <img src=x> [run](command:rm) \x1b[31m`a![b]`"
    async with far_side(answering(pushy)) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        await editor.run("aircher.ask", prompt="What is this?")
        path, text = editor.shown_files[-1]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert "![x]" not in text
        assert "<img" not in text
        assert "](command:" not in text
        assert "\x1b" not in text
        assert "`a![b]`" in text, "code is left alone"
        await editor.leave()
        assert not path.parent.exists()


async def test_findings_are_fixed_and_dismissed(bare: Callable[..., Any], staged: Shop) -> None:
    async with far_side(answering(FAULT, '{"number": 1, "holds": true, "why": "yes"}')) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        uri = editor.open(staged.root / "shop.py")
        await editor.run("aircher.review")
        await editor.until(lambda: editor.diagnostics.get(uri))
        editor.type(uri, 0, "# above\n")
        actions = await editor.ask(
            "textDocument/codeAction",
            textDocument={"uri": uri},
            range=editor.range(uri, ZERO),
            context={"diagnostics": [], "only": ["quickfix"]},
        )
        fix, dismiss = actions
        assert fix["isPreferred"]
        assert "edit" not in fix
        resolved = await editor.ask("codeAction/resolve", **fix)
        assert resolved["edit"]["documentChanges"][0]["textDocument"]["version"] == 2
        assert editor._apply(resolved["edit"]) is None
        assert editor.buffers[uri].text == f"# above\n{CODE.replace(ZERO, GOOD)}"
        await editor.ask("workspace/executeCommand", **_ran(resolved))
        await editor.until(lambda: editor.diagnostics.get(uri) == [])
        with pytest.raises(Failed, match="review again"):
            await editor.ask("workspace/executeCommand", **_ran(dismiss))
        await editor.leave()
        assert len(far.seen) == 2, "looking at actions and making a known fix asks nobody"


async def test_a_finding_goes_with_its_line_and_can_be_waved_away(
    bare: Callable[..., Any], staged: Shop
) -> None:
    held = '{"number": 1, "holds": true, "why": "yes"}'
    async with far_side(answering(FAULT, held)) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        uri = editor.open(staged.root / "shop.py")
        await editor.run("aircher.review")
        await editor.until(lambda: editor.diagnostics.get(uri))
        actions = await editor.ask(
            "textDocument/codeAction",
            textDocument={"uri": uri},
            range=editor.range(uri, ZERO),
            context={"diagnostics": []},
        )
        (dismiss,) = [a for a in actions if a["title"].startswith("Aircher: Dismiss")]
        await editor.ask("workspace/executeCommand", **_ran(dismiss))
        await editor.until(lambda: editor.diagnostics.get(uri) == [])
        # The same one would not be brought again.
        far.answer = answering(FAULT.replace("Division", "A division"), held)
        await editor.run("aircher.review", instruction="Look once more.")
        await editor.until(lambda: editor.diagnostics.get(uri))
        editor.type(uri, editor.buffers[uri].text.index("/ 0"), "/ 1", over=3)
        await editor.until(lambda: editor.diagnostics.get(uri) == [])
        await editor.leave()


async def test_an_editor_that_pulls_is_asked_to_and_shown_nothing_twice(
    bare: Callable[..., Any], staged: Shop
) -> None:
    held = '{"number": 1, "holds": true, "why": "yes"}'
    async with far_side(answering(FAULT, held)) as far:
        configure(provider("acme", far.base))
        asking: dict[str, Any] = json.loads(
            json.dumps(Bare.__dataclass_fields__["capabilities"].default_factory())
        )  # type: ignore[misc]
        asking["textDocument"]["diagnostic"] = {}
        asking["workspace"]["diagnostics"] = {"refreshSupport": True}
        editor: Bare = await bare(staged.root, capabilities=asking)
        uri = editor.open(staged.root / "shop.py")
        await editor.run("aircher.review")
        await editor.until(
            lambda: "workspace/diagnostic/refresh" in [m for m, _ in editor.asked_of_it]
        )
        document = {"textDocument": {"uri": uri}}
        report = await editor.ask("textDocument/diagnostic", **document)
        assert [d["message"].splitlines()[0] for d in report["items"]] == ["Division by zero"]
        again = await editor.ask(
            "textDocument/diagnostic", **document, previousResultId=report["resultId"]
        )
        assert again["kind"] == "unchanged"
        assert not editor.diagnostics, "nothing was sent that is asked for"
        editor.close(uri)
        far.answer = answering(FAULT, held)
        await editor.run("aircher.review")
        await editor.until(lambda: editor.diagnostics.get(uri))
        editor.open(staged.root / "shop.py")
        await editor.until(lambda: editor.diagnostics.get(uri) == [])
        await editor.leave()


async def test_stop_in_the_progress_bar_stops_the_spending(
    bare: Callable[..., Any], staged: Shop
) -> None:
    async with far_side(endless) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        _, answer = editor.begin(
            "workspace/executeCommand", command="aircher.ask", arguments=[{"prompt": "go on"}]
        )
        await editor.until(lambda: any(v["kind"] == "report" for _, v in editor.progress))
        token = editor.progress[0][0]
        editor.notify("window/workDoneProgress/cancel", {"token": token})
        with pytest.raises(Failed) as caught:
            await answer
        assert caught.value.code == -32800
        async with asyncio.timeout(30):
            await far.seen[0].closed.wait()
        assert await rows("settled") == [("settled", "cancelled", "acme")]
        assert editor.progress[-1] == (token, {"kind": "end"})
        await editor.leave()


async def test_an_editor_that_closes_in_the_middle_stops_the_spending(
    bare: Callable[..., Any], staged: Shop
) -> None:
    async with far_side(endless) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        editor.begin(
            "workspace/executeCommand", command="aircher.ask", arguments=[{"prompt": "go on"}]
        )
        await editor.until(lambda: any(v["kind"] == "report" for _, v in editor.progress))
        await editor.vanish()
        async with asyncio.timeout(30):
            await far.seen[0].closed.wait()
        assert await rows("settled") == [("settled", "cancelled", "acme")]


def _ran(action: dict[str, Any]) -> dict[str, Any]:
    command = action["command"]
    return {"command": command["command"], "arguments": command["arguments"]}


async def test_the_same_command_twice_is_one(bare: Callable[..., Any], staged: Shop) -> None:
    async with far_side(endless) as far:
        configure(provider("acme", far.base))
        editor: Bare = await bare(staged.root)
        twice = {"command": "aircher.ask", "arguments": [{"prompt": "go on"}]}
        _, first = editor.begin("workspace/executeCommand", **twice)
        await editor.until(lambda: any(v["kind"] == "report" for _, v in editor.progress))
        far.answer = answering("Done.")
        done = await editor.ask("workspace/executeCommand", **twice)
        assert done["answer"]["text"] == "Done."
        with pytest.raises(Failed) as caught:
            await first
        assert caught.value.code == -32800
        async with asyncio.timeout(30):
            await far.seen[0].closed.wait()
        await editor.leave()
