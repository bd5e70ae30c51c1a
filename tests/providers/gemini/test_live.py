"""Google's dialect as the emulator speaks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aircherd.core.chat import FinishReason, Tool
from aircherd.core.errors import ErrorKind, ProviderError
from fakes.aimock import aimock
from providers.doors import opened, question, talk

SAID = "pong from a mock 🙂"
FIXTURES = [
    {"match": {"userMessage": "ping"}, "response": {"content": SAID}},
    {
        "match": {"userMessage": "look"},
        "response": {"toolCalls": [{"name": "read", "arguments": {"path": "a"}}]},
    },
    {
        "match": {"userMessage": "busy"},
        "response": {"error": {"message": "x", "type": "UNAVAILABLE"}, "status": 503},
    },
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with aimock(FIXTURES) as address:
        yield f"{address}/v1beta"


@pytest.mark.parametrize("stream", [True, False])
async def test_answers_and_calls(base: str, stream: bool) -> None:
    tools = (Tool(name="read", description="d", parameters={"type": "object"}),)
    async with opened("gemini", base_url=base) as provider:
        found = await talk(provider, question("ping", stream=stream))
        called = await talk(provider, question("look", stream=stream, tools=tools))
    assert "".join(found.text) == SAID
    assert called.calls[0].name == "read"
    assert called.finished is not None
    assert called.finished.reason is FinishReason.TOOL_CALLS


async def test_a_refusal(base: str) -> None:
    async with opened("gemini", base_url=base) as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("busy"))
    assert (caught.value.error_kind, caught.value.can_retry) == (ErrorKind.SERVER_ERROR, True)
