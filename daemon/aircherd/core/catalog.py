"""Models: what they are called, what they can do, what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aircherd.core.money import Price


@dataclass(frozen=True, slots=True, order=True)
class ModelRef:
    """A model at a provider, written `provider/model`."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


RULES = ModelRef("aircher", "rules")
"""The rule-based drafter: no model, no network, no cost."""


class Capability(StrEnum):
    """Something a model can do that a request may need."""

    CHAT = "chat"
    STREAMING = "streaming"
    SYSTEM = "system"
    TOOLS = "tools"
    VISION = "vision"
    THINKING = "thinking"
    JSON_OBJECT = "json_object"
    JSON_SCHEMA = "json_schema"
    EMBEDDINGS = "embeddings"
    IMAGES = "images"


class Effort(StrEnum):
    """How long a model may think before it answers."""

    OFF = "off"
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What one model's API accepts beyond the common core. None: unknown, so it is not relied on.

    From the provider's own list where it says so, else from the bundled table, else from the user.
    """

    efforts: frozenset[Effort] | None = None
    """Levels of thinking it accepts; OFF among them when it can be told not to think."""
    effort_default: Effort | None = None
    """The level it takes when nothing is sent."""
    thinking: frozenset[str] | None = None
    """Ways its API switches thinking, in the provider's own words (Anthropic: `adaptive`,
    `enabled`, `disabled`, `between_tools`; Gemini: `level`, `budget`)."""
    sampling: bool | None = None
    """Whether temperature and top-p are accepted."""
    forced_tools: bool | None = None
    """Whether a tool call can be demanded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model at one provider, with everything known about it. None means unknown."""

    ref: ModelRef
    local: bool
    """Whether it runs on this machine, so that nothing leaves and nothing is billed."""
    context: int | None = None
    """Tokens of prompt and answer together."""
    max_output: int | None = None
    price: Price | None = None
    """None: no price is known. Never the same as free."""
    quality: float | None = None
    """0 to 1, over coding tasks; see the models table for where it comes from."""
    capabilities: frozenset[Capability] = frozenset({Capability.CHAT, Capability.STREAMING})
    effort_off: bool = False
    """Whether the model accepts being told not to think."""
    loaded: bool = False
    """Whether a local engine already holds it in memory."""
    size_bytes: int | None = None
    """On disk, for local models."""
    traits: Traits = Traits()
    retires: date | None = None
    """The day it is or was switched off, where that is announced."""
    said: frozenset[Capability] | None = None
    """Capabilities the provider's own list states; None when the list says nothing of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderState:
    """What is known about a provider right now, for choosing and for showing."""

    name: str
    local: bool
    usable: bool
    why_not: str | None = None
    """In words a user can act on, when it is not usable."""
    cooling_down: float = 0.0
    """Seconds until it may be tried again. What ails it passes by itself, so it keeps its place:
    nobody else is asked in its stead who would not be asked after it."""
