"""What can be asked of a provider besides a conversation. Values only; unknown numbers are None."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from aircherd.core.chat import Usage


class Operation(StrEnum):
    """Something a provider's API may offer."""

    CHAT = "chat"
    EMBEDDINGS = "embeddings"
    IMAGES = "images"
    MODELS = "models"
    COUNT_TOKENS = "count_tokens"
    HEALTH = "health"
    PULL = "pull"
    RUNNING = "running"
    LOAD = "load"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedRequest:
    """Texts to be turned into vectors by one model."""

    model: str
    texts: tuple[str, ...]
    purpose: Literal["document", "query", "classification", "clustering"] = "document"
    """What the vectors are for; some providers insist on being told."""
    dimensions: int | None = None
    """Length of the vectors, for models that can be told; None leaves it to the model."""

    @property
    def prompt_bytes(self) -> int:
        """UTF-8 bytes of all texts."""
        return sum(len(text.encode("utf-8", "surrogatepass")) for text in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Embeddings:
    """One vector a text, in the order asked."""

    vectors: tuple[tuple[float, ...], ...]
    usage: Usage
    """`output` is 0: vectors are not billed. `input` is None where the provider does not say."""
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRequest:
    """Pictures to be made from words."""

    model: str
    prompt: str
    count: int = 1
    size: str | None = None
    """Width x height such as `1024x1024`; None leaves it to the model."""
    quality: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: its bytes and their media type."""

    data: bytes = field(repr=False)
    media_type: str = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What came of a PictureRequest."""

    pictures: tuple[Picture, ...]
    usage: Usage
    model: str | None = None
    text: str = ""
    """Words the model sent along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCount:
    """How many tokens a request has, and who counted."""

    tokens: int
    how: Literal["provider", "tokenizer", "bound"]
    """`provider`: its own endpoint. `tokenizer`: offline, near. `bound`: never too few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether a provider answered a cheap question just now."""

    ok: bool
    latency_ms: int | None
    detail: str
    """In words: version, remaining credit, or what went wrong and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullProgress:
    """How far a local engine is with fetching a model. Bytes; None while unknown."""

    status: str
    completed: int | None = None
    total: int | None = None
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningModel:
    """A model a local engine holds in memory."""

    model: str
    context: int | None = None
    """Tokens really allocated."""
    size_bytes: int | None = None
    expires: str | None = None
    """When it is unloaded, as the engine writes it."""
