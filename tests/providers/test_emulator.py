"""Against a provider emulator nobody here wrote: OpenAI's dialect and Ollama's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aircherd.core.chat import Finished, FinishReason, Tool
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.core.operations import EmbedRequest
from fakes.aimock import aimock, journal
from providers.doors import opened, question, talk

SAID = "pong from a mock nobody in the project wrote 🙂"
LIMITED = {"message": "slow down", "type": "rate_limit_error", "code": "rate_limit_exceeded"}
FIXTURES = [
    {"match": {"userMessage": "ping"}, "response": {"content": SAID}},
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
        "truncateAfterChunks": 2,
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


DIALECTS = pytest.mark.parametrize("name", ["acme", "ollama"])


def where(name: str, base: str) -> str:
    return base if name == "ollama" else f"{base}/v1"


@DIALECTS
@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_streamed_and_plain(base: str, name: str, stream: bool) -> None:
    async with opened(name, base_url=where(name, base)) as provider:
        found = await talk(provider, question("ping", stream=stream))
    assert "".join(found.text) == SAID
    assert found.finished == Finished(reason=FinishReason.STOP, raw="stop")


@DIALECTS
@pytest.mark.parametrize("stream", [True, False])
async def test_tool_calls(base: str, name: str, stream: bool) -> None:
    async with opened(name, base_url=where(name, base)) as provider:
        found = await talk(provider, question("look", tools=TOOLS, stream=stream))
    assert [(c.name, c.arguments.replace(" ", "")) for c in found.calls] == [
        ("read", '{"path":"ä.py"}'),
        ("list", "{}"),
    ]
    assert len({c.id for c in found.calls}) == 2
    assert found.finished is not None
    assert found.finished.reason is FinishReason.TOOL_CALLS


@DIALECTS
async def test_a_refusal_is_typed_and_says_when_to_come_back(base: str, name: str) -> None:
    async with opened(name, base_url=where(name, base)) as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("limited"))
    assert caught.value.error_kind is ErrorKind.RATE_LIMIT
    assert caught.value.can_retry
    assert caught.value.retry_after == 1


@DIALECTS
async def test_an_answer_that_breaks_off_is_never_whole(base: str, name: str) -> None:
    async with opened(name, base_url=where(name, base)) as provider:
        with pytest.raises(ProviderError) as caught:
            await talk(provider, question("cut"))
    assert caught.value.error_kind in (ErrorKind.INTERRUPTED, ErrorKind.NETWORK_ERROR)
    assert caught.value.sent


async def test_vectors_lists_and_health(base: str) -> None:
    async with opened(base_url=f"{base}/v1") as provider:
        found = await provider.embed(EmbedRequest(model="e", texts=("vector",)), deadline=1e12)
        assert found.vectors[0][:2] == (0.25, -0.5)
        assert len(await provider.models()) >= 3
        assert (await provider.health()).ok
    async with opened("ollama", base_url=base) as provider:
        assert await provider.models() is not None


async def test_the_key_travels_only_in_its_header(base: str) -> None:
    async with opened(base_url=f"{base}/v1") as provider:
        await talk(provider, question("ping"))
    rows = [row for row in journal(base) if row.get("path", "").endswith("/chat/completions")]
    assert rows
    headers = {k.lower(): str(v) for k, v in rows[-1]["headers"].items()}
    headers.pop("authorization", None)  # the journal masks it
    assert "k-loopback" not in str({**rows[-1], "headers": headers})
