"""What is said when nobody can answer: what is true of it, and what to do."""

from __future__ import annotations

import io

import pytest

from aircherd import keys
from aircherd.core.plan import Plan, Refusal
from aircherd.core.tasks import TaskKind
from aircherd.features.no_model import no_model
from aircherd.features.rounds import detection
from fakes.scripted import Exchange
from features.conftest import Model
from sessions.conftest import Shop
from sessions.editor import Editor, Failed

UNANSWERED = "nothing answers at http://127.0.0.1:11434. Check that it is running and reachable."
NO_KEY = Refusal(provider="openai", model=None, why="no key in $OPENAI_API_KEY")
OLLAMA = Refusal(provider="ollama", model=None, why=f"ollama: {UNANSWERED}")


def told(*refused: Refusal) -> str:
    found = detection(TaskKind.COMMIT_MESSAGES, "commit")
    return no_model(Plan(detection=found, candidates=(), refused=refused))


def test_where_nothing_was_set_up_it_says_how_to_begin() -> None:
    assert told(NO_KEY, OLLAMA).startswith("No language model is set up: start Ollama")


def test_what_was_set_up_and_does_not_answer_is_named_once() -> None:
    mine = Refusal(provider="mine", model=None, why="mine: nothing answers at http://gpu:8080.")
    said = told(NO_KEY, OLLAMA, mine)
    assert said == "No model can answer this. mine: nothing answers at http://gpu:8080."


def test_what_the_settings_leave_out_is_not_called_missing() -> None:
    out = "not in the list of allowed providers"
    closed = [Refusal(provider=name, model=None, why=out) for name in ("openai", "anthropic")]
    said = told(*closed, OLLAMA)
    assert "set up" not in said
    assert said.count(out) == 1
    assert ".aircher.toml" in said


async def refuses_all_but_the_right_key(exchange: Exchange) -> None:
    if b"bearer right-key" in exchange.head.lower():
        await exchange.start()
        await exchange.text("Fine.")
        await exchange.finish()
        return
    await exchange.start("401 Unauthorized", "application/json")
    await exchange.send(b'{"error": {"message": "Incorrect API key provided"}}')


async def test_a_new_key_is_tried_at_once_and_until_then_the_refusal_is_told(
    editor: Editor, model: Model, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.answer = refuses_all_but_the_right_key  # type: ignore[method-assign]

    async def keep(key: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
        assert keys.main(["set", "acme", "--file"]) == 0
        await editor.ask("aircher/reload")

    await keep("wrong-key-0123456789")
    with pytest.raises(Failed, match="Incorrect API key"):
        await editor.ask("aircher/ask", prompt="Why?")
    with pytest.raises(Failed, match=r"cooling down .*Incorrect API key provided.*keys set"):
        await editor.ask("aircher/ask", prompt="Why not?")
    assert len(model.asked) == 1, "a refused key is not sent again and again"
    await keep("right-key-0123456789")
    assert (await editor.ask("aircher/ask", prompt="And now?"))["answer"]["text"] == "Fine."
