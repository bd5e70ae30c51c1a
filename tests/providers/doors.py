"""Providers as the house opens them, for tests that talk to a server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from aircherd.core.chat import ChatRequest, Message, Transcript
from aircherd.core.clock import SystemClock
from aircherd.core.settings import ProviderSettings, Settings
from aircherd.providers import registry
from aircherd.providers.workshop import Whole

KEY = {"ACME_KEY": "k-loopback"}


@asynccontextmanager
async def opened(name: str = "acme", **written: Any) -> AsyncIterator[Whole]:
    """The provider of that name, as the user's file would make it."""
    timeouts = {k: written.pop(k) for k in tuple(written) if k.endswith("_timeout")}
    mine = ProviderSettings(name=name, key_variable="ACME_KEY", **written)
    settings = Settings(providers={name: mine}, **timeouts)
    host = next(h for h in registry.hosts(settings, KEY) if h.name == name)
    provider = registry.connect(host, settings, SystemClock())
    assert isinstance(provider, Whole)
    try:
        yield provider
    finally:
        await provider.aclose()


async def talk(provider: Whole, asked: ChatRequest, *, seconds: float = 20.0) -> Transcript:
    """Everything that comes of one request."""
    transcript = Transcript()
    deadline = SystemClock().monotonic() + seconds
    async with aclosing(provider.stream(asked, deadline=deadline)) as events:
        async for event in events:
            transcript.add(event)
    return transcript


def question(text: str, **more: Any) -> ChatRequest:
    """A small request."""
    fields: dict[str, Any] = {
        "model": "m",
        "messages": (Message.of("user", text),),
        "max_output": 64,
    }
    return ChatRequest(**(fields | more))
