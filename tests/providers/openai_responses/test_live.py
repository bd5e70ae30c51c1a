"""The Responses dialect spoken by others: the emulator, and llama.cpp."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aircherd.core.chat import Finished, FinishReason, Message, TextPart, Tool
from aircherd.core.errors import ErrorKind, ProviderError
from fakes.aimock import aimock
from fakes.llama import llama
from providers.doors import opened, question, talk

SAID = "pong from a mock nobody in the project wrote 🙂"
LIMITED = {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}
FIXTURES = [
    {"match": {"userMessage": "ping"}, "response": {"content": SAID, "reasoning": "hm"}},
    {
        "match": {"userMessage": "look"},
        "response": {
            "toolCalls": [
                {"name": "read", "arguments": {"path": "ä.py"}},
                {"name": "list", "arguments": {}},
            ]
        },
    },
    {"match": {"userMessage": "limited"}, "response": {"error": LIMITED, "status": 429}},
    {
        "match": {"userMessage": "cut"},
        "response": {"content": SAID * 4},
        "truncateAfterChunks": 4,
        "latency": 20,
    },
]
TOOLS = tuple(
    Tool(name=name, description="d", parameters={"type": "object", "properties": {}})
    for name in ("read", "list")
)
FAMILY = "openai_responses"


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with aimock(FIXTURES) as address:
        yield f"{address}/v1"


@pytest.mark.parametrize("stream", [True, False])
async def test_the_emulator_s_answers_and_calls(mock: str, stream: bool) -> None:
    async with opened(base_url=mock, family=FAMILY) as provider:
        found = await talk(provider, question("ping", stream=stream))
        called = await talk(provider, question("look", stream=stream, tools=TOOLS))
    assert "".join(found.text) == SAID
    assert "".join(found.thinking) == "hm"
    assert found.finished == Finished(reason=FinishReason.STOP, raw="completed")
    assert [(c.name, c.arguments.replace(" ", "")) for c in called.calls] == [
        ("read", '{"path":"ä.py"}'),
        ("list", "{}"),
    ]
    assert called.finished is not None
    assert called.finished.reason is FinishReason.TOOL_CALLS


async def test_the_emulator_s_refusal_and_its_broken_answer(mock: str) -> None:
    async with opened(base_url=mock, family=FAMILY) as provider:
        with pytest.raises(ProviderError) as refused:
            await talk(provider, question("limited"))
        with pytest.raises(ProviderError) as broken:
            await talk(provider, question("cut"))
    assert (refused.value.error_kind, refused.value.can_retry) == (ErrorKind.RATE_LIMIT, True)
    assert broken.value.error_kind in (ErrorKind.INTERRUPTED, ErrorKind.NETWORK_ERROR)
    assert broken.value.sent


@pytest.fixture(scope="module")
def engine() -> Iterator[str]:
    with llama() as address:
        yield address


@pytest.mark.slow
@pytest.mark.parametrize("stream", [True, False])
async def test_a_real_engine_in_this_dialect(engine: str, stream: bool) -> None:
    async with opened(base_url=engine, family=FAMILY) as provider:
        asked = question("hello world", model="tiny", max_output=12, stream=stream)
        found = await talk(provider, asked)
    assert "".join(found.text).strip()
    assert found.finished is not None
    assert found.usage is not None
    assert (found.usage.prompt_total or 0) > 3
    assert 0 < (found.usage.output_total or 0) <= 12


@pytest.mark.slow
async def test_a_real_engine_counts_what_it_then_reads(engine: str) -> None:
    asked = question("ok?", model="tiny", max_output=4)
    async with opened(base_url=engine, family=FAMILY) as provider:
        told = await talk(provider, asked)
        count = await provider.count(asked)
    assert told.usage is not None
    assert (count.tokens, count.how) == (told.usage.prompt_total, "provider")


@pytest.mark.slow
async def test_a_prompt_over_the_window_is_a_typed_refusal(engine: str) -> None:
    long = Message(role="user", parts=(TextPart("hello world " * 6_000),))
    async with opened(base_url=engine, family=FAMILY) as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("", messages=(long,), model="tiny", max_output=4))
    assert caught.value.error_kind is ErrorKind.CONTEXT_LENGTH
