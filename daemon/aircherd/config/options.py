"""OPTIONS: every key that may be written, in one table.

The loader checks against it, `aircher config schema` prints it, the README's table is made of it.
"""

from __future__ import annotations

from aircherd.config.option import Kind
from aircherd.config.option import Option as Option
from aircherd.config.option import plain as _option
from aircherd.config.provider_options import PROVIDER
from aircherd.core.tasks import TaskKind

TABLES = ("map", "usds", "paths")
"""Kinds whose value is a table of names that are the user's own."""


def _rule(key: str, kind: Kind, doc: str, example: str, most: float | None = None) -> Option:
    path = f"models.rules.*.{key}"
    return Option(path=path, kind=kind, doc=doc, example=example, most=most, workspace=True)


_RULES = (
    _rule("max_cost_per_request", "usd", "USD one request of that task may cost.", "0.02"),
    _rule("max_cost_per_1k", "usd", "USD 1,000 tokens may cost, as expected.", "0.002"),
    _rule("min_quality_score", "number", "Least quality, 0 to 1; `aircher models`.", "0.7", 1),
    _rule("required_features", "texts", "What the model must be able to do.", '["tools"]'),
    _rule("max_response_time", "seconds", "How long its answers may usually take.", '"20s"'),
)

OPTIONS: tuple[Option, ...] = (
    _option("providers.default", "text", "Provider tried first.", '"openai"'),
    _option(
        "providers.fallback_order",
        "texts",
        "Other providers that may see the text when the first one fails.",
        '["anthropic", "ollama"]',
    ),
    Option(
        path="providers.allow",
        kind="texts",
        doc="The only providers that may see anything.",
        example='["ollama"]',
        workspace=True,
    ),
    _option(
        "providers.strategy",
        "text",
        "How requests are spread over providers that may answer: `primary-with-fallback`, "
        "`round-robin`, `least-busy`, `latency-weighted`, `cost-weighted`, or one of a package's.",
        '"round-robin"',
    ),
    _option("cache.session", "bool", "Give the same answer to the same request again.", "false"),
    _option("cache.disk", "bool", "Keep answers on disk as well, for later sessions.", "true"),
    _option("cache.max_mb", "whole", "Size of the answers on disk.", "64"),
    _option("cache.max_age", "seconds", "Age at which an answer on disk is dropped.", "86400"),
    Option(
        path="offline",
        kind="text",
        doc="`on` asks nothing beyond this machine; `auto` does so while there is no network.",
        example='"auto"',
        choices=("auto", "on", "off"),
    ),
    Option(
        path="egress",
        kind="text",
        doc="`local` keeps everything on this machine.",
        example='"local"',
        choices=("any", "local"),
        workspace=True,
    ),
    Option(
        path="outbound.withhold",
        kind="texts",
        doc="Files whose content no model sees: patterns as in .gitignore, or folders by path.",
        example='["*.sql", "~/work/secret"]',
        workspace=True,
    ),
    Option(
        path="outbound.local_only",
        kind="texts",
        doc="Files and folders that only models on this machine see, whatever the fallbacks.",
        example='["customers/", "~/work/client"]',
        workspace=True,
    ),
    _option(
        "outbound.keep_text",
        "bool",
        "Keep what was sent, word for word, for `aircher outbox`.",
        "true",
    ),
    Option(
        path="usage.keep_days",
        kind="whole",
        doc="Days for which usage, what was sent, answers, the log and what was learned are kept; "
        "0 keeps them.",
        example="365",
        least=0,
    ),
    Option(
        path="prefer",
        kind="text",
        doc="What decides between models that are good enough.",
        example='"speed"',
        choices=("cost", "speed", "quality"),
    ),
    _option(
        "providers.plugins",
        "bool",
        "Whether providers that other installed packages bring are let in.",
        "false",
    ),
    _option(
        "providers.proxy",
        "text",
        "Proxy through which every provider beyond this machine is asked.",
        '"http://proxy.example:3128"',
    ),
    _option(
        "providers.health_interval",
        "seconds",
        "After so much silence a provider in use is asked whether it is there; 0 never asks.",
        "300",
    ),
    *(
        Option(
            path=f"providers.*.{option.path}",
            kind=option.kind,
            doc=option.doc,
            example=option.example,
        )
        for option in PROVIDER
    ),
    Option(
        path="providers.*.max_tokens",
        kind="whole",
        doc="Most tokens one of its answers may have.",
        example="4096",
        least=1,
    ),
    Option(
        path="providers.*.temperature",
        kind="number",
        doc="Sent to its models that take one, where the request names none.",
        example="0.7",
        most=2,
    ),
    Option(
        path="providers.*.num_ctx",
        kind="whole",
        doc="Largest context window to allocate at a local engine, in tokens.",
        example="32768",
        least=512,
    ),
    Option(
        path="providers.*.context",
        kind="whole",
        doc="Window of its models in tokens, where nobody says.",
        example="8192",
        least=512,
    ),
    *(
        _option(
            f"models.tasks.{task}",
            "text or texts",
            f"Models for {task.replace('_', ' ')}, tried in this order.",
            '["ollama/qwen3.5:4b", "openai/gpt-6-luna"]',
        )
        for task in TaskKind
    ),
    *_RULES,
    _option(
        "models.embeddings",
        "text",
        "Model that makes vectors where a caller names none.",
        '"openai/text-embedding-3-small"',
    ),
    _option(
        "models.images",
        "text",
        "Model that makes pictures where a caller names none.",
        '"openai/gpt-image-2"',
    ),
    _option("costs.request_limit", "usd", "USD one request may cost at most.", "0.25"),
    _option("costs.daily_limit", "usd", "USD a day.", "2.00"),
    _option("costs.weekly_limit", "usd", "USD a week, Monday to Sunday.", "8.00"),
    _option("costs.monthly_budget", "usd", "USD a calendar month.", "25.00"),
    Option(
        path="costs.alert_threshold",
        kind="number",
        doc="Fraction of a limit at which you are told.",
        example="0.8",
        least=0.01,
        most=1,
    ),
    Option(
        path="costs.alert_thresholds",
        kind="numbers",
        doc="Further fractions of a limit at which you are told.",
        example="[0.5, 0.95]",
        least=0.01,
        most=1,
    ),
    _option(
        "costs.limits.*",
        "usd",
        "USD at one provider: `openai_daily`, `openai_weekly` or `openai_monthly`.",
        "5.00",
    ),
    _option(
        "costs.task_budgets.*",
        "usd",
        "USD a month for one task; with `_daily` or `_weekly` behind its name, a day or a week.",
        "2.00",
    ),
    _option(
        "costs.model_limits",
        "usds",
        "USD a day at one model; `_weekly` and `_monthly` as above.",
        '{ "openai/gpt-6-luna_monthly" = 5.00 }',
    ),
    _option(
        "costs.workspace_limits",
        "usds",
        "USD a day for one repository, by its path; `_weekly` and `_monthly` as above.",
        '{ "~/work/shop_monthly" = 5.00 }',
    ),
    _option(
        "costs.prefer_cost_efficient",
        "bool",
        "Among models that are good enough, take the cheapest, whatever `prefer` says.",
        "true",
    ),
    _option(
        "costs.auto_downgrade_on_limit",
        "bool",
        "Near a limit step down where that is cheaper, and past one go on; else say so and stop.",
        "false",
    ),
    _option(
        "costs.downgrade_paths",
        "paths",
        "Model, and the models to step down to near a limit, first first.",
        '{ "openai/gpt-6-astra" = ["openai/gpt-6.1-terra"] }',
    ),
    _option(
        "costs.track_by_provider",
        "bool",
        "Accepted for older files: costs are always kept by provider.",
        "true",
    ),
    _option(
        "costs.baseline",
        "text",
        "Model that savings are reckoned against; without it the dearest one you used.",
        '"openai/gpt-6"',
    ),
    _option("costs.zone", "text", "IANA zone whose midnight starts a day.", '"Europe/Oslo"'),
    _option(
        "costs.unpriced_ceiling",
        "number",
        "USD per million tokens to reckon with for hosted models of unknown price.",
        "30",
    ),
    Option(
        path="commit.language",
        kind="text",
        doc="Language of commit messages, as an ISO 639-1 code.",
        example='"de"',
        workspace=True,
    ),
    Option(
        path="commit.subject_max",
        kind="whole",
        doc="Longest first line, in characters.",
        example="72",
        least=20,
        most=200,
        workspace=True,
    ),
    Option(
        path="commit.body",
        kind="text",
        doc="Whether messages have a body.",
        example='"never"',
        choices=("auto", "never", "always"),
        workspace=True,
    ),
    Option(
        path="commit.types",
        kind="texts",
        doc="The only types a message may have.",
        example='["feat", "fix"]',
        workspace=True,
    ),
    Option(
        path="commit.scopes",
        kind="texts",
        doc="The only scopes a message may have.",
        example='["api", "ui"]',
        workspace=True,
    ),
    _option("commit.instructions", "text", "Said to the model about messages.", '"…"'),
    Option(
        path="commit.history",
        kind="whole",
        doc="How many past commits the convention is learned from.",
        example="200",
        least=0,
        most=2000,
    ),
    _option(
        "learn.acceptance",
        "bool",
        "Whether what you keep of suggestions moves the estimates of quality; no text is kept.",
        "false",
    ),
    Option(
        path="retry.max_retries",
        kind="whole",
        doc="How often one model is asked again after a failure; further models come after that.",
        example="2",
        least=0,
        most=5,
    ),
    Option(
        path="retry.initial_delay",
        kind="seconds",
        doc="Longest wait before the first of them; waits are drawn by chance.",
        example='"500ms"',
        least=0.05,
        most=60,
    ),
    Option(
        path="retry.max_delay",
        kind="seconds",
        doc="Longest wait before any of them, also where a provider asks for a longer one.",
        example='"20s"',
        least=0.05,
        most=600,
    ),
    Option(
        path="retry.backoff_factor",
        kind="number",
        doc="How many times longer each next wait may be.",
        example="2.0",
        least=1,
        most=10,
    ),
    _option(
        "retry.retryable_errors",
        "texts",
        "After which failures: `rate_limit`, `server_error`, `network_error`, `timeout`; others "
        "are never helped by asking again.",
        '["rate_limit", "timeout"]',
    ),
    _option("timeouts.connect", "seconds", "To reach a provider.", "10"),
    _option("timeouts.first_byte", "seconds", "For a hosted provider to begin.", "120"),
    _option("timeouts.local_first_byte", "seconds", "For a local engine to begin.", "330"),
    _option("timeouts.idle", "seconds", "Between two pieces of an answer.", "120"),
    _option("timeouts.deadline", "seconds", "For one request, all attempts included.", "900"),
    Option(
        path="daemon.warm",
        kind="text",
        doc="`used` opens a connection when something is staged, to the host that would be asked "
        "and was within a week; nothing is sent.",
        example='"never"',
        choices=("used", "never"),
    ),
    _option("daemon.idle_exit", "seconds", "Without a client before it leaves; 0: never.", "1800"),
    _option(
        "telemetry.otlp",
        "text",
        "OpenTelemetry collector that is told of each call: model, tokens, cost, time; no text.",
        '"http://127.0.0.1:4318"',
    ),
    Option(
        path="daemon.log_level",
        kind="text",
        doc="How much is logged.",
        example='"DEBUG"',
        choices=("DEBUG", "INFO", "WARNING", "ERROR"),
    ),
)


def find(path: str) -> Option | None:
    """The option a dotted path means."""
    parts = path.split(".")
    for wanted, option in _BY_FORM.get((len(parts), parts[0]), ()):
        if all(w in ("*", p) for w, p in zip(wanted, parts, strict=True)):
            return option
    return None


_BY_FORM: dict[tuple[int, str], list[tuple[list[str], Option]]] = {}
for _one in OPTIONS:
    _wanted = _one.path.split(".")
    _BY_FORM.setdefault((len(_wanted), _wanted[0]), []).append((_wanted, _one))
