"""Parameters of `aircher/chat`: a conversation, the tools it may use, and how it is to be said."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from aircher_protocol.conversation import ChatMessage
from aircher_protocol.types import TaskKind


class Effort(StrEnum):
    """How long a model may think before it answers; the nearest level it has is taken."""

    OFF = "off"
    """Not at all."""
    MINIMAL = "minimal"
    """As little as it can."""
    LOW = "low"
    """A little."""
    MEDIUM = "medium"
    """Some."""
    HIGH = "high"
    """Much."""
    MAX = "max"
    """As much as it can."""


@attrs.frozen(kw_only=True)
class ToolOffer:
    """A function the model may ask for. The caller runs it; the daemon never does."""

    name: str
    """Its name."""
    description: str = ""
    """What it does, for the model."""
    parameters: dict[str, Any] | None = None
    """JSON Schema of its arguments; null: it takes none."""


@attrs.frozen(kw_only=True)
class JsonFormat:
    """Asks for JSON: any object, or one that fits a schema."""

    schema: dict[str, Any] | None = None
    """JSON Schema of the answer; null: any object."""
    name: str = "answer"
    """What the schema is called."""


@attrs.frozen(kw_only=True)
class ChatParams:
    """A conversation to be continued, for scripts that write their own prompts."""

    messages: tuple[ChatMessage, ...]
    """The turns so far; the last is the user's, or the result of a tool."""
    workspace: str | None = None
    """Any path in the repository it is about, absolute, or its file URI."""
    task: TaskKind | None = None
    """What kind of work it is; null to have it detected."""
    model: str | None = None
    """`provider/model` to use it and no other."""
    max_output_tokens: int | None = None
    """Upper bound of the answer; null for the task's own."""
    temperature: float | None = None
    """Sent only to models that take it; dropped with a notice otherwise."""
    top_p: float | None = None
    """As `temperature`."""
    seed: int | None = None
    """Where a model takes one, the same seed gives much the same answer."""
    presence_penalty: float | None = None
    """As `temperature`."""
    frequency_penalty: float | None = None
    """As `temperature`."""
    stop: tuple[str, ...] = ()
    """Texts at which the answer ends."""
    effort: Effort | None = None
    """How long it may think; null leaves it to the task."""
    tools: tuple[ToolOffer, ...] = ()
    """Functions the model may ask for."""
    tool_choice: str | None = None
    """`auto`, `none`, `required`, or the name of the one to ask for."""
    parallel_tool_calls: bool = True
    """False asks for one call at a time, where the model can be told."""
    response_format: JsonFormat | None = None
    """Asks for JSON; null leaves it free."""
    delta_token: str | int | None = None
    """When set, text arrives as `aircher/delta` with this token before the result."""
    client: str | None = None
    """Name of the program that asks, for the books."""
    idempotency_key: str | None = None
    """The same key within a day means the same request: asked and paid once, answered alike."""
    finish_unattended: bool = False
    """Go on when the connection ends: the answer is given under the idempotency key, within a day.
    A cancel ends it all the same."""
    send_secrets: tuple[str, ...] = ()
    """Kinds of secrets, as `aircher/plan` names them, that this one request sends as they are; the
    log and the list of what was sent say so."""
