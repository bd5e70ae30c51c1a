"""Model lists of many servers, each in its own shape."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from aircherd.core.catalog import Capability, Effort, ModelSpec
from aircherd.core.money import per_million
from providers.openai_chat.make import FAMILY, host


def read(value: Any, **more: Any) -> dict[str, ModelSpec]:
    specs = FAMILY.parse_models(host(**more), json.dumps(value).encode())
    return {spec.ref.model: spec for spec in specs}


def test_trap_39_a_list_that_tells_ids_only_claims_nothing() -> None:
    found = read(
        {
            "data": [
                {"id": "gpt-6-luna", "object": "model", "created": 1, "owned_by": "openai"},
                {"id": "text-embedding-3-small", "object": "model", "created": 1},
                {"id": "gpt-image-2", "object": "model", "shutdown_date": 1796083200},
                {"nonsense": True},
            ]
        }
    )
    assert found["gpt-6-luna"].context is None
    assert found["gpt-6-luna"].said is None
    assert found["text-embedding-3-small"].capabilities == {Capability.EMBEDDINGS}
    assert Capability.CHAT not in found["gpt-image-2"].capabilities
    assert found["gpt-image-2"].retires == date(2026, 12, 1)


def test_a_router_s_list_with_prices_a_token() -> None:
    found = read(
        {
            "data": [
                {
                    "id": "openai/gpt-6-luna",
                    "context_length": 1050000,
                    "architecture": {
                        "input_modalities": ["text", "image"],
                        "output_modalities": ["text"],
                    },
                    "pricing": {
                        "prompt": "0.0000001",
                        "completion": "0.0000005",
                        "input_cache_read": "0.00000001",
                    },
                    "top_provider": {"max_completion_tokens": 128000},
                    "supported_parameters": ["tools", "reasoning", "structured_outputs"],
                    "reasoning": {"supported_efforts": ["none", "low", "high"]},
                    "expiration_date": "2027-01-14",
                },
                {"id": "router/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
            ]
        }
    )
    luna = found["openai/gpt-6-luna"]
    assert luna.price is not None
    assert luna.price.input == per_million("0.1")
    assert luna.price.output == per_million("0.5")
    assert luna.price.cache_read == per_million("0.01")
    assert (luna.context, luna.max_output) == (1050000, 128000)
    assert luna.said is not None
    assert {Capability.TOOLS, Capability.VISION, Capability.THINKING} <= luna.said
    assert luna.traits.efforts == {Effort.OFF, Effort.LOW, Effort.HIGH}
    assert luna.retires == date(2027, 1, 14)
    assert found["router/auto"].price is None, "a price that varies is unknown, not free"


def test_a_router_with_several_sellers_reckons_with_the_dearest_and_the_smallest() -> None:
    found = read(
        {
            "data": [
                {
                    "id": "openai/gpt-oss-120b",
                    "providers": [
                        {
                            "provider": "a",
                            "status": "live",
                            "context_length": 131072,
                            "pricing": {"input": 0.15, "output": 0.6},
                            "supports_tools": True,
                        },
                        {
                            "provider": "b",
                            "status": "live",
                            "context_length": 65536,
                            "pricing": {"input": 0.25, "output": 0.75},
                        },
                    ],
                }
            ]
        }
    )
    spec = found["openai/gpt-oss-120b"]
    assert spec.price is not None
    assert spec.price.input == per_million("0.25")
    assert spec.context == 65536


def test_local_servers() -> None:
    found = read(
        {
            "data": [
                {"id": "qwen", "max_model_len": 32768},
                {"id": "tiny.gguf", "meta": {"n_ctx_train": 2048, "n_ctx": 512}},
            ]
        },
        local=True,
    )
    assert found["qwen"].context == 32768
    assert found["tiny.gguf"].context == 512, "what is allocated, not what it was trained for"
    assert found["qwen"].local


def test_lm_studio_s_own_list() -> None:
    found = read(
        {
            "models": [
                {
                    "type": "llm",
                    "key": "qwen/qwen3",
                    "size_bytes": 100,
                    "max_context_length": 40960,
                    "loaded_instances": [{"id": "i", "config": {"context_length": 4096}}],
                    "capabilities": {"vision": False, "trained_for_tool_use": True},
                },
                {"type": "embedding", "key": "nomic"},
            ]
        }
    )
    assert found["qwen/qwen3"].context == 4096
    assert found["qwen/qwen3"].loaded
    assert Capability.TOOLS in found["qwen/qwen3"].capabilities
    assert found["nomic"].capabilities == {Capability.EMBEDDINGS}


def test_mistral_and_groq() -> None:
    found = read(
        {
            "data": [
                {
                    "id": "codestral-2508",
                    "max_context_length": 256000,
                    "capabilities": {
                        "completion_chat": True,
                        "function_calling": True,
                        "vision": False,
                    },
                    "deprecation": "2026-11-30T12:00:00Z",
                },
                {
                    "id": "mistral-ocr",
                    "capabilities": {"completion_chat": False},
                },
                {
                    "id": "openai/gpt-oss-20b",
                    "context_window": 131072,
                    "max_completion_tokens": 65536,
                    "active": True,
                },
                {"id": "gone", "active": False},
            ]
        }
    )
    assert found["codestral-2508"].retires == date(2026, 11, 30)
    assert Capability.CHAT not in found["mistral-ocr"].capabilities
    assert found["openai/gpt-oss-20b"].max_output == 65536
    assert "gone" not in found
