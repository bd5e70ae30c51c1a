"""Anthropic's dialect spoken by others: the emulator, and llama.cpp, which counts tokens in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aircherd.core.chat import FinishReason
from aircherd.core.errors import ErrorKind, ProviderError
from fakes.aimock import aimock
from fakes.llama import llama
from providers.doors import opened, question, talk

SAID = "pong from a mock 🙂"
FIXTURES = [
    {"match": {"userMessage": "ping"}, "response": {"content": SAID, "reasoning": "hm"}},
    {
        "match": {"userMessage": "busy"},
        "response": {
            "error": {"message": "Overloaded", "type": "overloaded_error"},
            "status": 529,
        },
    },
]


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with aimock(FIXTURES) as address:
        yield address


@pytest.mark.parametrize("stream", [True, False])
async def test_the_emulator_s_answer(mock: str, stream: bool) -> None:
    async with opened("anthropic", base_url=mock) as provider:
        found = await talk(provider, question("ping", stream=stream))
    assert "".join(found.text) == SAID
    assert "".join(found.thinking) == "hm"
    assert found.opaque, "the thought goes back with the next turn"
    assert found.finished is not None
    assert found.finished.reason is FinishReason.STOP


async def test_the_emulator_s_refusal(mock: str) -> None:
    async with opened("anthropic", base_url=mock) as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("busy"))
    assert (caught.value.error_kind, caught.value.can_retry) == (ErrorKind.SERVER_ERROR, True)


@pytest.mark.slow
async def test_a_real_engine_in_this_dialect() -> None:
    with llama() as base:
        async with opened("anthropic", base_url=base) as provider:
            asked = question("hello world", model="tiny", max_output=12)
            found = await talk(provider, asked)
        # On a connection of its own: this server hangs up on its streams when it likes.
        async with opened("anthropic", base_url=base) as provider:
            count = await provider.count(asked)
    assert "".join(found.text).strip()
    assert found.usage is not None
    assert 0 < (found.usage.output or 0) <= 12
    assert count.how == "provider"
    assert count.tokens == found.usage.prompt_total
