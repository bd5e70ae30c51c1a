"""What LiteLLM's model list knows of a model besides its price, in our words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

CAN = {
    "supports_function_calling": "tools",
    "supports_vision": "vision",
    "supports_reasoning": "thinking",
    "supports_response_schema": "json_schema",
}
LEVELS = {
    "supports_none_reasoning_effort": "off",
    "supports_minimal_reasoning_effort": "minimal",
    "supports_max_reasoning_effort": "max",
}
ALWAYS = ("low", "medium", "high")
"""Levels every model that has levels knows."""
MODES = {"embedding": "embeddings", "image_generation": "images"}


MAKERS = {
    "openai": ("openai",),
    "azure": ("azure",),
    "anthropic": ("anthropic",),
    "gemini": ("gemini",),
    "vertex": ("vertex_ai-language-models",),
    "cohere": ("cohere", "cohere_chat"),
    "groq": ("groq",),
    "mistral": ("mistral",),
    "deepseek": ("deepseek",),
    "xai": ("xai",),
}
"""What the list calls whoever serves a model."""


def names(known: dict[str, Any], host: str, beginnings: tuple[str, ...]) -> list[str]:
    """The list's own names for what this host serves, without their beginning."""
    makers = MAKERS.get(host, ())
    found = []
    for key, row in known.items():
        if row.get("litellm_provider") in makers and not key.startswith("ft:"):
            begins = max((b for b in beginnings if key.startswith(b)), key=len, default="")
            name = key.removeprefix(begins)
            if host == "openrouter" or "/" not in name or host == "groq":
                found.append(name)
    return found


def of(known: dict[str, Any], model: str, beginnings: tuple[str, ...]) -> dict[str, Any]:
    """Limits, capabilities and traits of one model; nothing where the list says nothing."""
    row = next((known[b + model] for b in beginnings if b + model in known), None)
    if row is None:
        return {}
    found: dict[str, Any] = {}
    into, out = row.get("max_input_tokens"), row.get("max_output_tokens")
    if into and row.get("mode") == "chat":
        found["max_input"] = int(into)
    # A list that gives the window as the output limit says nothing about the output.
    if out and out != into:
        found["max_output"] = int(out)
    can = [ours for theirs, ours in CAN.items() if row.get(theirs)]
    mode = row.get("mode")
    if mode in MODES:
        found["mode"] = MODES[mode]
    if can:
        found["can"] = sorted(can)
    if row.get("supports_sampling_params") is False:
        found["sampling"] = False
    if row.get("supports_forced_tool_use") is not None:
        found["forced_tools"] = bool(row["supports_forced_tool_use"])
    efforts = _efforts(row)
    if efforts:
        found["efforts"] = efforts
    if row.get("deprecation_date"):
        found["retires"] = row["deprecation_date"]
    long = row.get("cache_creation_input_token_cost_above_1hr")
    if long:
        found["cache_write_long"] = _million(long)
        above = row.get("cache_creation_input_token_cost_above_1hr_above_100k_tokens")
        above = above or row.get("cache_creation_input_token_cost_above_1hr_above_200k_tokens")
        if above:
            found["cache_write_long_above"] = _million(above)
    return found


def _efforts(row: dict[str, Any]) -> list[str]:
    """Levels of thinking, from whichever of the list's two ways of saying it is there."""
    levels = row.get("reasoning_effort_levels")
    if isinstance(levels, list):
        words = {"none": "off", "xhigh": "max"}
        return sorted({words.get(level, level) for level in levels})
    if not row.get("supports_reasoning") or "supports_none_reasoning_effort" not in row:
        return []
    return sorted([*ALWAYS, *(ours for theirs, ours in LEVELS.items() if row.get(theirs))])


def _million(price: float) -> str:
    return str((Decimal(str(price)) * 1_000_000).normalize())
