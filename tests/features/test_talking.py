"""Conversations: gone on with, bounded, each its client's own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from aircherd.core.chat import Message
from aircherd.core.errors import InvalidRequest
from aircherd.core.settings import Settings
from aircherd.features import conversations
from aircherd.features.ask import Wish, gather
from aircherd.features.conversations import Conversation, Conversations
from aircherd.features.desk import Asked
from aircherd.features.sources import Sources
from aircherd.tasks.detector import Detector
from aircherd.workspace.repositories import Repositories
from conftest import FakeClock
from features.conftest import Model
from features.test_all_nine import CODE, uri
from sessions.conftest import Shop
from sessions.editor import Editor, Failed


def turn(text: str = "x") -> tuple[Message, Message]:
    return Message.of("user", text), Message.of("assistant", text)


def begun(talks: Conversations, client: str = "vim", text: str = "x") -> Conversation:
    found = talks.at(None, client)
    talks.add(found, *turn(text))
    return found


def test_it_is_forgotten_after_two_hours_without_a_word(clock: FakeClock) -> None:
    talks = Conversations(clock)
    name = begun(talks).id
    clock.advance(conversations.SECONDS - 1)
    talks.add(talks.at(name, "vim"), *turn())
    clock.advance(conversations.SECONDS - 1)
    assert talks.at(name, "vim").id == name, "each word keeps it"
    clock.advance(2)
    with pytest.raises(InvalidRequest, match="begin another"):
        talks.at(name, "vim")
    assert len(talks) == 0


def test_nobody_reads_another_client_s(clock: FakeClock) -> None:
    talks = Conversations(clock)
    name = begun(talks).id
    with pytest.raises(InvalidRequest):
        talks.at(name, "emacs")


def test_there_are_only_so_many(clock: FakeClock) -> None:
    talks = Conversations(clock)
    first = begun(talks).id
    for _ in range(conversations.MOST_OF_A_CLIENT):
        begun(talks)
    assert len(talks) == conversations.MOST_OF_A_CLIENT
    with pytest.raises(InvalidRequest):
        talks.at(first, "vim")
    for number in range(conversations.MOST):
        begun(talks, f"editor {number}")
    assert len(talks) == conversations.MOST


def test_earlier_turns_make_room(clock: FakeClock) -> None:
    talks = Conversations(clock)
    found = begun(talks, text="first")
    for _ in range(20):
        talks.add(found, *turn("y" * 10_000))
    size = sum(len(one.text) + len(other.text) for one, other in found.turns)
    assert size <= conversations.BYTES
    messages, missing = found.messages(50_000)
    assert len(messages) == 4
    assert missing == 19, "two of twenty-one are shown"
    assert messages[0].role == "user", "a turn is shown whole or not at all"
    talks.add(found, *turn("z" * conversations.BYTES))
    assert len(found.turns) == 1, "the last word is never thrown away"


async def test_a_question_that_fails_leaves_the_conversation_as_it_was(
    editor: Editor, model: Model, shop: Shop
) -> None:
    model.says("One.")
    first = await editor.ask("aircher/ask", prompt="one")
    with pytest.raises(Failed):
        await editor.ask(
            "aircher/ask", prompt="two", conversation=first["conversation"], model="nobody/none"
        )
    await editor.ask("aircher/ask", prompt="three", conversation=first["conversation"])
    said = [message["content"] for message in model.asked[-1]]
    assert said[1:] == ["one", "One.", "three"]


async def test_it_stays_with_its_workspace(editor: Editor, model: Model, shop: Shop) -> None:
    """What was shown went by the rules of one workspace, and must not leave by another's."""
    shop.write("shop.py", CODE)
    first = await editor.ask("aircher/ask", prompt="What?", document={"uri": uri(shop)})
    other = Shop(shop.root.parent / "other")
    with pytest.raises(Failed, match="begin another one here"):
        await editor.ask(
            "aircher/ask",
            prompt="And here?",
            conversation=first["conversation"],
            workspace=str(other.root),
        )
    assert len(model.asked) == 1


async def test_what_is_left_out_of_a_small_window_is_named(
    editor: Editor, model: Model, shop: Shop
) -> None:
    long = "".join(f"def function_{n}(value):\n    return value + {n}\n\n\n" for n in range(2_000))
    shop.write("shop.py", long)
    model.says("x" * 9_000)
    found = await editor.ask("aircher/explain", document={"uri": uri(shop)})
    (left,) = found["leftOut"]
    assert left["path"] == "shop.py"
    assert left["why"].startswith("lines ")
    sent = sum(len(m["content"].encode()) for m in model.asked[0])
    assert sent < 16_384 * 2
    assert "def function_0(value):" in model.asked[0][1]["content"]
    name = None
    for _ in range(5):
        asked = {"prompt": "and?" + "y" * 3_000, "conversation": name}
        talked = await editor.ask("aircher/ask", **{k: v for k, v in asked.items() if v})
        name = talked["conversation"]
    assert talked["leftOut"][0]["path"] == "conversation"
    assert talked["leftOut"][0]["why"].endswith("earlier turns")


def test_a_turn_that_ends_meanwhile_is_not_sent_by_the_rules_from_before() -> None:
    sources = Sources(Settings, Repositories())
    talk = Conversation(id="c", client="t")
    desk: Any = SimpleNamespace(settings=Settings, detector=Detector)
    wish = Wish(question="And now?")
    work = gather(desk, sources, talk, wish, Asked(client="t"), None)
    talk.local = True
    talk.turns.append((Message.of("user", "of a local file"), Message.of("assistant", "its text")))
    assert work.settings is None
    assert [m.text for m in work.compose(9_000).messages[1:]] == ["And now?"]
    later = gather(desk, sources, talk, wish, Asked(client="t"), None)
    assert later.settings is not None
    assert later.settings.egress == "local"
