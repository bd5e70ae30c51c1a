"""Model names as callers say them: old ones, the user's own, synonyms, and wrong ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from aircherd.config.catalogue import bundled
from aircherd.config.load import user_settings
from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.chat import ChatRequest, Message
from aircherd.core.errors import ErrorKind, NoModel, ProviderError, UnknownModel
from aircherd.core.plan import Candidate, Plan
from aircherd.core.tasks import Detection, TaskKind
from aircherd.features.desk import Desk
from aircherd.features.wanted import built_as_set
from aircherd.market import Market
from aircherd.providers import registry
from aircherd.server.errors import translate

WRITTEN = """
providers.ollama.enabled = false
[providers.openai]
custom_models = { quick = "gpt-6-luna" }
max_tokens = 300
temperature = 0.4
[providers.mine]
base_url = "http://127.0.0.1:9/v1"
models = ["gpt-3.5-turbo"]
context = 8192
local = false
input_per_million = 1
output_per_million = 2
temperature = 0.4
"""
CERTAIN = Detection(task=TaskKind.QUICK_QUESTIONS, confidence=1.0)


@asynccontextmanager
async def desk(folder: Path, clock: Any, text: str = WRITTEN) -> AsyncIterator[Desk]:
    clock.jump(datetime(2026, 11, 21, 12, tzinfo=UTC))
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    settings, _ = user_settings(path)
    hosts = registry.hosts(settings, {"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"})
    usable = [host for host in hosts if host.key or not host.needs_key]
    providers = {host.name: registry.connect(host, settings, clock) for host in usable}
    market = Market(
        hosts=hosts, providers=providers, catalogue=bundled(), settings=settings, clock=clock
    )
    try:
        yield Desk(
            gateway=cast(Any, None), market=lambda: market, settings=lambda: settings, clock=clock
        )
    finally:
        for provider in providers.values():
            await provider.aclose()


async def plan(at: Desk, model: str) -> Plan:
    return await at.plan(CERTAIN, prompt_bytes=100, shrinkable=False, model=model)


@pytest.mark.parametrize(
    ("asked", "answers", "said"),
    [
        ("openai:gpt-4", "openai/gpt-6.1-terra", "2026-10-23"),
        ("gpt-4", "openai/gpt-6.1-terra", "gpt-6.1-terra is used instead"),
        ("claude/claude-3-haiku", "anthropic/claude-haiku-5-5", "2026-09-10"),
        ("claude:claude-3-5-sonnet-20241022", "anthropic/claude-sonnet-5-5", "2025-10-28"),
        ("quick", "openai/gpt-6-luna", None),
        ("openai/quick", "openai/gpt-6-luna", None),
        ("mine/gpt-3.5-turbo", "mine/gpt-3.5-turbo", None),
        ("gpt-3.5-turbo", "mine/gpt-3.5-turbo", None),
        ("openai/gpt-5", "openai/gpt-5", None),
    ],
)
async def test_a_word_and_the_model_it_means(
    tmp_path: Path, clock: Any, asked: str, answers: str, said: str | None
) -> None:
    async with desk(tmp_path, clock) as at:
        found = await plan(at, asked)
    assert str(found.candidates[0].spec.ref) == answers
    assert found.requested == asked
    if said is None:
        assert found.notices == ()
    else:
        assert said in " ".join(found.notices)


@pytest.mark.parametrize("asked", ["unknown", "openai/no-such-model", "nowhere/gpt-6-luna"])
async def test_a_name_nobody_has_is_refused_with_the_kind_for_it(
    tmp_path: Path, clock: Any, asked: str
) -> None:
    async with desk(tmp_path, clock) as at:
        with pytest.raises(UnknownModel, match="aircher models") as caught:
            await plan(at, asked)
    data = translate(caught.value, "aircher/ask")["data"]
    assert (data["kind"], data["code"]) == ("modelNotFound", "PROVIDER_NOT_FOUND")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ErrorKind.AUTHENTICATION, "PROVIDER_AUTH_ERROR"),
        (ErrorKind.RATE_LIMIT, "PROVIDER_RATE_LIMIT_ERROR"),
        (ErrorKind.QUOTA_EXCEEDED, "PROVIDER_RATE_LIMIT_ERROR"),
        (ErrorKind.SERVER_ERROR, "PROVIDER_API_ERROR"),
        (ErrorKind.MODEL_NOT_FOUND, "PROVIDER_API_ERROR"),
    ],
)
def test_failures_of_providers_have_their_older_names_beside_them(
    kind: ErrorKind, code: str
) -> None:
    error = ProviderError(message="No.", error_kind=kind, provider="p")
    assert translate(error, "aircher/ask")["data"]["code"] == code
    assert translate(NoModel("None."), "aircher/ask")["data"]["code"] == "PROVIDER_NOT_FOUND"


async def test_settings_of_a_provider_reach_its_requests(tmp_path: Path, clock: Any) -> None:
    async with desk(tmp_path, clock) as at:
        found = await plan(at, "openai/gpt-6-luna")
        (candidate,) = found.candidates
        assert at.fit(candidate, CERTAIN, 2.0, 9_000)[1] == 300
        settings = at.settings()

    def asked(provider: str, **more: Any) -> ChatRequest:
        spec = ModelSpec(ref=ModelRef(provider, "m"), local=False)
        one = Candidate(spec=spec, why="", expected=None, worst=None)
        request = ChatRequest(model="m", messages=(Message.of("user", "?"),), max_output=10, **more)
        return built_as_set(lambda *_: request, settings)(one, 2.0)

    assert asked("mine").temperature == 0.4
    assert asked("mine", temperature=0.0).temperature == 0.0
    assert asked("anthropic").temperature is None
    # A model that takes no temperature is not sent one nobody asked for.
    request = ChatRequest(model="m", messages=(Message.of("user", "?"),), max_output=10)
    assert built_as_set(lambda *_: request, settings)(candidate, 2.0).temperature is None


def test_a_server_at_what_is_no_address_is_no_maker_of_models(tmp_path: Path) -> None:
    """A name that is gone elsewhere stands, and the file is read to its end."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[providers.acme]\nbase_url = "http://[::1"\nmodels = ["gpt-4"]\n'
        "[costs]\ndaily_limit = 1\n",
        "utf-8",
    )
    read = user_settings(file)[0]
    assert read.providers["acme"].models == ("gpt-4",)
    assert read.costs.daily_limit is not None
