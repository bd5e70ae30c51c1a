"""Every answer that is no stream (lists, counts, vectors, health, refusals), spoilt: what it says
or one of the faults its caller knows, never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aircherd.core.catalog import ModelRef, ModelSpec
from aircherd.core.errors import ProviderError
from aircherd.core.operations import EmbedRequest
from aircherd.providers.base import Host
from aircherd.providers.remote import UNREADABLE
from providers.anthropic import test_anthropic as anthropic
from providers.cohere import test_cohere as cohere
from providers.gemini import test_gemini as gemini
from providers.ollama import test_ollama as ollama
from providers.openai_chat import make as openai_chat
from providers.openai_responses import make as openai_responses
from providers.test_hostile import spoilt_value

FAMILIES: dict[str, tuple[Any, Host]] = {
    "anthropic": (anthropic.FAMILY, anthropic.HOST),
    "cohere": (cohere.FAMILY, cohere.HOST),
    "gemini": (gemini.FAMILY, gemini.HOST),
    "ollama": (ollama.FAMILY, ollama.HOST),
    "openai_chat": (openai_chat.FAMILY, openai_chat.host()),
    "openai_responses": (openai_responses.FAMILY, openai_responses.host()),
}
ASKED = EmbedRequest(model="m", texts=("a", "b"))
SPEC = ModelSpec(ref=ModelRef("p", "m"), local=False)


@dataclass(frozen=True)
class Read:
    """One reader of one family, and answers as they may be."""

    family: str
    name: str
    run: Callable[[bytes], object]
    samples: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.family} {self.name}"


_SAMPLES: dict[str, tuple[Any, ...]] = {
    "parse_models": (
        {"data": [{"id": "m", "created": 1, "context_length": 9, "pricing": {"prompt": "0.1"}}]},
        {"data": [{"id": "m", "max_input_tokens": 9, "capabilities": {"image_input": {}}}]},
        {"models": [{"name": "models/m", "inputTokenLimit": 9, "outputTokenLimit": 3}]},
        {"models": [{"name": "m", "endpoints": ["chat"], "context_length": 9.0}]},
        {"models": [{"model": "m", "size": 3, "details": {"context_length": 9}}]},
        [{"id": "m", "type": "chat", "context_length": 9}],
    ),
    "next_page": (
        {"data": [], "has_more": True, "last_id": "x"},
        {"models": [], "nextPageToken": "x"},
        {"models": [], "next_page_token": "x"},
    ),
    "parse_health": (
        {"version": "1"},
        {"valid": True},
        {"data": {"limit_remaining": 3.5}},
        {"data": [{"id": "m"}]},
        {"models": []},
    ),
    "parse_count": (
        {"count": 7},
        {"input_tokens": 7},
        {"totalTokens": 7},
        {"tokens": [1, 2]},
    ),
    "parse_embeddings": (
        {"data": [{"index": 0, "embedding": [1, 2]}], "usage": {"prompt_tokens": 3}, "model": "m"},
        {"embeddings": {"float": [[1, 2]]}, "meta": {"billed_units": {"input_tokens": 2.0}}},
        {"embeddings": [{"values": [1]}], "predictions": [{"embeddings": {"values": [1]}}]},
        {"embeddings": [[1, 2]], "prompt_eval_count": 3},
    ),
    "parse_show": (
        {
            "model_info": {"general.architecture": "a", "a.context_length": 4096},
            "capabilities": ["completion"],
        },
    ),
    "parse_running": ({"models": [{"model": "m", "size_vram": 9, "context_length": 4096}]},),
    "classify": (
        {"error": {"message": "no", "code": "x", "type": "y", "param": None}},
        {"error": {"code": 429, "status": "S", "details": [{"retryDelay": "3s"}]}},
        {"type": "error", "error": {"type": "overloaded_error", "message": "x"}},
        {"message": "no", "detail": [{"msg": "x"}]},
        [{"error": {"message": "no"}}],
    ),
}


def reads() -> list[Read]:
    """Every reader there is."""
    found = []
    for name, (family, host) in FAMILIES.items():
        arguments: dict[str, Callable[[bytes], tuple[object, ...]]] = {
            "parse_embeddings": lambda body, host=host: (host, ASKED, body),
            "parse_show": lambda body: (SPEC, body),
            "classify": lambda body, host=host: (host, 429, {"Retry-After": "1"}, body),
        }
        for reader, samples in _SAMPLES.items():
            method = getattr(family, reader, None)
            if method is not None:
                given_to = arguments.get(reader, lambda body, host=host: (host, body))
                run = lambda body, method=method, given_to=given_to: method(*given_to(body))  # noqa: E731
                found.append(Read(name, reader, run, samples))
    return found


def check(read: Read, body: bytes) -> None:
    """Reads a body; a refusal must be one, whatever it says."""
    try:
        found = read.run(body)
    except (ProviderError, *UNREADABLE):
        assert read.name != "classify", "a refusal that cannot be read is still one"
        return
    if read.name == "classify":
        assert isinstance(found, ProviderError)
        assert str(found)


def hostile(read: Read, examples: int) -> None:
    @settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.data())
    def run(draw: st.DataObject) -> None:
        value = draw.draw(st.sampled_from(read.samples))
        for _ in range(draw.draw(st.integers(0, 2))):
            value = spoilt_value(value, draw)
        body = json.dumps(value).encode()
        if draw.draw(st.integers(0, 5)) == 0:
            body = body[: draw.draw(st.integers(0, len(body)))] + draw.draw(st.binary(max_size=4))
        check(read, body)

    run()


@pytest.mark.parametrize("read", reads(), ids=str)
def test_a_spoilt_body_is_read_or_refused(read: Read) -> None:
    hostile(read, 15)
    for junk in (b"", b"\xff", b"null", b"[" * 60_000, b'{"data":' * 60_000, b"9" * 5_000):
        check(read, junk)


@pytest.mark.parametrize("read", reads(), ids=str)
@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"NaN", b"9" * 400, b"-7", b"true"])
def test_numbers_no_counter_has(read: Read, number: bytes) -> None:
    """In the place of every number there is."""
    for sample in read.samples:
        marked = json.dumps(_marked(sample)).encode()
        check(read, marked.replace(b'"NUMBER"', number))


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _marked(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner) for inner in value]
    return "NUMBER" if isinstance(value, int | float) else value


@pytest.mark.slow
@pytest.mark.parametrize("read", reads(), ids=str)
def test_many_spoilt_bodies(read: Read) -> None:
    hostile(read, 600)
