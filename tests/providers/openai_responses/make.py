"""Hosts, requests and streams the tests of this family share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aircherd.core.catalog import Capability, ModelRef, ModelSpec, Traits
from aircherd.core.chat import ChatRequest, Message
from aircherd.providers.base import Decoder, Host
from aircherd.providers.openai_responses import OpenAIResponses

STREAMS = Path(__file__).parent / "streams"
FAMILY = OpenAIResponses()
MODEL = "gpt-6-luna"


def host(*quirks: str, **more: Any) -> Host:
    """OpenAI's row, with further quirks."""
    fields: dict[str, Any] = {
        "name": "openai",
        "family": "openai_responses",
        "base_url": "https://api.openai.com/v1",
        "key": "k-1",
        "quirks": frozenset(quirks),
        "options": {"chat_models": "gpt-4 ft:gpt-4"},
    }
    return Host(**(fields | more))


def request(*messages: Message, **more: Any) -> ChatRequest:
    """A small chat."""
    fields: dict[str, Any] = {
        "model": MODEL,
        "messages": messages or (Message.of("user", "hi"),),
        "max_output": 256,
    }
    return ChatRequest(**(fields | more))


def spec(**traits: Any) -> ModelSpec:
    """A model that thinks, with these traits."""
    return ModelSpec(
        ref=ModelRef("openai", MODEL),
        local=False,
        capabilities=frozenset({Capability.CHAT, Capability.THINKING}),
        traits=Traits(**traits),
    )


def decoder(stream: bool = True) -> Decoder:
    """A fresh decoder."""
    return FAMILY.decoder(host(), request(stream=stream))


def rows_of(body: bytes) -> list[dict[str, Any]]:
    """The events of a stream."""
    lines = body.decode().replace("\r\n", "\n").split("\n")
    return [json.loads(line[6:]) for line in lines if line.startswith("data: {")]


def recorded(name: str) -> list[dict[str, Any]]:
    """The events of one of the streams on file."""
    return rows_of((STREAMS / name).read_bytes())


def events(*rows: dict[str, Any]) -> bytes:
    """Rows as the stream a server would send."""
    return "".join(
        f"event: {row.get('type')}\ndata: {json.dumps(row, ensure_ascii=False)}\n\n" for row in rows
    ).encode()


def answer(status: str = "completed", **more: Any) -> dict[str, Any]:
    """A whole response."""
    return {"id": "r", "model": "m-1", "status": status, "output": [], **more}
