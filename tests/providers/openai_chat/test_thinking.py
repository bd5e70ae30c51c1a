"""Thinking, from off to max, at each host by the words of its own row."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from aircherd.providers.base import Host
from aircherd.providers.effort import with_efforts
from aircherd.providers.openai_chat.models import models_of

from .make import FAMILY, request

ALL = tuple(Effort)
KNOWN = {
    host.name: host
    for host in registry.hosts(
        Settings(providers={name: ProviderSettings(name=name) for name in ("lmstudio", "vllm")}),
        {},
    )
}


def asked(host: Host, model: str, effort: Effort, *, thinks: bool = False) -> tuple[Any, ...]:
    """(effort, switch, template, notices) as they would be sent."""
    can = {Capability.CHAT} | ({Capability.THINKING} if thinks else set())
    bare = ModelSpec(ref=ModelRef(host.name, model), local=False, capabilities=frozenset(can))
    spec = with_efforts(host, bare)
    sent = FAMILY.encode(host, request(model=model, effort=effort, spec=spec))
    body = json.loads(sent.body)
    template = (body.get("chat_template_kwargs") or {}).get("enable_thinking")
    switch = (body.get("thinking") or {}).get("type")
    return body.get("reasoning_effort"), switch, template, len(sent.notices)


def words(*found: str) -> list[tuple[Any, ...]]:
    return [(word, None, None, 0) for word in found]


NONE: list[tuple[Any, ...]] = [(None, None, None, 0), *[(None, None, None, 1)] * 5]
TEMPLATE: list[tuple[Any, ...]] = [
    (None, None, False, 0), *[(None, None, True, 0)] * 5,
]  # fmt: skip
EXPECTED: dict[tuple[str, str], list[tuple[Any, ...]]] = {
    ("groq", "openai/gpt-oss-120b"): words("low", "low", "low", "medium", "high", "high"),
    ("groq", "qwen/qwen3-32b"): words("none", *["default"] * 5),
    ("groq", "llama-3.3-70b-versatile"): NONE,
    ("mistral", "mistral-small-latest"): words("none", *["high"] * 5),
    ("mistral", "mistral-medium-3-5"): words("none", *["high"] * 5),
    ("mistral", "codestral-2508"): NONE,
    ("deepseek", "deepseek-flash"): [
        (None, "disabled", None, 0),
        ("low", "enabled", None, 0),
        ("low", "enabled", None, 0),
        ("low", "enabled", None, 0),
        ("high", "enabled", None, 0),
        ("max", "enabled", None, 0),
    ],
    ("xai", "grok-4.3"): words("none", "low", "low", "medium", "high", "xhigh"),
    ("xai", "grok-4.5"): words("low", "low", "low", "medium", "high", "high"),
    ("xai", "grok-4.7"): words("low", "low", "low", "medium", "high", "xhigh"),
    ("xai", "grok-build-0.1"): NONE,
    ("huggingface", "openai/gpt-oss-120b:cheapest"): words(
        "low", "low", "low", "medium", "high", "high"
    ),
    ("huggingface", "Qwen/Qwen3-Coder-Next-FP8"): NONE,
    ("nvidia", "nvidia/nemotron-3-nano-30b-a3b"): TEMPLATE,
    ("nvidia", "openai/gpt-oss-20b"): words("low", "low", "low", "medium", "high", "high"),
    ("vllm", "Qwen/Qwen3-8B"): TEMPLATE,
    ("vllm", "openai/gpt-oss-20b"): words("low", "low", "low", "medium", "high", "high"),
    ("lmstudio", "qwen3.5-9b"): NONE,
}


@pytest.mark.parametrize(("where", "model"), EXPECTED, ids=lambda one: str(one).replace("/", "-"))
def test_every_level_at(where: str, model: str) -> None:
    found = [asked(KNOWN[where], model, effort) for effort in ALL]
    assert found == EXPECTED[where, model]


def test_a_model_that_thinks_and_has_no_switch_is_said_to() -> None:
    assert asked(KNOWN["mistral"], "magistral-medium-latest", Effort.OFF, thinks=True)[3] == 1
    assert asked(KNOWN["mistral"], "codestral-2508", Effort.OFF)[3] == 0
    spec = ModelSpec(ref=ModelRef("groq", "llama-3.3-70b-versatile"), local=False)
    sent = FAMILY.encode(
        KNOWN["groq"], request(model=spec.ref.model, effort=Effort.HIGH, spec=spec)
    )
    assert sent.notices == (
        "groq has no switch for the thinking of llama-3.3-70b-versatile; it was left out.",
    )


def test_no_host_has_words_nobody_knows() -> None:
    for host in KNOWN.values():
        for begins in host.efforts or {}:
            bare = ModelSpec(ref=ModelRef(host.name, begins), local=False)
            assert with_efforts(host, bare).traits.efforts, (host.name, begins)
            assert begins == begins.lower()


def test_what_the_host_s_list_says_counts_first() -> None:
    row = {
        "id": "grok-5",
        "capabilities": {"reasoning_effort": ["none", "low", "xhigh"]},
    }
    (spec,) = models_of(KNOWN["xai"], {"data": [row]})
    assert spec.traits.efforts == {Effort.OFF, Effort.LOW, Effort.MAX}
    assert Capability.THINKING in spec.capabilities
    body = json.loads(
        FAMILY.encode(KNOWN["xai"], request(model="grok-5", effort=Effort.MAX, spec=spec)).body
    )
    assert body["reasoning_effort"] == "xhigh"
    assert with_efforts(KNOWN["xai"], spec) == spec


def test_a_model_with_an_off_switch_is_known_to_have_one() -> None:
    for name, model, off in (("mistral", "mistral-small-latest", True), ("xai", "grok-4.5", False)):
        spec = with_efforts(KNOWN[name], ModelSpec(ref=ModelRef(name, model), local=False))
        assert spec.effort_off is off


def test_penalties_and_stops_only_where_they_are_taken() -> None:
    for name, model, kept in (
        ("xai", "grok-4.3", False),
        ("mistral", "mistral-small-latest", True),
    ):
        host = KNOWN[name]
        spec = with_efforts(host, ModelSpec(ref=ModelRef(name, model), local=False))
        sent = FAMILY.encode(
            host,
            request(
                model=model, spec=spec, presence_penalty=0.1, frequency_penalty=0.1, stop=("E",),
                temperature=0.5,
            ),
        )  # fmt: skip
        body = json.loads(sent.body)
        assert body["temperature"] == 0.5
        for field in ("presence_penalty", "frequency_penalty", "stop"):
            assert (field in body) is kept
        assert len(sent.notices) == (0 if kept else 3)


def test_mistral_has_a_name_of_its_own_for_the_seed() -> None:
    for name, field in (("mistral", "random_seed"), ("groq", "seed")):
        body = json.loads(FAMILY.encode(KNOWN[name], request(seed=7)).body)
        assert body[field] == 7
