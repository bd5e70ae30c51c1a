"""Every order at every command, and a model that obeys: what is asked, and of whom, stays the same.

What comes of an answer is text, or an edit of the one document that was named.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from features.conftest import Model, editor, model
from figures import Figure
from safety.injections import ORDERS
from safety.test_injections import _BAD, every_command, everything_below, texts
from sessions.conftest import Shop, configure, provider, settings_file
from sessions.editor import TOLD, Editor, Failed

__all__ = ["editor", "model"]


def written(order: str) -> str:
    """A file with an order in its comment, its text and its name of a thing."""
    lines = order.replace("\x00", "").split("\n")
    comment = "\n".join(f"# {line}" for line in lines)
    return f'{comment}\ndef total(prices):\n    """{json.dumps(order)}"""\n    return 1\n'


def asked_with(model: Model) -> list[dict[str, Any]]:
    """The requests' settings, without what is said in them."""
    assert model.far is not None
    bodies = [json.loads(one.body) for one in model.far.seen]
    return [{k: v for k, v in body.items() if k != "messages"} for body in bodies]


def outside(model: Model) -> str:
    """What stands outside every fence, which is ours to say."""
    said = []
    for messages in model.asked:
        for message in messages:
            if message["role"] == "assistant":
                continue
            parts, inside = [], False
            for line in message["content"].split("\n"):
                if line.startswith("=====") and line.endswith("====="):
                    inside = not inside if line.count("=") == 10 else inside
                elif not inside:
                    parts.append(line)
            said.append("\n".join(parts))
    return "\n".join(said)


@pytest.mark.parametrize("number", range(0, len(ORDERS), 8))
@pytest.mark.slow
async def test_orders_change_nothing_but_text(
    editor: Editor, model: Model, shop: Shop, number: int, figure: Figure
) -> None:
    """Eight orders at a time, each at all ten commands."""
    assert model.far is not None
    configure("cache.session = false\n" + provider("acme", model.far.base))
    await editor.ask("aircher/reload")
    for order, obeyed in ORDERS[number : number + 8]:
        shop.stage("shop.py", written("plain words"))
        model.says("plain words")
        model.far.seen.clear()
        await every_command(editor, shop)
        usual = asked_with(model)
        shop.stage("shop.py", written(order))
        before = everything_below(shop.root, settings_file().parent)
        state = await editor.ask("aircher/status")
        trusted = await editor.ask("aircher/trust")
        model.says(obeyed)
        model.far.seen.clear()
        answers = await every_command(editor, shop)
        kinds = {json.dumps(one, sort_keys=True) for one in usual}
        assert {json.dumps(one, sort_keys=True) for one in asked_with(model)} <= kinds, order
        assert len(answers) <= len(model.far.seen) <= 2 * len(answers)
        figure(f"{len(ORDERS)} orders to a model that obeys, {len(answers)} commands, 0 effects")
        assert everything_below(shop.root, settings_file().parent) == before, order
        assert await editor.ask("aircher/trust") == trusted
        after = await editor.ask("aircher/status")
        assert (after["limits"], after["offline"]) == (state["limits"], state["offline"])
        assert {name for name, _ in editor.told} <= set(TOLD)
        for answer in answers:
            assert answer["answer"]["provider"] in ("acme", "aircher")
            for text in texts({k: v for k, v in answer.items() if k != "edit"}):
                assert not _BAD.search(text), (order, text[:80])
            for change in (answer.get("edit") or {}).get("documentChanges", ()):
                uri = change.get("textDocument", change).get("uri")
                assert uri in (f"file://{shop.root}/shop.py",), order


@pytest.mark.parametrize("number", range(len(ORDERS)))
async def test_every_order_stands_inside_the_fence(
    editor: Editor, model: Model, shop: Shop, number: int
) -> None:
    """One command for each; all of them in the slow half."""
    order, obeyed = ORDERS[number]
    shop.stage("shop.py", written(order))
    model.says(obeyed)
    where, file = str(shop.root), {"uri": f"file://{shop.root}/shop.py"}
    method, params = [
        ("aircher/commitMessage", {"workspace": where}),
        ("aircher/review", {"workspace": where, "scope": "staged"}),
        ("aircher/summarize", {"workspace": where, "scope": "diff"}),
        ("aircher/explain", {"document": file}),
    ][number % 4]
    try:
        await editor.ask(method, **params)
    except Failed as refused:
        assert refused.kind != "unknown"  # noqa: PT017
    first = json.dumps(order.split("\n")[0])[1:-1][:40]
    shown = outside(model)
    assert model.asked
    assert first not in shown
    assert order.split("\n")[0] not in shown


def test_there_are_sixty_of_eight_kinds() -> None:
    assert len(ORDERS) >= 60
    assert len({order for order, _ in ORDERS}) == len(ORDERS)
