"""Checked values into total settings, and a repository's narrowing of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aircherd.config.limits import limits
from aircherd.config.retries import retries
from aircherd.config.rules import narrower, rules
from aircherd.core.money import NanoUsd, usd
from aircherd.core.settings import (
    CommitSettings,
    CostSettings,
    OutboundSettings,
    Problem,
    ProviderSettings,
    Settings,
)
from aircherd.core.tasks import TaskKind

MAKERS = ("embeddings", "images")
_NAMED = ("default", "fallback_order", "allow", "plugins", "strategy", "health_interval", "proxy")


def resolve(values: Mapping[str, Any], file: str) -> tuple[Settings, list[Problem]]:
    """Settings from dotted paths and checked values; what only shows when put together is said."""
    problems: list[Problem] = []
    costs = _costs(values, file, problems)
    retry, idle = retries(values)
    problems.extend(
        Problem(file=file, line=0, column=0, message=message, hint=hint) for message, hint in idle
    )
    commit = CommitSettings(
        language=values.get("commit.language"),
        subject_max=values.get("commit.subject_max"),
        body=values.get("commit.body", "auto"),
        types=tuple(values.get("commit.types", ())),
        scopes=tuple(values.get("commit.scopes", ())),
        instructions=values.get("commit.instructions"),
        history=values.get("commit.history", 200),
    )
    tasks: dict[TaskKind, tuple[str, ...]] = {}
    for task in TaskKind:
        named = values.get(f"models.tasks.{task}")
        if named:
            tasks[task] = (named,) if isinstance(named, str) else tuple(named)
    task_rules, wrong = rules(values)
    problems.extend(
        Problem(file=file, line=0, column=0, message=message, hint=hint, severe=True)
        for message, hint in wrong
    )
    allow = values.get("providers.allow")
    plain = Settings()
    return (
        Settings(
            providers=_providers(values),
            default=values.get("providers.default"),
            fallback_order=tuple(values.get("providers.fallback_order", ())),
            plugins=values.get("providers.plugins", True),
            task_models=tasks,
            task_rules=task_rules,
            makers={w: values[f"models.{w}"] for w in MAKERS if values.get(f"models.{w}")},
            prefer="cost" if costs.prefer_cost_efficient else values.get("prefer", "cost"),
            cache=values.get("cache.session", plain.cache),
            cache_on_disk=values.get("cache.disk", plain.cache_on_disk),
            cache_bytes=values.get("cache.max_mb", plain.cache_bytes >> 20) << 20,
            cache_age=values.get("cache.max_age", plain.cache_age),
            strategy=values.get("providers.strategy", plain.strategy),
            offline=values.get("offline", plain.offline),
            egress=values.get("egress", "any"),
            allow=None if allow is None else tuple(allow),
            costs=costs,
            retry=retry,
            commit=commit,
            outbound=OutboundSettings(
                withhold=tuple(values.get("outbound.withhold", ())),
                local_only=tuple(values.get("outbound.local_only", ())),
                keep_text=values.get("outbound.keep_text", False),
            ),
            keep_days=values.get("usage.keep_days", 0),
            learn_acceptance=values.get("learn.acceptance", True),
            connect_timeout=values.get("timeouts.connect", plain.connect_timeout),
            first_byte_timeout=values.get("timeouts.first_byte", plain.first_byte_timeout),
            local_first_byte_timeout=values.get(
                "timeouts.local_first_byte", plain.local_first_byte_timeout
            ),
            idle_timeout=values.get("timeouts.idle", plain.idle_timeout),
            deadline=values.get("timeouts.deadline", plain.deadline),
            proxy=values.get("providers.proxy"),
            health_interval=values.get("providers.health_interval", plain.health_interval),
            warm=values.get("daemon.warm", plain.warm),
            idle_exit=values.get("daemon.idle_exit", plain.idle_exit),
            telemetry=values.get("telemetry.otlp"),
            log_level=values.get("daemon.log_level", "INFO"),
        ),
        problems,
    )


def narrowed(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """The settings inside a repository whose own file says these values. Never wider."""
    allow = values.get("providers.allow")
    if allow is not None:
        mine = settings.allow
        both = tuple(name for name in allow if mine is None or name in mine)
        settings = replace(settings, allow=both)
    if values.get("egress") == "local":
        settings = replace(settings, egress="local")
    outbound = replace(
        settings.outbound,
        withhold=(*settings.outbound.withhold, *values.get("outbound.withhold", ())),
        local_only=(*settings.outbound.local_only, *values.get("outbound.local_only", ())),
    )
    task_rules = narrower(settings.task_rules, rules(values)[0])
    settings = replace(settings, outbound=outbound, task_rules=task_rules)
    commit = settings.commit
    asked = replace(
        commit,
        language=commit.language or values.get("commit.language"),
        subject_max=commit.subject_max or values.get("commit.subject_max"),
        body=commit.body if commit.body != "auto" else values.get("commit.body", "auto"),
        types=commit.types or tuple(values.get("commit.types", ())),
        scopes=commit.scopes or tuple(values.get("commit.scopes", ())),
    )
    return replace(settings, commit=asked)


def _providers(values: Mapping[str, Any]) -> dict[str, ProviderSettings]:
    tables: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        parts = path.split(".", 2)
        if parts[0] == "providers" and len(parts) == 3:
            tables.setdefault(parts[1], {})[parts[2]] = value
    return {name: _provider(name, table) for name, table in tables.items() if name not in _NAMED}


def _provider(name: str, table: Mapping[str, Any]) -> ProviderSettings:
    models = tuple(table.get("models", ()))
    first = table.get("model")
    if first is not None:
        models = (first, *(model for model in models if model != first))

    def price(key: str) -> str | None:
        return None if table.get(key) is None else str(table[key])

    variables = table.get("api_key_env") or ()
    variables = (variables,) if isinstance(variables, str) else tuple(variables)
    return ProviderSettings(
        name=name,
        enabled=table.get("enabled", True),
        family=table.get("family"),
        base_url=table.get("base_url"),
        key_variable=variables[0] if variables else None,
        spare_key_variables=variables[1:],
        key_command=tuple(table.get("api_key_command", ())),
        local=table.get("local"),
        models=models,
        fetch_models=table.get("fetch_models", not models),
        custom_models=dict(table.get("custom_models", {})),
        max_tokens=table.get("max_tokens"),
        temperature=table.get("temperature"),
        org_id=table.get("org_id"),
        project=table.get("project"),
        location=table.get("location"),
        sign_in_at=tuple(table.get("sign_in_at", ())),
        headers=dict(table.get("headers", {})),
        quirks=tuple(table.get("quirks", ())),
        keep_alive=table.get("keep_alive"),
        warm=table.get("warm", False),
        proxy=table.get("proxy"),
        num_ctx=table.get("num_ctx"),
        input_per_million=price("input_per_million"),
        output_per_million=price("output_per_million"),
        context=table.get("context"),
        hosts=tuple(table.get("hosts", ())),
        balance=table.get("balance"),
        pool=tuple(table.get("pool", ())),
        concurrency=table.get("concurrency"),
        tokens_per_minute=table.get("tokens_per_minute"),
        requests_per_minute=table.get("requests_per_minute"),
    )


def _costs(values: Mapping[str, Any], file: str, problems: list[Problem]) -> CostSettings:
    zone = values.get("costs.zone")
    if zone is not None and not _is_zone(zone):
        problems.append(
            Problem(
                file=file,
                line=0,
                column=0,
                message=f"costs.zone {zone!r} is no IANA time zone",
                hint='write costs.zone = "Europe/Oslo"',
                severe=True,
            )
        )
        zone = None
    daily, monthly, caps, wrong = limits(values)
    problems.extend(
        Problem(file=file, line=0, column=0, message=message, hint=hint, severe=True)
        for message, hint in wrong
    )

    def amount(key: str) -> NanoUsd | None:
        return None if values.get(key) is None else usd(values[key])

    ceiling = values.get("costs.unpriced_ceiling")
    return CostSettings(
        request_limit=amount("costs.request_limit"),
        daily_limit=amount("costs.daily_limit"),
        weekly_limit=amount("costs.weekly_limit"),
        monthly_budget=amount("costs.monthly_budget"),
        caps=caps,
        provider_daily=daily,
        task_monthly=monthly,
        alert_threshold=float(values.get("costs.alert_threshold", 0.8)),
        alert_thresholds=tuple(float(v) for v in values.get("costs.alert_thresholds", ())),
        prefer_cost_efficient=values.get("costs.prefer_cost_efficient", False),
        auto_downgrade=values.get("costs.auto_downgrade_on_limit", True),
        downgrade_paths={
            name: tuple(steps) for name, steps in values.get("costs.downgrade_paths", {}).items()
        },
        baseline=values.get("costs.baseline"),
        zone=zone or local_zone(),
        unpriced_ceiling=None if ceiling is None else str(ceiling),
    )


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError below
        return False
    except KeyError:
        return False
    return True


def local_zone() -> str:
    """The IANA name of this machine's zone, from `TZ` or /etc/localtime; UTC when neither tells."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and _is_zone(named):
        return named
    try:
        target = str(Path("/etc/localtime").readlink())
    except OSError:
        return "UTC"
    name = target.partition("zoneinfo/")[2]
    return name if name and _is_zone(name) else "UTC"
