"""Parrot: a model that says what it heard. Its API is `POST /say {"words": …}`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.chat import ChatRequest, Finished, FinishReason, StreamEvent, TextDelta
from aircherd.core.errors import ErrorKind, ProviderError
from aircherd.providers.base import Host, HttpRequest
from aircherd.providers.failures import made
from aircherd.providers.jsonpost import json_request


class Parrot:
    """How parrots are spoken to."""

    def encode(self, host: Host, request: ChatRequest) -> HttpRequest:
        words = " ".join(message.text for message in request.messages)
        return json_request(host, "POST", "/say", {"words": words})

    def decoder(self, host: Host, request: ChatRequest) -> Squawk:
        return Squawk(host)

    def classify(
        self, host: Host, status: int, headers: Mapping[str, str], body: bytes
    ) -> ProviderError:
        return made(host.name, ErrorKind.SERVER_ERROR, f"answered {status}")

    def list_request(self, host: Host) -> HttpRequest:
        return json_request(host, "GET", "/parrots", None)

    def parse_models(self, host: Host, body: bytes) -> tuple[ModelSpec, ...]:
        names = json.loads(body)["parrots"]
        return tuple(
            ModelSpec(ref=ModelRef(host.name, name), local=host.local, context=4096)
            for name in names
        )


class Squawk:
    """One answer: a JSON object, complete when it can be read."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._body = b""

    def feed(self, data: bytes) -> Iterable[StreamEvent]:
        self._body += data
        return ()

    def end(self) -> Iterable[StreamEvent]:
        try:
            said = json.loads(self._body)["said"]
        except (ValueError, KeyError, TypeError):
            raise made(self._host.name, ErrorKind.INTERRUPTED, "broke off") from None
        return (TextDelta(said), Finished(reason=FinishReason.STOP, raw="said"))


def bring(register: Any) -> None:
    """The entry point."""
    register(
        "parrot",
        Parrot,
        {"parrot": {"base_url": "http://127.0.0.1:7", "needs_key": False, "local": True}},
    )


def take_a_place(register: Any) -> None:
    """Another entry point, which is not let in, nor what it brings first."""
    register("cuckoo", Parrot, {"nest": {"base_url": "http://127.0.0.1:8", "needs_key": False}})
    register("egg", Parrot, {"openai": {"base_url": "http://127.0.0.1:9"}})
