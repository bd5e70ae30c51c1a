"""Cohere's dialect as the emulator speaks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aircherd.core.chat import FinishReason, Tool
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.operations import EmbedRequest
from fakes.aimock import aimock
from providers.doors import opened, question, talk

SAID = "pong from a mock 🙂"
FIXTURES = [
    {"match": {"userMessage": "ping"}, "response": {"content": SAID}},
    {
        "match": {"userMessage": "look"},
        "response": {
            "toolCalls": [
                {"name": "read", "arguments": {"path": "ä"}},
                {"name": "list", "arguments": {}},
            ]
        },
    },
    {
        "match": {"userMessage": "busy"},
        "response": {"error": {"message": "slow down", "type": "x"}, "status": 429},
    },
    {
        "match": {"userMessage": "cut"},
        "response": {"content": SAID * 4},
        "truncateAfterChunks": 3,
        "latency": 20,
    },
    {"match": {"inputText": "vector"}, "response": {"embedding": [0.25, -0.5]}},
]
TOOLS = tuple(
    Tool(name=name, description="d", parameters={"type": "object", "properties": {}})
    for name in ("read", "list")
)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with aimock(FIXTURES) as address:
        yield address


@pytest.mark.parametrize("stream", [True, False])
async def test_answers_and_calls(base: str, stream: bool) -> None:
    async with opened("cohere", base_url=base) as provider:
        found = await talk(provider, question("ping", stream=stream))
        called = await talk(provider, question("look", stream=stream, tools=TOOLS))
    assert "".join(found.text) == SAID
    assert found.finished is not None
    assert found.finished.reason is FinishReason.STOP
    assert [(c.name, c.arguments.replace(" ", "")) for c in called.calls] == [
        ("read", '{"path":"ä"}'),
        ("list", "{}"),
    ]
    assert called.finished is not None
    assert called.finished.reason is FinishReason.TOOL_CALLS


async def test_a_refusal_a_broken_answer_and_vectors(base: str) -> None:
    async with opened("cohere", base_url=base) as provider:
        with pytest.raises(ProviderError) as refused:
            await talk(provider, question("busy"))
        with pytest.raises(ProviderError) as broken:
            await talk(provider, question("cut"))
        vectors = await provider.embed(EmbedRequest(model="e", texts=("vector",)), deadline=1e12)
    assert (refused.value.error_kind, refused.value.can_retry) == (ErrorKind.RATE_LIMIT, True)
    assert broken.value.error_kind in (ErrorKind.INTERRUPTED, ErrorKind.NETWORK_ERROR)
    assert vectors.vectors[0][:2] == (0.25, -0.5)
