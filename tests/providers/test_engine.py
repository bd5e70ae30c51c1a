"""Against a real inference engine: llama.cpp with a tiny random model and real tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from aircherd.core.chat import FinishReason, Message, ResponseFormat, TextPart
from aircherd.core.errors import ErrorKind, ProviderError
from fakes.llama import llama
from providers.doors import opened, question, talk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with llama() as address:
        yield address


@pytest.mark.parametrize("stream", [True, False])
async def test_it_answers_with_its_own_count(base: str, stream: bool) -> None:
    async with opened(base_url=base) as provider:
        asked = question("hello world", model="tiny", max_output=12, stream=stream, seed=1)
        found = await talk(provider, asked)
    assert found.finished is not None
    assert found.finished.reason in (FinishReason.LENGTH, FinishReason.STOP)
    assert "".join(found.text).strip()
    assert found.usage is not None
    assert found.usage.prompt_total is not None
    assert found.usage.output_total is not None
    assert found.usage.prompt_total > 3
    assert 0 < found.usage.output_total <= 12


async def test_a_prompt_over_the_window_is_a_typed_refusal(base: str) -> None:
    long = Message(role="user", parts=(TextPart("hello world " * 6_000),))
    async with opened(base_url=base) as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("", messages=(long,), model="tiny", max_output=4))
    assert caught.value.error_kind is ErrorKind.CONTEXT_LENGTH
    assert "larger window" in str(caught.value)


async def test_an_answer_that_fits_a_schema(base: str) -> None:
    schema = {
        "type": "object",
        "properties": {"ok": {"type": "boolean"}},
        "required": ["ok"],
        "additionalProperties": False,
    }
    asked = question(
        "ok?", model="tiny", max_output=40, response_format=ResponseFormat(json_schema=schema)
    )
    async with opened(base_url=base) as provider:
        found = await talk(provider, asked)
    assert set(json.loads("".join(found.text))) == {"ok"}


async def test_its_list_tells_the_window(base: str) -> None:
    async with opened(base_url=base) as provider:
        specs = await provider.models()
        assert (await provider.health()).ok
    assert specs[0].context is not None
    assert specs[0].context >= 2048
