"""The quick way through chunks that are nothing but text says what the long way says."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from aircherd.core.chat import ChatRequest, Message, TextDelta, Transcript
from aircherd.core.errors import ProviderError
from aircherd.providers.base import Host
from aircherd.providers.openai_chat.decode import Stream

HOST = Host(name="a", family="openai_chat", base_url="http://a/v1")


def chunk(delta: Any, *, choice: dict[str, Any] | None = None, **more: Any) -> str:
    return json.dumps(
        {"id": "x", "model": "m", "choices": [{"delta": delta, **(choice or {})}], **more}
    )


ODD = [
    chunk({"content": "a"}),
    chunk({"role": "assistant", "content": "b", "refusal": None, "tool_calls": None}),
    chunk({"content": "c", "reasoning_content": "why"}),
    chunk({"content": "d", "refusal": "no"}),
    chunk({"content": "e", "tool_calls": [{"id": "1", "function": {"name": "f"}}]}),
    chunk({"content": "f"}, usage={"prompt_tokens": 3, "completion_tokens": 4}),
    chunk({"content": "g"}, usage=None, error=None),
    chunk({"content": "h"}, x_groq={"usage": {"prompt_tokens": 7}}),
    chunk({"content": "i"}, choice={"finish_reason": "length"}),
    chunk({"content": "j"}, error={"message": "broken", "code": 500}),
    chunk({"content": "k"}, choice={"error": {"message": "broken"}}),
    chunk({"content": "<think>l</think>"}),
    chunk({"content": ""}),
    chunk({"content": ["m"]}),
    chunk(None),
    chunk("n"),
    " " + chunk({"content": "o"}) + " ",
    chunk({"content": "p"}) + chunk({"content": "q"}),
    '{"choices": [{"delta": {"content": "r"}}, {"delta": {"content": "s"}}]}',
    '{"choices": []}',
    '{"choices": {}}',
    "[]",
    "{",
    "[DONE]",
]


class Long(Stream):
    """Without the quick way."""

    def text_of(self, data: str) -> str | None:
        return None


def said(kind: type[Stream], events: tuple[str, ...]) -> tuple[Transcript, str | None]:
    asked = ChatRequest(model="m", messages=(Message.of("user", "q"),), max_output=9)
    decoder, transcript = kind(HOST, asked), Transcript()
    body = "".join(f"data: {event}\n\n" for event in events)
    try:
        for event in itertools.chain(decoder.feed(body.encode()), decoder.end()):
            transcript.add(event)
    except ProviderError as error:
        return transcript, str(error)
    return transcript, None


@pytest.mark.parametrize("first", [chunk({"content": "begin "}), chunk({"role": "assistant"})])
def test_both_ways_say_the_same(first: str) -> None:
    end = (chunk({}, choice={"finish_reason": "stop"}), "[DONE]")
    for pair in itertools.product(ODD, repeat=2):
        events = (first, *pair, chunk({"content": " end"}), *end)
        quick, quick_error = said(Stream, events)
        long, long_error = said(Long, events)
        quick.text, long.text = ["".join(quick.text)], ["".join(long.text)]
        assert (quick, quick_error) == (long, long_error), events


def test_text_that_came_together_is_given_together() -> None:
    asked = ChatRequest(model="m", messages=(Message.of("user", "q"),), max_output=9)
    decoder = Stream(HOST, asked)
    rows = "".join(f"data: {chunk({'content': f'{n} '})}\n\n" for n in range(200))
    events = [e for e in decoder.feed(rows.encode()) if isinstance(e, TextDelta)]
    assert "".join(e.text for e in events) == "".join(f"{n} " for n in range(200))
    assert len(events) == 2, "the first one alone, since thinking may begin there"
