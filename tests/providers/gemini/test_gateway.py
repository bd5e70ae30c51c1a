"""Gemini's dialect as LiteLLM's proxy speaks it in front of a real engine: real pieces, real ends.

Its counts of a streamed answer are all zero, which is its own gap and not asserted.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aircherd.core.chat import FinishReason, Message
from fakes.litellm import KEY, interpreter, litellm
from fakes.llama import llama
from providers.doors import KEY as NAMES
from providers.doors import opened, question, talk

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        interpreter() is None, reason="AIRCHER_LITELLM names no Python with LiteLLM's proxy"
    ),
]


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with llama() as engine, litellm(engine) as address:
        yield f"{address}/v1beta"


async def test_a_real_engine_behind_google_s_dialect(
    base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NAMES, "ACME_KEY", KEY)
    turns = (Message.of("system", "Be brief."), Message.of("user", "hello world"))
    async with opened("gemini", base_url=base) as provider:
        asked = question("", messages=turns, model="tiny", max_output=12)
        streamed = await talk(provider, asked, seconds=60)
        plain = await talk(
            provider,
            question("", messages=turns, model="tiny", max_output=12, stream=False),
            seconds=60,
        )
        count = await provider.count(asked)
    assert len(streamed.text) > 3, "it came in pieces"
    for found in (streamed, plain):
        assert "".join(found.text).strip()
        assert found.finished is not None
        assert found.finished.reason in (FinishReason.LENGTH, FinishReason.STOP)
    assert plain.usage is not None
    assert 0 < (plain.usage.output_total or 0) <= 12
    assert count.how == "provider"
    assert count.tokens > 0
