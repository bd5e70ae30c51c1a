"""A rejected answer, and the same asked anew: the next better model, whatever the command."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes.scripted import far_side
from features.conftest import Model, at
from features.test_all_nine import CODE, EMPTY, uri
from sessions.conftest import Shop, configure
from sessions.editor import Editor, in_process

CHEAP, BETTER, BEST = "gpt-6.1-terra", "gpt-6.1-sol", "gpt-6-astra"
LADDER = (("acme", CHEAP, 1), ("bravo", BETTER, 2), ("comet", BEST, 10))
"""By the bundled figures one better than the other at every task, and dearer."""
NOTHING = "No faults found."


def configuration(base: str) -> str:
    """Three companies, in the order in which the text may go to them."""
    parts = ['[providers]\nfallback_order = ["bravo", "comet"]\n']
    for name, one, price in LADDER:
        parts.append(
            f'[providers.{name}]\nbase_url = "{base}"\nmodels = ["{one}"]\n'
            f"context = 16384\nlocal = false\ninput_per_million = {price}\n"
            f"output_per_million = {price}\n"
        )
    return "".join(parts)


@pytest.fixture
async def ladder() -> AsyncIterator[tuple[Editor, Model]]:
    """A window, and three models."""
    model = Model(["Nothing."])
    async with far_side(lambda exchange: model.answer(exchange)) as far:
        model.far = far
        configure(configuration(far.base))
        async with in_process() as opened:
            window = await opened()
            await window.initialize()
            yield window, model
            await window.leave()


def commands(shop: Shop) -> dict[str, tuple[str, dict[str, Any], str]]:
    """Each command as a request, and an answer that can be used."""
    here = {"document": {"uri": uri(shop)}, "range": at(7, 9)}
    workspace = {"workspace": str(shop.root)}
    median = "```python\ndef median(prices):\n    return sorted(prices)[len(prices) // 2]\n```\n"
    return {
        "ask": ("aircher/ask", {"prompt": "What is a mean?", **workspace}, "A sum."),
        "explain": ("aircher/explain", here, "It gives the mean."),
        "summarize": ("aircher/summarize", {**workspace, "scope": "log"}, "One commit."),
        "review": ("aircher/review", {**workspace, "scope": "file", **here}, NOTHING),
        "fix": ("aircher/fix", {**here, "error": "division by zero"}, EMPTY),
        "document": ("aircher/document", here, EMPTY),
        "refactor": ("aircher/refactor", {**here, "instruction": "guard it"}, EMPTY),
        "generate": (
            "aircher/generate",
            {
                "document": {"uri": uri(shop)},
                "position": {"line": 9, "character": 0},
                "instruction": "the median",
                "kind": "code",
            },
            median,
        ),
        "commit": ("aircher/commitMessage", {**workspace, "hint": "mean"}, "Add the mean"),
    }


TASKS = {
    "ask": "quick_questions",
    "explain": "summaries",
    "summarize": "summaries",
    "review": "code_review",
    "fix": "debugging",
    "document": "documentation",
    "refactor": "refactoring",
    "generate": "code_generation",
    "commit": "commit_messages",
}
"""What each command is, and is booked as."""


@pytest.mark.parametrize("name", TASKS)
async def test_the_same_again_after_a_rejection_goes_one_step_up(
    ladder: Any, tmp_path: Path, name: str
) -> None:
    editor, model = ladder
    shop = Shop(tmp_path / "shop")
    shop.stage("shop.py", CODE)
    method, params, says = commands(shop)[name]
    model.says(says)

    async def answered() -> dict[str, Any]:
        found: dict[str, Any] = (await editor.ask(method, **params))["answer"]
        return found

    async def tell(answer: dict[str, Any], outcome: str) -> None:
        said = {"operation": answer["requestId"], "outcome": outcome}
        assert (await editor.ask("aircher/feedback", **said))["kept"]

    first = await answered()
    assert first["model"] == CHEAP
    assert first["reason"]["task"] == TASKS[name]
    await tell(first, "rejected")
    second = await answered()
    assert second["model"] == BETTER
    assert f"one step up from acme/{CHEAP}" in second["reason"]["summary"]
    await tell(second, "rejected")
    third = await answered()
    assert third["model"] == BEST
    await tell(third, "accepted")
    assert (await answered())["model"] == CHEAP, "what was taken ends it"
    usage = await editor.ask("aircher/usage")
    assert {line["name"] for line in usage["byTask"]} == {TASKS[name]}


async def test_a_rejection_and_what_was_waved_away_outlive_the_daemon(tmp_path: Path) -> None:
    """Two daemons one after the other, over the same folders."""
    model = Model(["It gives the mean."])
    shop = Shop(tmp_path / "shop")
    shop.write("shop.py", CODE)
    method, params, _ = commands(shop)["explain"]
    async with far_side(lambda exchange: model.answer(exchange)) as far:
        model.far = far
        configure(configuration(far.base))

        async def lives(rejecting: str | None) -> dict[str, Any]:
            async with in_process() as opened:
                window = await opened()
                await window.initialize()
                if rejecting is not None:
                    said = {"operation": rejecting, "outcome": "rejected"}
                    assert (await window.ask("aircher/feedback", **said))["kept"]
                found: dict[str, Any] = (await window.ask(method, **params))["answer"]
                await window.leave()
            return found

        first = await lives(None)
        assert first["model"] == CHEAP
        assert (await lives(first["requestId"]))["model"] == BETTER, "told to the next daemon"
        async with in_process() as opened:
            window = await opened()
            await window.initialize()
            third = (await window.ask(method, **params))["answer"]
            assert third["model"] == CHEAP
            said = {"operation": third["requestId"], "outcome": "rejected"}
            assert (await window.ask("aircher/feedback", **said))["kept"]
            await window.leave()
        async with in_process() as opened:
            window = await opened()
            await window.initialize()
            gone = await window.ask("aircher/forget", workspace=str(shop.root))
            assert gone
            assert (await window.ask(method, **params))["answer"]["model"] == CHEAP, "forgotten"
            await window.leave()


@pytest.mark.parametrize("rejecting", ["the answer", "it given again"])
async def test_a_rejected_answer_is_not_given_again_from_memory(
    editor: Editor, model: Model, shop: Shop, rejecting: str
) -> None:
    """Also where there is no better model to ask, and whichever time it was given."""
    shop.write("shop.py", CODE)
    model.says("It gives the mean.")
    method, params, _ = commands(shop)["explain"]
    first = (await editor.ask(method, **params))["answer"]
    again = (await editor.ask(method, **params))["answer"]
    assert len(model.asked) == 1, "kept"
    wrong = first if rejecting == "the answer" else again
    said = {"operation": wrong["requestId"], "outcome": "rejected"}
    await editor.ask("aircher/feedback", **said)
    await editor.ask(method, **params)
    assert len(model.asked) == 2
