"""Other ways to write the same settings, from older documents: accepted, and said once each.

`aircher config migrate` rewrites them. Names of providers have synonyms as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aircherd.config.options import find

RENAMED: tuple[tuple[str, str], ...] = (
    ("provider.cloud.*", "providers.*"),
    ("provider.custom.*", "providers.*"),
    ("provider.*", "providers.*"),
    ("providers.cloud.*", "providers.*"),
    ("providers.custom.*", "providers.*"),
    ("task_models", "models.tasks"),
    ("providers.task_models", "models.tasks"),
    ("models.tasks.embeddings", "models.embeddings"),
    ("models.tasks.images", "models.images"),
    ("providers.retry", "retry"),
    ("retry_config", "retry"),
    ("retry.retries", "retry.max_retries"),
    ("providers.*.api_key", "providers.*.api_key_env"),
    ("providers.*.num_predict", "providers.*.max_tokens"),
    ("providers.*.requests_per_min", "providers.*.requests_per_minute"),
    ("providers.health_check_interval", "providers.health_interval"),
    ("providers.*.organization", "providers.*.org_id"),
    ("costs.daily_budget", "costs.daily_limit"),
    ("costs.weekly_budget", "costs.weekly_limit"),
    ("costs.monthly_limit", "costs.monthly_budget"),
    ("costs.max_cost_per_request", "costs.request_limit"),
    ("costs.cost_limit", "costs.request_limit"),
    ("costs.auto_downgrade", "costs.auto_downgrade_on_limit"),
    ("costs.task_limits", "costs.task_budgets"),
    ("prefer_cost_efficient", "costs.prefer_cost_efficient"),
    ("providers.prefer_cost_efficient", "costs.prefer_cost_efficient"),
)
"""Dotted paths as they were and as they are; `*` stands for the same name on both sides."""

PROVIDERS: Mapping[str, str] = {
    "claude": "anthropic",
    "google": "gemini",
    "vertexai": "vertex",
    "vertex_ai": "vertex",
    "lm_studio": "lmstudio",
    "lm-studio": "lmstudio",
    "hugging_face": "huggingface",
    "azure_openai": "azure",
    "nvidia_nim": "nvidia",
    "nim": "nvidia",
    "grok": "xai",
}
"""What providers are also called. A table that says its own `family` keeps its name."""

Step = tuple[str, str]
"""(as written, as it is written today)"""


def current(path: str, own: frozenset[str] = frozenset()) -> tuple[str, tuple[Step, ...]]:
    """The path under today's names, and each synonym that was seen on the way.

    `own` are provider names that mean the user's own hosts, whatever else is called so.
    """
    steps: list[Step] = []
    parts = path.split(".")
    for old, new in RENAMED:
        olds = old.split(".")
        if len(parts) < len(olds) or olds[0] != parts[0]:
            continue
        if find(".".join(parts)) is not None:
            continue
        if all(o in ("*", p) for o, p in zip(olds, parts, strict=False)):
            stars = iter([p for o, p in zip(olds, parts, strict=False) if o == "*"])
            news = [next(stars) if part == "*" else part for part in new.split(".")]
            steps.append((".".join(parts[: len(olds)]), ".".join(news)))
            parts = [*news, *parts[len(olds) :]]
    if parts[0] == "providers" and len(parts) > 2:
        name = provider_name(parts[1], own)
        if name != parts[1]:
            steps.append((f"providers.{parts[1]}", f"providers.{name}"))
            parts[1] = name
    if parts[:2] == ["costs", "limits"] and len(parts) == 3:
        name, mark, ending = parts[2].rpartition("_")
        known = provider_name(name, own)
        if mark and known != name:
            steps.append((parts[2], f"{known}_{ending}"))
            parts[2] = f"{known}_{ending}"
    return ".".join(parts), tuple(steps)


def provider_name(name: str, own: frozenset[str] = frozenset()) -> str:
    """A provider's name as it is used here: `claude`, `cloud.openai` and the like."""
    name = name.removeprefix("cloud.").removeprefix("custom.")
    return name if name in own else PROVIDERS.get(name, name)


def model_name(name: str, own: frozenset[str] = frozenset()) -> str:
    """A model's name with its provider's name as it is used here."""
    for mark in ("/", ":"):
        provider, found, model = name.partition(mark)
        known = provider_name(provider, own)
        if found and known != provider and "/" not in provider:
            return f"{known}{mark}{model}"
    return name


def own_names(document: Mapping[str, Any]) -> frozenset[str]:
    """Provider names that are also synonyms and stand for hosts of the user's own."""
    tables: list[Any] = [document.get("providers"), document.get("provider")]
    for table in tuple(tables):
        if isinstance(table, dict):
            tables += [table.get("cloud"), table.get("custom")]
    return frozenset(
        name
        for table in tables
        if isinstance(table, dict)
        for name, inner in table.items()
        if name in PROVIDERS and isinstance(inner, dict) and "family" in inner
    )


def renamed_value(path: str, value: Any, own: frozenset[str] = frozenset()) -> Any:
    """A setting's value with the names of providers in it as they are used here."""
    if path in ("providers.default", "providers.fallback_order", "providers.allow"):
        change = provider_name
    elif path.startswith("models.") or path == "costs.baseline":
        change = model_name
    else:
        return value
    if isinstance(value, str):
        return change(value, own)
    if isinstance(value, list):
        return [change(v, own) if isinstance(v, str) else v for v in value]
    return value
