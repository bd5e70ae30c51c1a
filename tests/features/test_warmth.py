"""Which prompts a provider's cache holds: by what the turn before reported, for five minutes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.chat import Message, Usage
from aircherd.core.money import Price, per_million
from aircherd.features import warmth as module
from aircherd.features.warmth import SECONDS, Warmth, given
from aircherd.routing.expecting import Warm

REF = ModelRef("one", "m")
PRICE = Price(
    version="t", input=per_million("1"), output=per_million("1"), cache_read=per_million("0.1")
)


def reply(usage: Usage, ref: ModelRef = REF) -> Any:
    spec = ModelSpec(ref=ref, local=False, price=PRICE)
    return SimpleNamespace(usage=usage, candidate=SimpleNamespace(spec=spec))


LONG = Usage(input=3_000, output=9)


def test_the_last_turn_s_model_is_warm_for_a_while() -> None:
    warmth = Warmth()
    warmth.note("a", reply(LONG), 100.0)
    assert warmth.of("a", 100.0 + SECONDS) == Warm(ref=REF, tokens=3_000)
    assert warmth.of("a", 101.0 + SECONDS) is None
    assert warmth.of("b", 100.0) is None
    assert warmth.of(None, 100.0) is None
    other = ModelRef("two", "m")
    warmth.note("a", reply(LONG, other), 110.0)
    assert warmth.of("a", 111.0) == Warm(ref=other, tokens=3_000)


def test_what_was_not_cached_leaves_nothing_and_an_answer_given_again_changes_nothing() -> None:
    warmth = Warmth()
    warmth.note("a", reply(LONG), 0.0)
    warmth.note("a", reply(Usage(input=0, output=0)), 1.0)
    assert warmth.of("a", 2.0) is not None
    warmth.note("a", reply(replace(LONG, input=40)), 2.0)
    assert warmth.of("a", 3.0) is None, "too short a prompt to be cached"


def test_it_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    warmth = Warmth()
    for number in range(5):
        warmth.note(str(number), reply(LONG), float(number))
    assert [str(n) for n in range(5) if warmth.of(str(n), 4.0)] == ["2", "3", "4"]


def test_a_conversation_given_in_full_is_known_by_what_was_said() -> None:
    asked, said = Message.of("user", "q"), Message.of("assistant", "a")
    assert given((asked, said)) == given((asked, said))
    assert given((asked, said)) != given((said, asked))
    assert given((Message.of("user", "ab"),)) != given((Message.of("user", "a"), asked))
