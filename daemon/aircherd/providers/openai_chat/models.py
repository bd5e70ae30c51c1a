"""Model lists of the servers that speak chat completions, by the fields they happen to have.

OpenAI tells ids only; vLLM `max_model_len`; llama.cpp `meta.n_ctx`; OpenRouter windows, prices a
token, parameters and modalities; Hugging Face sellers with prices a million; Mistral and LM Studio
capabilities; Groq windows and output limits. Nothing is concluded from a field that is not there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from aircherd.core.catalog import Capability, Effort, ModelRef, ModelSpec, Traits
from aircherd.core.money import Price, per_million
from aircherd.providers.base import Host
from aircherd.providers.decoding import as_object
from aircherd.providers.openai_chat.usage import number

_EFFORT = "reasoning_effort"
_CHAT = frozenset({Capability.CHAT, Capability.STREAMING})
_NOT_CHAT = ("embed", "tts", "whisper", "transcribe", "dall-e", "image", "moderation", "rerank")
"""Parts of an id by which a model that does not talk is told, where the list says nothing else."""
_PARAMETERS = {
    "tools": Capability.TOOLS,
    "reasoning": Capability.THINKING,
    "response_format": Capability.JSON_OBJECT,
    "structured_outputs": Capability.JSON_SCHEMA,
}


def models_of(host: Host, value: Any) -> tuple[ModelSpec, ...]:
    """The models in a list, whatever its shape."""
    rows = value
    if isinstance(value, dict):
        rows = value.get("data", value.get("models", []))
    found = []
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            name = row.get("id") or row.get("key")
            if isinstance(name, str) and row.get("active") is not False:
                found.append(_model(host, name, row))
    return tuple(found)


def _model(host: Host, name: str, row: dict[str, Any]) -> ModelSpec:
    said = _said(name, row)
    sellers = [s for s in _list(row.get("providers")) if isinstance(s, dict)]
    live = [seller for seller in sellers if seller.get("status") == "live"] or sellers
    return ModelSpec(
        ref=ModelRef(host.name, name),
        local=host.local,
        context=_window(row, live),
        max_output=number(row.get("max_completion_tokens"))
        or number(as_object(row.get("top_provider")).get("max_completion_tokens")),
        price=_price(host, row, live),
        capabilities=said if said is not None else _CHAT,
        said=said,
        traits=_traits(row),
        retires=_day(row),
        loaded=bool(_list(row.get("loaded_instances"))),
        size_bytes=number(row.get("size_bytes")),
    )


def _window(row: dict[str, Any], sellers: list[dict[str, Any]]) -> int | None:
    meta = as_object(row.get("meta"))
    held = [as_object(as_object(one).get("config")) for one in _list(row.get("loaded_instances"))]
    # What is allocated counts before what the model was trained for.
    for value in (
        *(config.get("context_length") for config in held),
        row.get("max_model_len"),
        meta.get("n_ctx"),
        row.get("context_length"),
        row.get("context_window"),
        row.get("max_context_length"),
        meta.get("n_ctx_train"),
    ):
        window = number(value)
        if window:
            return window
    windows = [n for seller in sellers if (n := number(seller.get("context_length")))]
    # Which seller answers is the router's choice: only the smallest window is sure.
    return min(windows) if windows else None


def _said(name: str, row: dict[str, Any]) -> frozenset[Capability] | None:
    found: set[Capability] = set()
    knows = False
    parameters = row.get("supported_parameters")
    if isinstance(parameters, list):
        knows = True
        found |= {_PARAMETERS[p] for p in parameters if p in _PARAMETERS} | _CHAT
    shape = as_object(row.get("architecture"))
    if "image" in _list(shape.get("input_modalities")):
        found.add(Capability.VISION)
    if isinstance(shape.get("output_modalities"), list):
        knows = True
        made = shape["output_modalities"]
        found |= _CHAT if "text" in made else set()
        found |= {Capability.IMAGES} if "image" in made else set()
    sellers = [s for s in _list(row.get("providers")) if isinstance(s, dict)]
    if sellers:
        found |= {Capability.TOOLS} if any(s.get("supports_tools") for s in sellers) else set()
    can = row.get("capabilities")
    if isinstance(can, dict):
        knows = True
        found |= _CHAT if can.get("completion_chat", row.get("type") == "llm") else set()
        found |= {Capability.VISION} if can.get("vision") else set()
        tools = can.get("function_calling") or can.get("trained_for_tool_use")
        found |= {Capability.TOOLS} if tools else set()
        found |= {Capability.THINKING} if can.get("reasoning") or can.get(_EFFORT) else set()
    if row.get("type") == "embedding":
        return frozenset({Capability.EMBEDDINGS})
    if not knows and any(word in name.lower() for word in _NOT_CHAT):
        embeds = "embed" in name.lower()
        return frozenset({Capability.EMBEDDINGS} if embeds else set())
    return frozenset(found) if knows else None


def _traits(row: dict[str, Any]) -> Traits:
    thinks = as_object(row.get("reasoning"))
    # xAI's list says it among the capabilities.
    levels = thinks.get("supported_efforts", as_object(row.get("capabilities")).get(_EFFORT))
    if not isinstance(levels, list):
        return Traits()
    known = {Effort(str(level)) for level in levels if str(level) in set(Effort)}
    known |= {Effort.MAX} if "xhigh" in levels else set()
    known |= {Effort.OFF} if "none" in levels or thinks.get("mandatory") is False else set()
    return Traits(efforts=frozenset(known))


def _price(host: Host, row: dict[str, Any], sellers: list[dict[str, Any]]) -> Price | None:
    version = f"{host.name} list {datetime.now(UTC):%Y-%m-%d}"
    prices = as_object(row.get("pricing"))
    if prices:
        # Decimal strings in USD a token; "-1" means the price varies.
        return _row(version, prices, Decimal(1_000_000), ("prompt", "completion"))
    offers = [as_object(seller.get("pricing")) for seller in sellers]
    rows = [_row(version, offer, Decimal(1), ("input", "output")) for offer in offers if offer]
    known = [price for price in rows if price is not None]
    if not known or len(known) < len(sellers):
        return None
    # Which seller answers is the router's choice: the dearest is the price to reckon with.
    return max(known, key=lambda price: price.input + price.output)


def _row(
    version: str, prices: dict[str, Any], scale: Decimal, names: tuple[str, str]
) -> Price | None:
    try:
        into, out = (Decimal(str(prices[name])) * scale for name in names)
        read = prices.get("input_cache_read")
        write = prices.get("input_cache_write")
        return Price(
            version=version,
            input=per_million(into),
            output=per_million(out),
            cache_read=None if read is None else per_million(Decimal(str(read)) * scale),
            cache_write=None if write is None else per_million(Decimal(str(write)) * scale),
        )
    except (KeyError, ValueError, InvalidOperation):
        return None


def _day(row: dict[str, Any]) -> date | None:
    """The announced last day: a date (OpenRouter) or a moment in seconds (OpenAI)."""
    value = row.get("shutdown_date") or row.get("expiration_date") or row.get("deprecation")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC).date()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
