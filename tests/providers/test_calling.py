"""A tool call demanded of a real engine, and its result taken back, in two dialects it speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from aircherd.core.chat import ChatRequest, FinishReason, Message, Tool, ToolResultPart
from aircherd.providers.base import Host, HttpRequest
from fakes.llama import llama
from fakes.mkgguf import CALL, END
from providers.doors import opened, question, talk

pytestmark = pytest.mark.slow
TOOL = Tool(
    name="read",
    description="Reads",
    parameters={"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]},
)


class Nudged:
    """A wire family whose requests prefer a call: the engine's weights are random."""

    def __init__(self, wire: Any) -> None:
        self._wire = wire

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        made: HttpRequest = self._wire.encode(host, request)
        body = json.loads(made.body) | {"logit_bias": {str(CALL): 60, str(END): 90}}
        return replace(made, body=json.dumps(body).encode())


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with llama(calls=True) as address:
        yield address


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("family", ["openai_chat", "openai_responses"])
async def test_a_call_is_demanded_and_answered(base: str, family: str, stream: bool) -> None:
    async with opened(base_url=base, family=family) as provider:
        provider.wire = Nudged(provider.wire)
        asked = question(
            "x",
            model="tiny",
            max_output=200,
            tools=(TOOL,),
            tool_choice="required",
            # Weights drawn by chance may call again and again: one call is all that is asked.
            parallel_tool_calls=False,
            stream=stream,
        )
        found = await talk(provider, asked, seconds=60)
        assert found.finished is not None
        assert found.finished.reason is FinishReason.TOOL_CALLS
        call = found.calls[0]
        assert call.name == "read"
        assert isinstance(json.loads(call.arguments)["ok"], bool)
        assert len(found.calls) == 1
        results = tuple(ToolResultPart(call_id=c.id, name=c.name, content="A") for c in found.calls)
        turns = (
            *asked.messages,
            Message(role="assistant", parts=(*found.calls, *found.opaque)),
            Message(role="tool", parts=results),
        )
        # The engine reads the whole conversation back in its own words.
        more = replace(asked, messages=turns, max_output=4, tool_choice="none")
        after = await talk(provider, more, seconds=60)
    assert after.usage is not None
    assert found.usage is not None
    assert (after.usage.prompt_total or 0) > (found.usage.prompt_total or 0)
