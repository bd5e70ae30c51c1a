"""Settings as resolved: total, typed, with every default filled in.

`config` reads what is written and makes these; every other room only reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aircherd.core.errors import ErrorKind
from aircherd.core.money import NanoUsd
from aircherd.core.tasks import TaskKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake in a configuration file, or one setting that was refused."""

    file: str
    line: int
    """1-based; 0 when the whole file is meant."""
    column: int
    """1-based; 0 when the whole line is meant."""
    message: str
    hint: str = ""
    severe: bool = False
    """Whether nothing may be spent until it is mended."""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where}: {self.message}" + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """What the user's file says about one provider. None keeps the built-in row's value."""

    name: str
    enabled: bool = True
    family: str | None = None
    base_url: str | None = None
    key_variable: str | None = None
    """Name of the environment variable that holds the key."""
    spare_key_variables: tuple[str, ...] = ()
    """Further variables; their keys take turns when one is rate limited."""
    key_command: tuple[str, ...] = ()
    """Program and arguments that print the key."""
    local: bool | None = None
    """Whether it runs on this machine; None judges by the address (loopback is local)."""
    models: tuple[str, ...] = ()
    fetch_models: bool = True
    """Ask the host what it serves, in addition to `models`."""
    custom_models: Mapping[str, str] = field(default_factory=dict)
    """Names of the user's own → names of its models."""
    max_tokens: int | None = None
    """Most tokens one of its answers may have."""
    temperature: float | None = None
    """Sent where a model takes one and the request names none."""
    org_id: str | None = None
    project: str | None = None
    location: str | None = None
    sign_in_at: tuple[str, ...] = ()
    """Addresses a sign-in may be sent to besides its maker's own."""
    headers: Mapping[str, str] = field(default_factory=dict)
    quirks: tuple[str, ...] = ()
    keep_alive: str | None = None
    warm: bool = False
    """Whether a local engine loads its model when something is staged."""
    proxy: str | None = field(default=None, repr=False)
    """Address of the proxy it is asked through; empty: none, whatever `Settings.proxy` says."""
    num_ctx: int | None = None
    """Largest context window to allocate at a local engine."""
    input_per_million: str | None = None
    """USD, for hosts the price table does not know."""
    output_per_million: str | None = None
    context: int | None = None
    """Window of its models, where neither the host nor the table says."""
    hosts: tuple[str, ...] = ()
    """Addresses of replicas that serve the same models: one pool under one name."""
    balance: str | None = None
    """Name of the strategy that chooses among `hosts`, and in `pool`; None: least-busy."""
    pool: tuple[str, ...] = ()
    """Models that are as good as each other."""
    concurrency: int | None = None
    """Requests at once; None adapts for engines here and sets no bound elsewhere."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """What the account allows, where its headers do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """A limit as the user wrote it: how much, of what, in which kind of period."""

    scope: str
    """`all`, `task:NAME`, `provider:NAME`, `model:PROVIDER/NAME`, `workspace:/path`."""
    every: Literal["day", "week", "month"]
    amount: NanoUsd


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRule:
    """What a model has to keep to be asked for one task. None and empty ask for nothing."""

    request_limit: NanoUsd | None = None
    """What one request may cost at most."""
    per_1k: NanoUsd | None = None
    """What 1,000 tokens may cost, prompt and answer of the expected lengths together."""
    quality: float | None = None
    """Least quality, on the scale of the models table."""
    features: frozenset[str] = frozenset()
    """Names of capabilities; `long_context` asks for a window of 100,000 tokens."""
    response_time: float | None = None
    """Seconds its answers may usually take, as far as they were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSettings:
    """Limits and how money is counted. None means no limit."""

    request_limit: NanoUsd | None = None
    daily_limit: NanoUsd | None = None
    weekly_limit: NanoUsd | None = None
    monthly_budget: NanoUsd | None = None
    provider_daily: Mapping[str, NanoUsd] = field(default_factory=dict)
    task_monthly: Mapping[TaskKind, NanoUsd] = field(default_factory=dict)
    caps: tuple[Cap, ...] = ()
    """Every other limit."""
    alert_threshold: float = 0.8
    """Fraction of a limit at which the user is told, once per period."""
    alert_thresholds: tuple[float, ...] = ()
    """Further fractions, each told once."""
    zone: str = "UTC"
    """IANA name of the zone whose midnight starts a day."""
    unpriced_ceiling: str | None = None
    """USD per million tokens charged for hosted models of unknown price; None refuses them."""
    prefer_cost_efficient: bool = False
    """Among models that are good enough, take the cheapest."""
    auto_downgrade: bool = True
    """When a limit refuses a model, go on to the next that fits; else say so and stop."""
    downgrade_paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Model → the models to step down to near a limit, in the order they are tried."""
    baseline: str | None = None
    """`provider/model` that savings are reckoned against; None takes the dearest one used."""

    @property
    def thresholds(self) -> tuple[float, ...]:
        """Every fraction of a limit that is told, ascending."""
        return tuple(sorted({self.alert_threshold, *self.alert_thresholds}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySettings:
    """How often and how soon one model is asked again. A budget over all of them holds besides."""

    max_retries: int = 2
    """Further attempts at one model; other candidates come after them."""
    initial_delay: float = 0.5
    """Seconds of the first window a wait is drawn from."""
    max_delay: float = 20.0
    """Seconds a person is kept waiting at most, whatever the provider asks for."""
    backoff_factor: float = 2.0
    """How much wider each next window is."""
    kinds: frozenset[ErrorKind] | None = None
    """The failures after which a model is asked again; None: all of which that may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitSettings:
    """What the user wants of commit messages, over what is learned from the repository."""

    language: str | None = None
    subject_max: int | None = None
    body: Literal["auto", "never", "always"] = "auto"
    types: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    instructions: str | None = None
    """Free text added to the prompt."""
    history: int = 200
    """How many past commits the convention is learned from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundSettings:
    """What is held back of what would be sent, over what always is."""

    withhold: tuple[str, ...] = ()
    """Patterns of files, or folders by absolute path, whose content no model sees."""
    local_only: tuple[str, ...] = ()
    """Patterns of files, or folders by absolute path, that only models on this machine see."""
    keep_text: bool = False
    """Whether the list of what was sent keeps the texts as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    providers: Mapping[str, ProviderSettings] = field(default_factory=dict)
    default: str | None = None
    """Provider tried first when nothing else decides."""
    fallback_order: tuple[str, ...] = ()
    plugins: bool = True
    """Whether providers of other installed packages are let in."""
    task_models: Mapping[TaskKind, tuple[str, ...]] = field(default_factory=dict)
    """Models named for a task, tried in order before any other."""
    task_rules: Mapping[TaskKind, TaskRule] = field(default_factory=dict)
    makers: Mapping[str, str] = field(default_factory=dict)
    """`embeddings` and `images` → the model that makes them where a caller names none."""
    prefer: Literal["cost", "speed", "quality"] = "cost"
    cache: bool = True
    """Give the answer to the same request again within a session."""
    cache_on_disk: bool = False
    """Keep answers in a private folder as well."""
    cache_bytes: int = 64 * 1024 * 1024
    cache_age: float = 86_400.0
    """Bytes and seconds the answers on disk may have."""
    strategy: str = "primary-with-fallback"
    """How requests are spread over the providers of a plan."""
    offline: Literal["auto", "on", "off"] = "auto"
    """`on`: only loopback addresses are asked. `auto`: so while this machine has no network."""
    egress: Literal["any", "local"] = "any"
    """`local`: nothing leaves this machine."""
    allow: tuple[str, ...] | None = None
    """The only providers that may see anything; None allows every configured one."""
    costs: CostSettings = CostSettings()
    hold: str | None = None
    """Why nothing that leaves this machine may be asked: the file, or what it says of money, is
    not understood, and a limit somebody meant to set must not be taken for none."""
    retry: RetrySettings = RetrySettings()
    commit: CommitSettings = CommitSettings()
    learn_acceptance: bool = True
    """Whether what becomes of suggestions moves the estimates of quality."""
    outbound: OutboundSettings = OutboundSettings()
    connect_timeout: float = 10.0
    """Seconds to reach a provider."""
    first_byte_timeout: float = 120.0
    """Seconds a hosted provider may take to begin an answer."""
    local_first_byte_timeout: float = 330.0
    """Seconds a local engine may take: it may have to load the model."""
    idle_timeout: float = 120.0
    """Seconds between two pieces of an answer."""
    deadline: float = 900.0
    """Seconds for one request, all attempts included."""
    proxy: str | None = field(default=None, repr=False)
    """Address of the proxy through which all but local providers are asked."""
    health_interval: float = 300.0
    """Seconds after which a silent provider in use is asked whether it is there; 0 never asks."""
    keep_days: int = 0
    """Days for which usage and the list of what was sent are kept; 0 keeps them."""
    warm: Literal["used", "never"] = "used"
    """Whether a connection is opened when something is staged, to a host that was used lately."""
    idle_exit: float = 1800.0
    """Seconds without a client after which the daemon leaves; 0 stays for ever."""
    telemetry: str | None = None
    """Address of the OpenTelemetry collector that is told of each call."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    diff_cap_bytes: int = 8 * 1024 * 1024
    """Bytes of staged diff that are read at most; what is beyond is named, not read."""
