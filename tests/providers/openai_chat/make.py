"""Hosts, requests and streams the tests of this family share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aircherd.core.chat import ChatRequest, Message
from aircherd.providers.base import Decoder, Host
from aircherd.providers.openai_chat import OpenAIChat

STREAMS = Path(__file__).parent / "streams"
FAMILY = OpenAIChat()


def host(*quirks: str, **more: Any) -> Host:
    """A host with these quirks."""
    fields: dict[str, Any] = {
        "name": "acme",
        "family": "openai_chat",
        "base_url": "http://127.0.0.1:9/v1",
        "key": "k-1",
        "quirks": frozenset(quirks),
    }
    return Host(**(fields | more))


def request(*messages: Message, **more: Any) -> ChatRequest:
    """A small chat."""
    fields: dict[str, Any] = {
        "model": "m",
        "messages": messages or (Message.of("user", "hi"),),
        "max_output": 64,
    }
    return ChatRequest(**(fields | more))


def decoder(*quirks: str, stream: bool = True) -> Decoder:
    """A fresh decoder of a host with these quirks."""
    return FAMILY.decoder(host(*quirks), request(stream=stream))


def sent(asked: ChatRequest, *quirks: str, **more: Any) -> dict[str, Any]:
    """The body that would be sent."""
    body = json.loads(FAMILY.encode(host(*quirks, **more), asked).body)
    assert isinstance(body, dict)
    return body


def chunks(*rows: Any, done: bool = True) -> bytes:
    """Rows as the stream a server would send."""
    text = "".join(f"data: {json.dumps(row, ensure_ascii=False)}\n\n" for row in rows)
    return (text + ("data: [DONE]\n\n" if done else "")).encode()


def delta(content: Any = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One chunk with one choice."""
    inner = {"content": content, **more} if content is not None else dict(more)
    return {
        "id": "c1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m-1",
        "choices": [{"index": 0, "delta": inner, "finish_reason": finish}],
    }
