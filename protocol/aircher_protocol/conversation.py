"""One turn of a conversation on the wire: words, pictures, calls of tools and their results."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs


class Role(StrEnum):
    """Who speaks in a conversation."""

    SYSTEM = "system"
    """Instructions that stand above the conversation."""
    USER = "user"
    """The person, or the program, that asks."""
    ASSISTANT = "assistant"
    """The model."""
    TOOL = "tool"
    """A function the model asked for; `content` is what it gave back."""


@attrs.frozen(kw_only=True)
class ChatPart:
    """A piece of what is said: words, or a picture. Exactly one of `text`, `data`, `url`."""

    text: str | None = None
    """Words."""
    data: str | None = None
    """The bytes of a picture, base64."""
    media_type: str | None = None
    """What `data` is, such as `image/png`."""
    url: str | None = None
    """The address of a picture, which the provider fetches itself."""


@attrs.frozen(kw_only=True)
class ToolCall:
    """The model asks for a function."""

    id: str
    """Names the call; its result says the same."""
    name: str
    """Which function."""
    arguments: str
    """JSON text, as the model wrote it: look at it before you act on it."""


@attrs.frozen(kw_only=True)
class ModelState:
    """What only the maker of a turn understands, such as the signature of its thinking."""

    provider: str
    """Who made it."""
    model: str
    """Which model; no other one is given it."""
    payload: dict[str, Any]
    """As it was made."""


@attrs.frozen(kw_only=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Role
    """Who speaks."""
    content: str = ""
    """What is said."""
    parts: tuple[ChatPart, ...] = ()
    """What is said after `content`, where pictures stand among the words."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Functions the model asked for in this turn of its own."""
    tool_call_id: str | None = None
    """The call this is the result of, for the role `tool`."""
    state: tuple[ModelState, ...] = ()
    """What came with this turn of the model's own; given back unchanged."""
